/// A run of bytes in the arena of a batch.
package struct ByteRange: Sendable, BitwiseCopyable, Equatable {
    /// Where the run begins in the arena.
    package var start: UInt32
    /// How many bytes it has.
    package var count: UInt32

    /// No bytes: what an event has where it has no detail or no attributes.
    package static let none = ByteRange(start: 0, count: 0)

    /// A run from its start and length.
    package init(start: UInt32, count: UInt32) {
        self.start = start
        self.count = count
    }

    /// The run as indices of the arena.
    @inlinable
    package var indices: Range<Int> { Int(start)..<Int(start) + Int(count) }
    /// Whether there are no bytes.
    package var isEmpty: Bool { count == 0 }
}

/// One event in the form in which it is parsed, stored, read and folded: numbers, and runs of bytes in its batch's arena.
///
/// What the four small fields mean depends on the kind; a field that a kind does not name is 0:
///
/// | kind | `code` | `unit` | `qualifier` | `level` | `value` | `detail` (canonical JSON) |
/// |---|---|---|---|---|---|---|
/// | enrolment | disease | | sex | | | the optional fields, none where there are none |
/// | randomisation | drug | | | | | `{"arm":…}` |
/// | dose | drug | unit | route | | amount | |
/// | assay | analyte | unit as sent | method or 0 | comparator or 0 | value as sent | |
/// | score | instrument | | | endoscopy (Mayo) | total | `{"items":{…}}` where sent |
/// | adverse event | action | | 1 where serious | grade | | `{"drug":…,"term":…}` |
/// | treatment stop | reason | | | | | `{"drug":…}` |
/// | withdrawal | reason | | | | | |
/// | completion | | | | | | |
/// | correction | kind of the replacement, 0 to void | | | | | `{"corrects":{"id":…,"source":…},"reason":…,"replacement":…}` |
package struct EventRecord: Sendable, BitwiseCopyable {
    /// When it happened, in microseconds since 1970-01-01T00:00:00Z.
    package var time: Int64
    /// The number that the event states, in the unit as sent.
    package var value: Double = 0
    /// The patient: a number in the batch's ``EventBatch/subjects`` when parsed, the patient's number within the slice
    /// when read from the log.
    package var patient: Int32
    /// The stating site or laboratory, as a number in the batch's ``EventBatch/sources``.
    package var source: Int32
    /// The event's id.
    package var id: ByteRange
    /// What does not fit the numbers, as canonical JSON.
    package var detail: ByteRange = .none
    /// Further CloudEvents attributes, as a JSON object.
    package var attributes: ByteRange = .none
    /// The type of the event.
    package var kind: EventKind
    /// The main word of the event, by kind.
    package var code: Int16 = 0
    /// The unit as sent.
    package var unit: Int16 = 0
    /// A second word, by kind.
    package var qualifier: Int16 = 0
    /// A small whole number or third word, by kind.
    package var level: Int16 = 0

    /// A record without numbers or words yet.
    package init(time: Int64, patient: Int32, source: Int32, id: ByteRange, kind: EventKind) {
        self.time = time
        self.patient = patient
        self.source = source
        self.id = id
        self.kind = kind
    }
}

/// Many events at once: records, and one arena with the bytes they refer to.
package struct EventBatch: Sendable {
    /// The events, in the order in which they came.
    package var records: [EventRecord] = []
    /// The bytes of ids, details and attributes.
    package var arena: [UInt8] = []
    /// The subjects that a parsed batch's ``EventRecord/patient`` refers to; empty in a batch read from the log.
    package var subjects = NameTable()
    /// The sources that ``EventRecord/source`` refers to.
    package var sources = NameTable()

    /// An empty batch.
    package init() {}

    /// Forgets all events with their subjects; sources and the room for events stay.
    package mutating func removeEvents() {
        records.removeAll(keepingCapacity: true)
        arena.removeAll(keepingCapacity: true)
        subjects.removeAll()
    }

    /// The bytes of a run.
    package func bytes(_ range: ByteRange) -> ArraySlice<UInt8> { arena[range.indices] }

    /// Puts bytes at the end of the arena and tells where they are.
    package mutating func store(_ bytes: Span<UInt8>) -> ByteRange {
        let start = arena.count
        arena.append(bytes)
        return ByteRange(start: UInt32(start), count: UInt32(bytes.count))
    }

    /// Whether two events say the same: kind, instant and data, whatever their names and further attributes.
    ///
    /// Details are canonical, so that equal content has equal bytes; a unit counts in its plain spelling.
    package func hasSameContent(_ record: EventRecord, as other: EventRecord, in batch: EventBatch) -> Bool {
        record.kind == other.kind && record.time == other.time && record.code == other.code
            && record.unit % 100 == other.unit % 100 && record.qualifier == other.qualifier
            && record.level == other.level && record.value == other.value
            && hasSameDetail(record, as: other, in: batch)
    }

    /// Details are compared as bytes; in a correction's, the unit of the replacement counts in its plain spelling.
    private func hasSameDetail(_ record: EventRecord, as other: EventRecord, in batch: EventBatch) -> Bool {
        let (one, two) = (bytes(record.detail), batch.bytes(other.detail))
        if one.elementsEqual(two) { return true }
        return record.kind == .correction && Self.withPlainUnit(one) == Self.withPlainUnit(two)
    }

    /// A canonical detail with `u` for either micro sign that begins its unit.
    ///
    /// Within a text every quote is escaped, so that these bytes stand before no other value than a unit's.
    private static func withPlainUnit(_ detail: ArraySlice<UInt8>) -> [UInt8] {
        let key = Array(#""unit":""#.utf8)
        var plain: [UInt8] = []
        var rest = detail
        while let byte = rest.first {
            if plain.suffix(key.count).elementsEqual(key),
                rest.starts(with: [0xC2, 0xB5]) || rest.starts(with: [0xCE, 0xBC])
            {
                plain.append(UInt8(ascii: "u"))
                rest = rest.dropFirst(2)
            } else {
                plain.append(byte)
                rest = rest.dropFirst()
            }
        }
        return plain
    }
}
