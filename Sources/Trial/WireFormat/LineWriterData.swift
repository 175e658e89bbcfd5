extension LineWriter {
    /// Appends the `data` object of an event, its keys in the order of the event format.
    static func appendData(
        of record: EventRecord, detail: Span<UInt8>, to output: inout [UInt8]
    ) throws(DetailError) {
        switch record.kind {
        case .enrolment: try enrolment(record, detail, &output)
        case .randomisation:
            try append("{\"arm\":", DetailObject.required("arm", in: detail), of: detail, &output)
            try append(",\"drug\":", word(record.code, Drug.self), &output)
        case .dose:
            try append("{\"drug\":", word(record.code, Drug.self), &output)
            try append(",\"amount\":", number: record.value, &output)
            try append(",\"unit\":", word(record.unit, Unit.self), &output)
            try append(",\"route\":", word(record.qualifier, Route.self), &output)
        case .assay: try assay(record, &output)
        case .score: try score(record, detail, &output)
        case .adverseEvent: try adverseEvent(record, detail, &output)
        case .treatmentStop:
            try append("{\"drug\":", DetailObject.required("drug", in: detail), of: detail, &output)
            try append(",\"reason\":", word(record.code, TreatmentStopReason.self), &output)
        case .withdrawal: try append("{\"reason\":", word(record.code, WithdrawalReason.self), &output)
        case .completion: output.append(UInt8(ascii: "{"))
        case .correction: try correction(detail, &output)
        }
        output.append(UInt8(ascii: "}"))
    }

    private static func enrolment(
        _ record: EventRecord, _ detail: Span<UInt8>, _ output: inout [UInt8]
    ) throws(DetailError) {
        try append("{\"disease\":", word(record.code, Disease.self), &output)
        try append(",\"sex\":", word(record.qualifier, Sex.self), &output)
        guard !detail.isEmpty else { return }
        for key in EnrolmentDetail.keys {
            guard let value = try DetailObject.value(of: key.name, in: detail) else { continue }
            append(",\"\(key.name)\":", value, of: detail, &output)
        }
    }

    private static func assay(_ record: EventRecord, _ output: inout [UInt8]) throws(DetailError) {
        try append("{\"analyte\":", word(record.code, Analyte.self), &output)
        try append(",\"value\":", number: record.value, &output)
        try append(",\"unit\":", word(record.unit, Unit.self), &output)
        if record.level != 0 { try append(",\"comparator\":", word(record.level, Comparator.self), &output) }
        if record.qualifier != 0 { try append(",\"method\":", word(record.qualifier, AssayMethod.self), &output) }
    }

    private static func score(
        _ record: EventRecord, _ detail: Span<UInt8>, _ output: inout [UInt8]
    ) throws(DetailError) {
        try append("{\"instrument\":", word(record.code, Instrument.self), &output)
        try append(",\"total\":", number: record.value, &output)
        if record.code == Instrument.mayo.rawValue {
            try append(",\"endoscopy\":", number: Double(record.level), &output)
        }
        if !detail.isEmpty {
            try append(",\"items\":", DetailObject.required("items", in: detail), of: detail, &output)
        }
    }

    private static func adverseEvent(
        _ record: EventRecord, _ detail: Span<UInt8>, _ output: inout [UInt8]
    ) throws(DetailError) {
        try append("{\"term\":", DetailObject.required("term", in: detail), of: detail, &output)
        try append(",\"grade\":", number: Double(record.level), &output)
        output.append(text: record.qualifier != 0 ? ",\"serious\":true" : ",\"serious\":false")
        try append(",\"action\":", word(record.code, AdverseEventAction.self), &output)
        if let drug = try DetailObject.value(of: "drug", in: detail) {
            append(",\"drug\":", drug, of: detail, &output)
        }
    }

    private static func correction(_ detail: Span<UInt8>, _ output: inout [UInt8]) throws(DetailError) {
        let target = try DetailObject.required("corrects", in: detail).lowerBound
        try append(
            "{\"corrects\":{\"source\":", DetailObject.required("source", at: target, in: detail), of: detail, &output)
        try append(",\"id\":", DetailObject.required("id", at: target, in: detail), of: detail, &output)
        try append("},\"reason\":", DetailObject.required("reason", in: detail), of: detail, &output)
        let replacement = try DetailObject.required("replacement", in: detail)
        guard detail[replacement.lowerBound] == UInt8(ascii: "{") else {
            return append(",\"replacement\":", replacement, of: detail, &output)
        }
        let start = replacement.lowerBound
        try append(
            ",\"replacement\":{\"type\":", DetailObject.required("type", at: start, in: detail), of: detail, &output)
        try append(",\"time\":", DetailObject.required("time", at: start, in: detail), of: detail, &output)
        try append(",\"data\":", DetailObject.required("data", at: start, in: detail), of: detail, &output)
        output.append(UInt8(ascii: "}"))
    }

    /// The word of a number that a record holds.
    private static func word<Term: VocabularyTerm>(_ number: Int16, _ terms: Term.Type) throws(DetailError) -> String {
        guard let term = Term(rawValue: number) else {
            throw DetailError("A stored event has the number \(number) as its \(Term.domain), which names no word.")
        }
        return term.name
    }

    private static func append(_ key: String, _ word: String, _ output: inout [UInt8]) {
        output.append(text: key)
        output.append(UInt8(ascii: "\""))
        output.append(text: word)
        output.append(UInt8(ascii: "\""))
    }

    private static func append(_ key: String, number: Double, _ output: inout [UInt8]) throws(DetailError) {
        guard number.isFinite else {
            throw DetailError("A stored event has \(number) as its value, which no line can.")
        }
        output.append(text: key)
        CanonicalJSON.append(number: number, to: &output)
    }

    private static func append(
        _ key: String, _ value: Range<Int>, of detail: Span<UInt8>, _ output: inout [UInt8]
    ) {
        output.append(text: key)
        output.append(detail.extracting(value))
    }
}
