import EventLog
import Foundation
import NaiveTrial
import Projection
import Segments
import TestData
import TestLog
import Testing
import Trial

/// The same outcomes from rows, from segments, and from both.
@Suite("Replay over segments", .timeLimit(.minutes(12)))
struct SealedReplayTests {
    /// The moments up to which a log is looked at: as recorded, and as happened.
    private struct Cuts {
        var recorded: [Int64?] = [nil]
        var happened: [Int64?] = [nil]
    }

    /// Compares two studies with the same events, the second of which was never sealed.
    private static func compare(
        _ sealed: Study, _ rows: Study, _ log: TestLog, _ cuts: Cuts, _ random: inout SeededRandom, _ words: String
    ) async throws {
        for shards in [1, 2, 7, 64] {
            let (asOf, until) = (random.pick(cuts.recorded), random.pick(cuts.happened))
            let expected = try await log.replay(rows, asOf: asOf, until: until)
            let found = try await log.replay(sealed, asOf: asOf, until: until, shards: shards)
            #expect(found == expected, "\(words), \(shards) shards, \(asOf ?? 0), \(until ?? 0)")
        }
        let expected = try await log.replay(rows)
        #expect(try await log.replay(sealed) == expected, "\(words)")
    }

    @Test(
        "The example with late events and corrections of sealed ones gives the same, sealed up to any moment, grown and sealed again",
        arguments: [5, 60, 65_536])
    func sealedAgain(eventsPerSegment: Int) async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("replay over segments: seed \(seed)")
        var random = SeededRandom(seed: seed)
        let replica = try TestData.lines(TestData.replica)
        let corrections = try ReplayCutTests.corrections(of: replica, &random)
        // Shuffled, so that every patient is in most segments, and most events come later than others that follow them.
        let parts = random.cut(replica.shuffled(using: &random) + corrections, into: 900...2_000)
        try await TestLog.withLog { log in
            let (sealed, rows) = (try await log.study(slices: 16), try await log.study("rows", slices: 16))
            var cuts = Cuts()
            for year in [2015, 2017, 2018] {
                cuts.happened.append(Instant.parse(Array("\(year)-06-30T12:00:00Z".utf8).span))
            }
            for (number, part) in parts.enumerated() {
                for study in [sealed, rows] {
                    #expect(try await log.append(part, to: study).allSatisfy { $0 == .stored }, "seed \(seed)")
                }
                cuts.recorded.append(try await log.serverTime())
                let until = random.chance(2) ? nil : random.pick(cuts.recorded)
                if random.chance(2) {
                    try await log.seal(
                        sealed, until: until, eventsPerSegment: eventsPerSegment, shards: random.pick([1, 2, 7]))
                }
                try await Self.compare(sealed, rows, log, cuts, &random, "seed \(seed), part \(number)")
            }
            try await log.seal(sealed, eventsPerSegment: eventsPerSegment)
            try await Self.compare(sealed, rows, log, cuts, &random, "seed \(seed), all sealed")
            #expect(try await log.segmentFaults() == [])
            #expect(try await log.verify().found == [])
            // Segments that are older than checksums have none.
            try await log.execute(
                """
                ALTER TABLE trough.segment DISABLE TRIGGER append_only;
                UPDATE trough.segment SET checksum = NULL WHERE slice % 2 = 0;
                ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER append_only;
                """)
            // Whatever was read of rows until here is not there any more.
            try await log.dropSealedRows()
            #expect(try await log.events(of: sealed) == 0)
            try await Self.compare(sealed, rows, log, cuts, &random, "seed \(seed), without rows")
            #expect(try await log.verify(stretch: 100).found == [])
            // New rows behind segments that have none.
            let more = (0..<300).map { EventLines.assay("N-\($0 % 40)", "more-\($0)", value: $0) }
            for study in [sealed, rows] { _ = try await log.append(more, to: study) }
            try await Self.compare(sealed, rows, log, cuts, &random, "seed \(seed), grown without rows")
            #expect(try await log.verify(stretch: 100).found == [])
        }
    }

    @Test("Adversarial trials, appended and sealed in random pieces, give the outcomes of the naive fold")
    func againstNaive() async throws {
        let first = UInt64.random(in: 0..<1_000_000)
        print("generated trials over segments: seeds \(first)..<\(first + 60)")
        try await TestLog.withLog { log in
            for seed in first..<first + 60 {
                let trial = CaseGenerator(seed: seed).trial()
                let rules = try ProtocolFile.parse(trial.protocolYAML, fileName: "seed \(seed)")
                var random = SeededRandom(seed: seed)
                let study = try await log.study("trial-\(seed)", slices: random.pick([1, 1, 2, 5]))
                let moment = try await Self.fill(study, of: log, trial.eventLines, trial.asOfCount, &random)
                let until = trial.until.flatMap { Instant.parse(Array($0.utf8).span) }
                let expected = try NaiveTrial.outcomeLines(
                    eventLines: trial.eventLines, protocolYAML: trial.protocolYAML, until: trial.until,
                    asOfCount: trial.asOfCount)
                for _ in 0..<2 {
                    let found = try await log.replay(
                        study, under: rules, asOf: moment, until: until, shards: random.pick([1, 2, 64]))
                    try #require(found.lines.map(Self.withoutFindings) == expected, "seed \(seed)")
                    try await log.dropSealedRows()
                }
            }
            #expect(try await log.segmentFaults() == [])
            #expect(try await log.verify(nil, stretch: 3).found == [])
        }
    }

    /// Appends the lines piece by piece, sealing now and then, and tells when the first so many were there.
    private static func fill(
        _ study: Study, of log: TestLog, _ lines: [String], _ asOfCount: Int?, _ random: inout SeededRandom
    ) async throws -> Int64? {
        let appender = try await log.appender(to: study, lanes: 1)
        // Half of the trials are sealed as a whole at last, so that most patients are in one segment alone.
        let isSealedAtOnce = random.chance(2)
        var moment: Int64?
        var start = 0
        if asOfCount == 0 { moment = try await log.serverTime() }
        while start < lines.count {
            var end = min(lines.count, start + random.pick(1...12))
            if let asOfCount, start < asOfCount { end = min(end, asOfCount) }
            _ = try await appender.append(EventLines.batch(Array(lines[start..<end]), receivedAt: farFuture))
            start = end
            if start == asOfCount { moment = try await log.serverTime() }
            if !isSealedAtOnce, random.chance(3) {
                try await log.seal(study, until: random.chance(3) ? moment : nil, eventsPerSegment: random.pick(1...20))
            }
        }
        await appender.close()
        if isSealedAtOnce { try await log.seal(study, eventsPerSegment: Segments.Limits.events) }
        return moment
    }

    /// Late enough that no generated instant lies in the future.
    private static let farFuture: Int64 = 4_000_000_000_000_000

    private static func withoutFindings(_ line: String) -> String {
        guard let range = line.range(of: #""findings":["#, options: .backwards) else { return line }
        return line[..<range.upperBound] + "]}"
    }
}

extension TestLog {
    /// How many rows of events a study has.
    fileprivate func events(of study: Study) async throws -> Int {
        try await number(
            """
            SELECT count(*) FROM trough.event
            WHERE slice >= \(study.firstSlice) AND slice < \(study.firstSlice + Int32(study.slices))
            """)
    }
}
