import Crypto
package import EventLog
package import Postgres
import Projection
package import Trial

/// A set of outcomes: one study under one protocol and one version of the fold.
package struct ProjectionSet: Sendable, Equatable {
    /// Where a set stands.
    package enum State: String, Sendable, CaseIterable {
        /// Made beside the current one, not shown yet.
        case building
        /// What `outcomes` shows.
        case current
        /// Superseded, and kept until it is dropped.
        case retired
    }

    /// Its number in the database.
    package let number: Int32
    /// The name of its protocol.
    package let protocolName: String
    /// SHA-256 over everything that its protocol says, in hexadecimal.
    package let protocolDigest: String
    /// The version of the fold that makes it.
    package let foldVersion: Int
    /// Where it stands.
    package let state: State
    /// When it was made, in microseconds since 1970.
    package let createdAt: Int64

    /// The set of a study under a protocol by this program's fold, made where there is none.
    package static func open(
        _ study: Study, _ trial: TrialProtocol, _ session: Session
    ) throws(LogError) -> ProjectionSet {
        let digest = digest(of: trial)
        let set = try translating { () throws(PostgresError) -> ProjectionSet? in
            try session.pinSearchPath()
            let rows = try session.query(
                "SELECT projection, state FROM trough.open_projection($1, $2, $3, $4)",
                [
                    .int32(study.number), .string(trial.name), .string(digest),
                    .int32(Int32(FoldVersion.current)),
                ])
            // Not in the same statement, which does not see what it makes itself.
            let made = try session.query(
                "SELECT created_at FROM trough.projection WHERE projection = $1", [.int32(try rows.int32(0, 0))])
            if made.count == 0 { return nil }
            return ProjectionSet(
                number: try rows.int32(0, 0), protocolName: trial.name, protocolDigest: digest,
                foldVersion: FoldVersion.current, state: try state(rows.string(0, 1)),
                createdAt: try made.timestamp(0, 0))
        }
        // Dropped between the two statements, it is made anew.
        return if let set { set } else { try open(study, trial, session) }
    }

    /// That ``isAnother(in:)``.
    var changed: LogError { .changed("Set \(number) is not the one that this worker made.") }

    /// Whether the log that the session leads to has another set under this number, as one that was put back may.
    func isAnother(in session: Session) throws(PostgresError) -> Bool {
        try session.query(
            """
            SELECT FROM trough.projection
            WHERE projection = $1 AND (protocol_digest, fold_version, created_at) IS DISTINCT FROM ($2, $3::integer, $4)
            """,
            [
                .int32(number), .string(protocolDigest), .int32(Int32(foldVersion)),
                .timestamp(microsecondsSinceUnixEpoch: createdAt),
            ]
        ).count > 0
    }

    /// All sets of a study, oldest first.
    package static func all(of study: Study, _ session: Session) throws(LogError) -> [ProjectionSet] {
        try translating { () throws(PostgresError) in
            try session.pinSearchPath()
            let rows = try session.query(
                """
                SELECT projection, protocol, protocol_digest, fold_version, state, created_at FROM trough.projection
                WHERE study = $1 ORDER BY projection
                """, [.int32(study.number)])
            var sets: [ProjectionSet] = []
            for row in 0..<rows.count {
                sets.append(
                    ProjectionSet(
                        number: try rows.int32(row, 0), protocolName: try rows.string(row, 1),
                        protocolDigest: try rows.string(row, 2), foldVersion: Int(try rows.int32(row, 3)),
                        state: try state(rows.string(row, 4)), createdAt: try rows.timestamp(row, 5)))
            }
            return sets
        }
    }

    /// The current set of a study, `nil` where no worker ever ran.
    package static func current(of study: Study, _ session: Session) throws(LogError) -> ProjectionSet? {
        try all(of: study, session).first { $0.state == .current }
    }

    /// The positions up to which the slices are projected, in order.
    package func checkpoints(_ session: Session) throws(PostgresError) -> [Int64] {
        let rows = try session.query(
            "SELECT position FROM trough.checkpoint WHERE projection = $1 ORDER BY slice", [.int32(number)])
        var positions: [Int64] = []
        for row in 0..<rows.count { positions.append(try rows.int64(row, 0)) }
        return positions
    }

    /// Makes the set the current one, where it has come as far as the present one; tells whether it is now.
    package func makeCurrent(_ session: Session) throws(PostgresError) -> Bool {
        try session.query("SELECT trough.switch_projection($1)", [.int32(number)]).bool(0, 0)
    }

    /// Removes the set with all its outcomes, if it is not the current one.
    package func drop(_ session: Session) throws(PostgresError) {
        try session.query("SELECT FROM trough.drop_projection($1)", [.int32(number)])
    }

    /// Asks for parked patients to be folded again: all, or one; tells how many there are.
    package func retryParked(_ subject: String?, _ session: Session) throws(PostgresError) -> Int {
        Int(
            try session.query(
                "SELECT trough.retry_parked($1, $2)", [.int32(number), subject.map(Parameter.string) ?? .null]
            ).int32(0, 0))
    }

    /// SHA-256 over everything that a protocol says, in hexadecimal.
    private static func digest(of trial: TrialProtocol) -> String {
        SHA256.hash(data: Array("\(trial)".utf8)).hexadecimalText
    }

    /// Where a set stands, by the database's word for it.
    static func state(_ word: String) throws(PostgresError) -> State {
        guard let state = State(rawValue: word) else {
            throw PostgresError(.misuse, "A projection has the unknown state \"\(word)\".")
        }
        return state
    }
}
