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

    private var rows = EntryTable<Shape>(slots: 1024)

    /// One combination, as the two words that its 16 bytes are.
    struct Shape: TableEntry {
        /// From the lowest bits: the source, kind, code.
        let first: UInt64
        /// From the lowest bits: unit, qualifier, level, flags.
        let second: UInt64

        static let zero = Shape(first: 0, second: 0)

        private init(first: UInt64, second: UInt64) { (self.first, self.second) = (first, second) }

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

    /// Adds rows.
    mutating func append(_ shapes: [Shape]) { rows.append(shapes.span) }

    /// Forgets all rows and keeps the room for them.
    mutating func removeAll() { rows.removeAll() }

    /// Writes the column at the end of a part.
    func write(to bytes: inout [UInt8]) {
        let width = rows.tableCount <= 256 ? 1 : 2
        ColumnHead(tableCount: rows.tableCount, indexWidth: width).write(to: &bytes)
        for shape in rows.table { LittleEndian.append([shape.first, shape.second], to: &bytes) }
        ColumnHead.append(rows.indices, width: width, to: &bytes)
    }
}
