import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

/// Removing the rows of what is sealed.
@Suite("Removing rows", .timeLimit(.minutes(12)))
struct RowRemovalTests {
    private static func assays(_ count: Int, _ prefix: String, patients: Int = 10) -> [String] {
        (0..<count).map { EventLines.assay("P-\($0 % patients)", "\(prefix)-\($0)", value: $0) }
    }

    private static func rows(_ study: Study, _ log: TestLog) async throws -> Int {
        try await log.number("SELECT count(*) FROM trough.event_\(study.number)")
    }

    @Test(
        "All rows go, those of other studies stay, and the log says who did it, when and why; then nothing is to be done"
    )
    func removed() async throws {
        try await TestLog.withLog { log in
            let (study, other) = (try await log.study(slices: 3), try await log.study("other", slices: 2))
            for one in [study, other] { _ = try await log.append(Self.assays(100, "a"), to: one) }
            let lines = try await log.lines(of: study)
            let oid = "SELECT 'trough.event_\(study.number)'::regclass::oid::bigint"
            let partition = try await log.number(oid)
            #expect(try await log.sealAndRemove(study, because: "closed", eventsPerSegment: 7) == 100)
            #expect(try await Self.rows(study, log) == 0)
            #expect(try await Self.rows(other, log) == 100)
            #expect(try await log.number(oid) != partition, "the partition went as a whole")
            #expect(
                try await log.number("SELECT count(*) FROM pg_class WHERE relname LIKE 'event%' AND relkind = 'r'") == 2
            )
            #expect(
                try await log.texts("SELECT DISTINCT concat_ws(' ', author, login, reason) FROM trough.removal")
                    == ["remover trough closed"])
            let slices = "FROM trough.head h JOIN trough.removal r ON r.slice = h.slice AND r.chain = h.digest "
            #expect(try await log.number("SELECT count(*) \(slices) AND r.through = h.position") == 3)
            #expect(try await log.number("SELECT sum(removed) FROM trough.head") == 100)
            #expect(try await log.lines(of: study) == lines)
            #expect(try await log.verify(["main", "other"]).found == [])
            #expect(try await log.sealAndRemove(study) == 0)
            #expect(try await log.number("SELECT count(*) FROM trough.removal") == 3)
        }
    }

    @Test("What comes later has rows until it is sealed and removed as well, over and over")
    func repeated() async throws {
        try await TestLog.withLog { log in
            let (study, twin) = (try await log.study(slices: 4), try await log.study("twin", slices: 4))
            for turn in 0..<5 {
                let lines = Self.assays(60 + turn, "\(turn)", patients: 12 + turn)
                for one in [study, twin] { _ = try await log.append(lines, to: one) }
                #expect(try await Self.rows(study, log) == 60 + turn)
                #expect(try await log.sealAndRemove(study, eventsPerSegment: 11) == 60 + turn)
                #expect(try await Self.rows(study, log) == 0)
            }
            #expect(try await log.lines(of: study, withTimes: false) == log.lines(of: twin, withTimes: false))
            #expect(try await log.verify(["main", "twin"]).found == [])
        }
    }

    @Test("Events behind the segments keep their rows, unless they are too many: then no row goes")
    func tail() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append(Self.assays(40, "a"), to: study)
            try await log.seal(study)
            _ = try await log.append(Self.assays(30, "b"), to: study)
            let lines = try await log.lines(of: study)
            let configuration = log.configuration
            var removal = try await log.connection.perform { session throws(LogError) in
                try RowRemoval(of: study, by: "one", because: nil, at: configuration, session)
            }
            #expect(try await removal.attempt(shards: 2) == 40)
            #expect(try await Self.rows(study, log) == 30)
            #expect(try await log.lines(of: study) == lines)
            #expect(try await log.append(Self.assays(40, "a"), to: study).allSatisfy { $0 == .duplicate })
            #expect(try await log.append(Self.assays(30, "b"), to: study).allSatisfy { $0 == .duplicate })
            try await log.seal(study)
            _ = try await log.append(Self.assays(20_001, "c"), to: study)
            #expect(try await removal.attempt(shards: 2) == nil)
            #expect(try await Self.rows(study, log) == 20_031)
            #expect(try await log.sealAndRemove(study) == 20_031)
            #expect(try await log.verify().found == [])
        }
    }

    @Test(
        "An appender that was there before decides as one whose study has all rows, whatever is removed in between",
        arguments: [(701, 1), (702, 3), (703, 8)] as [(UInt64, Int)])
    func decisions(seed: UInt64, slices: Int) async throws {
        var random = SeededRandom(seed: seed)
        try await TestLog.withLog { log in
            let (study, twin) = (try await log.study(slices: slices), try await log.study("twin", slices: slices))
            let lines = try RowlessReadingTests.lines(&random)
            let appenders = (try await log.appender(to: study), try await log.appender(to: twin, lanes: 1))
            _ = try await appenders.0.append(EventLines.batch(lines))
            _ = try await appenders.1.append(EventLines.batch(lines))
            var counts: [Decision: Int] = [:]
            for turn in 0..<40 {
                if random.chance(4) {
                    // Some of it is sealed long before it is removed, and some comes born without rows.
                    try await log.seal(study, eventsPerSegment: 50)
                    if random.chance(2) {
                        let born = (0..<20).map { EventLines.assay("B-\(turn)-\($0 % 4)", "\($0)") }
                        _ = try await log.bear(born, in: study)
                        _ = try await log.append(born, to: twin)
                    }
                }
                if random.chance(4) { try await log.sealAndRemove(study, eventsPerSegment: 60) }
                let batch = (0..<random.below(60) + 1).map { number -> String in
                    let known = random.pick(lines)
                    switch random.below(4) {
                    case 0: return known
                    case 1:
                        return known.replacing(/"time":"\d{4}-\d\d-\d\d/) { _ in "\"time\":\"2021-03-0\(turn % 9 + 1)" }
                    case 2: return EventLines.assay("P-\(random.below(40))", "\(turn)-\(number)", source: "/\(turn)")
                    default: return EventLines.assay("N-\(random.below(9))", "\(random.below(30))", value: number % 2)
                    }
                }
                let parsed = try EventLines.batch(batch)
                let found = try await appenders.0.append(parsed).decisions
                #expect(try await appenders.1.append(parsed).decisions == found, "seed \(seed), turn \(turn)")
                for decision in found { counts[decision, default: 0] += 1 }
            }
            await appenders.0.close()
            await appenders.1.close()
            #expect(counts.count == 3, "seed \(seed): \(counts)")
            let sets = (
                try await log.lines(of: study, withTimes: false).map(Self.unplaced),
                try await log.lines(of: twin, withTimes: false).map(Self.unplaced)
            )
            #expect(sets.0 == sets.1, "seed \(seed)")
            #expect(try await log.verify(["main", "twin"]).found == [], "seed \(seed)")
            #expect(try await log.segmentFaults() == [])
        }
    }

    /// Lines without their positions, which differ where events were born in another order.
    private static func unplaced(_ lines: [String]) -> [String] {
        lines.map { $0.replacing(/"sequence":"[^"]*"/) { _ in "" } }.sorted()
    }

    @Test("Appends to this study and to others go on while rows are removed again and again, and nothing is lost")
    func underLoad() async throws {
        try await TestLog.withLog { log in
            let (study, other) = (try await log.study(slices: 5), try await log.study("other", slices: 3))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, one) in [study, study, other].enumerated() {
                    group.addTask {
                        let appender = try await log.appender(to: one)
                        for turn in 0..<60 {
                            // Every second batch is one that came before: all of it is known.
                            let lines = Self.assays(40, "\(number)-\(turn / 2)", patients: 20)
                            let decisions = try await appender.append(EventLines.batch(lines)).decisions
                            let expected = turn % 2 == 0 ? Decision.stored : .duplicate
                            #expect(decisions.allSatisfy { $0 == expected }, "\(number), \(turn)")
                        }
                        await appender.close()
                    }
                }
                group.addTask {
                    for _ in 0..<8 { try await log.sealAndRemove(study, eventsPerSegment: 64) }
                }
                try await group.waitForAll()
            }
            try await log.sealAndRemove(study)
            #expect(try await log.number("SELECT sum(position) FROM trough.head") == 3 * 30 * 40)
            #expect(try await Self.rows(other, log) == 30 * 40)
            #expect(Set(try await log.lines(of: study).flatMap(\.self)).count == 2 * 30 * 40)
            #expect(try await log.verify(["main", "other"]).found == [])
        }
    }

    private static func refusal(_ study: Study, _ log: TestLog) async -> LogError? {
        do { _ = try await log.sealAndRemove(study) } catch { return error as? LogError }
        return nil
    }

    @Test("A table that somebody keeps reading is not waited for in a way that keeps others out; the rows stay")
    func inUse() async throws {
        try await TestLog.withLog { log in
            let (study, other) = (try await log.study(slices: 2), try await log.study("other", slices: 2))
            for one in [study, other] { _ = try await log.append(Self.assays(50, "a"), to: one) }
            try await log.holding("SELECT count(*) FROM trough.event") {
                async let refusal = Self.refusal(study, log)
                let appender = try await log.appender(to: other)
                for turn in 0..<40 {
                    _ = try await appender.append(EventLines.batch(Self.assays(5, "\(turn)")))
                    try await Task.sleep(for: .milliseconds(25))
                }
                // All that while the reader holds the table: nobody stands for good between him and them.
                await appender.close()
                let error = await refusal
                guard case .rowsStay = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            #expect(try await Self.rows(study, log) == 50)
            #expect(try await log.sealAndRemove(study) == 50)
        }
    }
}
