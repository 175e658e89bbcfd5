import Trial

/// A column of byte strings while it is written: each different one once, and for each row which one it has.
///
/// Bytes: `u32` texts in the table, `u8` bytes of an index (0, 1 or 2), three zero bytes, where the texts end (`u32` each,
/// counted from the first), the texts, the indices. Without indices the rows are the table itself.
struct TextColumn {
    private var table = NameTable(expecting: 256)
    private var indices: [UInt16] = []
    /// By a hash of where a text begins in the arena: the text met there last, as start and length.
    private var recent = [UInt64](repeating: 0, count: 1 << recentBits)
    /// The numbers of those texts.
    private var recentNumbers = [UInt16](repeating: 0, count: 1 << recentBits)

    private static let recentBits: UInt32 = 10

    /// Adds a row.
    mutating func append(_ text: Span<UInt8>) {
        indices.append(UInt16(truncatingIfNeeded: table.intern(text)))
    }

    /// Adds rows with the texts at places of the arena, which is the same for all rows of this segment.
    ///
    /// Patients of a cohort share their events' ids and most details, which are then not compared byte by byte.
    mutating func append(_ texts: [ByteRange], of arena: Span<UInt8>) {
        // All arrays without room share one storage, and the library notes the number of elements even where none is new.
        if texts.isEmpty { return }
        Self.append(texts.span, of: arena, &table, &recent, &recentNumbers, to: &indices)
    }

    private static func append(
        _ texts: Span<ByteRange>, of arena: Span<UInt8>, _ table: inout NameTable, _ recent: inout [UInt64],
        _ recentNumbers: inout [UInt16], to indices: inout [UInt16]
    ) {
        var recent = recent.mutableSpan
        var recentNumbers = recentNumbers.mutableSpan
        indices.append(addingCapacity: texts.count) { output in
            for index in texts.indices {
                let text = texts[index]
                let place = Int((text.start &* 0x9e37_79b1) >> (32 - recentBits))
                let key = UInt64(text.start) << 32 | UInt64(text.count)
                if recent[place] != key || text.count == 0 {
                    recent[place] = key
                    recentNumbers[place] = UInt16(truncatingIfNeeded: table.intern(arena.extracting(text.indices)))
                }
                output.append(recentNumbers[place])
            }
        }
    }

    /// Forgets all rows and keeps the room for them.
    mutating func removeAll() {
        for place in recent.indices { recent[place] = 0 }
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
            ColumnHead.append(indices[...], width: width, to: &bytes)
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
