/// What a table of different entries can hold.
protocol TableEntry: Equatable, BitwiseCopyable, Sendable {
    /// A number whose lower bits are different for most entries that are.
    var hash: Int { get }
    /// What stands where there is no entry yet.
    static var zero: Self { get }
}

/// The rows of a column while it is written: each different entry once, in the order of first appearance, and for each row
/// which one it has.
///
/// Rows come in runs. Room for a run is made before it, so that a loop over it works on spans alone, without a look at
/// each row at who owns the arrays and how far they reach.
struct EntryTable<Entry: TableEntry>: Sendable {
    /// How many rows there are.
    private(set) var count = 0
    /// How many different entries there are.
    private(set) var tableCount = 0
    private var entries: [Entry] = []
    private var rows: [UInt16] = []
    private var slots: [Int32]

    /// An empty table.
    ///
    /// - Parameter slots: A power of two; as many as twice the entries that most columns have.
    init(slots: Int) { self.slots = [Int32](repeating: -1, count: slots) }

    /// The different entries.
    var table: ArraySlice<Entry> { entries[..<tableCount] }
    /// For each row the index of its entry.
    var indices: ArraySlice<UInt16> { rows[..<count] }

    /// Adds rows.
    mutating func append(_ run: Span<Entry>) {
        makeRoom(for: run.count)
        tableCount = Self.append(run, to: &rows, at: count, &entries, tableCount, &slots)
        count += run.count
    }

    /// Forgets all rows and keeps the room for them.
    mutating func removeAll() {
        if tableCount > 0 { for slot in slots.indices { slots[slot] = -1 } }
        (count, tableCount) = (0, 0)
    }

    /// - Returns: How many different entries there are now.
    private static func append(
        _ run: Span<Entry>, to rows: inout [UInt16], at first: Int, _ entries: inout [Entry], _ known: Int,
        _ slots: inout [Int32]
    ) -> Int {
        var rows = rows.mutableSpan
        var entries = entries.mutableSpan
        var slots = slots.mutableSpan
        var known = known
        let mask = slots.count - 1
        for index in run.indices {
            let entry = run[index]
            var slot = entry.hash & mask
            while slots[slot] >= 0, entries[Int(slots[slot])] != entry { slot = (slot + 1) & mask }
            if slots[slot] < 0 {
                slots[slot] = Int32(truncatingIfNeeded: known)
                entries[known] = entry
                known += 1
            }
            rows[first + index] = UInt16(truncatingIfNeeded: slots[slot])
        }
        return known
    }

    /// Sees to it that so many rows have room, even where each is a new entry.
    private mutating func makeRoom(for more: Int) {
        if count + more > rows.count {
            rows += [UInt16](repeating: 0, count: max(count + more - rows.count, rows.count))
        }
        if tableCount + more > entries.count {
            entries += [Entry](repeating: .zero, count: max(tableCount + more - entries.count, entries.count))
        }
        guard (tableCount + more) * 2 > slots.count else { return }
        var capacity = slots.count
        while (tableCount + more) * 2 > capacity { capacity *= 4 }
        slots = [Int32](repeating: -1, count: capacity)
        for index in 0..<tableCount {
            var slot = entries[index].hash & (capacity - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (capacity - 1) }
            slots[slot] = Int32(truncatingIfNeeded: index)
        }
    }
}
