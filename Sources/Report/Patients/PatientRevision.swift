import Trial

/// An event's name within its subject: who states it, and under which id; both as bytes.
struct PatientEventName: Sendable, Hashable {
    var source: [UInt8]
    var id: [UInt8]

    init(source: [UInt8], id: [UInt8]) {
        self.source = source
        self.id = id
    }

    init(_ record: EventRecord, in batch: EventBatch) {
        source = Array(batch.sources[Int(record.source)])
        id = Array(batch.bytes(record.id))
    }
}

/// The correction that decides what an event says.
struct PatientRevision: Sendable {
    /// The correction's own name.
    var name: PatientEventName
    /// When it was made, in microseconds since 1970.
    var time: Int64
    /// Why, in the words of the one who corrected; bytes.
    var reason: [UInt8]
    /// What had stood before any correction.
    var before: PatientTimeline.Fact
    /// How many corrections of the event there are; the others are earlier, and without effect.
    var count: Int
}

/// The corrections of a history by the events that they name.
struct PatientRevisions {
    private struct Decision {
        var record: EventRecord
        var reason: [UInt8]
        var voids: Bool
        var count: Int
    }

    private var decisions: [PatientEventName: Decision] = [:]
    private var originals: [PatientEventName: EventRecord] = [:]
    /// What each correction says, in words, by its name.
    private(set) var notes: [PatientEventName: String] = [:]

    /// Reads the corrections of a history, whose events refer to a batch.
    init(_ history: PatientHistory, in batch: EventBatch) throws(DetailError) {
        if history.corrections.isEmpty { return }
        let names = Set(history.corrections.map { PatientEventName($0, in: batch) })
        var reader = CorrectionReader()
        for record in history.corrections {
            let correction = try Self.read(record, of: batch, &reader)
            let target = PatientEventName(source: correction.source, id: correction.id)
            let verb = correction.replacement == nil ? "voids " : "replaces "
            notes[PatientEventName(record, in: batch)] =
                verb + PatientText.shown(target.source) + " " + PatientText.shown(target.id) + ": "
                + PatientText.shown(correction.reason)
            // A correction of a correction is ignored. Corrections come in order, and the last one decides.
            if names.contains(target) { continue }
            decisions[target] = Decision(
                record: record, reason: correction.reason, voids: correction.replacement == nil,
                count: (decisions[target]?.count ?? 0) + 1)
        }
        for record in history.corrected { originals[PatientEventName(record, in: batch)] = record }
    }

    /// The events that corrections took out, in no order.
    var voided: [EventRecord] {
        originals.compactMap { name, record in decisions[name]?.voids == true ? record : nil }
    }

    /// What decided over an event, `nil` where it was never corrected.
    func revision(of name: PatientEventName, in batch: EventBatch) throws(DetailError) -> PatientRevision? {
        guard let decision = decisions[name], let original = originals[name] else { return nil }
        return PatientRevision(
            name: PatientEventName(decision.record, in: batch), time: decision.record.time, reason: decision.reason,
            before: try PatientTimeline.Fact(original, in: batch), count: decision.count)
    }

    /// Reads one correction in a batch of its own, so that the patient's need not be copied to be written to.
    private static func read(
        _ record: EventRecord, of batch: EventBatch, _ reader: inout CorrectionReader
    ) throws(DetailError) -> Correction {
        var alone = EventBatch()
        var record = record
        record.detail = alone.store(batch.arena.span.extracting(record.detail.indices))
        return try reader.read(record, in: &alone)
    }
}
