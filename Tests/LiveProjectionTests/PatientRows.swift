import EventLog
import LiveProjection
import Postgres
import Projection
import TestLog
import Trial

/// A patient's state as the table of states holds it.
struct PatientRow: Equatable, Sendable {
    var subject: String
    var phase: String
    var arm: String?
    var disease: String?
    var drug: String?
    var randomisedOn: Int?
    var day: Int?
    var trough: Double?
    var calprotectin: Double?
    var score: Int?
    var findings: Int

    init(_ state: PatientState) {
        subject = String(decoding: state.subject, as: UTF8.self)
        phase = state.phase.rawValue
        arm = state.arm.map { String(decoding: $0, as: UTF8.self) }
        disease = state.disease?.name
        drug = state.drug?.name
        randomisedOn = state.randomisedOn
        day = state.day
        trough = state.trough?.value
        calprotectin = state.calprotectin?.value
        score = state.score?.total
        findings = state.findings
    }

    init(_ rows: Rows, _ row: Int) throws(PostgresError) {
        subject = try rows.string(row, 0)
        phase = try rows.string(row, 1)
        arm = try rows.isNull(row, 2) ? nil : rows.string(row, 2)
        disease = try rows.isNull(row, 3) ? nil : rows.string(row, 3)
        drug = try rows.isNull(row, 4) ? nil : rows.string(row, 4)
        randomisedOn = try rows.isNull(row, 5) ? nil : Int(rows.int32(row, 5))
        day = try rows.isNull(row, 6) ? nil : Int(rows.int32(row, 6))
        trough = try rows.isNull(row, 7) ? nil : rows.double(row, 7)
        calprotectin = try rows.isNull(row, 8) ? nil : rows.double(row, 8)
        score = try rows.isNull(row, 9) ? nil : Int(rows.int32(row, 9))
        findings = Int(try rows.int32(row, 10))
    }
}

extension TestLog {
    /// The states that workers made, by the order of the subjects' bytes.
    func stateRows(_ set: ProjectionSet) async throws -> [PatientRow] {
        try await connection.perform { session throws(PostgresError) in
            let rows = try session.query(
                """
                SELECT subject, phase, arm, disease, drug, randomised_on - date '1970-01-01', day, trough, calprotectin,
                    score, findings
                FROM trough.patient_state WHERE projection = $1 ORDER BY subject
                """, [.int32(set.number)])
            var states: [PatientRow] = []
            for row in 0..<rows.count { states.append(try PatientRow(rows, row)) }
            return states
        }
    }

    /// The states by a fresh reading of the log, in the same order.
    func replayedStates(_ study: Study, _ rules: TrialProtocol) async throws -> [PatientRow] {
        let reader = try await connection.perform { session throws(LogError) in try LogReader(study, session) }
        let replay = Replay(at: configuration, [CompiledProtocol(rules)], shards: 1)
        return try await PatientCollection.states(reader, replay)
            .sorted { $0.subject.lexicographicallyPrecedes($1.subject) }.map(PatientRow.init)
    }
}
