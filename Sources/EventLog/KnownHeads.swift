/// How the heads of a lane's slices stood when the lane last saw them.
///
/// Whoever knows them can number events without asking. Should somebody else have moved one meanwhile, the server tells
/// when it compares, and the work is done anew with the heads locked. Where that happens, so do further
/// works, twice as many after each time in a row: others are at work on the same slices.
struct KnownHeads: Sendable {
    private var heads: [Int32: (head: SliceHeads.Head, recordedAt: Int64)] = [:]
    private var rowType: UInt32 = 0
    private var failures = 0
    private var toBeLocked = 0

    /// The heads of the slices, recorded at the latest time that any of them was; `nil` where they should be locked first.
    ///
    /// Not at the latest of all slices: where the clock was wrong once, one slice may be ahead of it, and takes along those
    /// alone that are appended to together with it.
    mutating func take(_ slices: [Int32]) -> SliceHeads? {
        if toBeLocked > 0 {
            toBeLocked -= 1
            return nil
        }
        var known = SliceHeads(rowType: rowType)
        known.heads.reserveCapacity(slices.count)
        for slice in slices {
            guard let last = heads[slice] else { return nil }
            var head = last.head
            head.firstPosition = head.position + 1
            known.heads.append(head)
            known.recordedAt = max(known.recordedAt, last.recordedAt)
        }
        return known
    }

    /// Takes notice of how heads stand after a commit.
    mutating func note(_ after: SliceHeads) {
        for head in after.heads { heads[head.slice] = (head, after.recordedAt) }
        rowType = after.rowType
    }

    /// Takes notice of an append that trusted what was known here, and whether the server found the heads so.
    mutating func judged(asTrue isTrue: Bool) {
        if isTrue {
            failures = 0
            return
        }
        failures = min(failures + 1, Limits.distrustDoublings)
        toBeLocked = 1 << failures
    }
}
