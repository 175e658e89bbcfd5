/// One patient's events as they stand: corrections applied, cut, in order.
///
/// A history is reused from patient to patient, so that folding a cohort allocates next to nothing.
package struct PatientHistory: Sendable {
    /// The events that stand, ordered by time, ties by (source, id); no corrections among them.
    package private(set) var records: [EventRecord] = []
    /// The corrections, in the same order.
    package private(set) var corrections: [EventRecord] = []
    /// What is odd about the corrections.
    package private(set) var findings: [Finding] = []
    private var reader = CorrectionReader()

    /// Whether nothing is known of the patient, not even a correction.
    package var isEmpty: Bool { records.isEmpty && (corrections.isEmpty || isBeyondCut) }
    /// Whether there would be events but for the data cut.
    private var isBeyondCut = false

    /// An empty history.
    package init() {}

    /// Reads the events of one patient out of a batch.
    ///
    /// - Parameters:
    ///   - members: The indices of the patient's events in `batch`, in any order, each event once.
    ///   - batch: The batch; replacements of corrected events put their details at the end of its arena.
    ///   - until: The data cut, as microseconds since 1970: what happened later does not count. `nil` for no cut.
    /// - Throws: ``DetailError`` where a correction cannot be decoded.
    package mutating func load(
        _ members: ArraySlice<Int32>, of batch: inout EventBatch, until: Int64?
    ) throws(DetailError) {
        records.removeAll(keepingCapacity: true)
        corrections.removeAll(keepingCapacity: true)
        findings.removeAll(keepingCapacity: true)
        for member in members {
            let record = batch.records[Int(member)]
            if record.kind == .correction { corrections.append(record) } else { records.append(record) }
        }
        if !corrections.isEmpty { try applyCorrections(in: &batch) }
        let standing = records.count
        if let until { records.removeAll { $0.time > until } }
        isBeyondCut = standing > 0 && records.isEmpty
        Self.sort(&records, in: batch)
    }

    /// Puts replacements in the place of corrected events and takes voided ones out.
    private mutating func applyCorrections(in batch: inout EventBatch) throws(DetailError) {
        Self.sort(&corrections, in: batch)
        var winners: [Int: (record: EventRecord, correction: Correction)] = [:]
        for record in corrections {
            let correction = try reader.read(record, in: &batch)
            if target(of: correction, among: corrections, in: batch) != nil {
                findings.append(Finding(code: .correctionOfCorrection, event: record))
            } else if let target = target(of: correction, among: records, in: batch) {
                // Corrections come in ascending (time, source, id): the last one of a target wins.
                winners[target] = (record, correction)
            } else {
                findings.append(Finding(code: .correctionWithoutTarget, event: record))
            }
        }
        guard !winners.isEmpty else { return }
        var standing: [EventRecord] = []
        standing.reserveCapacity(records.count)
        for (index, record) in records.enumerated() {
            guard let winner = winners[index] else {
                standing.append(record)
                continue
            }
            guard var replacement = winner.correction.replacement else { continue }
            replacement.patient = record.patient
            replacement.source = record.source
            replacement.id = record.id
            replacement.attributes = record.attributes
            standing.append(replacement)
        }
        records = standing
    }

    /// The index of the event that a correction names.
    private func target(of correction: Correction, among events: [EventRecord], in batch: EventBatch) -> Int? {
        events.firstIndex { event in
            batch.bytes(event.id).elementsEqual(correction.id)
                && batch.sources[Int(event.source)].elementsEqual(correction.source)
        }
    }

    /// Orders events.
    ///
    /// Histories arrive nearly in order, only events of one instant are shuffled, so that moving each to
    /// its place is cheaper than a sort; a history that is not like that is sorted after all.
    private static func sort(_ records: inout [EventRecord], in batch: EventBatch) {
        var moves = 0
        for index in records.indices.dropFirst() where batch.precedes(records[index], records[index - 1]) {
            let record = records[index]
            var place = index
            repeat {
                records[place] = records[place - 1]
                place -= 1
            } while place > 0 && batch.precedes(record, records[place - 1])
            records[place] = record
            moves += index - place
            if moves > 8 * records.count { return records.sort { batch.precedes($0, $1) } }
        }
    }
}
