import Postgres

/// Which segments without rows some slices have, as far as it has been asked.
///
/// A segment without rows comes with the positions that it holds, under the lock of the slice's head. So once it has been
/// asked when a head stood at a position, or was known to, all of them up to that position are known, until rows are
/// removed: the head says up to where, and whoever knows of less asks for all of them again.
struct RowlessSegments: Sendable {
    private var places: [Int32: [SegmentPlace]] = [:]
    private var ends: [Int32: Int64] = [:]
    /// How far rows had been removed when it was asked.
    private var removed: [Int32: Int64] = [:]

    /// The known ones of a slice, ascending by position.
    subscript(slice: Int32) -> [SegmentPlace] { places[slice] ?? [] }

    /// Whether none is known of any slice.
    var isEmpty: Bool { places.isEmpty }

    /// Whether all with positions up to this one are known.
    func isKnown(_ slice: Int32, through position: Int64) -> Bool { ends[slice].map { $0 >= position } ?? false }

    /// Whether those are known that have lost their rows by a removal up to this position.
    func isKnown(_ slice: Int32, removedThrough position: Int64) -> Bool { (removed[slice] ?? 0) >= position }

    /// The first position up to this one that none of the known ones holds; `nil` where they lie end to end up to there.
    func firstGap(_ slice: Int32, through position: Int64) -> Int64? {
        var next: Int64 = 1
        for place in self[slice] where place.firstPosition <= next { next = max(next, place.lastPosition + 1) }
        return next <= position ? next : nil
    }

    /// Takes notice that the positions up to this one which are not known yet stand as rows.
    mutating func noteRows(_ slice: Int32, through position: Int64) {
        ends[slice] = max(ends[slice] ?? 0, position)
    }

    /// Asks for the segments of slices whose heads stand at these positions or beyond, and tells whether there are new
    /// ones, or some that have lost their rows.
    mutating func learn(
        _ heads: [(slice: Int32, position: Int64)], _ session: Session
    ) throws(PostgresError) -> Bool {
        let question = question(heads.map(\.slice))
        return try take(session.query(question.sql, question.parameters), heads)
    }

    /// The statement that asks for further segments of slices, and for those that have lost their rows.
    func question(_ slices: [Int32]) -> Statement {
        SegmentPlace.after(
            slices.map { (slice: $0, position: places[$0]?.last?.lastPosition ?? 0, removed: removed[$0] ?? 0) },
            onlyWithoutRows: true)
    }

    /// Takes the answer for slices whose heads stood at these positions, or beyond, when they were asked for.
    mutating func take(
        _ answer: Rows, _ heads: [(slice: Int32, position: Int64)]
    ) throws(PostgresError) -> Bool {
        let new = try SegmentPlace.places(answer)
        for place in new {
            if place.removed > removed[place.slice] ?? 0 {
                // Then all of the slice are in the answer.
                removed[place.slice] = place.removed
                places[place.slice] = []
            }
            places[place.slice, default: []].append(place)
        }
        for head in heads { noteRows(head.slice, through: head.position) }
        return !new.isEmpty
    }
}
