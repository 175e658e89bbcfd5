import EventLog
import Postgres
import Projection
import TestData
import TestLog
import Testing
import Trial

/// The example through a real log, in every way it might arrive.
@Suite(.timeLimit(.minutes(5))) struct ReplayTests {
    private func replay(
        _ log: TestLog, _ study: String = "main", shards: Int = 2, asOf: Int64? = nil, until: Int64? = nil
    ) async throws -> ReplayResult {
        let reader = try await log.connection.perform { session throws(LogError) in
            try LogReader(Studies.open(study, session), asOf: asOf, session)
        }
        let replay = Replay(at: log.configuration, CompiledProtocol(.roblin2020), until: until, shards: shards)
        return try await replay.run(reader)
    }

    private func lines(of result: ReplayResult) -> [String] {
        var lines: [String] = []
        result.eachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    @Test("The example gives the known lines and digest with 1, 2, 7 and 64 shards")
    func shards() async throws {
        let (events, expected) = (try TestData.lines(TestData.replica), try TestData.lines(TestData.replicaOutcomes))
        try await TestLog.withLog { log in
            _ = try await log.append(events, to: log.study())
            for shards in [1, 2, 7, 64] {
                let result = try await replay(log, shards: shards)
                #expect(result.digest() == TestData.replicaDigest)
                #expect(lines(of: result) == expected)
                #expect(result.events == 8593 && result.patients == 90 && result.randomised == 90)
                #expect(result.findings == 0)
            }
        }
    }

    @Test(
        "Any order, any number of calls, duplicates among them, any number of slices: the same digest",
        arguments: [(1, UInt64(1)), (3, 2), (64, 3), (1024, 4)])
    func arrival(slices: Int, seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let events = try TestData.lines(TestData.replica)
        let twice = (events + events.shuffled(using: &random).prefix(2_000)).shuffled(using: &random)
        let calls = random.cut(twice, into: 1...3_000)
        try await TestLog.withLog { log in
            let appender = try await log.appender(to: log.study(slices: slices), lanes: 2)
            var stored = 0
            var duplicates = 0
            for call in calls {
                for decision in try await appender.append(EventLines.batch(call)) {
                    stored += decision == .stored ? 1 : 0
                    duplicates += decision == .duplicate ? 1 : 0
                }
            }
            await appender.close()
            #expect(stored == 8593 && duplicates == 2_000, "seed \(seed)")
            #expect(try await replay(log, shards: 3).digest() == TestData.replicaDigest, "seed \(seed)")
            #expect(try await log.faults() == [], "seed \(seed)")
        }
    }

    @Test("As of a time between two calls, only what had been recorded then is known")
    func asOf() async throws {
        var random = SeededRandom(seed: 77)
        let calls = random.cut(try TestData.lines(TestData.replica).shuffled(using: &random), into: 1_500...2_500)
        try await TestLog.withLog { log in
            let study = try await log.study()
            _ = try await log.study("part")
            for (number, call) in calls.enumerated() {
                _ = try await log.append(call, to: study)
                let known = Int64(try await log.number("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
                let digest = try await replay(log).digest()
                // What is appended later must not change what was known.
                if number + 1 < calls.count { _ = try await log.append(calls[number + 1], to: study) }
                #expect(try await replay(log, asOf: known).digest() == digest, "call \(number)")
            }
            #expect(try await replay(log).digest() == TestData.replicaDigest)
        }
    }

    @Test("Cut at an instant, the outcomes are those of the events up to it", arguments: ["2015-03-01", "2016-01-15"])
    func until(date: String) async throws {
        let instant = Instant.parse(Array("\(date)T12:00:00Z".utf8).span)
        let cut = try #require(instant)
        let events = try TestData.lines(TestData.replica)
        let folded = try FoldedLines(events, .roblin2020, until: cut)
        try await TestLog.withLog { log in
            _ = try await log.append(events, to: log.study())
            let result = try await replay(log, until: cut)
            #expect(lines(of: result).map { Array($0.utf8) } == folded.outcomes)
        }
    }
}
