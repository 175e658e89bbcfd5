import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

/// Appends whose heads are not locked before: what makes them so, what they leave, and what stops them.
@Suite("Appending in a single round trip", .timeLimit(.minutes(12)))
struct UnlockedAppendTests {
    /// Counts the appends that came without a lock, failed ones included, and those that the server refused.
    private static func count(_ log: TestLog) async throws {
        try await log.execute(
            """
            CREATE SEQUENCE public.unlocked; CREATE SEQUENCE public.refused;
            GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC;
            CREATE OR REPLACE FUNCTION trough.expect_moved(moved bigint, expected bigint) RETURNS bigint
                LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM nextval('public.unlocked');
                IF moved IS DISTINCT FROM expected THEN
                    PERFORM nextval('public.refused');
                    RAISE EXCEPTION '% of %', moved, expected USING ERRCODE = 'TR008';
                END IF;
                RETURN moved;
            END
            $$;
            """)
    }

    private static func counted(_ name: String, _ log: TestLog) async throws -> Int {
        try await log.number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM public.\(name)")
    }

    @Test("Once a slice and a patient are known nothing is locked before, and the rows and the chain are the same")
    func sameRows() async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 4_711
            var random = SeededRandom(seed: seed)
            try await Self.count(log)
            let study = try await log.study(slices: 3)
            let twin = try await log.study("twin", slices: 3)
            let appender = try await log.appender(to: study, lanes: 1)
            var lines = (0..<9).flatMap { EventLines.everyType("P-\($0)") }
            lines += (0..<200).map { EventLines.assay("P-\($0 % 9)", "a-\($0)", source: "/labs/\($0 % 3)", value: $0) }
            // Every patient once, so that all are known.
            _ = try await appender.append(EventLines.batch((0..<9).map { EventLines.assay("P-\($0)", "first") }))
            #expect(try await Self.counted("unlocked", log) == 0)
            let pieces = random.cut(lines, into: 1...20)
            for piece in pieces {
                #expect(try await appender.append(EventLines.batch(piece)).decisions.allSatisfy { $0 == .stored })
            }
            #expect(try await Self.counted("unlocked", log) == pieces.count, "seed \(seed)")
            #expect(try await Self.counted("refused", log) == 0)
            // The twin gets everything in one batch, with its heads locked.
            _ = try await log.append((0..<9).map { EventLines.assay("P-\($0)", "first") } + lines, to: twin, lanes: 1)
            #expect(try await log.contents() == log.contents(of: "twin"), "seed \(seed)")
            #expect(try await log.faults() == [], "seed \(seed)")
            await appender.close()
        }
    }

    @Test("Appenders that take turns on one slice are each refused at times, and lose and repeat nothing")
    func takingTurns() async throws {
        try await TestLog.withLog { log in
            try await Self.count(log)
            let study = try await log.study(slices: 1)
            let appenders = [try await log.appender(to: study), try await log.appender(to: study)]
            var position: Int64 = 0
            for round in 0..<400 {
                // Now and then one of them goes on alone for a while, so that it trusts what it knows again.
                let appender = appenders[round / 100 % 2 == 0 ? round % 2 : round / 100 / 2]
                let receipt = try await appender.append(
                    EventLines.batch([EventLines.assay("P-\(round % 5)", "\(round)")]))
                position += 1
                #expect(receipt.decisions == [.stored])
                #expect(receipt.heads == [LogPlace(slice: 0, position: position)])
            }
            let (unlocked, refused) = (try await Self.counted("unlocked", log), try await Self.counted("refused", log))
            print("400 appends in turns: \(unlocked) unlocked, \(refused) of them refused")
            // Who is refused locks first as long as others move the head; alone, an append is not refused.
            #expect(1...40 ~= refused)
            #expect(unlocked > 100)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 400)
            #expect(try await log.faults() == [])
            for appender in appenders { await appender.close() }
        }
    }

    @Test("A slice that is ahead of the clock dates its own batches so, and no other slice's")
    func aheadOfTheClock() async throws {
        try await TestLog.withLog { log in
            try await Self.count(log)
            let study = try await log.study(slices: 2)
            let subjects = EventLines.subjects(1, inEachOf: 2).map { $0[0] }
            for subject in subjects { _ = try await log.append([EventLines.assay(subject, "first")], to: study) }
            _ = try await LogForgery(log, slice: study.firstSlice)
            try await log.execute(
                """
                UPDATE trough.head SET recorded_at = recorded_at + interval '2 hours' WHERE slice = \(study.firstSlice)
                """)
            let appender = try await log.appender(to: study, lanes: 1)
            for (number, slice) in [0, 1, 1, 1, 0, 1].enumerated() {
                _ = try await appender.append(EventLines.batch([EventLines.assay(subjects[slice], "a-\(number)")]))
            }
            #expect(try await Self.counted("unlocked", log) == 4)
            let ahead = "SELECT count(*) FROM trough.batch WHERE recorded_at > now() + interval '1 hour' AND slice "
            #expect(try await log.number(ahead + "= \(study.firstSlice)") == 2)
            #expect(try await log.number(ahead + "<> \(study.firstSlice)") == 0)
            await appender.close()
        }
    }

    @Test("Many appenders and callers at once on few slices end with each event once and a whole chain")
    func atOnce() async throws {
        try await TestLog.withLog { log in
            try await Self.count(log)
            let study = try await log.study(slices: 2)
            let (appenders, callers, rounds) = (3, 4, 60)
            let stored = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<appenders {
                    let appender = try await log.appender(to: study)
                    for caller in 0..<callers {
                        group.addTask {
                            var stored = 0
                            for round in 0..<rounds {
                                // Every third event is one that all appenders send.
                                let id = round % 3 == 0 ? "\(caller)-\(round)" : "\(number)-\(caller)-\(round)"
                                let lines = [EventLines.assay("P-\((caller + round) % 7)", id, value: round)]
                                for decision in try await appender.append(EventLines.batch(lines)).decisions {
                                    #expect(decision != .conflict)
                                    stored += decision == .stored ? 1 : 0
                                }
                            }
                            return stored
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            let expected = callers * rounds / 3 + appenders * callers * rounds / 3 * 2
            let (unlocked, refused) = (try await Self.counted("unlocked", log), try await Self.counted("refused", log))
            print("at once: \(unlocked) unlocked, \(refused) of them refused")
            #expect(stored == expected)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == expected)
            #expect(unlocked > 0)
            #expect(try await log.faults() == [])
        }
    }

    @Test("The server dates what it stores: after the call, before its return, and never before an earlier event")
    func recordedAt() async throws {
        try await TestLog.withLog { log in
            try await Self.count(log)
            let study = try await log.study(slices: 2)
            let appender = try await log.appender(to: study, lanes: 1)
            let lines = { (round: Int) in (0..<4).map { EventLines.assay("P-\($0)", "\(round)") } }
            _ = try await appender.append(EventLines.batch(lines(0)))
            let clock = "SELECT extract(epoch FROM clock_timestamp())::text"
            for round in 1..<30 {
                let before = try await log.texts(clock)[0]
                _ = try await appender.append(EventLines.batch(lines(round)))
                let after = try await log.texts(clock)[0]
                let inside = """
                    SELECT count(*) FROM trough.event
                    WHERE id = '\(round)' AND extract(epoch FROM recorded_at) BETWEEN \(before) AND \(after)
                    """
                #expect(try await log.number(inside) == 4)
            }
            // A clock that was ahead for a while, and is right again.
            try await log.execute(
                """
                ALTER TABLE trough.head DISABLE TRIGGER USER;
                UPDATE trough.head SET recorded_at = '2999-01-01';
                ALTER TABLE trough.head ENABLE ALWAYS TRIGGER only_forward;
                """)
            let ahead = try await log.appender(to: study, lanes: 1)
            for round in 30..<33 { _ = try await ahead.append(EventLines.batch(lines(round))) }
            #expect(
                try await log.number("SELECT count(*) FROM trough.event WHERE recorded_at = '2999-01-01'") == 12)
            #expect(try await Self.counted("unlocked", log) == 31)
            #expect(try await log.faults() == [])
            await appender.close()
            await ahead.close()
        }
    }

    @Test("An event whose row was removed meanwhile is known all the same")
    func removedRows() async throws {
        try await TestLog.withLog { log in
            try await Self.count(log)
            let study = try await log.study(slices: 2)
            let appender = try await log.appender(to: study, lanes: 1)
            let lines = (0..<40).map { EventLines.assay("P-\($0 % 4)", "\($0)", value: $0) }
            for line in lines { _ = try await appender.append(EventLines.batch([line])) }
            let before = try await Self.counted("unlocked", log)
            #expect(before > 30)
            try await log.sealAndRemove(study)
            for (number, line) in lines.enumerated() {
                let other = EventLines.assay("P-\(number % 4)", "\(number)", value: number + 1)
                #expect(try await appender.append(EventLines.batch([line])).decisions == [.duplicate])
                #expect(try await appender.append(EventLines.batch([other])).decisions == [.conflict])
            }
            for number in 0..<40 {
                let new = [EventLines.assay("P-\(number % 4)", "new-\(number)")]
                #expect(try await appender.append(EventLines.batch(new)).decisions == [.stored])
            }
            // That new names are not in the segments is known without opening them, and they go without a lock again.
            #expect(try await Self.counted("unlocked", log) > before + 30)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 40)
            await appender.close()
        }
    }

    @Test("A head that another holds for long is waited for, beyond the bound of a single round trip")
    func heldHead() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let appender = try await log.appender(to: study)
            for id in ["a", "b"] { _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", id)])) }
            let waited = try await log.holding("SELECT FROM trough.head FOR UPDATE") {
                let batch = try EventLines.batch([EventLines.assay("P-1", "c")])
                let task = Task { try await appender.append(batch).decisions }
                try await Task.sleep(for: .seconds(1))
                return task
            }
            #expect(try await waited.value == [.stored])
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 3)
            #expect(try await log.faults() == [])
            await appender.close()
        }
    }

    @Test(
        "Commits that are cut off before they happen are done again, and each event is stored once",
        arguments: [1, 2, 3])
    func cutOff(commits: Int) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            let appender = try await log.appender(to: study, lanes: 1)
            let first = (0..<4).map { EventLines.assay("P-\($0)", "first") }
            _ = try await appender.append(EventLines.batch(first))
            try await Self.count(log)
            try await log.endCommits(ofBatches: commits)
            let lines = (0..<4).map { EventLines.assay("P-\($0)", "second") }
            #expect(try await appender.append(EventLines.batch(lines)).decisions.allSatisfy { $0 == .stored })
            #expect(try await Self.counted("unlocked", log) == 1)
            #expect(try await log.number("SELECT last_value FROM public.commits") > commits)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 8)
            #expect(try await log.faults() == [])
            await appender.close()
        }
    }
}
