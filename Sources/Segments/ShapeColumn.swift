import Trial

/// What the events of a trial have in common: who states them, their kind, and their four small fields.
///
/// Few combinations exist, and one byte tells which one an event has. Bytes: as a ``NumberColumn``, but each entry of the
/// table has 16: `i32` number of the source in the table `source`, `i16` kind, code, unit, qualifier, level, `u16` of
/// which bit 0 says that the event has a detail, and bit 1 that it has further attributes. There are always indices.
struct ShapeColumn {
    /// The bytes of one entry.
    static let entryBytes = 16
    /// Says that an event has a detail.
    static let detailFlag: UInt16 = 1
    /// Says that an event has further attributes.
    static let attributesFlag: UInt16 = 2

    private var table: [Shape] = []
    private var indices: [UInt16] = []
    private var slots = [Int32](repeating: -1, count: 256)

    /// One combination, as the two words that its 16 bytes are.
    struct Shape: Equatable, BitwiseCopyable {
        /// From the lowest bits: the source, kind, code.
        let first: UInt64
        /// From the lowest bits: unit, qualifier, level, flags.
        let second: UInt64

        init(_ record: EventRecord, source: Int32) {
            let flags =
                (record.detail.isEmpty ? 0 : ShapeColumn.detailFlag)
                | (record.attributes.isEmpty ? 0 : ShapeColumn.attributesFlag)
            let word = { (number: Int16) in UInt64(UInt16(bitPattern: number)) }
            first =
                UInt64(UInt32(bitPattern: source)) | word(record.kind.rawValue) << 32 | word(record.code) << 48
            second =
                word(record.unit) | word(record.qualifier) << 16 | word(record.level) << 32 | UInt64(flags) << 48
        }

        var hash: Int {
            let mixed = (first ^ (second &* 0xff51_afd7_ed55_8ccd)) &* 0x9e37_79b9_7f4a_7c15
            return Int(truncatingIfNeeded: (mixed ^ (mixed >> 32)) >> 8)
        }
    }

    /// Adds a row.
    mutating func append(_ shape: Shape) {
        var slot = shape.hash & (slots.count - 1)
        while slots[slot] >= 0 {
            if table[Int(slots[slot])] == shape {
                return indices.append(UInt16(truncatingIfNeeded: slots[slot]))
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(truncatingIfNeeded: table.count)
        indices.append(UInt16(truncatingIfNeeded: table.count))
        table.append(shape)
        if table.count * 2 > slots.count { grow() }
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 4)
        for index in table.indices {
            var slot = table[index].hash & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(truncatingIfNeeded: index)
        }
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
        ColumnHead(tableCount: table.count, indexWidth: width).write(to: &bytes)
        for shape in table { LittleEndian.append([shape.first, shape.second], to: &bytes) }
        ColumnHead.append(indices, width: width, to: &bytes)
    }
}
