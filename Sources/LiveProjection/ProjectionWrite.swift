import EventLog
import Postgres
import Projection
import Trial

/// What one step writes: checkpoints moved on, and the patients whose events lay in between.
struct ProjectionWrite: Sendable {
    /// A slice's checkpoint on its way.
    struct Move: Sendable {
        var slice: Int32
        var epoch: Int64
        var from: Int64
        var through: Int64
    }

    /// A patient who cannot be folded.
    struct Parking: Sendable {
        var slice: Int32
        var patient: Int32
        var subject: [UInt8]
        var reason: String
    }

    var moves: [Move] = []
    var parkings: [Parking] = []
    private var states = PatientStateRows()
    private var outcomes = OutcomeRows()
    /// By patient: how many outcomes there are up to and with this patient's.
    private var outcomeEnds: [Int] = []

    /// How many patients are written.
    var patients: Int { states.slices.count }

    /// Adds a patient who was folded.
    mutating func add(
        _ outcome: PatientOutcome, _ history: PatientHistory, _ batch: EventBatch, slice: Int32, patient: Int32,
        subject: ArraySlice<UInt8>, recordedAt: Int64, _ trial: TrialProtocol
    ) throws(DetailError) {
        let state = try PatientState(
            subject: subject, outcome: outcome, history: history, batch: batch, protocol: trial, until: nil)
        var line: [UInt8] = []
        if let randomisation = outcome.randomisation {
            _ = OutcomeLine.append(
                outcome, randomisation, subject: subject, records: history.records, batch: batch,
                protocol: trial, to: &line)
            for (index, endpoint) in trial.endpoints.enumerated() {
                outcomes.add(outcome.endpoints[index], of: endpoint, history, batch, slice, patient, recordedAt)
            }
        }
        states.add(state, slice, patient, line: line, recordedAt: recordedAt)
        outcomeEnds.append(outcomes.count)
    }

    /// Writes everything in one transaction.
    ///
    /// - Returns: How many outcomes changed, and how many seconds ago the latest event was recorded; `nil` without one.
    /// - Throws: SQLSTATE `TR001` where a slice is no longer held; nothing is written then.
    func run(_ projection: Int32, by worker: Int64, _ session: Session) throws(PostgresError) -> Written {
        try session.transaction { () throws(PostgresError) -> Written in
            // An outcome that is lost in a crash is lost together with the checkpoint behind it, and is made again.
            try session.execute("SET LOCAL synchronous_commit = off")
            var written = Written(changedOutcomes: 0, delay: nil)
            let chunks = stride(from: 0, to: max(1, patients), by: Limits.patientsPerStatement)
            for (number, start) in chunks.enumerated() {
                let range = start..<min(patients, start + Limits.patientsPerStatement)
                let arrays =
                    moveParameters(isFirst: number == 0) + states.parameters(range)
                    + outcomes.parameters(outcomeRange(range)) + parkingParameters(isFirst: number == 0)
                let rows = try session.query(Self.statement, [.int32(projection), .int64(worker)] + arrays)
                written.changedOutcomes += Int(try rows.int32(0, 0))
                if number == 0, try !rows.isNull(0, 1) { written.delay = try rows.double(0, 1) }
            }
            return written
        }
    }

    private func outcomeRange(_ patients: Range<Int>) -> Range<Int> {
        if patients.isEmpty { return 0..<0 }
        return
            (patients.lowerBound == 0 ? 0 : outcomeEnds[patients.lowerBound - 1])..<outcomeEnds[patients.upperBound - 1]
    }

    /// What came of a write.
    struct Written: Sendable {
        /// How many outcomes changed.
        var changedOutcomes: Int
        /// How many seconds ago the latest of the events was recorded, by the database's clock; `nil` without any.
        var delay: Double?
    }

    private static let statement = """
        SELECT trough.project(\((1...33).map { "$\($0)" }.joined(separator: ", "))),
            extract(epoch FROM clock_timestamp() - (SELECT max(r) FROM unnest($21) AS r))::double precision
        """

    /// The first statement moves the checkpoints, further ones find them moved.
    private func moveParameters(isFirst: Bool) -> [Parameter] {
        [
            .int32Array(moves.map(\.slice)), .int64Array(moves.map(\.epoch)),
            .int64Array(moves.map { isFirst ? $0.from : $0.through }), .int64Array(moves.map(\.through)),
        ]
    }

    private func parkingParameters(isFirst: Bool) -> [Parameter] {
        let parkings = isFirst ? parkings : []
        return [
            .int32Array(parkings.map(\.slice)), .int32Array(parkings.map(\.patient)),
            .textArray(parkings.map(\.subject)), .textArray(parkings.map { Array($0.reason.utf8) }),
        ]
    }
}

/// Columns of the table `patient_state`; empty texts, the smallest integer and NaN stand for NULL.
struct PatientStateRows: Sendable {
    private(set) var slices: [Int32] = []
    private(set) var patients: [Int32] = []
    private var subjects: [[UInt8]] = []
    private var phases: [[UInt8]] = []
    private var arms: [[UInt8]] = []
    private var diseases: [[UInt8]] = []
    private var drugs: [[UInt8]] = []
    private var randomisedOn: [Int32] = []
    private var days: [Int32] = []
    private var troughs: [Double] = []
    private var calprotectins: [Double] = []
    private var scores: [Int32] = []
    private var findings: [Int32] = []
    private var lines: [[UInt8]] = []
    private var recordedAt: [Int64] = []

    mutating func add(_ state: PatientState, _ slice: Int32, _ patient: Int32, line: [UInt8], recordedAt: Int64) {
        slices.append(slice)
        patients.append(patient)
        subjects.append(state.subject)
        phases.append(Array(state.phase.rawValue.utf8))
        arms.append(state.arm ?? [])
        diseases.append(Array((state.disease?.name ?? "").utf8))
        drugs.append(Array((state.drug?.name ?? "").utf8))
        randomisedOn.append(state.randomisedOn.map { Int32(clamping: $0) } ?? .min)
        days.append(state.day.map { Int32(clamping: $0) } ?? .min)
        troughs.append(state.trough?.value ?? .nan)
        calprotectins.append(state.calprotectin?.value ?? .nan)
        scores.append(state.score.map { Int32(clamping: $0.total) } ?? .min)
        findings.append(Int32(clamping: state.findings))
        lines.append(line)
        self.recordedAt.append(recordedAt)
    }

    func parameters(_ range: Range<Int>) -> [Parameter] {
        [
            .int32Array(Array(slices[range])), .int32Array(Array(patients[range])), .textArray(Array(subjects[range])),
            .textArray(Array(phases[range])), .textArray(Array(arms[range])), .textArray(Array(diseases[range])),
            .textArray(Array(drugs[range])), .int32Array(Array(randomisedOn[range])), .int32Array(Array(days[range])),
            .doubleArray(Array(troughs[range])), .doubleArray(Array(calprotectins[range])),
            .int32Array(Array(scores[range])), .int32Array(Array(findings[range])), .textArray(Array(lines[range])),
            .timestampArray(Array(recordedAt[range])),
        ]
    }
}

/// Columns of the table `outcome`.
struct OutcomeRows: Sendable {
    private var slices: [Int32] = []
    private var patients: [Int32] = []
    private var endpoints: [[UInt8]] = []
    private var areEvents: [Bool] = []
    private var days: [Int32] = []
    private var causes: [[UInt8]] = []
    private var evidence: [[UInt8]] = []
    private var recordedAt: [Int64] = []

    mutating func add(
        _ outcome: EndpointOutcome, of endpoint: Endpoint, _ history: PatientHistory, _ batch: EventBatch,
        _ slice: Int32, _ patient: Int32, _ recordedAt: Int64
    ) {
        slices.append(slice)
        patients.append(patient)
        endpoints.append(Array(endpoint.name.utf8))
        areEvents.append(outcome.isEvent)
        days.append(Int32(clamping: outcome.day))
        causes.append(Array(outcome.cause(in: endpoint).utf8))
        var names: [UInt8] = []
        OutcomeLine.append(evidence: outcome, history.records, batch, to: &names)
        evidence.append(names)
        self.recordedAt.append(recordedAt)
    }

    /// Rows in a range.
    func parameters(_ rows: Range<Int>) -> [Parameter] {
        [
            .int32Array(Array(slices[rows])), .int32Array(Array(patients[rows])), .textArray(Array(endpoints[rows])),
            .boolArray(Array(areEvents[rows])), .int32Array(Array(days[rows])), .textArray(Array(causes[rows])),
            .textArray(Array(evidence[rows])), .timestampArray(Array(recordedAt[rows])),
        ]
    }

    /// How many there are.
    var count: Int { slices.count }
}
