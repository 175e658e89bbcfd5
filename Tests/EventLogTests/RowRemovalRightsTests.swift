import EventLog
import Postgres
import Schema
import TestLog
import TestPostgres
import Testing

/// Who may remove rows, and in which way alone.
@Suite("Rights to remove rows", .timeLimit(.minutes(12)))
struct RowRemovalRightsTests {
    private static func withSealed(_ body: (TestLog, Study) async throws -> Void) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append(EventLines.everyType("P-1") + EventLines.everyType("P-2"), to: study)
            try await log.seal(study)
            try await body(log, study)
        }
    }

    @Test("A member of the owner's role removes rows; a writer and a reader hear at once that they may not")
    func logins() async throws {
        try await Self.withSealed { log, study in
            for role in ["trough_writer", "trough_reader"] {
                try await log.withLogin(grants: "GRANT \(role) TO {}") { _, address in
                    let error = await #expect(throws: LogError.self) {
                        _ = try await log.sealAndRemove(study, as: address)
                    }
                    guard case .notOwner(let words) = error else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                    #expect(words.contains("trough_owner"))
                }
            }
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 24)
            try await log.withLogin(grants: "GRANT trough_owner TO {}") { login, address in
                let removed = try await log.sealAndRemove(study, as: address)
                let logins = try await log.texts("SELECT DISTINCT login::text FROM trough.removal")
                #expect(removed == 24 && logins == [login])
            }
            #expect(try await log.verify().found == [])
        }
    }

    @Test(
        "Neither writer nor reader gets at a partition, the record or the mark in a head",
        arguments: [
            "SELECT * FROM trough.event_1", "INSERT INTO trough.event_1 SELECT * FROM trough.event",
            "UPDATE trough.event_1 SET value = 0", "DELETE FROM trough.event_1", "TRUNCATE trough.event_1",
            "DROP TABLE trough.event_1", "ALTER TABLE trough.event DETACH PARTITION trough.event_1",
            "ALTER TABLE trough.event_1 DISABLE TRIGGER ALL", "SELECT trough.remove_rows(1, ARRAY[1, 1], 'x', 'y')",
            "SELECT trough.hold_events(1)", "SELECT trough.make_partition(9, 900, 2)",
            "UPDATE trough.head SET removed = position",
            "INSERT INTO trough.removal (slice, through, chain, author) SELECT slice, position, digest, 'x' FROM trough.head",
        ])
    func attacks(statement: String) async throws {
        try await Self.withSealed { log, _ in
            try await log.connection.perform { session throws in
                for role in ["trough_writer", "trough_reader"] {
                    try session.execute("SET ROLE \(role)")
                    let error = #expect(throws: PostgresError.self, "\(role)") { try session.execute(statement) }
                    #expect(error?.sqlState == "42501", "\(role): \(String(describing: error))")
                    try session.execute("RESET ROLE")
                }
            }
            #expect(try await log.verify().found == [])
        }
    }

    @Test("What was removed stays so: the mark in a head does not go back, nor beyond the head")
    func mark() async throws {
        try await Self.withSealed { log, study in
            try await log.sealAndRemove(study)
            try await log.connection.perform { session throws in
                for change in ["removed - 1", "0", "position + 1"] {
                    let statement = "UPDATE trough.head SET removed = \(change) WHERE position > 0"
                    try AppendOnlyTests.expectRefused(statement, by: session)
                }
            }
        }
    }

    @Test(
        "The record of what was removed is never changed",
        arguments: [
            "UPDATE trough.removal SET author = 'x'", "DELETE FROM trough.removal",
            "DELETE FROM trough.removal WHERE through > 0", "TRUNCATE trough.removal",
            "MERGE INTO trough.removal t USING trough.removal s ON t.ctid = s.ctid WHEN MATCHED THEN DELETE",
        ])
    func record(statement: String) async throws {
        try await Self.withSealed { log, study in
            try await log.sealAndRemove(study)
            try await log.connection.perform { session throws in
                try AppendOnlyTests.expectRefused(statement, by: session)
                try session.execute("SET ROLE trough_owner; GRANT ALL ON trough.removal TO trough_owner, trough_writer")
                try session.execute("RESET ROLE")
                try AppendOnlyTests.expectRefused(statement, by: session)
            }
            #expect(try await log.verify().found == [])
        }
    }

    @Test(
        "The owner removes only what segments hold, in whole slices",
        arguments: [
            ("ARRAY[1, 1]", "TR007"), ("ARRAY[NULL, NULL]::bigint[]", "TR007"), ("ARRAY[0]", "TR007"),
            ("NULL", "TR007"), ("ARRAY[100, 100]", "TR007"),
        ])
    func positions(ends: String, state: String) async throws {
        try await Self.withSealed { log, _ in
            try await log.connection.perform { session throws in
                try session.execute("SET ROLE trough_owner")
                let error = #expect(throws: PostgresError.self) {
                    try session.execute("SELECT trough.remove_rows(1, \(ends), 'x', NULL)")
                }
                #expect(error?.sqlState == state, "\(String(describing: error))")
                let unknown = #expect(throws: PostgresError.self) {
                    try session.execute("SELECT trough.remove_rows(77, ARRAY[1], 'x', NULL)")
                }
                #expect(unknown?.sqlState == "TR004")
                try session.execute("RESET ROLE")
            }
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 24)
        }
    }

    @Test("A login that may write makes a study, whose partition is the owner's")
    func partitionOfWriter() async throws {
        try await TestLog.withLog { log in
            try await log.withLogin(grants: "GRANT trough_writer TO {}") { _, address in
                let connection = try await Connection.open(address)
                _ = try await connection.perform { session throws(LogError) in
                    try Studies.openOrCreate("written", slices: 8, session)
                }
                await connection.close()
                let owner =
                    "SELECT pg_get_userbyid(relowner)::text FROM pg_class WHERE oid = 'trough.event_1'::regclass"
                #expect(try await log.texts(owner) == ["trough_owner"])
            }
        }
    }

    @Test("A log of version 6 keeps its rows and goes on; only studies that are made then can lose theirs")
    func older() async throws {
        try await TestPostgres.withConnection { connection in
            let configuration = try await connection.perform { session throws in
                for file in Schema.files where file.version <= 6 { try session.execute(file.sql) }
                try session.execute(
                    """
                    INSERT INTO trough.study (study, name, first_slice, slices, is_disposable) VALUES
                        (nextval('trough.study_number'), 'old', 0, 2, false),
                        (nextval('trough.study_number'), 'load', 2, 2, true);
                    SELECT setval('trough.slice_number', 3);
                    INSERT INTO trough.head (slice, study) VALUES (0, 1), (1, 1), (2, 2), (3, 2);
                    """)
                let parts = try session.query(
                    "SELECT current_setting('unix_socket_directories'), current_database()"
                ).strings()
                return ConnectionConfiguration(parameters: [
                    "host": parts[0], "port": "5432", "dbname": parts[1], "user": "trough",
                ])
            }
            let log = TestLog(configuration: configuration, connection: connection)
            // Rows of before: written by hand as version 6 would have them, since no program of then is at hand.
            let donor = try await Self.rowsOfDonor()
            try await log.execute(donor)
            let before = try await log.number("SELECT 'trough.event'::regclass::oid::bigint")
            _ = try await connection.perform { session throws(LogError) in try LogSchema.install(session) }
            #expect(try await log.number("SELECT 'trough.event_shared'::regclass::oid::bigint") == before)
            let old = try await log.study("old", slices: 2)
            #expect(try await log.verify(["old"]).found == [])
            let lines = EventLines.everyType("P-1") + EventLines.everyType("P-2")
            #expect(try await log.append(lines, to: old).allSatisfy { $0 == .duplicate })
            #expect(try await log.append([EventLines.assay("P-1", "new")], to: old) == [.stored])
            #expect(try await log.append([EventLines.assay("P-1", "new")], to: old) == [.duplicate])
            let load = try await log.study("load", slices: 2)
            _ = try await log.append(lines, to: load)
            let error = await #expect(throws: LogError.self) { _ = try await log.sealAndRemove(old) }
            guard case .rowsShared(let words) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains("older than partitions"))
            #expect(try await log.seal(old).events == 25)
            #expect(try await log.number("SELECT count(*) FROM trough.timeline WHERE study = 'old'") == 25)
            try await connection.perform { session throws(LogError) in try Studies.removeDisposable("load", session) }
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 25)
            let new = try await log.study("new", slices: 3)
            #expect(new.firstSlice == 4)
            _ = try await log.append(lines, to: new)
            #expect(try await log.sealAndRemove(new) == 24)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 25)
            #expect(try await log.verify(["old", "new"]).found == [])
        }
    }

    /// Statements that write what a study of two slices holds: its first is the slice number 0, as in the log that gets them.
    private static func rowsOfDonor() async throws -> String {
        try await TestLog.withLog { log in
            let study = try await log.study("old", slices: 2)
            _ = try await log.append(EventLines.everyType("P-1") + EventLines.everyType("P-2"), to: study)
            var statements = ""
            for table in ["source", "patient", "batch", "event"] {
                let rows = try await log.texts("SELECT quote_literal(t::text) FROM trough.\(table) t")
                for row in rows {
                    statements +=
                        table == "source"
                        ? "INSERT INTO trough.source OVERRIDING SYSTEM VALUE SELECT (\(row)::trough.source).*;"
                        : "INSERT INTO trough.\(table) SELECT (\(row)::trough.\(table)).*;"
                }
            }
            statements += "SELECT setval(pg_get_serial_sequence('trough.source', 'source'), 10);"
            for head in try await log.texts(
                """
                SELECT format('UPDATE trough.head SET position = %s, patients = %s, recorded_at = %L, digest = %L WHERE slice = %s;',
                    position, patients, recorded_at, digest, slice) FROM trough.head WHERE position > 0
                """)
            { statements += head }
            return statements
        }
    }
}
