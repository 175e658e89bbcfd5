import Postgres
import Projection
import Trial

/// Columns of the table `patient_state`; empty texts, the smallest integer and NaN stand for NULL.
struct PatientStateRows: Sendable {
    private(set) var slices: [Int32] = []
    private(set) var patients: [Int32] = []
    private(set) var subjects: [[UInt8]] = []
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
