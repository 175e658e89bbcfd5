package import Trial

/// Stored events as a live projection takes them in: each with its place, undecodable ones set aside.
package struct LiveEvents: Sendable {
    /// Where an event stands, and whose it is.
    package struct Place: Sendable, BitwiseCopyable {
        /// The slice's number in the database.
        package var slice: Int32
        /// The patient's number within the slice.
        package var patient: Int32
        /// The position within the slice.
        package var position: Int64
        /// When it was recorded, in microseconds since 1970.
        package var recordedAt: Int64
    }

    /// The events; in the place of an undecodable one stands a record without meaning.
    package var batch = EventBatch()
    /// For each event its place.
    package var places: [Place] = []
    /// By index: why an event cannot be decoded.
    package var faults: [Int: String] = [:]

    /// No events.
    package init() {}

    /// Adds events behind these.
    mutating func add(_ other: LiveEvents) {
        if places.isEmpty {
            self = other
            return
        }
        for (index, fault) in other.faults { faults[places.count + index] = fault }
        for (record, place) in zip(other.batch.records, other.places) { add(record, at: place, of: other.batch) }
    }

    /// Adds an event of a batch with the same numbers of sources.
    private mutating func add(_ record: EventRecord, at place: Place, of other: EventBatch) {
        var record = record
        let arena = other.arena.span
        record.id = batch.store(arena.extracting(record.id.indices))
        record.detail = record.detail.isEmpty ? .none : batch.store(arena.extracting(record.detail.indices))
        record.attributes = .none
        places.append(place)
        batch.records.append(record)
    }

    /// Adds the event at a position of a segment whose sources have the numbers of this batch's.
    mutating func add(_ segment: LogSegment, _ position: Int64, of slice: Int32) {
        let record = segment.record(at: position)
        let place = Place(
            slice: slice, patient: record.patient, position: position, recordedAt: segment.recordedAt(position))
        add(record, at: place, of: segment.events)
    }
}
