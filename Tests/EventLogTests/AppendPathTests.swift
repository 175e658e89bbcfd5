import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

@Suite("Few rows and many", .timeLimit(.minutes(12)))
struct AppendPathTests {
    /// The rows of a study, without when they were recorded and with slices counted from the study's first.
    private static func rows(_ study: Study, _ log: TestLog) async throws -> [String] {
        try await log.texts(
            """
            SELECT concat_ws('|', e.slice - \(study.firstSlice), e.position, p.subject, e.patient, e.occurred_at, e.value,
                s.uri, e.kind, e.code, e.unit, e.qualifier, e.level, e.id, coalesce(e.detail::text, 'no detail'),
                coalesce(e.attributes::text, 'no attributes'))
            FROM trough.event e JOIN trough.patient p USING (slice, patient) JOIN trough.source s USING (source)
            WHERE e.slice BETWEEN \(study.firstSlice) AND \(study.firstSlice + Int32(study.slices) - 1)
            ORDER BY e.slice, e.position
            """)
    }

    @Test("The same events give the same rows, whether few at a time are inserted or all are copied, and a true chain")
    func sameRows() async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 977
            var random = SeededRandom(seed: seed)
            var lines = (1...30).flatMap { EventLines.everyType("P-\($0)") }
            lines += (1...400).map { EventLines.assay("Q-\($0 % 41)", "a-\($0)", source: "/labs/\($0 % 3)", value: $0) }
            lines.shuffle(using: &random)
            #expect(lines.count > Limits.insertedRows)
            let copied = try await log.study("copied", slices: 7)
            let inserted = try await log.study("inserted", slices: 7)
            let stored = [Decision](repeating: .stored, count: lines.count)
            #expect(try await log.append(lines, to: copied, lanes: 1) == stored)
            let appender = try await log.appender(to: inserted, lanes: 1)
            var decisions: [Decision] = []
            for piece in random.cut(lines, into: 1...40) {
                decisions += try await appender.append(EventLines.batch(piece)).decisions
            }
            await appender.close()
            #expect(decisions == stored)
            let (one, two) = (try await Self.rows(copied, log), try await Self.rows(inserted, log))
            #expect(one.count == lines.count)
            #expect(one == two, "seed \(seed)")
            #expect(try await log.faults() == [], "seed \(seed)")
        }
    }

    @Test("One row more or less than are inserted at once makes no difference", arguments: [-1, 0, 1])
    func threshold(more: Int) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            let count = Limits.insertedRows + more
            let lines = (0..<count).map { EventLines.assay("P-\($0 % 10)", "\($0)", value: $0) }
            let decisions = try await log.append(lines, to: study, lanes: 1)
            #expect(decisions == [Decision](repeating: .stored, count: count))
            let again = lines + [EventLines.assay("P-1", "1", value: 2), EventLines.assay("P-1", "new")]
            #expect(
                try await log.append(again, to: study, lanes: 1)
                    == [Decision](repeating: .duplicate, count: count) + [.conflict, .stored])
            #expect(try await log.number("SELECT count(*) FROM trough.event") == count + 1)
            #expect(try await log.faults() == [])
        }
    }

    @Test(
        "A row that the server refuses leaves nothing behind, among few rows and among many",
        arguments: [1, 500])
    func refusedRow(count: Int) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            try await log.execute("ALTER TABLE trough.event ADD CHECK (id <> 'unwanted')")
            let lines = (0..<count).map { EventLines.assay("P-1", "\($0)") }
            _ = try await log.append(lines, to: study)
            let unwanted = (0..<count).map { EventLines.assay("P-2", $0 == count / 2 ? "unwanted" : "\($0)") }
            let error = await #expect(throws: LogError.self) { _ = try await log.append(unwanted, to: study) }
            #expect(error.map { "\($0)" }?.contains("23514") == true, "\(String(describing: error))")
            #expect(try await log.number("SELECT count(*) FROM trough.event") == count)
            #expect(try await log.number("SELECT count(*) FROM trough.patient") == 1)
            #expect(try await log.faults() == [])
        }
    }

    @Test("Whatever the database says, an append waits until its events are on the disk")
    func durable() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            try await log.execute(
                """
                CREATE TABLE public.seen (setting text);
                CREATE FUNCTION public.look() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    INSERT INTO public.seen VALUES (current_setting('synchronous_commit'));
                    RETURN NULL;
                END $$;
                CREATE CONSTRAINT TRIGGER look AFTER INSERT ON trough.batch DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION public.look();
                """)
            for (number, setting) in ["off", "local", "remote_apply"].enumerated() {
                try await log.execute(
                    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = \(setting)', current_database()); END $$"
                )
                _ = try await log.append([EventLines.assay("P-1", "\(number)")], to: study)
            }
            #expect(try await log.texts("SELECT setting FROM public.seen") == ["on", "local", "remote_apply"])
        }
    }

    @Test("An append that waits for a table, or for another's head, stops when it is cancelled, and stores nothing")
    func cancelledWhileWaiting() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let appender = try await log.appender(to: study)
            _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "first")]))
            let locks =
                ["event", "batch", "head"].map { "LOCK TABLE trough.\($0) IN SHARE MODE" }
                + ["SELECT FROM trough.head FOR UPDATE"]
            for (number, lock) in locks.enumerated() {
                try await log.holding(lock) {
                    let batch = try EventLines.batch([EventLines.assay("P-1", "late-\(number)")])
                    let task = Task { try await appender.append(batch) }
                    let waits = """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """
                    while try await log.number(waits) == 0 { try await Task.sleep(for: .milliseconds(5)) }
                    task.cancel()
                    let error = await #expect(throws: LogError.self) { try await task.value }
                    guard case .database(let cause) = error, cause.kind == .cancelled else {
                        Issue.record("\(lock): \(String(describing: error))")
                        return
                    }
                }
            }
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 1)
            _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "last")]))
            await appender.close()
            #expect(try await log.faults() == [])
        }
    }

    @Test("A caller that is cancelled ends alone: those that were to be committed with it are stored")
    func cancelledAmongOthers() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let appender = try await log.appender(to: study, lanes: 1)
            _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "first")]))
            for cancelled in 0...1 {
                let tasks = try await log.holding("SELECT FROM trough.head FOR UPDATE") {
                    var tasks: [Task<AppendReceipt, any Error>] = []
                    for number in 0...5 {
                        let batch = try EventLines.batch([EventLines.assay("P-1", "\(cancelled)-\(number)")])
                        tasks.append(Task { try await appender.append(batch) })
                        // The first leads and waits for the head; the others wait for it.
                        try await Task.sleep(for: .milliseconds(number == 0 ? 400 : 20))
                    }
                    tasks[cancelled].cancel()
                    try await Task.sleep(for: .milliseconds(100))
                    return tasks
                }
                for (number, task) in tasks.enumerated() where number != cancelled {
                    let receipt = try await task.value
                    #expect(receipt.decisions == [.stored], "\(cancelled), \(number)")
                }
                // It may have been too late for the cancellation, or not.
                _ = await tasks[cancelled].result
            }
            #expect(11...13 ~= (try await log.number("SELECT count(*) FROM trough.event")))
            #expect(try await log.faults() == [])
            await appender.close()
        }
    }

    @Test("New sources are stored, durably, whatever the role's own transactions are")
    func sourcesOfAnyRole() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            try await log.withLogin(grants: "GRANT trough_writer TO {}") { role, address in
                try await log.execute(
                    """
                    ALTER ROLE \(role) SET default_transaction_read_only = on;
                    ALTER ROLE \(role) SET synchronous_commit = off;
                    CREATE TABLE public.seen (setting text);
                    GRANT INSERT ON public.seen TO PUBLIC;
                    CREATE FUNCTION public.see() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        INSERT INTO public.seen SELECT current_setting('synchronous_commit');
                        RETURN NULL;
                    END
                    $$;
                    CREATE TRIGGER see AFTER INSERT ON trough.source FOR EACH STATEMENT EXECUTE FUNCTION public.see();
                    """)
                let appender = try await log.appender(to: study, as: address)
                for number in 0..<2 {
                    let lines = [EventLines.assay("P-1", "\(number)", source: "/labs/\(number)")]
                    #expect(try await appender.append(EventLines.batch(lines)).decisions == [.stored])
                }
                await appender.close()
                #expect(try await log.texts("SELECT setting FROM public.seen") == ["on", "on"])
            }
        }
    }

    @Test("Callers whose sources are new give up together, and not one after the other")
    func impatience() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            try await log.withLogin(grants: "GRANT trough_writer TO {}") { role, address in
                let appender = try await log.appender(to: study, lanes: 1, as: address, patience: .seconds(1))
                _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "first")]))
                try await log.execute(
                    """
                    ALTER ROLE \(role) NOLOGIN;
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '\(role)';
                    """)
                let began = ContinuousClock.now
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<6 {
                        group.addTask {
                            _ = await #expect(throws: LogError.self) {
                                let lines = [EventLines.assay("P-1", "\(number)", source: "/labs/\(number)")]
                                _ = try await appender.append(EventLines.batch(lines))
                            }
                        }
                    }
                }
                // One after the other it would be six seconds.
                #expect(began.duration(to: .now) < .seconds(4))
                await appender.close()
            }
        }
    }
}
