/// The fields of a mapping, in the file's order.
package struct YAMLFields {
    /// One key with its value.
    package struct Entry {
        /// The key as a word.
        package let name: String
        /// The key where it stands.
        package let key: YAMLNode
        /// The value.
        package let value: YAMLNode
    }

    /// The mapping.
    package let owner: YAMLNode
    /// The keys and values.
    package let entries: [Entry]

    /// The fields of a mapping whose entries were read before its keys are checked.
    package init(owner: YAMLNode, entries: [Entry]) {
        self.owner = owner
        self.entries = entries
    }

    /// The value of a key, where it is given.
    package subscript(name: String) -> YAMLNode? {
        entries.first { $0.name == name }?.value
    }

    /// The value of a key that must be given.
    package func required(_ name: String, _ expectation: String) throws(YAMLRefusal) -> YAMLNode {
        guard let value = self[name] else {
            throw owner.refusal("\(name.quoted) is missing; expected \(expectation)")
        }
        return value
    }

    /// Refuses a key that is not among these.
    package func expectOnly(_ keys: [String], for what: String? = nil) throws(YAMLRefusal) {
        for entry in entries where !keys.contains(entry.name) {
            let user = what.map { " for \($0)" } ?? ""
            throw entry.key.refusal(
                "unknown key \(entry.name.quoted)\(user); expected \(keys.joined(separator: ", "))",
                question: entry.name.suggestion(from: keys))
        }
    }
}
