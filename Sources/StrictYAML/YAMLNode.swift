internal import Yams

/// A YAML node that knows its file and the part of it in which it stands, and reads itself as what is asked.
package struct YAMLNode {
    /// The greatest length of a name where no other is asked for, in bytes of UTF-8.
    package static let greatestNameLength = 128

    /// The node as composed.
    let node: Node
    /// The name of the file.
    let file: String
    /// What such files are called, such as `protocol file`.
    let kind: String
    /// The part of the file, such as `clinical-failure.crohn-activity`; empty at the top.
    package let place: String

    init(_ node: Node, file: String, kind: String, place: String = "") {
        self.node = node
        self.file = file
        self.kind = kind
        self.place = place
    }

    /// The same node as a part of the file with this name.
    package func placed(in place: String) -> YAMLNode {
        YAMLNode(node, file: file, kind: kind, place: place)
    }

    /// A refusal at this node's line and column: a sentence without its full stop, and a question that may follow it.
    package func refusal(_ sentence: String, question: String = "") -> YAMLRefusal {
        let prefix = place.isEmpty ? "" : place + ": "
        return YAMLRefusal(
            file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1,
            message: prefix + sentence + "." + question)
    }

    /// What stands here, for a message.
    package var found: String {
        switch node {
        case .scalar(let scalar): isNothing(scalar) ? "nothing" : scalar.string.quoted
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .alias: "an alias"
        }
    }

    /// The fields of a mapping, each of which has one of these keys.
    package func fields(_ keys: [String]) throws(YAMLRefusal) -> YAMLFields {
        let expectation = "a mapping with \(keys.joined(separator: ", "))"
        let fields = YAMLFields(owner: self, entries: try entries(expected: expectation))
        try fields.expectOnly(keys)
        return fields
    }

    /// The keys and values of a mapping, in the file's order, whatever its keys are.
    package func entries(expected expectation: String) throws(YAMLRefusal) -> [YAMLFields.Entry] {
        guard case .mapping(let mapping) = node else { throw refusal("found \(found); expected \(expectation)") }
        try expectOwnTag(.map)
        var entries: [YAMLFields.Entry] = []
        for (key, value) in mapping {
            let key = part(key)
            guard case .scalar(let scalar) = key.node else {
                throw key.refusal("found \(key.found) as a key; expected \(expectation)")
            }
            try key.expectOwnTag(.str)
            entries.append(.init(name: scalar.string, key: key, value: part(value)))
        }
        return entries
    }

    /// The elements of a list with at least one.
    package func list(_ what: String) throws(YAMLRefusal) -> [YAMLNode] {
        guard case .sequence(let sequence) = node else {
            throw refusal("found \(found); expected a list of \(what)")
        }
        try expectOwnTag(.seq)
        guard !sequence.isEmpty else { throw refusal("the list is empty; expected one or more \(what)") }
        return sequence.map(part)
    }

    /// A text, plain or in quotes.
    ///
    /// A plain scalar is taken as it is spelled, so that an arm may be called `no` or `5`; only the spellings of YAML's
    /// null are nothing.
    package func text(_ what: String) throws(YAMLRefusal) -> String {
        guard case .scalar(let scalar) = node, !isNothing(scalar) else {
            throw refusal("found \(found); expected \(what)")
        }
        try expectOwnTag(.str)
        return scalar.string
    }

    /// A name: at least one byte, at most so many, none of a control character.
    package func name(of what: String, greatestLength: Int = Self.greatestNameLength) throws(YAMLRefusal) -> String {
        let text = try text("the name of \(what)")
        let problem: String
        if text.isEmpty {
            problem = "is empty"
        } else if text.utf8.count > greatestLength {
            problem = "has \(text.utf8.count) bytes"
        } else if let control = text.unicodeScalars.first(where: \.isControl) {
            problem = "has the control character \(control.codePoint)"
        } else {
            return text
        }
        throw refusal(
            "the name of \(what) \(problem); expected 1 to \(greatestLength) bytes without control characters")
    }

    /// A finite number in decimal spelling.
    package func number(_ what: String) throws(YAMLRefusal) -> Double {
        guard case .scalar(let scalar) = node, scalar.style == .plain, !isNothing(scalar) else {
            throw refusal("found \(found(orQuoted: true)); expected \(what)")
        }
        try expectOwnTag(.str)
        if let value = Double(decimal: scalar.string), value.isFinite { return value }
        throw refusal("found \(scalar.string.quoted); expected \(what)")
    }

    /// A finite number within a range of finite bounds.
    package func number(in range: ClosedRange<Double>, _ what: String) throws(YAMLRefusal) -> Double {
        let expectation = "\(what), a number from \(Self.shown(range.lowerBound)) to \(Self.shown(range.upperBound))"
        let value = try number(expectation)
        guard range.contains(value) else { throw refusal("found \(found); expected \(expectation)") }
        return value
    }

    /// A whole number, however it is spelled: `28`, `28.0` and `2.8e1` are the same.
    package func wholeNumber(in range: ClosedRange<Int>, _ what: String) throws(YAMLRefusal) -> Int {
        let expectation = "\(what), a whole number from \(range.lowerBound) to \(range.upperBound)"
        let value = try number(expectation)
        guard let whole = Int(exactly: value), range.contains(whole) else {
            throw refusal("found \(found); expected \(expectation)")
        }
        return whole
    }

    /// A `true` or `false`.
    package func boolean(_ what: String) throws(YAMLRefusal) -> Bool {
        guard case .scalar(let scalar) = node, scalar.style == .plain, let value = Bool(scalar.string) else {
            throw refusal("found \(found(orQuoted: true)); expected \(what), true or false")
        }
        try expectOwnTag(.str)
        return value
    }

    /// A refusal for a word that is not in its list.
    package func unknown(_ what: String, _ word: String, choices: [String]) -> YAMLRefusal {
        let expected = choices.map(\.quoted).joinedAsChoice
        return refusal(
            "unknown \(what) \(word.quoted); expected \(expected)", question: word.suggestion(from: choices))
    }

    /// ``found``, with a word that the reader put in quotes shown as such: `the text "5"`.
    private func found(orQuoted: Bool) -> String {
        if orQuoted, case .scalar(let scalar) = node, scalar.style != .plain { return "the text " + found }
        return found
    }

    /// A bound without a fraction where it has none.
    private static func shown(_ bound: Double) -> String {
        Int(exactly: bound).map(String.init) ?? String(bound)
    }

    /// A key, value or element of this node, in the same part of the file until it is placed.
    private func part(_ node: Node) -> YAMLNode {
        YAMLNode(node, file: file, kind: kind, place: place)
    }

    private func isNothing(_ scalar: Node.Scalar) -> Bool {
        scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    private func expectOwnTag(_ tag: Tag.Name) throws(YAMLRefusal) {
        guard node.tag == Tag(tag) else {
            throw refusal("found the tag \(node.tag.rawValue.quoted); expected no tags in a \(kind)")
        }
    }
}
