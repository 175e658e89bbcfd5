/// A run of a slice's positions whose events stand in one place: as rows, or in one segment that has none.
struct StoredRun: Sendable, Equatable {
    /// The last position before the run.
    var after: Int64
    /// The last position of the run.
    var through: Int64
    /// Where its events stand; `nil` for rows.
    var segment: SegmentPlace?

    /// How many events it has.
    var events: Int64 { through - after }

    /// The runs of a stretch of positions, in order.
    ///
    /// - Parameter places: Segments of the slice, ascending by position; those whose events stand as rows, too, are of no
    ///   account here.
    static func runs(after: Int64, through: Int64, _ places: [SegmentPlace]) -> [StoredRun] {
        var runs: [StoredRun] = []
        var end = after
        for place in places where !place.hasRows && place.lastPosition > end {
            guard place.firstPosition <= through, end < through else { break }
            if place.firstPosition > end + 1 {
                runs.append(StoredRun(after: end, through: place.firstPosition - 1, segment: nil))
                end = place.firstPosition - 1
            }
            let last = min(place.lastPosition, through)
            runs.append(StoredRun(after: end, through: last, segment: place))
            end = last
        }
        if end < through { runs.append(StoredRun(after: end, through: through, segment: nil)) }
        return runs
    }
}
