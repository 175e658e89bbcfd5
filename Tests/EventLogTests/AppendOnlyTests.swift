import EventLog
import Postgres
import TestLog
import Testing

@Suite("What stands is never changed", .timeLimit(.minutes(12)))
struct AppendOnlyTests {
    private static let kept = [
        "event", "event_1", "batch", "patient", "source", "study", "vocabulary", "segment",
    ]

    /// A column of each table that a change would touch.
    private static let column = [
        "event": "value", "event_1": "value", "batch": "author", "patient": "subject", "source": "uri", "study": "name",
        "vocabulary": "name", "segment": "author",
    ]

    private static func attacks(on table: String) -> [String] {
        let column = column[table] ?? ""
        return [
            "UPDATE trough.\(table) SET \(column) = \(column)",
            "UPDATE trough.\(table) SET \(column) = \(column) WHERE false",
            "DELETE FROM trough.\(table)",
            "DELETE FROM ONLY trough.\(table) WHERE ctid = '(0,1)'",
            "TRUNCATE trough.\(table)",
            "TRUNCATE trough.\(table) CASCADE",
            """
            MERGE INTO trough.\(table) t USING trough.\(table) s ON t.ctid = s.ctid
            WHEN MATCHED THEN UPDATE SET \(column) = s.\(column)
            """,
            """
            MERGE INTO trough.\(table) t USING trough.\(table) s ON t.ctid = s.ctid WHEN MATCHED THEN DELETE
            """,
        ]
    }

    private static func withEvents(_ body: (TestLog) async throws -> Void) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append(EventLines.everyType("P-1") + EventLines.everyType("P-2"), to: study)
            try await log.seal(study)
            try await body(log)
            #expect(try await log.verify().found == [])
            #expect(try await log.faults() == [])
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 24)
        }
    }

    /// The statement is refused whoever sends it: a superuser, also as a replica, the owner, a writer or a reader.
    static func expectRefused(_ statement: String, by session: Session) throws {
        let ways = [
            "RESET ROLE", "SET session_replication_role = replica", "SET ROLE trough_owner", "SET ROLE trough_writer",
            "SET ROLE trough_reader",
        ]
        for who in ways {
            try session.execute(who)
            let error = #expect(throws: PostgresError.self, "\(who)") { try session.execute(statement) }
            #expect(error?.sqlState == "42501", "\(who): \(String(describing: error))")
            try session.execute("RESET ROLE; RESET session_replication_role")
        }
    }

    /// Each statement is refused for want of a right or by the log's own word, and none of them changes a row.
    private static func expectRefused(_ statements: [String], by session: Session, as who: String) throws {
        for statement in statements {
            let error = #expect(throws: PostgresError.self, "\(who): \(statement)") { try session.execute(statement) }
            // A foreign key may refuse a TRUNCATE before any right is asked for.
            let allowed = statement.hasPrefix("TRUNCATE") ? ["42501", "0A000"] : ["42501"]
            #expect(allowed.contains(error?.sqlState ?? ""), "\(who): \(statement): \(String(describing: error))")
        }
    }

    @Test("UPDATE, DELETE, TRUNCATE and MERGE fail for every role", arguments: kept)
    func tables(table: String) async throws {
        try await Self.withEvents { log in
            try await log.connection.perform { session throws in
                let attacks = Self.attacks(on: table)
                try Self.expectRefused(attacks, by: session, as: "superuser")
                try session.execute("SET session_replication_role = replica")
                try Self.expectRefused(attacks, by: session, as: "superuser as replica")
                try session.execute("RESET session_replication_role")
                for role in ["trough_owner", "trough_writer", "trough_reader"] {
                    try session.execute("SET ROLE \(role)")
                    try Self.expectRefused(attacks, by: session, as: role)
                    try session.execute("RESET ROLE")
                }
            }
        }
    }

    @Test("The owner who grants himself the rights again is refused by the triggers")
    func grantedAgain() async throws {
        try await Self.withEvents { log in
            try await log.connection.perform { session throws in
                try session.execute("SET ROLE trough_owner")
                for table in Self.kept {
                    try session.execute("GRANT ALL ON trough.\(table) TO trough_owner, trough_writer")
                }
                for role in ["trough_owner", "trough_writer"] {
                    try session.execute("RESET ROLE; SET ROLE \(role)")
                    for table in Self.kept { try Self.expectRefused(Self.attacks(on: table), by: session, as: role) }
                }
                try session.execute("RESET ROLE")
            }
        }
    }

    @Test("The refusal says what is append-only and what to do instead")
    func words() async throws {
        try await Self.withEvents { log in
            try await log.connection.perform { session throws in
                let error = #expect(throws: PostgresError.self) { try session.execute("DELETE FROM trough.event") }
                #expect(error?.message == "trough.event is append-only: DELETE is refused")
                #expect(error?.hint?.contains("trough.correction.v1") == true)
            }
        }
    }

    @Test(
        "A head does not go back and is not removed",
        arguments: [
            "UPDATE trough.head SET position = position - 1 WHERE position > 0",
            "UPDATE trough.head SET position = 0",
            "UPDATE trough.head SET patients = patients - 1 WHERE patients > 0",
            "UPDATE trough.head SET recorded_at = recorded_at - interval '1 microsecond' WHERE position > 0",
            "UPDATE trough.head SET slice = slice + 100",
            "UPDATE trough.head SET study = study + 1",
            "DELETE FROM trough.head",
            "DELETE FROM trough.head WHERE slice = 0",
            "TRUNCATE trough.head",
        ])
    func heads(statement: String) async throws {
        try await Self.withEvents { log in
            try await log.connection.perform { session throws in
                try Self.expectRefused(statement, by: session)
            }
        }
    }

    @Test("A superuser's copy over existing positions or names is refused by the keys")
    func keys() async throws {
        try await Self.withEvents { log in
            try await log.connection.perform { session throws in
                let again = "INSERT INTO trough.event SELECT * FROM trough.event WHERE position = 1"
                #expect(throws: PostgresError.self) { try session.execute(again) }
                let renamed = """
                    INSERT INTO trough.event (slice, patient, position, occurred_at, recorded_at, value, source, kind,
                        code, unit, qualifier, level, id)
                    SELECT slice, patient, position + 1000, occurred_at, recorded_at, value, source, kind, code, unit,
                        qualifier, level, id FROM trough.event
                    """
                let error = #expect(throws: PostgresError.self) { try session.execute(renamed) }
                // The key of the partition that the study has to itself.
                #expect(error?.constraint == "event_1_name")
            }
        }
    }
}
