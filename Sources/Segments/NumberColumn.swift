/// A column of numbers while it is written: each different number once, and for each row which one it has.
///
/// Bytes: `u32` numbers in the table, `u8` bytes of an index (0, 1 or 2), three zero bytes, the table (`i64` each), the
/// indices. Without indices the rows are the table itself, which is shorter where few numbers come again.
struct NumberColumn {
    private var rows = EntryTable<Int64>(slots: 1024)

    var count: Int { rows.count }

    /// Adds rows.
    mutating func append(_ numbers: [Int64]) { rows.append(numbers.span) }

    /// Forgets all rows and keeps the room for them.
    mutating func removeAll() { rows.removeAll() }

    /// Writes the column at the end of a part.
    func write(to bytes: inout [UInt8]) {
        let width = rows.tableCount <= 256 ? 1 : 2
        if 8 * rows.tableCount + width * rows.count < 8 * rows.count {
            ColumnHead(tableCount: rows.tableCount, indexWidth: width).write(to: &bytes)
            LittleEndian.append(Array(rows.table), to: &bytes)
            ColumnHead.append(rows.indices, width: width, to: &bytes)
        } else {
            ColumnHead(tableCount: rows.count, indexWidth: 0).write(to: &bytes)
            let table = rows.table
            LittleEndian.append(rows.indices.map { table[Int($0)] }, to: &bytes)
        }
    }
}

extension Int64: TableEntry {
    /// Numbers of one column are often multiples of a power of two, so that only a product's upper bits are of use.
    var hash: Int {
        let product = UInt64(bitPattern: self) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: (product ^ (product >> 32)) >> 16)
    }
}

/// What a column begins with.
struct ColumnHead {
    var tableCount: Int
    /// Bytes of an index; 0 where the rows are the table itself.
    var indexWidth: Int

    func write(to bytes: inout [UInt8]) {
        LittleEndian.append([UInt32(truncatingIfNeeded: tableCount)], to: &bytes)
        bytes += [UInt8(truncatingIfNeeded: indexWidth), 0, 0, 0]
    }

    static func append(_ indices: ArraySlice<UInt16>, width: Int, to bytes: inout [UInt8]) {
        if width == 1 {
            LittleEndian.append(indices.map { UInt8(truncatingIfNeeded: $0) }, to: &bytes)
        } else {
            LittleEndian.append(Array(indices), to: &bytes)
        }
    }
}
