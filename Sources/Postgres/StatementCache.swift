/// Decides which statements are worth keeping prepared on the server; holds names only and talks to nobody.
///
/// A statement is sent as it is the first time, since preparing costs a round trip more, and is prepared when it comes
/// again. The number of entries is bounded; the one unused for longest goes first.
struct StatementCache {
    /// A statement and the types of its parameters, which together decide the plan.
    struct Key: Hashable {
        let sql: String
        let types: [TypeID]
    }

    /// How to run a statement.
    enum Use: Equatable {
        /// Without preparing it.
        case direct
        /// By preparing it under `name` first, after giving back `evicted`.
        case prepare(name: String, evicted: String?)
        /// Under the name it has been prepared with.
        case prepared(name: String)
    }

    private struct Entry {
        var name: String?
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var clock: UInt64 = 0
    private var names = 0
    /// Names of statements that the server still keeps and this cache has forgotten.
    private var stale: [String] = []

    init(capacity: Int = Limits.preparedStatements) {
        self.capacity = capacity
    }

    /// Says how to run a statement, and remembers that it was used.
    mutating func use(_ key: Key) -> Use {
        clock += 1
        if let entry = entries[key] {
            entries[key]?.lastUse = clock
            if let name = entry.name { return .prepared(name: name) }
            names += 1
            return .prepare(name: "trough_\(names)", evicted: stale.popLast())
        }
        if entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            forget(oldest.key)
        }
        entries[key] = Entry(name: nil, lastUse: clock)
        return .direct
    }

    /// Notes that the statement is now prepared under the name that ``use(_:)`` gave.
    ///
    /// In a pipeline a statement may meanwhile have got another name, or have been forgotten.
    mutating func didPrepare(_ key: Key, _ name: String) {
        if let entry = entries[key], entry.name == nil {
            entries[key]?.name = name
        } else {
            stale.append(name)
        }
    }

    /// Notes that a name which ``use(_:)`` gave to be evicted still stands, since the server did not come to it.
    mutating func didNotEvict(_ name: String) {
        stale.append(name)
    }

    /// Draws the conclusion from an error of a prepared statement; `true` when its plan was at fault.
    mutating func recover(_ key: Key, from sqlState: String?) -> Bool {
        switch sqlState {
        case "0A000":  // The tables changed under the plan.
            forget(key)
            return true
        case "26000":  // Somebody dropped the prepared statements, as DISCARD ALL does.
            entries = [:]
            stale = []
            return true
        default:
            return false
        }
    }

    /// Drops a statement; the server's copy is given back by the next one that is prepared.
    mutating func forget(_ key: Key) {
        if let name = entries.removeValue(forKey: key)?.name { stale.append(name) }
    }
}
