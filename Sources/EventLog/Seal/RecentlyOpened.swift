import Postgres

/// The segments that were opened last, so that whoever comes back to one need not read and decode it again.
///
/// What a segment holds never changes, and its digest is part of its place.
struct RecentlyOpened<Value: Sendable>: Sendable {
    private let limit: Int
    /// The one that was used last at the end.
    private var kept: [(place: SegmentPlace, value: Value)] = []

    /// - Parameter limit: How many are kept.
    init(limit: Int) { self.limit = limit }

    /// A segment as it was opened before, or as it is opened now.
    mutating func value(
        of place: SegmentPlace, _ open: () throws(PostgresError) -> Value
    ) throws(PostgresError) -> Value {
        if let index = kept.firstIndex(where: { $0.place == place }) {
            let found = kept.remove(at: index)
            kept.append(found)
            return found.value
        }
        // Room is made first, so that never one more is in memory than may be.
        if kept.count >= limit { kept.removeFirst(kept.count - limit + 1) }
        let value = try open()
        kept.append((place, value))
        return value
    }
}
