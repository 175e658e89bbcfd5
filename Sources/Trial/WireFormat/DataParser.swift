/// Which fields the objects in `data` may have.
struct KnownFields: Sendable {
    let enrolment: EventKeySet = [
        .disease, .sex, .birthYear, .weightKg, .albuminGPerL, .crpMgPerL, .diseaseDurationYears, .hlaDQA105, .firstDrug,
    ]
    let randomisation: EventKeySet = [.arm, .drug]
    let dose: EventKeySet = [.drug, .amount, .unit, .route]
    let assay: EventKeySet = [.analyte, .value, .unit, .comparator, .method]
    let score: EventKeySet = [.instrument, .total, .endoscopy, .items]
    let adverseEvent: EventKeySet = [.term, .grade, .serious, .action, .drug]
    let treatmentStop: EventKeySet = [.drug, .reason]
    let withdrawal: EventKeySet = [.reason]
    let completion: EventKeySet = []
    let correction: EventKeySet = [.corrects, .reason, .replacement]
    let target: EventKeySet = [.source, .id]
    let replacement: EventKeySet = [.type, .time, .data]
}

/// Reads the `data` of one event into the numbers of a record and its canonical detail.
///
/// Refused data may leave bytes at the end of the arena, which the caller cuts off again.
struct DataParser: Sendable {
    /// The word lists of the event format.
    let words = EventWords()
    /// Which fields the data of each type may have.
    let known = KnownFields()

    /// Reads the data of any type but a correction, which ``parseCorrection(_:of:receivedAt:on:into:arena:)`` reads.
    func parse(
        _ data: Int, on tape: JSONTape, into record: inout EventRecord, arena: inout [UInt8]
    ) throws(Refusal) {
        switch record.kind {
        case .enrolment: try enrolment(data, tape, &record, &arena)
        case .randomisation: try randomisation(data, tape, &record, &arena)
        case .dose: try dose(data, tape, &record)
        case .assay: try assay(data, tape, &record)
        case .score: try score(data, tape, &record, &arena)
        case .adverseEvent: try adverseEvent(data, tape, &record, &arena)
        case .treatmentStop: try treatmentStop(data, tape, &record, &arena)
        case .withdrawal:
            let fields = try DataFields(
                of: data, noun: "a withdrawal", known: known.withdrawal, words: words, on: tape)
            record.code = try fields.word(.reason, words.withdrawalReasons, WithdrawalReason.self, on: tape)
        case .completion:
            _ = try DataFields(of: data, noun: "a completion", known: known.completion, words: words, on: tape)
        case .correction:
            throw Refusal(.correction, "A correction's replacement is a correction; corrections are not corrected.")
        }
    }

    private func enrolment(
        _ data: Int, _ tape: JSONTape, _ record: inout EventRecord, _ arena: inout [UInt8]
    ) throws(Refusal) {
        let fields = try DataFields(of: data, noun: "an enrolment", known: known.enrolment, words: words, on: tape)
        record.code = try fields.word(.disease, words.diseases, Disease.self, on: tape)
        record.qualifier = try fields.word(.sex, words.sexes, Sex.self, on: tape)
        var detail = DetailWriter(at: arena)
        try append(.albuminGPerL, of: fields, tape, &detail, &arena)
        if let token = fields.optional(.birthYear) {
            let year = try fields.whole(at: token, .birthYear, in: 1880...2100, on: tape)
            detail.append(key: .birthYear, to: &arena)
            CanonicalJSON.append(whole: year, to: &arena)
        }
        try append(.crpMgPerL, of: fields, tape, &detail, &arena)
        try append(.diseaseDurationYears, of: fields, tape, &detail, &arena)
        if let token = fields.optional(.firstDrug) {
            let drug = try antiTNF(at: token, .firstDrug, fields, tape)
            detail.append(key: .firstDrug, to: &arena)
            CanonicalJSON.append(string: drug.name, to: &arena)
        }
        if let token = fields.optional(.hlaDQA105) {
            let flag = try fields.flag(at: token, .hlaDQA105, on: tape)
            detail.append(key: .hlaDQA105, to: &arena)
            arena.append(text: flag ? "true" : "false")
        }
        if let token = fields.optional(.weightKg) {
            let weight = try fields.amount(at: token, .weightKg, on: tape)
            detail.append(key: .weightKg, to: &arena)
            CanonicalJSON.append(number: weight, to: &arena)
        }
        record.detail = detail.close(&arena)
    }

    /// Writes an optional measure of at least 0.
    private func append(
        _ key: EventKey, of fields: DataFields, _ tape: JSONTape, _ detail: inout DetailWriter, _ arena: inout [UInt8]
    ) throws(Refusal) {
        guard let token = fields.optional(key) else { return }
        let number = try fields.measure(at: token, key, on: tape)
        detail.append(key: key, to: &arena)
        CanonicalJSON.append(number: number, to: &arena)
    }

    private func randomisation(
        _ data: Int, _ tape: JSONTape, _ record: inout EventRecord, _ arena: inout [UInt8]
    ) throws(Refusal) {
        let fields = try DataFields(
            of: data, noun: "a randomisation", known: known.randomisation, words: words, on: tape)
        let arm = try fields.text(at: fields.required(.arm, on: tape), .arm, limit: 128, controls: true, on: tape)
        record.code = try antiTNF(at: fields.required(.drug, on: tape), .drug, fields, tape).rawValue
        var detail = DetailWriter(at: arena)
        detail.append(key: .arm, to: &arena)
        CanonicalJSON.append(string: tape.bytes.span.extracting(arm), to: &arena)
        record.detail = detail.close(&arena)
    }

    private func antiTNF(
        at token: Int, _ key: EventKey, _ fields: DataFields, _ tape: JSONTape
    ) throws(Refusal) -> Drug {
        if tape[token].kind == .string,
            let drug = words.drugs.number(of: tape.bytes.span.extracting(tape[token].range)).flatMap(Drug.init),
            drug.isAntiTNF
        {
            return drug
        }
        throw fields.refusal(of: token, key, expected: "\"infliximab\" or \"adalimumab\" was expected", on: tape)
    }

    private func dose(_ data: Int, _ tape: JSONTape, _ record: inout EventRecord) throws(Refusal) {
        let fields = try DataFields(of: data, noun: "a dose", known: known.dose, words: words, on: tape)
        record.code = try fields.word(.drug, words.drugs, Drug.self, on: tape)
        record.value = try fields.amount(at: fields.required(.amount, on: tape), .amount, on: tape)
        let token = try fields.required(.unit, on: tape)
        guard tape[token].kind == .string,
            let unit = words.units.number(of: tape.bytes.span.extracting(tape[token].range)).flatMap(Unit.init),
            unit.isDoseUnit
        else {
            throw fields.refusal(
                of: token, .unit, expected: "a dose is in \"mg\", \"mg/kg\" or \"mg/kg/day\"", on: tape)
        }
        record.unit = unit.rawValue
        record.qualifier = try fields.word(.route, words.routes, Route.self, on: tape)
    }

    private func assay(_ data: Int, _ tape: JSONTape, _ record: inout EventRecord) throws(Refusal) {
        let fields = try DataFields(of: data, noun: "an assay", known: known.assay, words: words, on: tape)
        record.code = try fields.word(.analyte, words.analytes, Analyte.self, on: tape)
        record.value = try fields.measure(at: fields.required(.value, on: tape), .value, on: tape)
        let token = try fields.required(.unit, on: tape)
        guard let analyte = Analyte(rawValue: record.code) else { return }
        guard tape[token].kind == .string,
            let unit = words.units.number(of: tape.bytes.span.extracting(tape[token].range)).flatMap(Unit.init),
            let conversion = analyte.conversion(from: unit)
        else {
            let units = analyte.acceptedUnits.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw fields.refusal(
                of: token, .unit, expected: "an assay of \(analyte.name) is in one of \(units)", on: tape)
        }
        record.unit = unit.rawValue
        guard (record.value * conversion.factor).isFinite else {
            throw fields.refusal(
                of: try fields.required(.value, on: tape), .value,
                expected: "an assay's value is a number that stays finite in \(conversion.stored.name)", on: tape)
        }
        if let comparator = fields.optional(.comparator) {
            record.level = try fields.word(
                at: comparator, .comparator, words.comparators, Comparator.self, on: tape)
        }
        if analyte.isAntibody {
            let method = try fields.required(.method, of: "an assay of antibodies", on: tape)
            record.qualifier = try fields.word(at: method, .method, words.methods, AssayMethod.self, on: tape)
        } else if let method = fields.optional(.method) {
            throw fields.refusal(
                of: method, .method, expected: "an assay of \(analyte.name) has no method, only antibodies have one",
                on: tape)
        }
    }
}
