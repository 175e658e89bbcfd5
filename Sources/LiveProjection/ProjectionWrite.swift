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

    /// A patient who cannot be folded, or of whom what was folded cannot be written.
    struct Parking: Sendable {
        var slice: Int32
        var patient: Int32
        /// Empty for a patient of whom there is no row.
        var subject: [UInt8]
        /// Without control characters, which end lines, or which the database takes in no text.
        var reason: String

        init(slice: Int32, patient: Int32, subject: [UInt8], reason: String) {
            (self.slice, self.patient, self.subject) = (slice, patient, subject)
            self.reason = String(
                String.UnicodeScalarView(
                    reason.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        }
    }

    var moves: [Move] = []
    var parkings: [Parking] = []
    /// How often it was asked for that patients be folded again, of those of whom the step knew it.
    var asked: [PatientKey: Int64] = [:]
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
        if let randomisation = outcome.randomisation { try Self.check(arm: randomisation.arm) }
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

    /// An arm goes into a column of its own, where an empty text stands for no arm.
    private static func check(arm: [UInt8]) throws(DetailError) {
        if arm.isEmpty { throw DetailError("A stored randomisation names no arm.") }
        if arm.contains(0) {
            throw DetailError("The arm of a stored randomisation has a character that no text may have.")
        }
    }

    /// Writes everything in one transaction.
    ///
    /// Patients of whom the database refuses what was folded are parked instead.
    ///
    /// - Throws: SQLSTATE `TR001` where a slice is no longer held; nothing is written then.
    func run(_ projection: Int32, by worker: Int64, _ session: Session) throws(PostgresError) -> Written {
        do throws(PostgresError) {
            return try transaction(session) { () throws(PostgresError) -> Written in
                var written = Written(changedOutcomes: 0, delay: nil)
                let chunks = stride(from: 0, to: max(1, patients), by: Limits.patientsPerStatement)
                for start in chunks {
                    let range = start..<min(patients, start + Limits.patientsPerStatement)
                    try put(range, start == 0 ? parkings : [], into: projection, by: worker, &written, session)
                }
                return written
            }
        } catch {
            guard error.isRefusalOfData, patients > 0 else { throw error }
            return try transaction(session) { () throws(PostgresError) -> Written in
                var written = Written(changedOutcomes: 0, delay: nil)
                try putAccepted(0..<patients, into: projection, by: worker, &written, session)
                let parkings = parkings + written.refused
                try put(0..<0, parkings, into: projection, by: worker, &written, session)
                return written
            }
        }
    }

    /// Writes those of some patients whom the database takes, and notes the others.
    ///
    /// One who is refused is found by halves, so that a few among thousands cost a few statements. Recursion is as deep as
    /// the number can be halved.
    private func putAccepted(
        _ range: Range<Int>, into projection: Int32, by worker: Int64, _ written: inout Written, _ session: Session
    ) throws(PostgresError) {
        var refusal: PostgresError?
        if range.count <= Limits.patientsPerStatement {
            try session.execute("SAVEPOINT part")
            do throws(PostgresError) {
                try put(range, [], into: projection, by: worker, &written, session)
                try session.execute("RELEASE SAVEPOINT part")
                return
            } catch {
                guard error.isRefusalOfData else { throw error }
                try session.execute("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part")
                refusal = error
            }
        }
        if range.count == 1, let refusal {
            return written.refused.append(parking(of: range.lowerBound, refusal))
        }
        let middle = range.lowerBound + range.count / 2
        try putAccepted(range.lowerBound..<middle, into: projection, by: worker, &written, session)
        try putAccepted(middle..<range.upperBound, into: projection, by: worker, &written, session)
    }

    private func parking(of index: Int, _ refusal: PostgresError) -> Parking {
        Parking(
            slice: states.slices[index], patient: states.patients[index], subject: states.subjects[index],
            reason: "the database refuses what was folded: \(refusal.message)")
    }

    private func transaction(
        _ session: Session, _ body: () throws(PostgresError) -> Written
    ) throws(PostgresError) -> Written {
        try session.transaction { () throws(PostgresError) -> Written in
            // An outcome that is lost in a crash is lost together with the checkpoint behind it, and is made again.
            try session.execute("SET LOCAL synchronous_commit = off")
            return try body()
        }
    }

    /// Writes some of the patients and parks others by one statement; the first one finds the checkpoints unmoved.
    private func put(
        _ range: Range<Int>, _ parkings: [Parking], into projection: Int32, by worker: Int64,
        _ written: inout Written, _ session: Session
    ) throws(PostgresError) {
        let arrays =
            moveParameters(isFirst: !written.hasMoved) + states.parameters(range)
            + outcomes.parameters(outcomeRange(range)) + parameters(parkings)
        let rows = try session.query(Self.statement, [.int32(projection), .int64(worker)] + arrays)
        written.changedOutcomes += Int(try rows.int32(0, 0))
        if !written.hasMoved, try !rows.isNull(0, 1) { written.delay = try rows.double(0, 1) }
        written.hasMoved = true
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
        /// Those of whom the database refused what was folded; they are parked.
        var refused: [Parking] = []
        /// Whether the checkpoints have been moved.
        fileprivate var hasMoved = false
    }

    private static let statement = """
        SELECT trough.project(\((1...34).map { "$\($0)" }.joined(separator: ", "))),
            extract(epoch FROM clock_timestamp() - (SELECT max(r) FROM unnest($21) AS r))::double precision
        """

    /// The first statement moves the checkpoints, further ones find them moved.
    private func moveParameters(isFirst: Bool) -> [Parameter] {
        [
            .int32Array(moves.map(\.slice)), .int64Array(moves.map(\.epoch)),
            .int64Array(moves.map { isFirst ? $0.from : $0.through }), .int64Array(moves.map(\.through)),
        ]
    }

    private func parameters(_ parkings: [Parking]) -> [Parameter] {
        let asked = parkings.map { self.asked[PatientKey(slice: $0.slice, patient: $0.patient)] ?? -1 }
        return [
            .int32Array(parkings.map(\.slice)), .int32Array(parkings.map(\.patient)),
            .textArray(parkings.map(\.subject)), .textArray(parkings.map { Array($0.reason.utf8) }),
            .int64Array(asked),
        ]
    }
}

extension PostgresError {
    /// Whether the server takes other data and not these: a value that a type does not have, a broken constraint, or more
    /// than there is room for.
    fileprivate var isRefusalOfData: Bool {
        guard kind == .server, let sqlState else { return false }
        return ["22", "23", "54"].contains(sqlState.prefix(2))
    }
}
