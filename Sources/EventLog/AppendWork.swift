import Trial

/// What one batch brings to one lane: those of its events that are in the lane's slices.
///
/// An object that never changes, since it goes from hand to hand and a copy of a batch costs a dozen reference counts.
final class LaneShare: Sendable {
    /// One event: its slice, and its number in the batch.
    struct Item: Sendable, BitwiseCopyable {
        var slice: Int32
        var record: Int32
    }

    let batch: EventBatch
    /// By source of the batch: the number in the table `source`.
    let sources: [Int32]
    /// Ascending by slice; within a slice in the order of the batch.
    let items: [Item]

    init(batch: EventBatch, sources: [Int32], items: [Item]) {
        self.batch = batch
        self.sources = sources
        self.items = items
    }
}

/// What became of a share.
struct LaneReceipt: Sendable {
    /// One decision for each item of the share.
    var decisions: [Decision]
    /// How far the slices that stored events of the share went to have come, ascending by slice.
    var heads: [(slice: Int32, position: Int64)] = []
}

/// What one lane is to append in one transaction: events of one or several batches, ordered by slice.
struct AppendWork: Sendable {
    /// One event: where it is, and which slice it belongs to.
    struct Item: Sendable, BitwiseCopyable {
        var slice: Int32
        var batch: Int32
        var record: Int32
        /// The item's place in its share.
        var place: Int32
    }

    let batches: [EventBatch]
    /// By batch and source of that batch: the number in the table `source`.
    let sources: [[Int32]]
    /// By batch and subject of that batch: the patient's number within the slice, 0 where it is not known yet.
    var patients: [[Int32]]
    /// Ascending by slice; within a slice in the order in which the events came.
    let items: [Item]

    /// Brings the shares of batches that came one after the other into one order.
    init(_ shares: [LaneShare]) {
        batches = shares.map(\.batch)
        sources = shares.map(\.sources)
        patients = shares.map { [Int32](repeating: 0, count: $0.batch.subjects.count) }
        var items: [Item] = []
        items.reserveCapacity(shares.reduce(0) { $0 + $1.items.count })
        for (batch, share) in shares.enumerated() {
            for (place, item) in share.items.enumerated() {
                items.append(
                    Item(slice: item.slice, batch: Int32(batch), record: item.record, place: Int32(place)))
            }
        }
        if shares.count > 1 { items.sort { ($0.slice, $0.batch, $0.place) < ($1.slice, $1.batch, $1.place) } }
        self.items = items
    }

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

    /// The sources of the events, with the numbers under which they are to be stored.
    ///
    /// - Parameter known: Numbers that are left out.
    func numberedSources(besides known: Set<Int32>) -> [(number: Int32, uri: [UInt8])] {
        var sources: [Int32: [UInt8]] = [:]
        for item in items where !known.contains(source(item)) && sources[source(item)] == nil {
            sources[source(item)] = Array(batches[Int(item.batch)].sources[Int(record(item).source)])
        }
        return sources.map { (number: $0.key, uri: $0.value) }
    }

    /// Whether the numbers of all patients are known.
    var isNumbered: Bool { items.allSatisfy { patient($0) != 0 } }

    func record(_ item: Item) -> EventRecord { batches[Int(item.batch)].records[Int(item.record)] }
    func subject(_ item: Item) -> Int { Int(record(item).patient) }
    func patient(_ item: Item) -> Int32 { patients[Int(item.batch)][subject(item)] }
    func source(_ item: Item) -> Int32 { sources[Int(item.batch)][Int(record(item).source)] }

    /// Gives each batch its decisions, and the heads of the slices that its stored events are in.
    func receipts(_ outcome: AppendOutcome) -> [LaneReceipt] {
        var receipts = batches.map { _ in LaneReceipt(decisions: []) }
        let heads = outcome.heads
        var head = 0
        // Within a batch, items of the work come in the order of its share: both are ordered by slice and place.
        for (index, item) in items.enumerated() {
            let batch = Int(item.batch)
            receipts[batch].decisions.append(outcome.decisions[index])
            guard outcome.decisions[index] == .stored else { continue }
            // Both are in the order of slices, and every slice with a stored event has a head.
            while heads[head].slice < item.slice { head += 1 }
            if receipts[batch].heads.last?.slice != item.slice { receipts[batch].heads.append(heads[head]) }
        }
        return receipts
    }
}

/// What a transaction wrote, as far as it must be known to tell later whether it committed.
struct AppendOutcome: Sendable {
    /// One decision for each item of the work.
    var decisions: [Decision]
    /// The patients' numbers, as in the work but without a 0 for the subjects of the items.
    var patients: [[Int32]]
    /// How the heads of all slices that the work touches stand.
    var slices: SliceHeads
    /// How they stood before, where the server has yet to date the batches and to tell their digests.
    var undated: SliceHeads?

    /// How far each slice that got events has come, ascending by slice.
    var heads: [(slice: Int32, position: Int64)] {
        slices.heads.filter(\.hasGrown).map { ($0.slice, $0.position) }
    }

    /// Where the first batch begins that the transaction wrote; `nil` when it wrote nothing.
    var witness: SliceHeads.Head? { slices.heads.first(where: \.hasGrown) }
}
