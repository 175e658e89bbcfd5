import EventLog
package import Postgres

/// Reads what workers have written: the outcomes as they are; ``OutcomeCursor`` tells their changes.
package enum OutcomeReading {
    /// What is said of an endpoint.
    package enum Status: String, Sendable {
        /// It was met.
        case event
        /// It was not met up to a day.
        case censored
        /// The patient has no outcome any more.
        case withdrawn = "none"
    }

    /// One endpoint of one patient.
    package struct Outcome: Sendable, Equatable {
        /// The patient.
        package let subject: String
        /// The arm; empty where the outcome is withdrawn.
        package let arm: String
        /// The endpoint's name.
        package let endpoint: String
        /// Whether it was met, or is there no longer; only changes tell of those.
        package let status: Status
        /// The day since randomisation of the failure or of the end of follow-up; `nil` where the outcome is withdrawn.
        package let day: Int?
        /// The criterion that was met, the reason of censoring, or `not-randomised` or `parked` where the outcome is withdrawn.
        package let cause: String
        /// The events that made it: a JSON array of source and id.
        package let evidence: String
        /// From the recording of the patient's latest event to the outcome, in milliseconds, by the database's clock.
        package let delayMilliseconds: Double
    }

    /// Hands over every outcome line of a set in the order of the subjects' bytes, a page at a time.
    ///
    /// All pages are of one snapshot.
    package static func eachLine(
        of set: ProjectionSet, over connection: Connection, _ body: ([[UInt8]]) async throws -> Void
    ) async throws {
        try await eachPage(
            """
            SELECT line FROM trough.patient_state WHERE projection = \(set.number) AND line IS NOT NULL ORDER BY subject
            """, over: connection
        ) { rows throws(PostgresError) in
            var lines: [[UInt8]] = []
            for row in 0..<rows.count { lines.append(try rows.bytes(row, 0)) }
            return lines
        } _: {
            try await body($0)
        }
    }

    /// Hands over every outcome of a set in the order of the subjects' bytes and the endpoints' names, a page at a time.
    package static func eachOutcome(
        of set: ProjectionSet, over connection: Connection, _ body: ([Outcome]) async throws -> Void
    ) async throws {
        try await eachPage(
            """
            SELECT \(columns) FROM trough.outcome o
            JOIN trough.patient_state t ON t.projection = o.projection AND t.slice = o.slice AND t.patient = o.patient
            WHERE o.projection = \(set.number) ORDER BY t.subject, o.endpoint COLLATE "C"
            """, over: connection
        ) { rows throws(PostgresError) in
            try outcomes(rows, from: 0)
        } _: {
            try await body($0)
        }
    }

    /// How many patients of a set are parked, all or only those that wait to be folded again.
    package static func parked(
        in set: ProjectionSet, onlyRetried: Bool, _ session: Session
    ) throws(PostgresError) -> Int {
        Int(
            try session.query(
                "SELECT count(*) FROM trough.parked WHERE projection = $1 AND (is_retried OR NOT $2)",
                [.int32(set.number), .bool(onlyRetried)]
            ).int64(0, 0))
    }

    /// By slice of a set a number that grows with each step written.
    static func revisions(of set: ProjectionSet, _ session: Session) throws(PostgresError) -> [Int64] {
        let rows = try session.query(
            "SELECT revision FROM trough.checkpoint WHERE projection = $1 ORDER BY slice", [.int32(set.number)])
        var revisions: [Int64] = []
        for row in 0..<rows.count { revisions.append(try rows.int64(row, 0)) }
        return revisions
    }

    /// Returns when outcomes of a set may have changed beyond these revisions, or after a moment.
    ///
    /// The session listens only meanwhile: one whose owner takes his time between two calls must not keep the server's
    /// notifications from being cleared.
    static func waitForChange(
        of set: ProjectionSet, beyond revisions: [Int64], _ session: Session
    ) throws(PostgresError) {
        do throws(PostgresError) { try session.listen(OutcomeBell.channel) } catch {
            // A standby takes no LISTEN; then the looks at intervals have to do.
            guard error.sqlState == "25006" else { throw error }
        }
        // What was written before the listening began has rung for others.
        if try Self.revisions(of: set, session) == revisions {
            _ = try session.waitForNotification(timeoutMilliseconds: Limits.watchMilliseconds)
        }
        try session.execute("UNLISTEN *")
    }

    /// The columns of an outcome `o` and its patient `t`, as ``outcomes(_:from:)`` reads them.
    ///
    /// A set that an earlier program made may have a patient without an arm.
    static let columns = """
        t.subject, coalesce(t.arm, ''), o.endpoint, o.is_event, o.day, o.cause, o.evidence::text,
            (extract(epoch FROM o.changed_at - o.recorded_at) * 1000)::double precision
        """

    /// The same of a withdrawn outcome `w`.
    static let withdrawnColumns = """
        w.subject, '', w.endpoint, NULL::boolean, NULL::integer, w.cause, '[]',
            (extract(epoch FROM w.changed_at - w.recorded_at) * 1000)::double precision
        """

    /// The outcomes in rows that have ``columns`` from a column on.
    static func outcomes(_ rows: Rows, from first: Int) throws(PostgresError) -> [Outcome] {
        var outcomes: [Outcome] = []
        for row in 0..<rows.count {
            let isWithdrawn = try rows.isNull(row, first + 3)
            outcomes.append(
                Outcome(
                    subject: try rows.string(row, first), arm: try rows.string(row, first + 1),
                    endpoint: try rows.string(row, first + 2),
                    status: isWithdrawn ? .withdrawn : try rows.bool(row, first + 3) ? .event : .censored,
                    day: isWithdrawn ? nil : Int(try rows.int32(row, first + 4)),
                    cause: try rows.string(row, first + 5),
                    evidence: try rows.string(row, first + 6), delayMilliseconds: try rows.double(row, first + 7)))
        }
        return outcomes
    }

    private static func eachPage<Value: Sendable>(
        _ query: String, over connection: Connection,
        _ read: @escaping @Sendable (Rows) throws(PostgresError) -> [Value],
        _ body: ([Value]) async throws -> Void
    ) async throws {
        try await connection.perform { session throws(PostgresError) in
            try session.execute("BEGIN READ ONLY; DECLARE page NO SCROLL CURSOR FOR \(query)")
        }
        do {
            while true {
                let page = try await connection.perform { session throws(PostgresError) in
                    try read(session.query("FETCH \(Limits.rowsPerPage) FROM page"))
                }
                if page.isEmpty { break }
                try await body(page)
            }
            try await connection.perform { session throws(PostgresError) in try session.execute("COMMIT") }
        } catch {
            try? await connection.perform { session throws(PostgresError) in try session.execute("ROLLBACK") }
            throw error
        }
    }
}
