/// A column of numbers while it is written: each different number once, and for each row which one it has.
///
/// Bytes: `u32` numbers in the table, `u8` bytes of an index (0, 1 or 2), three zero bytes, the table (`i64` each), the
/// indices. Without indices the rows are the table itself, which is shorter where few numbers come again.
struct NumberColumn {
    private var table: [Int64] = []
    private var indices: [UInt16] = []
    private var slots = [Int32](repeating: -1, count: 1024)

    var count: Int { indices.count }

    /// Adds a row.
    mutating func append(_ number: Int64) {
        var slot = place(of: number)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if table[index] == number {
                indices.append(UInt16(truncatingIfNeeded: index))
                return
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(truncatingIfNeeded: table.count)
        indices.append(UInt16(truncatingIfNeeded: table.count))
        table.append(number)
        if table.count * 2 > slots.count { grow() }
    }

    /// Forgets all rows and keeps the room for them.
    mutating func removeAll() {
        if !table.isEmpty { for slot in slots.indices { slots[slot] = -1 } }
        table.removeAll(keepingCapacity: true)
        indices.removeAll(keepingCapacity: true)
    }

    /// Writes the column at the end of a part.
    func write(to bytes: inout [UInt8]) {
        let width = table.count <= 256 ? 1 : 2
        if 8 * table.count + width * indices.count < 8 * indices.count {
            ColumnHead(tableCount: table.count, indexWidth: width).write(to: &bytes)
            LittleEndian.append(table, to: &bytes)
            ColumnHead.append(indices, width: width, to: &bytes)
        } else {
            ColumnHead(tableCount: indices.count, indexWidth: 0).write(to: &bytes)
            LittleEndian.append(indices.map { table[Int($0)] }, to: &bytes)
        }
    }

    /// Numbers of one column are often multiples of a power of two, so that only a product's upper bits are of use.
    private func place(of number: Int64) -> Int {
        let product = UInt64(bitPattern: number) &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: (product ^ (product >> 32)) >> 16) & (slots.count - 1)
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 4)
        for index in table.indices {
            var slot = place(of: table[index])
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(truncatingIfNeeded: index)
        }
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

    static func append(_ indices: [UInt16], width: Int, to bytes: inout [UInt8]) {
        if width == 1 {
            LittleEndian.append(indices.map { UInt8(truncatingIfNeeded: $0) }, to: &bytes)
        } else {
            LittleEndian.append(indices, to: &bytes)
        }
    }
}
