import EventLog
import Postgres
import TestLog
import Testing
import Trial

@testable import LiveProjection

extension HoldingAndReading {
    @Suite("Who may change outcomes", .timeLimit(.minutes(12)))
    struct ProjectionRightsTests {
        private static let tables = [
            "projection": "state", "worker": "name", "checkpoint": "epoch", "patient_state": "line", "outcome": "day",
            "parked": "reason",
        ]

        /// Each function that runs as the owner with arguments of the right types.
        private static let calls = [
            "open_projection(1, 'p', 'd', 1)", "join_projection(1, 'w', interval '1 s')", "hold_slices(1)",
            "remove_study('main')", "leave_projection(1)", "retry_parked(1, NULL)", "switch_projection(1)",
            "drop_projection(1)", "give_partition()", "remove_rows(1, '{1,1,1}', 'a', 'b')",
            "project(1, 1, \((3...33).map { _ in "'{}'" }.joined(separator: ", ")))",
        ]

        private static func withProjection(_ body: (TestLog, Study) async throws -> Void) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 3)
                _ = try await log.append((1...5).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                try await log.projectAll(study, .roblin2020)
                try await body(log, study)
            }
        }

        private static func expectRefused(_ sql: String, _ who: String, _ session: Session) {
            let error = #expect(throws: PostgresError.self, "\(who): \(sql)") { try session.execute(sql) }
            #expect(error?.sqlState == "42501", "\(who): \(sql): \(String(describing: error))")
        }

        @Test("Tables change through functions alone", arguments: ["trough_writer", "trough_reader"])
        func tables(role: String) async throws {
            try await Self.withProjection { log, _ in
                let before = try await log.texts(StaleWriterTests.everything)
                try await log.withLogin(grants: "GRANT \(role) TO {}") { _, address in
                    let connection = try await Connection.open(address)
                    await connection.perform { session in
                        for (table, column) in Self.tables {
                            for attack in [
                                "INSERT INTO trough.\(table) OVERRIDING SYSTEM VALUE SELECT * FROM trough.\(table)",
                                "INSERT INTO trough.\(table) DEFAULT VALUES",
                                "UPDATE trough.\(table) SET \(column) = \(column)",
                                "UPDATE trough.\(table) SET \(column) = DEFAULT WHERE false",
                                "DELETE FROM trough.\(table)", "DELETE FROM trough.\(table) WHERE false",
                                "TRUNCATE trough.\(table)",
                                "SELECT FROM trough.\(table) FOR UPDATE", "COPY trough.\(table) FROM STDIN",
                            ] { Self.expectRefused(attack, role, session) }
                        }
                    }
                    await connection.close()
                }
                #expect(try await log.texts(StaleWriterTests.everything) == before)
            }
        }

        @Test("Readers and strangers call no function; there is none that this test does not know")
        func functions() async throws {
            try await Self.withProjection { log, _ in
                let known = Set(Self.calls.map { String($0.prefix { $0 != "(" }) })
                let made = try await log.texts(
                    "SELECT proname FROM pg_proc WHERE pronamespace = 'trough'::regnamespace AND prosecdef")
                #expect(Set(made) == known)
                for grants in ["GRANT trough_reader TO {}", "", "GRANT USAGE ON SCHEMA trough TO {}"] {
                    try await log.withLogin(grants: grants) { _, address in
                        let connection = try await Connection.open(address)
                        await connection.perform { session in
                            for call in Self.calls { Self.expectRefused("SELECT trough.\(call)", grants, session) }
                        }
                        await connection.close()
                    }
                }
            }
        }

        @Test("A login granted trough_writer runs a worker; one granted trough_reader reads what it made")
        func roles() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 3)
                try await log.withLogin(grants: "GRANT trough_writer TO {}") { _, address in
                    try await log.withWorkers(study, .roblin2020, WorkerSetup(workers: 2, address: address)) {
                        _ = try await log.append((1...5).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                        try await log.caughtUp(study)
                    }
                }
                try await log.expectReplayed(study, .roblin2020, "as a writer")
                let expected = try await log.replayedLines(study, .roblin2020)
                try await log.withLogin(grants: "GRANT trough_reader TO {}") { _, address in
                    let connection = try await Connection.open(address)
                    let set = try await connection.perform { session throws in
                        #expect(try session.query("SELECT count(*) FROM trough.live_patient").int64(0, 0) == 5)
                        #expect(try session.query("SELECT count(*) FROM trough.live_outcome").int64(0, 0) > 0)
                        let set = try #require(try ProjectionSet.current(of: study, session))
                        var cursor = OutcomeCursor(beforeAllOf: set, of: study)
                        let changes = try cursor.next(session)
                        #expect(changes.count == expected.count * TrialProtocol.roblin2020.endpoints.count)
                        return set
                    }
                    var lines: [String] = []
                    try await OutcomeReading.eachLine(of: set, over: connection) { page in
                        lines += page.map { String(decoding: $0, as: UTF8.self) }
                    }
                    #expect(lines == expected)
                    await connection.close()
                }
            }
        }

        @Test("Names in a schema that comes first, and temporary tables, mislead no function and no worker")
        func searchPath() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 3)
                let database = try await log.texts("SELECT current_database()")[0]
                try await log.execute(Self.trap)
                try await log.execute("ALTER DATABASE \(database) SET search_path = trap, pg_catalog")
                try await log.withLogin(grants: "GRANT trough_writer TO {}") { _, address in
                    try await log.withWorkers(study, .roblin2020, WorkerSetup(workers: 2, address: address)) {
                        _ = try await log.append((1...5).flatMap { EventLines.everyType("P-\($0)") }, to: study)
                        try await log.caughtUp(study)
                    }
                    // Workers whose task was cancelled may hold slices until their lease is over.
                    try await log.execute("UPDATE trough.worker SET heartbeat_at = '-infinity'")
                    let connection = try await Connection.open(address)
                    try await connection.perform { session throws in
                        for table in Self.tables.keys {
                            try session.execute("CREATE TEMP TABLE \(table) (LIKE trough.\(table) INCLUDING ALL)")
                        }
                        try session.execute("SET search_path = pg_temp, trap, pg_catalog")
                        let worker = try session.query(
                            "SELECT trough.join_projection(1, 'trapped', pg_catalog.interval '1 min')"
                        ).int64(0, 0)
                        let held = try session.query("SELECT * FROM trough.hold_slices($1)", [.int64(worker)])
                        #expect(held.count == 3)
                        for call in ["leave_projection(\(worker))", "retry_parked(1, NULL)", "switch_projection(1)"] {
                            try session.execute("SELECT trough.\(call)")
                        }
                        for table in Self.tables.keys {
                            let rows = try session.query("SELECT pg_catalog.count(*) FROM pg_temp.\(table)")
                            #expect(try rows.int64(0, 0) == 0, "\(table)")
                        }
                    }
                    await connection.close()
                }
                #expect(try await log.texts("SELECT DISTINCT what FROM trap.sprung") == [])
                try await log.expectReplayed(study, .roblin2020, "through a trap")
            }
        }

        /// Functions, operators and tables that are named like the ones in use.
        private static let trap = """
            CREATE SCHEMA trap;
            CREATE TABLE trap.sprung (what text);
            CREATE TABLE trap.checkpoint (LIKE trough.checkpoint);
            CREATE FUNCTION trap.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
                $$ INSERT INTO trap.sprung VALUES ('clock_timestamp'); SELECT timestamptz '1999-01-01' $$;
            CREATE FUNCTION trap.unnest(integer[]) RETURNS SETOF integer LANGUAGE sql AS
                $$ INSERT INTO trap.sprung VALUES ('unnest'); SELECT 77 $$;
            CREATE FUNCTION trap.cardinality(integer[]) RETURNS integer LANGUAGE sql AS
                $$ INSERT INTO trap.sprung VALUES ('cardinality'); SELECT 0 $$;
            CREATE FUNCTION trap.pg_notify(text, text) RETURNS void LANGUAGE sql AS
                $$ INSERT INTO trap.sprung VALUES ('pg_notify') $$;
            CREATE FUNCTION trap.make_interval(secs double precision) RETURNS interval LANGUAGE sql AS
                $$ INSERT INTO trap.sprung VALUES ('make_interval'); SELECT interval '0' $$;
            CREATE FUNCTION trap.within(integer[], integer[]) RETURNS boolean LANGUAGE sql AS
                $$ INSERT INTO trap.sprung VALUES ('<@'); SELECT true $$;
            CREATE OPERATOR trap.<@ (LEFTARG = integer[], RIGHTARG = integer[], PROCEDURE = trap.within);
            CREATE FUNCTION trap.equal(bigint, bigint) RETURNS boolean LANGUAGE sql AS
                $$ INSERT INTO trap.sprung VALUES ('='); SELECT true $$;
            CREATE OPERATOR trap.= (LEFTARG = bigint, RIGHTARG = bigint, PROCEDURE = trap.equal);
            GRANT ALL ON SCHEMA trap TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA trap TO PUBLIC;
            """
    }
}
