import EventLog
import Postgres
import TestLog
import Testing
import Trial

@Suite("The search path decides nothing", .timeLimit(.minutes(12)))
struct SearchPathTests {
    /// Functions, operators and tables that are named like the ones in use, in a schema that the database puts first.
    private static let trap = """
        CREATE SCHEMA trap;
        CREATE TABLE trap.sprung (what text);
        CREATE TABLE trap.event (LIKE trough.event);
        CREATE TABLE trap.head (LIKE trough.head);
        CREATE FUNCTION trap.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS
            $$ INSERT INTO trap.sprung VALUES ('clock_timestamp'); SELECT timestamptz '1999-01-01' $$;
        CREATE FUNCTION trap.pg_advisory_xact_lock(bigint) RETURNS void LANGUAGE sql AS
            $$ INSERT INTO trap.sprung VALUES ('pg_advisory_xact_lock') $$;
        CREATE FUNCTION trap.generate_series(integer, integer) RETURNS SETOF integer LANGUAGE sql AS
            $$ INSERT INTO trap.sprung VALUES ('generate_series'); SELECT 77 $$;
        CREATE FUNCTION trap.to_regclass(text) RETURNS regclass LANGUAGE sql AS
            $$ INSERT INTO trap.sprung VALUES ('to_regclass'); SELECT NULL::regclass $$;
        CREATE FUNCTION trap.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS
            $$ INSERT INTO trap.sprung VALUES ('unnest'); SELECT 'trapped' $$;
        CREATE FUNCTION trap.first_of(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT 4242 $$;
        CREATE AGGREGATE trap.max(integer) (SFUNC = trap.first_of, STYPE = integer, INITCOND = '4242');
        CREATE FUNCTION trap.texts_equal(text, text) RETURNS boolean LANGUAGE sql AS
            $$ INSERT INTO trap.sprung VALUES ('='); SELECT false $$;
        CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, PROCEDURE = trap.texts_equal);
        GRANT ALL ON SCHEMA trap TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA trap TO PUBLIC;
        """

    @Test("Names in a schema that comes first change nothing about what is stored")
    func trapped() async throws {
        try await TestLog.withLog { log in
            let database = try await log.texts("SELECT current_database()")[0]
            try await log.execute(Self.trap)
            try await log.execute("ALTER DATABASE \(database) SET search_path = trap, pg_catalog")
            let connection = try await Connection.open(log.configuration)
            let study = try await connection.perform { session throws(LogError) in
                _ = try LogSchema.install(session)
                try LogSchema.check(session)
                _ = try Studies.openOrCreate("first", slices: 3, session)
                return try Studies.openOrCreate("main", slices: 3, session)
            }
            #expect(study.firstSlice == 3)
            #expect(study.number == 2)
            let lines = (1...9).flatMap { EventLines.everyType("P-\($0)") }
            #expect(try await log.append(lines, to: study).allSatisfy { $0 == .stored })
            #expect(try await log.append(lines, to: study).allSatisfy { $0 == .duplicate })
            try await connection.perform { session throws in
                let reader = try LogReader(Studies.open("main", session), session)
                #expect(reader.events == 108)
            }
            await connection.close()
            #expect(try await log.texts("SELECT DISTINCT what FROM trap.sprung ORDER BY what") == [])
            #expect(try await log.number("SELECT count(*) FROM trap.event") == 0)
            #expect(try await log.faults() == [])
        }
    }

    @Test("Temporary tables of the same names hide nothing")
    func temporary() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append(EventLines.everyType("P-1"), to: study)
            try await log.connection.perform { session throws in
                for table in ["event", "head", "batch", "study", "vocabulary", "schema_version", "patient", "source"] {
                    try session.execute("CREATE TEMP TABLE \(table) (LIKE trough.\(table) INCLUDING ALL)")
                }
                try session.execute("SET search_path = pg_temp, trough, pg_catalog")
                try LogSchema.check(session)
                #expect(try LogSchema.install(session).isEmpty)
                let reader = try LogReader(Studies.open("main", session), session)
                #expect(reader.events == 12)
                for head in reader.heads {
                    var batch = reader.emptyBatch()
                    try reader.readSlice(head, into: &batch, session)
                    #expect(batch.records.count == head.position)
                }
                let error = #expect(throws: PostgresError.self) { try session.execute("DELETE FROM trough.event") }
                #expect(error?.sqlState == "42501")
            }
        }
    }
}
