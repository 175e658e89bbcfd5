import EventLog
import Trial

/// The histories of a slice's patients, as far as they are remembered.
///
/// Two generations: patients that are touched live in the young one; when it has grown to its share, the old one is
/// forgotten as a whole and the young one becomes old. So memory is bounded, what is used often stays, and nothing is
/// kept in order. A patient who was forgotten is read from the log again.
struct SliceMemory {
    /// The checkpoint and epoch up to which the histories are complete.
    private(set) var position: Int64
    let epoch: Int64
    private var young = HistoryGeneration()
    private var old = HistoryGeneration()

    /// A memory of nothing, complete up to a position since nobody is in it.
    init(position: Int64, epoch: Int64) {
        self.position = position
        self.epoch = epoch
    }

    /// How many events are remembered.
    var events: Int { young.events + old.events }

    /// Whether a patient is remembered.
    func holds(_ patient: Int32) -> Bool { young.holds(patient) || old.holds(patient) }

    /// Begins a patient.
    mutating func begin(_ patient: Int32, subject: [UInt8]) { young.begin(patient, subject: subject) }

    /// Adds an event to a remembered patient.
    mutating func add(_ index: Int, of events: LiveEvents) {
        let place = events.places[index]
        if !young.holds(place.patient) { old.move(place.patient, to: &young) }
        young.add(events.batch.records[index], of: events.batch, place)
    }

    /// Forgets a patient.
    mutating func forget(_ patient: Int32) {
        young.forget(patient)
        old.forget(patient)
    }

    /// Sets how far the histories go, and forgets the old generation where the young one has grown.
    ///
    /// - Parameter share: How many events may be remembered. A young generation that outgrew two thirds of it in one
    ///   step, as that of a slice read whole may, is forgotten too: kept as the old one, it would stay for long.
    mutating func advance(to position: Int64, share: Int) {
        self.position = position
        guard young.events > share / 3 else { return }
        old = young.events <= share * 2 / 3 ? young : HistoryGeneration()
        young = HistoryGeneration()
    }

    /// Calls `body` with the history of a patient who was touched.
    mutating func withHistory<R, E: Error>(
        of patient: Int32, sources: NameTable,
        _ body: (inout EventBatch, ArraySlice<Int32>, Kept) throws(E) -> R
    ) throws(E) -> R? {
        if !young.holds(patient) { old.move(patient, to: &young) }
        return try young.withHistory(of: patient, sources: sources, body)
    }

    /// What is known of a remembered patient besides the events.
    struct Kept {
        /// The last of the patient's records; each record knows the one before.
        var last: Int32 = -1
        /// The subject's bytes, in the generation's arena.
        var subject: ByteRange
        /// When the latest event was recorded, in microseconds since 1970.
        var recordedAt: Int64 = .min
    }
}

/// Histories that are forgotten together.
struct HistoryGeneration {
    private var batch = EventBatch()
    /// By record: the same patient's record before it, -1 for none.
    private var previous: [Int32] = []
    private var patients: [Int32: SliceMemory.Kept] = [:]
    private var members: [Int32] = []

    var events: Int { batch.records.count }

    func holds(_ patient: Int32) -> Bool { patients[patient] != nil }

    mutating func begin(_ patient: Int32, subject: [UInt8]) {
        patients[patient] = SliceMemory.Kept(subject: batch.store(subject.span))
    }

    mutating func forget(_ patient: Int32) { patients[patient] = nil }

    mutating func add(_ record: EventRecord, of other: EventBatch, _ place: LiveEvents.Place) {
        guard var kept = patients[place.patient] else { return }
        kept.recordedAt = max(kept.recordedAt, place.recordedAt)
        append(record, of: other, to: &kept)
        patients[place.patient] = kept
    }

    /// Hands a patient over to another generation.
    mutating func move(_ patient: Int32, to other: inout HistoryGeneration) {
        guard let kept = patients.removeValue(forKey: patient) else { return }
        other.begin(patient, subject: Array(batch.bytes(kept.subject)))
        guard var moved = other.patients[patient] else { return }
        moved.recordedAt = kept.recordedAt
        gather(kept)
        for member in members { other.append(batch.records[Int(member)], of: batch, to: &moved) }
        other.patients[patient] = moved
    }

    mutating func withHistory<R, E: Error>(
        of patient: Int32, sources: NameTable,
        _ body: (inout EventBatch, ArraySlice<Int32>, SliceMemory.Kept) throws(E) -> R
    ) throws(E) -> R? {
        guard let kept = patients[patient] else { return nil }
        gather(kept)
        batch.sources = sources
        // Replacements of corrected events put their details at the end of the arena; they are of no use afterwards.
        let end = batch.arena.count
        defer { batch.arena.removeLast(batch.arena.count - end) }
        return try body(&batch, members[...], kept)
    }

    private mutating func append(_ record: EventRecord, of other: EventBatch, to kept: inout SliceMemory.Kept) {
        var record = record
        record.id = batch.store(other.arena.span.extracting(record.id.indices))
        record.detail = record.detail.isEmpty ? .none : batch.store(other.arena.span.extracting(record.detail.indices))
        record.attributes = .none
        previous.append(kept.last)
        kept.last = Int32(batch.records.count)
        batch.records.append(record)
    }

    /// Lists the records of a patient in the order in which they came.
    private mutating func gather(_ kept: SliceMemory.Kept) {
        members.removeAll(keepingCapacity: true)
        var member = kept.last
        while member >= 0 {
            members.append(member)
            member = previous[Int(member)]
        }
        members.reverse()
    }
}
