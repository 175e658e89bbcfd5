/// One patient's events as they stand: corrections applied, cut, in order.
///
/// A history is reused from patient to patient, so that folding a cohort allocates next to nothing.
package struct PatientHistory: Sendable {
    /// The events that stand, ordered by time, ties by (source, id); no corrections among them.
    package private(set) var records: [EventRecord] = []
    /// The corrections, in the same order.
    package private(set) var corrections: [EventRecord] = []
    /// The events that corrections replaced or took out, as they had stood before, in no order.
    package private(set) var corrected: [EventRecord] = []
    /// What is odd about the corrections.
    package private(set) var findings: [Finding] = []
    /// What is known of all events where ``records`` has only those that matter; `nil` where it has all.
    package private(set) var leftOut: LeftOut?
    private var reader = CorrectionReader()

    /// Whether nothing is known of the patient, not even a correction.
    package var isEmpty: Bool {
        if let leftOut { return leftOut.lastTime == nil }
        return records.isEmpty && (corrections.isEmpty || isBeyondCut)
    }
    /// When the last event happened that stands.
    var lastTime: Int64? { leftOut.map(\.lastTime) ?? records.last?.time }
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
        removeAll()
        for member in members {
            let record = batch.records[Int(member)]
            if record.kind == .correction { corrections.append(record) } else { records.append(record) }
        }
        try settle(in: &batch, until: until)
    }

    /// Reads the events of one patient that lie together in a batch, none of them a correction.
    ///
    /// - Parameters:
    ///   - stretch: The places of the patient's events in `batch`.
    ///   - batch: The batch.
    ///   - isOrdered: Whether the events lie in the order of a history.
    package mutating func load(_ stretch: Range<Int>, of batch: EventBatch, isOrdered: Bool = false) {
        removeAll()
        records.append(contentsOf: batch.records[stretch])
        isBeyondCut = false
        if !isOrdered { batch.sort(&records) }
    }

    /// Reads the events of one patient as they come out of packed history.
    ///
    /// - Parameters:
    ///   - batch: What the events refer to; replacements of corrected events put their details at the end of its arena.
    ///   - until: The data cut, as ``load(_:of:until:)`` has it.
    ///   - isOrdered: Whether the events come in the order of a history.
    ///   - fill: Appends the events, each once.
    /// - Throws: ``DetailError`` where a correction cannot be decoded.
    package mutating func load(
        of batch: inout EventBatch, until: Int64?, isOrdered: Bool, _ fill: (inout [EventRecord]) -> Void
    ) throws(DetailError) {
        removeAll()
        fill(&records)
        if records.contains(where: { $0.kind == .correction }) {
            corrections = records.filter { $0.kind == .correction }
            records.removeAll { $0.kind == .correction }
        } else if isOrdered, until == nil {
            isBeyondCut = false
            return
        }
        try settle(in: &batch, until: until)
    }

    /// Reads those events of one patient that matter to outcomes, see ``Relevance``.
    ///
    /// - Parameter fill: Appends the events in the order of a history, cut, none of them a correction, and tells what is
    ///   known of all; `nil` where the events do not suffice.
    /// - Returns: Whether they suffice; without it the history is empty.
    package mutating func load(relevant fill: (inout [EventRecord]) -> LeftOut?) -> Bool {
        removeAll()
        isBeyondCut = false
        leftOut = fill(&records)
        if leftOut == nil { records.removeAll(keepingCapacity: true) }
        return leftOut != nil
    }

    private mutating func removeAll() {
        leftOut = nil
        records.removeAll(keepingCapacity: true)
        // Few histories have any, and even to take nothing away asks who else refers to the array.
        if !corrections.isEmpty { corrections.removeAll(keepingCapacity: true) }
        if !corrected.isEmpty { corrected.removeAll(keepingCapacity: true) }
        if !findings.isEmpty { findings.removeAll(keepingCapacity: true) }
    }

    /// Applies corrections and cut, and puts the events in order.
    private mutating func settle(in batch: inout EventBatch, until: Int64?) throws(DetailError) {
        if !corrections.isEmpty { try applyCorrections(in: &batch) }
        let standing = records.count
        if let until { records.removeAll { $0.time > until } }
        isBeyondCut = standing > 0 && records.isEmpty
        batch.sort(&records)
    }

    /// Puts replacements in the place of corrected events and takes voided ones out.
    private mutating func applyCorrections(in batch: inout EventBatch) throws(DetailError) {
        batch.sort(&corrections)
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
            corrected.append(record)
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
}
