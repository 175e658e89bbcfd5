/// The optional fields of an enrolment.
package struct EnrolmentDetail: Sendable, Equatable {
    /// The year of birth.
    package var birthYear: Int?
    /// Body weight in kg.
    package var weightKg: Double?
    /// Serum albumin in g/L.
    package var albuminGPerL: Double?
    /// C-reactive protein in mg/L.
    package var crpMgPerL: Double?
    /// How long the disease had been known, in years.
    package var diseaseDurationYears: Double?
    /// Whether the patient carries the allele HLA-DQA1*05.
    package var hlaDQA105: Bool?
    /// The first anti-TNF drug.
    package var firstDrug: Drug?

    /// An enrolment that says nothing but disease and sex.
    package init() {}

    /// The keys of the fields in the order of the event format.
    static let keys: [EventKey] = [
        .birthYear, .weightKg, .albuminGPerL, .crpMgPerL, .diseaseDurationYears, .hlaDQA105, .firstDrug,
    ]
}

/// One item of a score.
package struct ScoreItem: Sendable, Equatable {
    /// The bytes of its name.
    package var name: [UInt8]
    /// Its part of the total.
    package var value: Int

    /// An item from its parts.
    package init(name: [UInt8], value: Int) {
        self.name = name
        self.value = value
    }
}

/// Reads the canonical details of records for the fold and the views.
///
/// Details lie in an arena, as a rule that of a batch. Texts come as copies, so that it can go on growing while they are
/// held.
package enum EventDetail {
    /// The arm of a randomisation.
    package static func arm(of record: EventRecord, in arena: Span<UInt8>) throws(DetailError) -> [UInt8] {
        try text("arm", of: record, in: arena)
    }

    /// The drug of a treatment stop.
    package static func treatmentStopDrug(
        of record: EventRecord, in arena: Span<UInt8>
    ) throws(DetailError) -> [UInt8] {
        try text("drug", of: record, in: arena)
    }

    /// What an adverse event is called, and the drug acted upon, where there is one.
    package static func adverseEvent(
        of record: EventRecord, in arena: Span<UInt8>
    ) throws(DetailError) -> (term: [UInt8], drug: [UInt8]?) {
        let detail = arena.extracting(record.detail.indices)
        let term = try DetailObject.text(DetailObject.required("term", in: detail), in: detail)
        guard let drug = try DetailObject.value(of: "drug", in: detail) else { return (term, nil) }
        return (term, try DetailObject.text(drug, in: detail))
    }

    /// The drug that an adverse event acted upon, where there is one.
    package static func adverseEventDrug(
        of record: EventRecord, in arena: Span<UInt8>
    ) throws(DetailError) -> [UInt8]? {
        let detail = arena.extracting(record.detail.indices)
        guard let drug = try DetailObject.value(of: "drug", in: detail) else { return nil }
        return try DetailObject.text(drug, in: detail)
    }

    /// The items of a score in the order of the bytes of their names; none where none were sent.
    package static func items(of record: EventRecord, in arena: Span<UInt8>) throws(DetailError) -> [ScoreItem] {
        guard !record.detail.isEmpty else { return [] }
        let detail = arena.extracting(record.detail.indices)
        var object = DetailObject(at: try DetailObject.required("items", in: detail).lowerBound)
        var items: [ScoreItem] = []
        while let member = try object.next(in: detail) {
            let name = try DetailObject.text(member.key.lowerBound - 1..<member.key.upperBound + 1, in: detail)
            items.append(ScoreItem(name: name, value: try whole(member.value, in: detail)))
        }
        items.sort { $0.name.lexicographicallyPrecedes($1.name) }
        return items
    }

    /// The item of a score with this name, given as its bytes; `nil` where the score has none of this name.
    ///
    /// The fold asks this of nearly every score, so that nothing is copied but names with escapes in them.
    package static func item(
        named name: Span<UInt8>, of record: EventRecord, in arena: Span<UInt8>
    ) throws(DetailError) -> Int? {
        guard !record.detail.isEmpty else { return nil }
        let detail = arena.extracting(record.detail.indices)
        if let plain = PlainItems.item(named: name, in: detail) { return plain.value }
        var object = DetailObject(at: try DetailObject.required("items", in: detail).lowerBound)
        var found: Int?
        while let member = try object.next(in: detail) {
            let value = try whole(member.value, in: detail)
            let isNamed = try DetailObject.isText(member.key, name, in: detail)
            if isNamed, found == nil { found = value }
        }
        return found
    }

    /// The first anti-TNF drug that an enrolment names, where it names one.
    package static func firstDrug(of record: EventRecord, in arena: Span<UInt8>) throws(DetailError) -> Drug? {
        guard !record.detail.isEmpty else { return nil }
        let detail = arena.extracting(record.detail.indices)
        // Asked of every patient of a trial whose lost response is documented by assays.
        if let name = DetailObject.plainText(of: EventKey.firstDrug.name.utf8.span, in: detail),
            let drug = Drug(named: detail.extracting(name))
        {
            return drug
        }
        guard let value = try DetailObject.value(of: EventKey.firstDrug.name, in: detail) else { return nil }
        return try drug(value, in: detail)
    }

    /// The optional fields of an enrolment.
    package static func enrolment(
        of record: EventRecord, in arena: Span<UInt8>
    ) throws(DetailError) -> EnrolmentDetail {
        var enrolment = EnrolmentDetail()
        guard !record.detail.isEmpty else { return enrolment }
        let detail = arena.extracting(record.detail.indices)
        var object = DetailObject(at: 0)
        while let member = try object.next(in: detail) {
            let key = detail.extracting(member.key)
            switch EnrolmentDetail.keys.first(where: { $0.name.hasSameBytes(as: key) }) {
            case .birthYear: enrolment.birthYear = try whole(member.value, in: detail)
            case .weightKg: enrolment.weightKg = try number(member.value, in: detail)
            case .albuminGPerL: enrolment.albuminGPerL = try number(member.value, in: detail)
            case .crpMgPerL: enrolment.crpMgPerL = try number(member.value, in: detail)
            case .diseaseDurationYears: enrolment.diseaseDurationYears = try number(member.value, in: detail)
            case .hlaDQA105: enrolment.hlaDQA105 = try flag(member.value, in: detail)
            case .firstDrug: enrolment.firstDrug = try drug(member.value, in: detail)
            default: throw DetailError("The stored detail of an enrolment has a field that is not known.")
            }
        }
        return enrolment
    }

    private static func text(
        _ key: String, of record: EventRecord, in arena: Span<UInt8>
    ) throws(DetailError) -> [UInt8] {
        let detail = arena.extracting(record.detail.indices)
        return try DetailObject.text(DetailObject.required(key, in: detail), in: detail)
    }

    private static func drug(_ value: Range<Int>, in detail: Span<UInt8>) throws(DetailError) -> Drug {
        let name = try DetailObject.text(value, in: detail)
        guard let drug = Drug(named: name.span) else {
            throw DetailError("The stored detail of an enrolment names a first drug that is not known.")
        }
        return drug
    }

    private static func flag(_ value: Range<Int>, in detail: Span<UInt8>) throws(DetailError) -> Bool {
        if "true".hasSameBytes(as: detail.extracting(value)) { return true }
        if "false".hasSameBytes(as: detail.extracting(value)) { return false }
        throw DetailError("A stored detail has another value where true or false was expected.")
    }

    private static func number(_ value: Range<Int>, in detail: Span<UInt8>) throws(DetailError) -> Double {
        let spelling = detail.extracting(value)
        var cursor = 0
        if spelling[0] == UInt8(ascii: "-") || spelling[0].isDigit,
            (try? JSONTape.skipNumber(spelling, &cursor)) != nil, cursor == spelling.count
        {
            return JSONNumber.double(spelling)
        }
        throw DetailError("A stored detail has another value where a number was expected.")
    }

    private static func whole(_ value: Range<Int>, in detail: Span<UInt8>) throws(DetailError) -> Int {
        guard let whole = Int(exactly: try number(value, in: detail)) else {
            throw DetailError("A stored detail has another number where a whole one was expected.")
        }
        return whole
    }
}
