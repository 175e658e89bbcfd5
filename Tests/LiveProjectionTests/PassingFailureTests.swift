import EventLog
import LiveProjection
import Postgres
import TestLog
import TestPostgres
import Testing
import Trial

extension HoldingAndReading {
    @Suite("What passes by itself ends no worker", .timeLimit(.minutes(12)))
    struct PassingFailureTests {
        /// Makes the first writes of a table fail, with each state once.
        private static func hiccups(_ states: [String], on table: String, _ when: String) -> String {
            """
            CREATE SEQUENCE public.hiccup;
            GRANT USAGE ON SEQUENCE public.hiccup TO PUBLIC;
            CREATE FUNCTION public.hiccup() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                states CONSTANT text[] := '{\(states.joined(separator: ","))}';
                n      CONSTANT bigint := nextval('public.hiccup');
            BEGIN
                IF n <= cardinality(states) THEN
                    RAISE EXCEPTION 'hiccup' USING ERRCODE = states[n];
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER hiccup BEFORE \(when) ON trough.\(table) FOR EACH ROW EXECUTE FUNCTION public.hiccup()
            """
        }

        private static let passing = ["57014", "55P03", "25P03", "40001", "40P01", "57P05", "53100"]

        @Test("A step that a timeout, a deadlock or somebody with pg_cancel_backend ends is taken again")
        func steps() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                try await log.withWorkers(study, .roblin2020) {
                    try await log.waitFor("the worker") {
                        try await log.number("SELECT count(worker) FROM trough.checkpoint") == 2
                    }
                    try await log.execute(
                        Self.hiccups(Self.passing, on: "checkpoint", "UPDATE OF position"))
                    for round in 1...8 {
                        let lines = (1...9).flatMap { EventLines.everyType("P-\(round)-\($0)") }
                        _ = try await log.append(lines, to: study)
                        try await log.caughtUp(study, "round \(round)")
                    }
                    #expect(try await log.number("SELECT last_value FROM public.hiccup") > Self.passing.count)
                }
                try await log.expectReplayed(study, .roblin2020, "in spite of hiccups")
            }
        }

        @Test(
            "So is joining, which leaves no worker behind that nobody is",
            arguments: ["worker", "checkpoint", "projection"])
        func joining(table: String) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                _ = try await log.append(EventLines.everyType("P-1"), to: study)
                let when = table == "checkpoint" ? "UPDATE OF worker" : "INSERT"
                try await log.execute(Self.hiccups(["40001", "40P01", "57014"], on: table, when))
                try await log.withWorkers(study, .roblin2020) {
                    try await log.waitFor("all is held") {
                        try await log.number("SELECT count(worker) FROM trough.checkpoint") == 2
                    }
                    try await log.caughtUp(study)
                    #expect(try await log.number("SELECT count(*) FROM trough.worker") == 1)
                }
                #expect(try await log.number("SELECT last_value FROM public.hiccup") > 3)
                try await log.expectReplayed(study, .roblin2020, "joined late")
            }
        }

        @Test(
            "A connection that is lost while a worker joins, whether its COMMIT has got through or not, is made anew",
            arguments: [
                CuttingProxy.Deed.loseAnswer(to: Array("COMMIT".utf8)), .loseAnswer(to: Array("join_projection".utf8)),
                .cut(.towardsClient, after: 3_000), .cut(.towardsServer, after: 1_500),
            ])
        func lost(deed: CuttingProxy.Deed) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                _ = try await log.append(EventLines.everyType("P-1"), to: study)
                try await log.withProxy { proxy, address in
                    let order = proxy.order(deed)
                    try await log.withWorkers(study, .roblin2020, WorkerSetup(address: address)) {
                        try await log.waitFor("the deed") { order.hit != nil }
                        try await log.caughtUp(study)
                    }
                }
                try await log.expectReplayed(study, .roblin2020, "joined at last")
            }
        }

        @Test("Statements that are cancelled at random, and a timeout that is too short for a while, only cost time")
        func cancelled() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                let database = try await log.texts("SELECT quote_ident(current_database())")[0]
                try await log.execute(
                    """
                    CREATE FUNCTION public.slowly() RETURNS trigger LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM pg_sleep(0.03); RETURN NEW; END $$;
                    CREATE TRIGGER slowly BEFORE UPDATE ON trough.checkpoint
                        FOR EACH ROW EXECUTE FUNCTION public.slowly();
                    ALTER DATABASE \(database) SET statement_timeout = '5ms'
                    """)
                // For sessions that begin now, until they are made anew.
                try await log.withWorkers(study, .roblin2020, WorkerSetup(shards: 2)) {
                    try await Task.sleep(for: .milliseconds(500))
                    try await log.execute("ALTER DATABASE \(database) RESET statement_timeout")
                    try await log.waitFor("all is held") {
                        try await log.number("SELECT count(worker) FROM trough.checkpoint") == 4
                    }
                    let appender = try await log.appender(to: study)
                    var hits = 0
                    for round in 0..<60 {
                        if round % 10 == 0 {
                            let lines = (1...9).map { EventLines.assay("P-\($0)", "\(round)") }
                            _ = try await appender.append(EventLines.batch(lines))
                        }
                        hits += try await log.number(
                            """
                            SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity
                            WHERE datname = current_database() AND state = 'active' AND query LIKE '%trough.project(%'
                                AND pid <> pg_backend_pid()
                            """)
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    #expect(hits > 0)
                    await appender.close()
                    try await log.caughtUp(study)
                }
                try await log.expectReplayed(study, .roblin2020, "after all that")
            }
        }
    }
}
