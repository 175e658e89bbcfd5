/// Reads a part of a segment from its beginning to its end, and never beyond.
struct PartReader {
    let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next number.
    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type = Number.self
    ) throws(SegmentError) -> Number {
        let range = try skip(MemoryLayout<Number>.size)
        return bytes[range].reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    /// The next `count` bytes.
    mutating func bytes(_ count: Int) throws(SegmentError) -> ArraySlice<UInt8> {
        let range = try skip(count)
        return bytes[range]
    }

    /// Passes over the next `count` bytes and tells where they are.
    mutating func skip(_ count: Int) throws(SegmentError) -> Range<Int> {
        guard count >= 0, count <= bytes.count - offset else {
            throw SegmentError("The segment ends after \(bytes.count) bytes, in the middle of a column.")
        }
        defer { offset += count }
        return offset..<offset + count
    }

    /// Replaces an array by the next `count` numbers.
    mutating func load<Number: FixedWidthInteger & BitwiseCopyable>(
        _ count: Int, into numbers: inout [Number]
    ) throws(SegmentError) {
        guard count >= 0, count <= (bytes.count - offset) / MemoryLayout<Number>.size else {
            throw SegmentError("The segment ends after \(bytes.count) bytes, in the middle of a column.")
        }
        LittleEndian.load(count, from: bytes, at: offset, into: &numbers)
        offset += count * MemoryLayout<Number>.size
    }

    /// What a column of so many rows begins with.
    mutating func columnHead(rows: Int) throws(SegmentError) -> ColumnHead {
        let head = ColumnHead(tableCount: Int(try number(UInt32.self)), indexWidth: Int(try number(UInt8.self)))
        let padding = try bytes(3)
        guard padding.allSatisfy({ $0 == 0 }), head.indexWidth <= 2, head.tableCount <= Limits.events,
            head.indexWidth != 0 || head.tableCount == rows
        else { throw SegmentError("A column of \(rows) rows cannot begin like the one at byte \(offset - 8).") }
        return head
    }

    /// Replaces an array by the indices of a column, all of which lie within its table.
    mutating func load(
        indices rows: Int, _ head: ColumnHead, into indices: inout [UInt16]
    ) throws(SegmentError) {
        switch head.indexWidth {
        case 0:
            indices = Array(capacity: rows) { output in
                for row in 0..<rows { output.append(UInt16(truncatingIfNeeded: row)) }
            }
        case 1:
            let narrow = try skip(rows)
            LittleEndian.widen(bytes, narrow, into: &indices)
        default:
            try load(rows, into: &indices)
        }
        var greatest: UInt16 = 0
        for index in indices { greatest = max(greatest, index) }
        guard rows == 0 || Int(greatest) < head.tableCount else {
            throw SegmentError("A column refers to entry \(greatest) of a table of \(head.tableCount).")
        }
    }

    /// Checks that nothing is left.
    func finish() throws(SegmentError) {
        guard offset == bytes.count else {
            throw SegmentError("The segment has \(bytes.count - offset) bytes too many.")
        }
    }
}
