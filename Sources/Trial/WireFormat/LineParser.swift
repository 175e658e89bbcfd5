/// Reads event lines, one at a time, into the records of a batch.
///
/// A line is checked in this order: JSON, envelope, type, time, data, correction; the first fault that is found refuses
/// it. The parser keeps its working storage from line to line, so that one parser serves one task at a time.
package struct LineParser: Sendable {
    private var tape = JSONTape()
    private let data = DataParser()
    /// The tokens of the further attributes' keys in the line under way.
    private var further: [Int] = []

    /// A parser without working storage yet.
    package init() {}

    /// Appends the event of one line to a batch.
    ///
    /// - Parameters:
    ///   - line: one line without its end.
    ///   - now: when the line was received, in microseconds since 1970-01-01T00:00:00Z.
    ///   - batch: where the record goes. A refused line leaves its records and arena as they were.
    /// - Throws: why the line is refused.
    package mutating func parse(
        _ line: Span<UInt8>, receivedAt now: Int64, into batch: inout EventBatch
    ) throws(Refusal) {
        let arenaEnd = batch.arena.count
        do throws(Refusal) {
            try tape.scan(line)
            guard line.count <= LineLength.limit || isPrintedByLog else { throw LineLength.refusal }
            try batch.records.append(readEvent(receivedAt: now, &batch))
        } catch {
            batch.arena.removeSubrange(arenaEnd...)
            throw error
        }
    }

    /// Whether the line has an attribute that the log alone adds.
    private var isPrintedByLog: Bool {
        var token = 1
        while token < tape.count {
            let number = data.words.keys.number(of: tape.bytes.span.extracting(tape[token].range))
            if number == EventKey.recordedtime.rawValue || number == EventKey.sequence.rawValue { return true }
            token = Int(tape[token + 1].next)
        }
        return false
    }

    private mutating func readEvent(receivedAt now: Int64, _ batch: inout EventBatch) throws(Refusal) -> EventRecord {
        let members = try gather()
        let id = try identifier(members)
        let source = try source(members)
        let type = try EnvelopeReader.required(.type, of: members, on: tape)
        try EnvelopeReader.requireText(.type, at: type, such: EventKind.assay.name, on: tape)
        let subject = try subject(members)
        let timeToken = try EnvelopeReader.required(.time, of: members, on: tape)
        try EnvelopeReader.requireTime(at: timeToken, on: tape)
        let content = try dataObject(members)
        let kind = try EnvelopeReader.kind(at: type, data.words, on: tape)
        let time = try EnvelopeReader.time(at: timeToken, receivedAt: now, on: tape)
        var record = EventRecord(time: time, patient: 0, source: 0, id: .none, kind: kind)
        if kind == .correction {
            let context = CorrectionContext(id: id, source: source, receivedAt: now)
            try data.parseCorrection(content, in: context, on: tape, into: &record, arena: &batch.arena)
        } else {
            try data.parse(content, on: tape, into: &record, arena: &batch.arena)
        }
        record.patient = batch.subjects.intern(tape.bytes.span.extracting(subject))
        record.source = batch.sources.intern(tape.bytes.span.extracting(source))
        record.id = batch.store(tape.bytes.span.extracting(id))
        if !further.isEmpty { record.attributes = writeFurtherAttributes(&batch.arena) }
        return record
    }

    /// Finds the attributes that are set, and checks the version and the names and values of the further ones.
    private mutating func gather() throws(Refusal) -> EventMembers {
        further.removeAll(keepingCapacity: true)
        var members = EventMembers()
        var token = 1
        while token < tape.count {
            let name = tape[token].range
            let value = tape[token + 1]
            if let number = data.words.keys.number(of: tape.bytes.span.extracting(name)),
                let key = EventKey(rawValue: number), key.rawValue <= EventKey.dataBase64.rawValue
            {
                if value.kind != .null { members.insert(key, at: token + 1) }
                if key == .recordedtime || key == .sequence { try requireScalar(token) }
            } else {
                guard TextRules.isAttributeName(tape.bytes.span.extracting(name)) else {
                    throw tape.refusal(
                        .envelope,
                        "The attribute \(tape.quoted(name)) is not known, and its name is none for a further "
                            + "attribute; those are lower-case letters and digits.",
                        at: token)
                }
                try requireScalar(token)
                if value.kind != .null { further.append(token) }
            }
            token = Int(value.next)
        }
        try requireVersion(members)
        return members
    }

    private func requireScalar(_ key: Int) throws(Refusal) {
        let value = tape[key + 1]
        let isContainer = value.kind == .object || value.kind == .array
        let hasNull = value.kind == .string && TextRules.hasNull(tape.bytes.span.extracting(value.range))
        guard isContainer || hasNull else { return }
        throw tape.refusal(
            .envelope,
            "\(tape.quoted(tape[key].range)) is \(tape.shown(key + 1)); an attribute is a text without U+0000, a "
                + "number, true or false.",
            at: key + 1)
    }

    private func requireVersion(_ members: EventMembers) throws(Refusal) {
        let token = try EnvelopeReader.required(.specversion, of: members, on: tape)
        guard tape[token].kind == .string, "1.0".hasSameBytes(as: tape.bytes.span.extracting(tape[token].range)) else {
            throw tape.refusal(
                .envelope, "specversion is \(tape.shown(token)); events are of CloudEvents \"1.0\".", at: token)
        }
    }

    private func identifier(_ members: EventMembers) throws(Refusal) -> Range<Int> {
        let id = try EnvelopeReader.text(.id, of: members, limit: EnvelopeLimits.id, on: tape)
        if TextRules.hasControlCharacter(tape.bytes.span.extracting(id)) {
            throw refusal(.id, members, "an id has no control characters in it")
        }
        return id
    }

    private func source(_ members: EventMembers) throws(Refusal) -> Range<Int> {
        let source = try EnvelopeReader.text(.source, of: members, limit: EnvelopeLimits.source, on: tape)
        if let fault = URIReference.fault(tape.bytes.span.extracting(source)) {
            throw refusal(.source, members, fault)
        }
        return source
    }

    private func subject(_ members: EventMembers) throws(Refusal) -> Range<Int> {
        let subject = try EnvelopeReader.text(.subject, of: members, limit: EnvelopeLimits.subject, on: tape)
        guard TextRules.isPrintable(tape.bytes.span.extracting(subject)) else {
            throw refusal(.subject, members, "a subject has printable characters only")
        }
        return subject
    }

    private func refusal(_ key: EventKey, _ members: EventMembers, _ expectation: String) -> Refusal {
        let token = members[key] ?? 0
        return tape.refusal(.envelope, "\(key.name) is \(tape.shown(token)); \(expectation).", at: token)
    }

    /// The token of `data`, which must be an object and stand alone.
    private func dataObject(_ members: EventMembers) throws(Refusal) -> Int {
        if let base64 = members[.dataBase64] {
            let cause =
                members[.data] == nil ? "data is missing and data_base64 is there" : "data stands beside data_base64"
            throw tape.refusal(.envelope, "\(cause); the data of an event are a JSON object in data alone.", at: base64)
        }
        let token = try EnvelopeReader.required(.data, of: members, on: tape)
        try EnvelopeReader.requireObject(at: token, on: tape)
        return token
    }

    /// Writes the further attributes as a JSON object in the order of their names, numbers as they are spelled.
    private mutating func writeFurtherAttributes(_ arena: inout [UInt8]) -> ByteRange {
        if further.count > 1 {
            let tape = tape
            further.sort { tape.compare(tape[$0].range, tape[$1].range) < 0 }
        }
        let start = arena.count
        for key in further {
            arena.append(key == further[0] ? UInt8(ascii: "{") : UInt8(ascii: ","))
            CanonicalJSON.append(string: tape.bytes.span.extracting(tape[key].range), to: &arena)
            arena.append(UInt8(ascii: ":"))
            let value = tape[key + 1]
            if value.kind == .string {
                CanonicalJSON.append(string: tape.bytes.span.extracting(value.range), to: &arena)
            } else {
                arena.append(tape.bytes.span.extracting(value.range))
            }
        }
        arena.append(UInt8(ascii: "}"))
        return ByteRange(start: UInt32(start), count: UInt32(arena.count - start))
    }
}
