/// How long the texts of an envelope may be, in bytes.
enum EnvelopeLimits {
    static let id = 128
    static let source = 256
    static let subject = 64
}

/// The checks of single attributes, each on the token of its value.
enum EnvelopeReader {
    /// 1900-01-01T00:00:00Z, before which no event lies.
    static let earliest = Int64(Instant.dayNumber(year: 1900, month: 1, day: 1)) * Instant.day

    /// The token of an attribute that must be there.
    static func required(_ key: EventKey, of members: EventMembers, on tape: JSONTape) throws(Refusal) -> Int {
        guard let token = members[key] else {
            throw Refusal(.envelope, "\(key.name) is missing; every event has one.", column: 1)
        }
        return token
    }

    /// The bytes of a text of 1 to `limit` bytes.
    static func text(
        _ key: EventKey, of members: EventMembers, limit: Int, on tape: JSONTape
    ) throws(Refusal) -> Range<Int> {
        let token = try required(key, of: members, on: tape)
        let value = tape[token]
        guard value.kind == .string, value.count > 0, value.count <= limit else {
            let size = value.kind == .string && value.count > 40 ? " of \(value.count) bytes" : ""
            throw tape.refusal(
                .envelope, "\(key.name) is \(tape.shown(token))\(size); it is a text of 1 to \(limit) bytes.", at: token
            )
        }
        return value.range
    }

    /// Refuses a value that is no text, or an empty one.
    static func requireText(_ key: EventKey, at token: Int, such example: String, on tape: JSONTape) throws(Refusal) {
        guard tape[token].kind == .string, tape[token].count > 0 else {
            throw tape.refusal(
                .envelope, "\(key.name) is \(tape.shown(token)); it is a text such as \(example).", at: token)
        }
    }

    /// Refuses a `time` that is no text.
    static func requireTime(at token: Int, on tape: JSONTape) throws(Refusal) {
        try requireText(.time, at: token, such: "2016-03-08T09:30:00Z", on: tape)
    }

    /// Refuses `data` that is no object.
    static func requireObject(at token: Int, on tape: JSONTape) throws(Refusal) {
        guard tape[token].kind == .object else {
            throw tape.refusal(.envelope, "data is \(tape.shown(token)); it is a JSON object.", at: token)
        }
    }

    /// The kind that a `type` names.
    static func kind(at token: Int, _ words: EventWords, on tape: JSONTape) throws(Refusal) -> EventKind {
        try requireText(.type, at: token, such: EventKind.assay.name, on: tape)
        if let number = words.kinds.number(of: tape.bytes.span.extracting(tape[token].range)),
            let kind = EventKind(rawValue: number)
        {
            return kind
        }
        throw unknownType(at: token, on: tape)
    }

    private static func unknownType(at token: Int, on tape: JSONTape) -> Refusal {
        let text = String(decoding: tape.bytes[tape[token].range], as: UTF8.self)
        for kind in EventKind.allCases {
            let stem = kind.name.dropLast("v1".count)
            guard text.hasPrefix(stem) || text == stem.dropLast() else { continue }
            return tape.refusal(
                .type,
                "type is \(tape.shown(token)), a version that is not known; \(stem.dropLast()) is known as "
                    + "\"\(kind.name)\".",
                at: token)
        }
        return tape.refusal(
            .type, "type is \(tape.shown(token)), which is not known; the types are \(EventKind.choices).", at: token)
    }

    /// The instant that a `time` names: not before 1900 and at most a day after the line was received.
    static func time(at token: Int, receivedAt now: Int64, on tape: JSONTape) throws(Refusal) -> Int64 {
        let time: Int64
        do throws(InstantFault) {
            time = try Instant.read(tape.bytes.span.extracting(tape[token].range))
        } catch {
            throw tape.refusal(.time, "time is \(tape.shown(token)); \(error.expectation).", at: token)
        }
        guard time >= earliest else {
            throw tape.refusal(
                .time, "time is \(tape.shown(token)); an event lies at or after \(Instant.text(earliest)).", at: token)
        }
        guard time <= now || time - now <= Instant.day else {
            throw tape.refusal(
                .time,
                "time is \(tape.shown(token)); an event lies at most 24 hours after it is received, which was at "
                    + "\(Instant.text(now)).",
                at: token)
        }
        return time
    }
}
