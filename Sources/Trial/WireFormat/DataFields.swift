/// The fields of one object in `data`, read with the checks that the event format sets.
///
/// Every method that throws does so with a ``Refusal`` of code `data` that names the field, what was found in it and
/// what was expected.
struct DataFields {
    /// What the object is, for messages: `an assay`.
    let noun: StaticString
    /// Where the object stands, for messages: `data`.
    let path: StaticString
    /// The token of the object.
    let object: Int
    private var members = EventMembers()

    /// Finds the fields of an object, and refuses those that are not `known`.
    init(
        of object: Int, noun: StaticString, path: StaticString = "data", known: EventKeySet, words: EventWords,
        on tape: JSONTape
    ) throws(Refusal) {
        self.noun = noun
        self.path = path
        self.object = object
        guard tape[object].kind == .object else {
            throw tape.refusal(.data, "\(path) is \(tape.shown(object)); \(noun) has an object there.", at: object)
        }
        let end = Int(tape[object].next)
        var token = object + 1
        while token < end {
            let number = words.keys.number(of: tape.bytes.span.extracting(tape[token].range))
            guard let key = number.flatMap(EventKey.init(rawValue:)), known.contains(key) else {
                throw unknown(token, known: known, on: tape)
            }
            members.insert(key, at: token + 1)
            token = Int(tape[token + 1].next)
        }
    }

    /// The value of a field, or `nil` where it is not there.
    func optional(_ key: EventKey) -> Int? { members[key] }

    /// The value of a field that must be there.
    ///
    /// - Parameter kind: What has this field, where not every object of this kind does.
    func required(_ key: EventKey, of kind: StaticString? = nil, on tape: JSONTape) throws(Refusal) -> Int {
        guard let token = members[key] else {
            throw tape.refusal(.data, "\(path).\(key.name) is missing; \(kind ?? noun) has one.", at: object)
        }
        return token
    }

    /// The number of the word in a field that must be there.
    func word<Term: VocabularyTerm>(
        _ key: EventKey, _ table: WordTable, _ terms: Term.Type, on tape: JSONTape
    ) throws(Refusal) -> Int16 {
        try word(at: required(key, on: tape), key, table, terms, on: tape)
    }

    /// The number of the word in a value.
    func word<Term: VocabularyTerm>(
        at token: Int, _ key: EventKey, _ table: WordTable, _ terms: Term.Type, on tape: JSONTape
    ) throws(Refusal) -> Int16 {
        if tape[token].kind == .string,
            let number = table.number(of: tape.bytes.span.extracting(tape[token].range))
        {
            return number
        }
        throw refusal(of: token, key, expected: "\(Term.choices) was expected", on: tape)
    }

    /// The finite number in a value; -0 is read as 0.
    private func number(
        at token: Int, _ key: EventKey, expected: @autoclosure () -> String, on tape: JSONTape
    ) throws(Refusal) -> Double {
        guard tape[token].kind == .number else { throw refusal(of: token, key, expected: expected(), on: tape) }
        let number = JSONNumber.double(tape.bytes.span.extracting(tape[token].range))
        guard number.isFinite else {
            throw refusal(of: token, key, expected: "\(expected()), which a double can hold", on: tape)
        }
        return number
    }

    /// The number of at least 0 in a value.
    func measure(at token: Int, _ key: EventKey, on tape: JSONTape) throws(Refusal) -> Double {
        let number = try number(at: token, key, expected: "\(noun)'s \(key.name) is a number of at least 0", on: tape)
        // Too small for a double, a number is read as 0, and may still be below it.
        guard number > 0 || number == 0 && !JSONNumber.isBelowZero(tape.bytes.span.extracting(tape[token].range)) else {
            throw refusal(of: token, key, expected: "\(noun)'s \(key.name) is a number of at least 0", on: tape)
        }
        return number
    }

    /// The number above 0 in a value.
    func amount(at token: Int, _ key: EventKey, on tape: JSONTape) throws(Refusal) -> Double {
        let number = try number(at: token, key, expected: "\(noun)'s \(key.name) is a number above 0", on: tape)
        guard number > 0 else {
            throw refusal(of: token, key, expected: "\(noun)'s \(key.name) is a number above 0", on: tape)
        }
        return number
    }

    /// The whole number in a value, however it is spelled.
    func whole(
        at token: Int, _ key: EventKey, in range: ClosedRange<Int>, on tape: JSONTape
    ) throws(Refusal) -> Int {
        if tape[token].kind == .number {
            let number = JSONNumber.double(tape.bytes.span.extracting(tape[token].range))
            if let whole = Int(exactly: number), range.contains(whole) { return whole }
        }
        throw refusal(
            of: token, key,
            expected: "\(noun)'s \(key.name) is a whole number from \(range.lowerBound) to \(range.upperBound)",
            on: tape)
    }

    /// The truth value in a value.
    func flag(at token: Int, _ key: EventKey, on tape: JSONTape) throws(Refusal) -> Bool {
        switch tape[token].kind {
        case .yes: return true
        case .no: return false
        default: throw refusal(of: token, key, expected: "\(noun)'s \(key.name) is true or false", on: tape)
        }
    }

    /// The bytes of the text in a value, as indices of the tape's bytes.
    func text(
        at token: Int, _ key: EventKey, limit: Int, controls: Bool = true, on tape: JSONTape
    ) throws(Refusal) -> Range<Int> {
        let value = tape[token]
        guard value.kind == .string, value.count > 0, value.count <= limit else {
            throw refusal(of: token, key, expected: "\(noun)'s \(key.name) is a text of 1 to \(limit) bytes", on: tape)
        }
        let bytes = tape.bytes.span.extracting(value.range)
        if controls ? TextRules.hasNull(bytes) : TextRules.hasControlCharacter(bytes) {
            throw refusal(
                of: token, key,
                expected: "\(noun)'s \(key.name) has no \(controls ? "U+0000" : "control characters") in it", on: tape)
        }
        return value.range
    }

    /// The refusal of a value: what it is, and what was expected.
    func refusal(of token: Int, _ key: EventKey, expected: String, on tape: JSONTape) -> Refusal {
        var found = tape.shown(token)
        if tape[token].kind == .string, Int(tape[token].count) > 40 { found += " of \(tape[token].count) bytes" }
        return tape.refusal(.data, "\(path).\(key.name) is \(found); \(expected).", at: token)
    }

    private func unknown(_ token: Int, known: EventKeySet, on tape: JSONTape) -> Refusal {
        let names = known.keys.map(\.name)
        let list = names.isEmpty ? "no fields" : "only " + names.joined(separator: ", ")
        return tape.refusal(
            .data, "\(path) has the unknown field \(tape.quoted(tape[token].range)); \(noun) has \(list).", at: token)
    }
}

extension JSONTape {
    /// A refusal at the place of a token.
    func refusal(_ code: Refusal.Code, _ message: String, at token: Int) -> Refusal {
        Refusal(code, message, column: Int(self[token].offset) + 1)
    }

    /// A value as a message shows it.
    func shown(_ token: Int) -> String {
        switch self[token].kind {
        case .object: "an object"
        case .array: "an array"
        case .string: self[token].count == 0 ? "an empty text" : quoted(self[token].range)
        case .number: String(decoding: bytes[self[token].range].prefix(40), as: UTF8.self)
        case .yes: "true"
        case .no: "false"
        case .null: "null"
        }
    }
}
