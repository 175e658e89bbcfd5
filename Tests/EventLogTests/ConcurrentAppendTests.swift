import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

@Suite("Several appenders at once", .timeLimit(.minutes(12)))
struct ConcurrentAppendTests {
    @Test(
        "Overlapping, shuffled inputs end with each event once, without gaps, the chain whole",
        arguments: [
            (2, 1, 901), (2, 4, 902), (4, 2, 903), (4, 3, 904),
        ] as [(Int, Int, UInt64)])
    func overlapping(appenders: Int, lanes: Int, seed: UInt64) async throws {
        try await TestLog.withLog { log in
            var random = SeededRandom(seed: seed)
            let study = try await log.study(slices: 7)
            let names = 1500
            let lines = (0..<names).map {
                EventLines.assay("P-\($0 % 110)", "id-\($0)", source: "/labs/\($0 % 9)", value: $0)
            }
            // Each appender gets its own two thirds of the events, so that every one has at least one sender.
            var inputs: [[[String]]] = []
            for number in 0..<appenders {
                var mine = lines.indices.filter { ($0 + number) % 3 != 0 || appenders == 1 }.map { lines[$0] }
                mine.shuffle(using: &random)
                inputs.append(random.cut(mine, into: 1...120))
            }
            let sent = inputs.joined().joined().count
            let counts = try await withThrowingTaskGroup(of: [Decision: Int].self) { group in
                for input in inputs {
                    group.addTask {
                        let appender = try await log.appender(to: study, lanes: lanes)
                        var counts: [Decision: Int] = [:]
                        for piece in input {
                            for decision in try await appender.append(EventLines.batch(piece)).decisions {
                                counts[decision, default: 0] += 1
                            }
                        }
                        await appender.close()
                        return counts
                    }
                }
                return try await group.reduce(into: [Decision: Int]()) { $0.merge($1, uniquingKeysWith: +) }
            }
            #expect(counts[.stored] == names, "seed \(seed)")
            #expect(counts[.duplicate] == sent - names, "seed \(seed)")
            #expect(counts[.conflict] == nil, "seed \(seed)")
            #expect(try await log.faults() == [], "seed \(seed)")

            let alone = try await log.study("alone", slices: 7)
            _ = try await log.append(lines, to: alone)
            #expect(try await log.contents() == log.contents(of: "alone"), "seed \(seed)")
        }
    }

    @Test("Callers of one appender that come back together are committed together, and hardly ever one of them alone")
    func togetherAgain() async throws {
        try await TestLog.withLog { log in
            let (callers, rounds) = (24, 60)
            let study = try await log.study(slices: 7)
            let appender = try await log.appender(to: study, lanes: 1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<callers {
                    group.addTask {
                        for round in 0..<rounds {
                            let batch = try EventLines.batch([EventLines.assay("P-\(caller)", "\(caller)-\(round)")])
                            let decisions = try await appender.append(batch).decisions
                            #expect(decisions == [.stored])
                        }
                    }
                }
                try await group.waitForAll()
            }
            await appender.close()
            // The events of a commit, and of no other, were recorded at one time.
            let sizes = try await log.texts("SELECT count(*)::text FROM trough.event GROUP BY recorded_at")
            let alone = sizes.count { $0 == "1" }
            #expect(sizes.reduce(0) { $0 + (Int($1) ?? 0) } == callers * rounds)
            #expect(alone * 10 < sizes.count, "\(alone) of \(sizes.count) commits were of one event")
        }
    }

    @Test("A reader that reads while others append sees stretches from the beginning, complete up to its heads")
    func readingMeanwhile() async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 55
            let study = try await log.study(slices: 3)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<3 {
                    group.addTask {
                        var random = SeededRandom(seed: seed + UInt64(number))
                        let appender = try await log.appender(to: study, lanes: 1)
                        let lines = (0..<600).map { EventLines.assay("P-\($0 % 31)", "\(number)-\($0)") }
                        for piece in random.cut(lines, into: 1...40) {
                            _ = try await appender.append(EventLines.batch(piece))
                        }
                        await appender.close()
                    }
                }
                group.addTask {
                    let connection = try await Connection.open(log.configuration)
                    var seen: Int64 = 0
                    while seen < 1800 {
                        seen = try await connection.perform { session throws(LogError) in
                            let reader = try LogReader(study, session)
                            for head in reader.heads {
                                var batch = reader.emptyBatch()
                                // Throws where the slice holds fewer events than its head says.
                                try reader.readSlice(head, into: &batch, session)
                                _ = try reader.subjects(head, session)
                            }
                            return reader.events
                        }
                    }
                    await connection.close()
                }
                try await group.waitForAll()
            }
            #expect(try await log.faults() == [], "seed \(seed)")
        }
    }
}
