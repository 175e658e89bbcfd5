import EventLog
import Foundation
import Postgres
import TestData
import TestLog
import Testing
import Trial

@Suite("An event's name is its own for ever", .timeLimit(.minutes(12)))
struct EventNameTests {
    @Test("Within a batch the first of a name is stored; the others are duplicates or conflicts")
    func insideBatch() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            let decisions = try await log.append(
                [
                    EventLines.assay("P-1", "x", value: 1), EventLines.assay("P-1", "x", value: 1),
                    EventLines.assay("P-1", "x", value: 2), EventLines.assay("P-1", "y", value: 2),
                    EventLines.assay("P-2", "x", value: 3), EventLines.assay("P-1", "x", source: "/sites/b", value: 4),
                    EventLines.assay("P-1", "x", value: 1),
                ], to: study)
            #expect(decisions == [.stored, .duplicate, .conflict, .stored, .stored, .stored, .duplicate])
            #expect(try await log.faults() == [])
        }
    }

    @Test("Across batches the stored event stays as it is")
    func acrossBatches() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            let lines = EventLines.everyType("P-1")
            _ = try await log.append(lines, to: study)
            let before = try await log.contents()
            let other = lines.map { $0.replacing("1969-07-", with: "1970-07-") }
            #expect(try await log.append(other, to: study) == [Decision](repeating: .conflict, count: 12))
            #expect(try await log.append(lines.reversed(), to: study) == [Decision](repeating: .duplicate, count: 12))
            #expect(try await log.contents() == before)
            // New ones beside known ones are stored.
            let mixed = [lines[0], EventLines.assay("P-1", "new"), other[1], EventLines.assay("P-9", "new")]
            #expect(try await log.append(mixed, to: study) == [.duplicate, .stored, .conflict, .stored])
            #expect(try await log.faults() == [])
        }
    }

    @Test(
        "Another spelling of the same content is a duplicate",
        arguments: [
            (#""value":1,"unit":"mg/L""#, #""unit":"mg/L","value":1.0"#), (#""value":1,"#, #""value":10e-1,"#),
            ("2020-03-01T08:00:00Z", "2020-03-01T09:30:00.000000+01:30"), ("\"data\"", " \"other\" : true , \"data\""),
        ])
    func spelling(part: String, instead: String) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            let line = EventLines.assay("P-1", "x")
            #expect(line.contains(part))
            #expect(
                try await log.append([line, line.replacing(part, with: instead)], to: study) == [.stored, .duplicate])
            #expect(try await log.append([line.replacing(part, with: instead)], to: study) == [.duplicate])
        }
    }

    @Test(
        "Any other content is a conflict",
        arguments: [
            (#""value":1,"#, #""value":1.0000000000000002,"#), ("08:00:00Z", "08:00:00.000001Z"),
            (#""unit":"mg/L""#, #""unit":"mg/dL""#), (#""analyte":"crp""#, #""comparator":"<","analyte":"crp""#),
        ])
    func otherContent(part: String, instead: String) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            let line = EventLines.assay("P-1", "x")
            #expect(line.contains(part))
            #expect(
                try await log.append([line, line.replacing(part, with: instead)], to: study) == [.stored, .conflict])
            #expect(try await log.append([line.replacing(part, with: instead)], to: study) == [.conflict])
        }
    }

    @Test("Texts of other bytes are other names, though they look and compare alike")
    func bytes() async throws {
        let (composed, decomposed) = ("Zo\u{E9}", "Zoe\u{301}")
        #expect(composed == decomposed)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let lines = [
                EventLines.assay(composed, "x", value: 1), EventLines.assay(decomposed, "x", value: 2),
                EventLines.assay(composed, "\u{E9}", value: 3), EventLines.assay(composed, "e\u{301}", value: 4),
                EventLines.assay("zo\u{E9}", "x", value: 5), EventLines.assay("Zo\u{E9} ", "x", value: 6),
            ]
            let appender = try await log.appender(to: study)
            #expect(
                try await appender.append(EventLines.batch(lines)).decisions == [Decision](repeating: .stored, count: 6)
            )
            #expect(
                try await appender.append(EventLines.batch(lines)).decisions
                    == [Decision](repeating: .duplicate, count: 6))
            await appender.close()
            #expect(try await log.append(lines.reversed(), to: study) == [Decision](repeating: .duplicate, count: 6))
            let subjects = try await log.connection.perform { session throws(LogError) in
                let reader = try LogReader(study, session)
                return try reader.subjects(reader.heads[0], session)
            }
            #expect(subjects == [composed, decomposed, "zo\u{E9}", "Zo\u{E9} "].map { Array($0.utf8) })
            #expect(try await log.faults() == [])
        }
    }

    @Test("Callers that are committed together get their own decisions, and each name is stored once")
    func groupCommit() async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 77
            var random = SeededRandom(seed: seed)
            let study = try await log.study(slices: 8)
            let appender = try await log.appender(to: study)
            // 1,200 names, each sent three times: twice the same, once with other content.
            var lines: [(name: Int, line: String)] = []
            for name in 0..<1200 {
                for value in [1, 1, 2] {
                    lines.append((name, EventLines.assay("P-\(name % 90)", "id-\(name)", value: value)))
                }
            }
            lines.shuffle(using: &random)
            let calls = random.cut(lines, into: 1...50)
            let decided = try await withThrowingTaskGroup(of: [(Int, Decision)].self) { group in
                for call in calls {
                    group.addTask {
                        let decisions = try await appender.append(EventLines.batch(call.map(\.line))).decisions
                        return zip(call, decisions).map { ($0.name, $1) }
                    }
                }
                return try await group.reduce(into: [(Int, Decision)]()) { $0 += $1 }
            }
            await appender.close()
            var stored = [Int: Int](), others = [Int: [Decision]]()
            for (name, decision) in decided {
                if decision == .stored {
                    stored[name, default: 0] += 1
                } else {
                    others[name, default: []].append(decision)
                }
            }
            #expect(decided.count == 3600, "seed \(seed)")
            #expect(stored.count == 1200 && stored.values.allSatisfy { $0 == 1 }, "seed \(seed)")
            // The one stored either has a twin and an odd one out, or is the odd one itself.
            for (name, rest) in others {
                let kinds = Set(rest)
                #expect(rest.count == 2 && kinds.contains(.conflict), "seed \(seed), name \(name): \(rest)")
            }
            #expect(try await log.faults() == [], "seed \(seed)")
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 1200, "seed \(seed)")
            let commits = try await log.number("SELECT count(DISTINCT recorded_at) FROM trough.batch")
            #expect(commits < calls.count, "no callers were ever committed together, seed \(seed)")
        }
    }
}
