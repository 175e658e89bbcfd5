import Trial

/// A column of byte strings while it is written: each different one once, and for each row which one it has.
///
/// Bytes: `u32` texts in the table, `u8` bytes of an index (0, 1 or 2), three zero bytes, where the texts end (`u32` each,
/// counted from the first), the texts, the indices. Without indices the rows are the table itself.
struct TextColumn {
    private var table = NameTable(expecting: 256)
    private var indices: [UInt16] = []
    /// By the lower bits of where a text begins in the arena: the text met there last, and its number.
    private var recent = [(text: ByteRange, number: UInt16)](repeating: (.none, 0), count: recentCount)

    private static let recentCount = 1024

    /// Adds a row.
    mutating func append(_ text: Span<UInt8>) {
        indices.append(UInt16(truncatingIfNeeded: table.intern(text)))
    }

    /// Adds a row with the text at a place of the arena, which is the same for all rows of this segment.
    ///
    /// Patients of a cohort share their events' ids, which are then not compared byte by byte.
    mutating func append(_ text: ByteRange, of arena: Span<UInt8>) {
        let place = Int(text.start) & (Self.recentCount - 1)
        if recent[place].text == text, !text.isEmpty { return indices.append(recent[place].number) }
        let number = UInt16(truncatingIfNeeded: table.intern(arena.extracting(text.indices)))
        recent[place] = (text, number)
        indices.append(number)
    }

    /// Forgets all rows and keeps the room for them.
    mutating func removeAll() {
        for place in recent.indices { recent[place].text = .none }
        table.removeAll()
        indices.removeAll(keepingCapacity: true)
    }

    /// Writes the column at the end of a part.
    func write(to bytes: inout [UInt8]) {
        let width = table.count <= 256 ? 1 : 2
        let lengths = (0..<table.count).map { table[$0].count }
        let whole = indices.reduce(0) { $0 + 4 + lengths[Int($1)] }
        let shared = lengths.reduce(width * indices.count) { $0 + 4 + $1 }
        if shared < whole {
            ColumnHead(tableCount: table.count, indexWidth: width).write(to: &bytes)
            write(0..<table.count, to: &bytes)
            ColumnHead.append(indices, width: width, to: &bytes)
        } else {
            ColumnHead(tableCount: indices.count, indexWidth: 0).write(to: &bytes)
            write(indices.map(Int.init), to: &bytes)
        }
    }

    private func write(_ texts: some Collection<Int>, to bytes: inout [UInt8]) {
        var end: UInt32 = 0
        var ends: [UInt32] = []
        ends.reserveCapacity(texts.count)
        for text in texts {
            end += UInt32(truncatingIfNeeded: table[text].count)
            ends.append(end)
        }
        LittleEndian.append(ends, to: &bytes)
        for text in texts { bytes.append(table[text].span) }
    }
}
