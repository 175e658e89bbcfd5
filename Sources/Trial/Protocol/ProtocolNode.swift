internal import Yams

/// A YAML node that knows its file and the part of the protocol in which it stands, and reads itself as what is asked.
struct ProtocolNode {
    /// The node as composed.
    let node: Node
    /// The name of the file.
    let file: String
    /// The part of the protocol, such as `clinical-failure.crohn-activity`; empty at the top.
    let place: String

    init(_ node: Node, file: String, place: String = "") {
        self.node = node
        self.file = file
        self.place = place
    }

    /// The same node as a part of the protocol with this name.
    func placed(in place: String) -> ProtocolNode {
        ProtocolNode(node, file: file, place: place)
    }

    /// An error at this node's line and column: a sentence without its full stop, and a question that may follow it.
    func refusal(_ sentence: String, question: String = "") -> ProtocolError {
        let prefix = place.isEmpty ? "" : place + ": "
        return ProtocolError(
            file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1,
            message: prefix + sentence + "." + question)
    }

    /// What stands here, for a message.
    var found: String {
        switch node {
        case .scalar(let scalar): isNothing(scalar) ? "nothing" : scalar.string.quoted
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// The fields of a mapping, each of which has one of these keys.
    func fields(_ keys: [String]) throws(ProtocolError) -> ProtocolFields {
        let expectation = "a mapping with \(keys.joined(separator: ", "))"
        let fields = ProtocolFields(owner: self, entries: try entries(expected: expectation))
        try fields.expectOnly(keys)
        return fields
    }

    /// The keys and values of a mapping, in the file's order, whatever its keys are.
    func entries(expected expectation: String) throws(ProtocolError) -> [ProtocolFields.Entry] {
        guard case .mapping(let mapping) = node else { throw refusal("found \(found); expected \(expectation)") }
        try expectOwnTag(.map)
        var entries: [ProtocolFields.Entry] = []
        for (key, value) in mapping {
            let key = ProtocolNode(key, file: file, place: place)
            guard case .scalar(let scalar) = key.node else {
                throw key.refusal("found \(key.found) as a key; expected \(expectation)")
            }
            try key.expectOwnTag(.str)
            entries.append(.init(name: scalar.string, key: key, value: ProtocolNode(value, file: file, place: place)))
        }
        return entries
    }

    /// The elements of a list with at least one.
    func list(_ what: String) throws(ProtocolError) -> [ProtocolNode] {
        guard case .sequence(let sequence) = node else {
            throw refusal("found \(found); expected a list of \(what)")
        }
        try expectOwnTag(.seq)
        guard !sequence.isEmpty else { throw refusal("the list is empty; expected one or more \(what)") }
        return sequence.map { ProtocolNode($0, file: file, place: place) }
    }

    /// A text, plain or in quotes.
    ///
    /// A plain scalar is taken as it is spelled, so that an arm may be called `no` or `5`; only the spellings of YAML's
    /// null are nothing.
    func text(_ what: String) throws(ProtocolError) -> String {
        guard case .scalar(let scalar) = node, !isNothing(scalar) else {
            throw refusal("found \(found); expected \(what)")
        }
        try expectOwnTag(.str)
        return scalar.string
    }

    /// A name: 1 to 128 bytes without control characters.
    func name(of what: String) throws(ProtocolError) -> String {
        let text = try text("the name of \(what)")
        let problem: String
        if text.isEmpty {
            problem = "is empty"
        } else if text.utf8.count > ProtocolFile.greatestNameLength {
            problem = "has \(text.utf8.count) bytes"
        } else if let control = text.unicodeScalars.first(where: \.isControl) {
            problem = "has the control character \(control.codePoint)"
        } else {
            return text
        }
        throw refusal(
            "the name of \(what) \(problem); expected 1 to \(ProtocolFile.greatestNameLength) bytes "
                + "without control characters")
    }

    /// A finite number in decimal spelling.
    func number(_ what: String) throws(ProtocolError) -> Double {
        guard case .scalar(let scalar) = node, scalar.style == .plain, !isNothing(scalar) else {
            throw refusal("found \(found(orQuoted: true)); expected \(what)")
        }
        try expectOwnTag(.str)
        if let value = Double(decimal: scalar.string), value.isFinite { return value }
        throw refusal("found \(scalar.string.quoted); expected \(what)")
    }

    /// A whole number, however it is spelled: `28`, `28.0` and `2.8e1` are the same.
    func wholeNumber(in range: ClosedRange<Int>, _ what: String) throws(ProtocolError) -> Int {
        let expectation = "\(what), a whole number from \(range.lowerBound) to \(range.upperBound)"
        let value = try number(expectation)
        guard let whole = Int(exactly: value), range.contains(whole) else {
            throw refusal("found \(found); expected \(expectation)")
        }
        return whole
    }

    /// A `true` or `false`.
    func boolean(_ what: String) throws(ProtocolError) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain, let value = Bool(scalar.string) else {
            throw refusal("found \(found(orQuoted: true)); expected \(what), true or false")
        }
        try expectOwnTag(.str)
        return value
    }

    /// A word of a closed list.
    func term<Term: VocabularyTerm>(_ list: Term.Type, _ what: String) throws(ProtocolError) -> Term {
        let word = try text(Term.choices)
        if let term = Term(named: word.utf8.span) { return term }
        throw unknown(what, word, choices: Term.allCases.map(\.name))
    }

    /// An error for a word that is not in its list.
    func unknown(_ what: String, _ word: String, choices: [String]) -> ProtocolError {
        let expected = choices.map(\.quoted).joinedAsChoice
        return refusal(
            "unknown \(what) \(word.quoted); expected \(expected)", question: word.suggestion(from: choices))
    }

    /// ``found``, with a word that the reader put in quotes shown as such: `the text "5"`.
    private func found(orQuoted: Bool) -> String {
        if orQuoted, case .scalar(let scalar) = node, scalar.style != .plain { return "the text " + found }
        return found
    }

    private func isNothing(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private func expectOwnTag(_ tag: Tag.Name) throws(ProtocolError) {
        guard node.tag == Tag(tag) else {
            throw refusal("found the tag \(node.tag.rawValue.quoted); expected no tags in a protocol file")
        }
    }
}

/// The fields of a mapping, in the file's order.
struct ProtocolFields {
    /// One key with its value.
    struct Entry {
        let name: String
        let key: ProtocolNode
        let value: ProtocolNode
    }

    /// The mapping.
    let owner: ProtocolNode
    /// The keys and values.
    let entries: [Entry]

    /// The value of a key, where it is given.
    subscript(name: String) -> ProtocolNode? {
        entries.first { $0.name == name }?.value
    }

    /// The value of a key that must be given.
    func required(_ name: String, _ expectation: String) throws(ProtocolError) -> ProtocolNode {
        guard let value = self[name] else {
            throw owner.refusal("\(name.quoted) is missing; expected \(expectation)")
        }
        return value
    }

    /// Refuses a key that is not among these.
    func expectOnly(_ keys: [String], for what: String? = nil) throws(ProtocolError) {
        for entry in entries where !keys.contains(entry.name) {
            let user = what.map { " for \($0)" } ?? ""
            throw entry.key.refusal(
                "unknown key \(entry.name.quoted)\(user); expected \(keys.joined(separator: ", "))",
                question: entry.name.suggestion(from: keys))
        }
    }
}
