/// How the heads of a lane's slices stood when the lane last saw them.
///
/// Whoever knows them can number events without asking. Should somebody else have moved one meanwhile, the server tells
/// when it compares, and the work is done anew with the heads locked. Where that happens, so do further
/// works, twice as many after each time in a row: others are at work on the same slices.
struct KnownHeads: Sendable {
    private var heads: [Int32: SliceHeads.Head] = [:]
    private var recordedAt = Int64.min
    private var rowType: UInt32 = 0
    private var failures = 0
    private var toBeLocked = 0

    /// The heads of the slices, recorded at the latest time that any was; `nil` where they should be locked first.
    mutating func heads(of slices: [Int32]) -> SliceHeads? {
        if toBeLocked > 0 {
            toBeLocked -= 1
            return nil
        }
        var known: [SliceHeads.Head] = []
        known.reserveCapacity(slices.count)
        for slice in slices {
            guard var head = heads[slice] else { return nil }
            head.firstPosition = head.position + 1
            known.append(head)
        }
        return SliceHeads(heads: known, recordedAt: recordedAt, rowType: rowType)
    }

    /// Takes notice of how heads stand after a commit.
    mutating func note(_ after: SliceHeads) {
        for head in after.heads { heads[head.slice] = head }
        recordedAt = max(recordedAt, after.recordedAt)
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
