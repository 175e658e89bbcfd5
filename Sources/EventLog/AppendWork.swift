import Trial

/// What one lane is to append in one transaction: events of one or several batches, ordered by slice.
struct AppendWork: Sendable {
    /// One event: where it is, and which slice it belongs to.
    struct Item: Sendable, BitwiseCopyable {
        var slice: Int32
        var batch: Int32
        var record: Int32
    }

    let batches: [EventBatch]
    /// By batch and source of that batch: the number in the table `source`.
    let sources: [[Int32]]
    /// By batch and subject of that batch: the patient's number within the slice, 0 where it is not known yet.
    var patients: [[Int32]]
    /// Ascending by slice; within a slice in the order in which the events came.
    let items: [Item]

    /// The slices that the work touches, ascending.
    var slices: [Int32] {
        var slices: [Int32] = []
        for item in items where slices.last != item.slice { slices.append(item.slice) }
        return slices
    }

    /// The runs of items of one slice each, in order.
    var runs: [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        for index in items.indices.dropFirst() where items[index].slice != items[start].slice {
            runs.append(start..<index)
            start = index
        }
        if !items.isEmpty { runs.append(start..<items.count) }
        return runs
    }

    func record(_ item: Item) -> EventRecord { batches[Int(item.batch)].records[Int(item.record)] }
    func subject(_ item: Item) -> Int { Int(record(item).patient) }
    func patient(_ item: Item) -> Int32 { patients[Int(item.batch)][subject(item)] }
    func source(_ item: Item) -> Int32 { sources[Int(item.batch)][Int(record(item).source)] }
}

/// What a transaction wrote, as far as it must be known to tell later whether it committed.
struct AppendOutcome: Sendable {
    /// One decision for each item of the work.
    var decisions: [Decision]
    /// The patients' numbers, as in the work but without a 0 for the subjects of the items.
    var patients: [[Int32]]
    /// A batch row that exists exactly when the transaction committed; `nil` when it wrote nothing.
    var witness: (slice: Int32, firstPosition: Int64, digest: [UInt8])?
}
