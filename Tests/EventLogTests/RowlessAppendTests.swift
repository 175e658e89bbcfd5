import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

/// Appending to a study whose first positions have no rows, so that the key of names does not see them.
@Suite("Appending behind events without rows", .serialized, .timeLimit(.minutes(12)))
struct RowlessAppendTests {
    @Test(
        "Every line again is a duplicate, changed ones are conflicts, new ones are stored, in any mixture",
        arguments: [(631, 1, 1), (632, 3, 4), (633, 8, 2)] as [(UInt64, Int, Int)])
    func decisions(seed: UInt64, slices: Int, parts: Int) async throws {
        var random = SeededRandom(seed: seed)
        let lines = try RowlessReadingTests.lines(&random)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: slices)
            // The twin keeps its rows and says what is right.
            let twin = try await log.study("twin", slices: slices)
            for one in [study, twin] {
                var random = random
                try await RowlessReadingTests.append(lines, to: one, sealing: parts, log, &random)
            }
            try await log.removeSealedRows(study)
            #expect(try await log.append(lines, to: study).allSatisfy { $0 == .duplicate }, "seed \(seed)")
            let appenders = (try await log.appender(to: study), try await log.appender(to: twin, lanes: 1))
            var counts: [Decision: Int] = [:]
            for turn in 0..<40 {
                let batch = (0..<random.below(60) + 1).map { number -> String in
                    let known = random.pick(lines)
                    switch random.below(5) {
                    case 0: return known
                    case 1: return Self.changed(known)
                    case 2: return EventLines.assay("P-\(random.below(40))", "\(turn)-\(number)", source: "/\(turn)")
                    case 3: return EventLines.assay("N-\(random.below(9))", "\(random.below(30))", value: number % 2)
                    default: return EventLines.assay("Q-\(random.below(41))", "a-\(number)", source: "/labs/1")
                    }
                }
                // The same batch may name an event twice, and of an event without rows say two things.
                let parsed = try EventLines.batch(batch + (random.chance(3) ? Array(batch.prefix(5)) : []))
                let found = try await appenders.0.append(parsed).decisions
                #expect(try await appenders.1.append(parsed).decisions == found, "seed \(seed), turn \(turn)")
                for decision in found { counts[decision, default: 0] += 1 }
            }
            await appenders.0.close()
            await appenders.1.close()
            #expect(counts.count == 3, "seed \(seed): \(counts)")
            #expect(
                try await log.lines(of: study, withTimes: false) == log.lines(of: twin, withTimes: false),
                "seed \(seed)")
        }
    }

    /// The line with another day, which is another content.
    private static func changed(_ line: String) -> String {
        let day = line.contains("\"time\":\"2021-03-03") ? "2021-03-04" : "2021-03-03"
        return line.replacing(/"time":"\d{4}-\d\d-\d\d/) { _ in "\"time\":\"\(day)" }
    }

    @Test("A segment that comes between two appends of one appender is seen by the second")
    func laterSegment() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            let appender = try await log.appender(to: study)
            let lines = (0..<30).map { EventLines.assay("P-\($0)", "a", value: $0) }
            _ = try await appender.append(EventLines.batch(lines))
            for turn in 0..<3 {
                // Behind sealed events alone, and of patients who are new.
                _ = try await log.seal(study)
                let more = (0..<60).map { EventLines.assay("Q-\(turn)-\($0 % 30)", "\($0)", value: $0) }
                #expect(try await log.bear(more, in: study).stored == 60)
                let again = try await appender.append(EventLines.batch(lines + more)).decisions
                #expect(again == [Decision](repeating: .duplicate, count: 90))
                let other = (0..<60).map { EventLines.assay("Q-\(turn)-\($0 % 30)", "\($0)", value: $0 + 1) }
                #expect(try await appender.append(EventLines.batch(other)).decisions.allSatisfy { $0 == .conflict })
                let new = (0..<30).map { EventLines.assay("Q-\(turn)-\($0)", "new") }
                #expect(try await appender.append(EventLines.batch(new)).decisions.allSatisfy { $0 == .stored })
            }
            await appender.close()
        }
    }

    @Test("An appender that waits for the heads while a study is born finds its names, and numbers its patients on")
    func bornMeanwhile() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let lines = (0..<90).map { EventLines.assay("P-\($0 % 30)", "\($0)", value: $0) }
            _ = try await log.append(lines, to: study)
            try await log.sealWithoutRows(study)
            let before = try await log.lines(of: study)
            let birth = try await log.unbear(study)
            let other = try await Connection.open(log.configuration)
            try await other.perform { session throws(PostgresError) in try session.execute("BEGIN; \(birth)") }
            let decisions = try await withThrowingTaskGroup(of: [Decision].self) { group in
                group.addTask {
                    try await log.append(
                        lines + [EventLines.assay("P-3", "new"), EventLines.assay("P-99", "new")], to: study, lanes: 1)
                }
                while try await log.number("SELECT count(*) FROM pg_locks WHERE NOT granted") == 0 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                try await other.perform { session throws(PostgresError) in try session.execute("COMMIT") }
                return try await group.next() ?? []
            }
            await other.close()
            #expect(decisions == [Decision](repeating: .duplicate, count: 90) + [.stored, .stored])
            let after = try await log.lines(of: study)
            #expect(Array(after[0].prefix(90)) == before[0] && after[0].count == 92)
            #expect(try await log.texts("SELECT subject FROM trough.patient WHERE patient = 31") == ["P-99"])
        }
    }

    @Test(
        "A study that is born sealed, in several goes with sealed rows between them, is as one that was appended",
        arguments: [651, 652] as [UInt64])
    func bornSealed(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let lines = try RowlessReadingTests.lines(&random)
        let (first, second) = (
            lines.filter { !$0.contains(#""subject":"Q-"#) }, lines.filter { $0.contains(#""subject":"Q-"#) }
        )
        let late = (0..<200).map { EventLines.assay("P-\($0 % 45)", "late-\($0)", source: "/late/\($0 % 4)") }
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            let twin = try await log.study("twin", slices: 3)
            let follower = try await LogFollowerTests.follower(log, study)
            #expect(try await log.bear(first, in: study).stored == first.count)
            #expect(try await log.append(late, to: study).allSatisfy { $0 == .stored })
            _ = try await log.seal(study)
            #expect(try await log.bear(second, in: study).stored == second.count)
            #expect(try await log.append([EventLines.assay("Q-1", "last")], to: study) == [.stored])
            let all = lines + late + [EventLines.assay("Q-1", "last")]
            #expect(try await log.append(all, to: study).allSatisfy { $0 == .duplicate }, "seed \(seed)")
            #expect(try await log.append(all.map(Self.changed), to: study).allSatisfy { $0 == .conflict })
            _ = try await log.append(all, to: twin)

            let pages = try await log.lines(of: study)
            func contents(_ lines: [String]) -> [String] {
                lines.map { $0.replacing(/"(recordedtime|sequence)":"[^"]*",/) { _ in "" } }.sorted()
            }
            let expected = contents(try await log.lines(of: twin).flatMap(\.self))
            #expect(contents(pages.flatMap(\.self)) == expected, "seed \(seed)")
            var seen: [String] = []
            while seen.count < all.count { seen += try TestLog.lines(of: await follower.next()) }
            #expect(seen.sorted() == pages.flatMap(\.self).sorted(), "seed \(seed)")
            await follower.close()
        }
    }

    @Test("A study without such segments asks for none, however often one appender comes back")
    func asksNothing() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            _ = try await log.append((0..<90).map { EventLines.assay("P-\($0)", "a") }, to: study)
            _ = try await log.seal(study)
            let before = try await Self.looks(log)
            let appender = try await log.appender(to: study, lanes: 1)
            for turn in 0..<20 {
                let lines = (0..<90).map { EventLines.assay("P-\($0)", "b-\(turn)") }
                _ = try await appender.append(EventLines.batch(lines))
            }
            await appender.close()
            // Once for each slice, when the appender first meets it.
            #expect(try await Self.looks(log) - before == 4)
        }
    }

    /// How often sessions that have ended looked for segments.
    private static func looks(_ log: TestLog) async throws -> Int {
        let others = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
            """
        while try await log.number(others) > 0 { try await Task.sleep(for: .milliseconds(5)) }
        // What this session itself has counted, too.
        try await log.execute("SELECT pg_stat_force_next_flush()")
        return try await log.number(
            """
            SELECT coalesce(idx_scan, 0) + seq_scan FROM pg_stat_user_tables
            WHERE schemaname = 'trough' AND relname = 'segment'
            """)
    }
}
