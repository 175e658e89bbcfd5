import EventLog
import Logging
import Postgres
import Synchronization
import TestData
import TestLog
import Testing
import Trial

@Suite("Following the log", .serialized, .timeLimit(.minutes(12)))
struct LogFollowerTests {
    /// One event as a follower handed it out, and as the table has it.
    struct Seen: Hashable, Comparable, CustomStringConvertible {
        var slice: Int
        var position: Int64
        var text: String
        var description: String { "\(slice)/\(position) \(text)" }
        static func < (left: Seen, right: Seen) -> Bool { (left.slice, left.position) < (right.slice, right.position) }
    }

    static func follower(
        _ log: TestLog, _ study: Study, from positions: [Int64]? = nil, subject: String? = nil,
        polling interval: Duration = Limits.pollInterval, at configuration: ConnectionConfiguration? = nil
    ) async throws(LogError) -> LogFollower {
        var logger = Logger(label: "trough.tests")
        logger.logLevel = .critical
        return try await LogFollower(
            study, from: positions ?? [Int64](repeating: 0, count: study.slices),
            subject: subject.map { Array($0.utf8) },
            at: configuration ?? log.configuration, polling: interval, logger: logger)
    }

    static func seen(_ page: LogPage) -> [Seen] {
        page.batch.records.indices.map { index in
            let record = page.batch.records[index]
            let words = [
                String(decoding: page.batch.subjects[Int(record.patient)], as: UTF8.self),
                String(decoding: page.batch.sources[Int(record.source)], as: UTF8.self),
                String(decoding: page.batch.bytes(record.id), as: UTF8.self), String(Int(record.value)),
            ]
            return Seen(
                slice: page.places[index].slice, position: page.places[index].position,
                text: words.joined(separator: "|"))
        }
    }

    /// All that the tables hold beyond some positions, in log order, asked without any code of the log.
    static func stored(_ log: TestLog, _ study: Study, from positions: [Int64]? = nil) async throws -> [Seen] {
        let rows = try await log.texts(
            """
            SELECT concat_ws('|', e.slice - \(study.firstSlice), e.position, p.subject, s.uri, e.id, e.value::bigint)
            FROM trough.event e JOIN trough.patient p USING (slice, patient) JOIN trough.source s USING (source)
            WHERE s.study = \(study.number) ORDER BY e.slice, e.position
            """)
        return rows.compactMap { row in
            let parts = row.split(separator: "|", maxSplits: 2)
            guard let slice = Int(parts[0]), let position = Int64(parts[1]) else { return nil }
            if let positions, position <= positions[slice] { return nil }
            return Seen(slice: slice, position: position, text: String(parts[2]))
        }
    }

    static func collect(_ follower: LogFollower, _ count: Int) async throws -> [Seen] {
        var all: [Seen] = []
        while all.count < count { all += seen(try await follower.next()) }
        return all
    }

    /// Each slice's events in the order in which they were seen, slice after slice.
    static func bySlice(_ all: [Seen], slices: Int) -> [Seen] {
        var parts = [[Seen]](repeating: [], count: slices)
        for seen in all { parts[seen.slice].append(seen) }
        return parts.flatMap(\.self)
    }

    /// Appends batches of random sizes, with sources that come up as they go.
    static func append(_ number: Int, _ events: Int, seed: UInt64, _ log: TestLog, _ study: Study) async throws {
        var random = SeededRandom(seed: seed + UInt64(number))
        let appender = try await log.appender(to: study, lanes: 1 + number % 2)
        let lines = (0..<events).map {
            EventLines.assay("P-\($0 % 37)", "\(number)-\($0)", source: "/sites/\(number)/\($0 / 40)", value: $0)
        }
        for piece in random.cut(lines, into: 1...40) { _ = try await appender.append(EventLines.batch(piece)) }
        await appender.close()
    }

    @Test("Followers that begin before and amid several appenders get every event once, in order, as it is stored")
    func concurrent() async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 5_101
            _ = try await log.study("other", slices: 3)
            let study = try await log.study(slices: 9)
            let (appenders, each) = (4, 700)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<appenders {
                    group.addTask { try await Self.append(number, each, seed: seed, log, study) }
                }
                for start in 0..<5 {
                    group.addTask {
                        // Somewhere in the midst of the appending, from wherever the heads are.
                        try await Task.sleep(for: .milliseconds(start * 60))
                        let heads = try await log.connection.perform { session throws(LogError) in
                            try LogReader(study, session).heads.map(\.position)
                        }
                        let positions = start % 2 == 0 ? nil : heads
                        let follower = try await Self.follower(log, study, from: positions)
                        let wanted = appenders * each - Int(positions?.reduce(0, +) ?? 0)
                        let all = try await Self.collect(follower, wanted)
                        #expect(try await follower.next(within: .milliseconds(50)) == nil, "seed \(seed)")
                        let expected = try await Self.stored(log, study, from: positions)
                        #expect(expected.count == wanted)
                        #expect(Self.bySlice(all, slices: 9) == expected, "seed \(seed), start \(start)")
                        await follower.close()
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("What is there at the beginning comes in log order, in full pages")
    func catchingUp() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append(
                (0..<12_500).map { EventLines.assay("P-\($0 % 5)", "\($0)", value: $0) }, to: study)
            let follower = try await Self.follower(log, study)
            let all = try await Self.collect(follower, 12_500)
            #expect(all == all.sorted())
            #expect(try await all == Self.stored(log, study))
            #expect(await follower.positions.reduce(0, +) == 12_500)
            await follower.close()
        }
    }

    @Test("A follower is woken, long before it would have looked by itself, by its own study alone")
    func woken() async throws {
        try await TestLog.withLog { log in
            let (other, study) = (try await log.study("other"), try await log.study())
            let follower = try await Self.follower(log, study, polling: .seconds(300))
            let (appender, others) = (try await log.appender(to: study), try await log.appender(to: other))
            var best = Duration.seconds(300)
            for round in 0..<8 {
                async let page = follower.next()
                try await Task.sleep(for: .milliseconds(60))
                let line = [EventLines.assay("P-\(round)", "\(round)", source: "/new/\(round)")]
                _ = try await others.append(EventLines.batch(line))
                let began = ContinuousClock.now
                _ = try await appender.append(EventLines.batch(line))
                let seen = Self.seen(try await page)
                best = min(best, ContinuousClock.now - began)
                #expect(seen.map(\.text) == ["P-\(round)|/new/\(round)|\(round)|1"])
            }
            print("appended and seen within \(best)")
            #expect(best < .seconds(2))
            for part in [appender, others] { await part.close() }
            await follower.close()
        }
    }

    @Test("Where no bell rings a follower looks at its intervals")
    func unrung() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study()
            try await log.withLogin(grants: "GRANT trough_writer TO {}; ALTER ROLE {} CONNECTION LIMIT 3") {
                _, address in
                let appender = try await log.appender(to: study, as: address)
                let follower = try await Self.follower(log, study, polling: .milliseconds(150))
                for round in 0..<3 {
                    async let page = follower.next()
                    try await Task.sleep(for: .milliseconds(20))
                    _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "\(round)")]))
                    #expect(try await Self.seen(page).count == 1)
                }
                await appender.close()
                await follower.close()
            }
        }
    }

    @Test(
        "Connections and statements ended at random moments cost a follower nothing: no gap, no repeat",
        arguments: ["pg_terminate_backend", "pg_cancel_backend"])
    func cutOff(deed: String) async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 5_102
            let study = try await log.study(slices: 5)
            var named = log.configuration
            named.applicationName = "follower"
            let follower = try await Self.follower(log, study, at: named)
            let (cut, over) = (Count(), Count())
            let all = try await withThrowingTaskGroup(of: [Seen].self) { group in
                for number in 0..<2 {
                    group.addTask {
                        try await Self.append(number, 1200, seed: seed, log, study)
                        return []
                    }
                }
                group.addTask {
                    let end =
                        "SELECT \(deed)(pid)::text FROM pg_stat_activity WHERE application_name = 'follower'"
                    var random = SeededRandom(seed: seed)
                    while over.value == 0 {
                        try await Task.sleep(for: .milliseconds(Int.random(in: 1...60, using: &random)))
                        for _ in try await log.texts(end) { cut.add() }
                    }
                    return []
                }
                group.addTask {
                    defer { over.add() }
                    return try await Self.collect(follower, 2400)
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            print("a follower met \(deed) \(cut.value) times")
            #expect(cut.value > 3)
            #expect(try await Self.bySlice(all, slices: 5) == Self.stored(log, study), "seed \(seed)")
            await follower.close()
        }
    }

    @Test("One patient is followed who has no event yet, and only that patient")
    func onePatient() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            let follower = try await Self.follower(log, study, subject: "P-7", polling: .seconds(300))
            #expect(try await follower.next(within: .milliseconds(100)) == nil)
            let appender = try await log.appender(to: study)
            var expected: [String] = []
            for round in 0..<30 {
                let lines = (0..<20).map { EventLines.assay("P-\($0)", "\(round)-\($0)", value: round) }
                _ = try await appender.append(EventLines.batch(lines))
                expected.append("P-7|/sites/a|\(round)-7|\(round)")
            }
            #expect(try await Self.collect(follower, 30).map(\.text) == expected)
            #expect(try await follower.next(within: .milliseconds(100)) == nil)
            await appender.close()
            await follower.close()
        }
    }

    @Test("A follower that waits ends at once when its task is cancelled, and can be asked again")
    func cancelled() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study()
            let follower = try await Self.follower(log, study, polling: .seconds(300))
            var best = Duration.seconds(300)
            for _ in 0..<3 {
                let task = Task { try await follower.next() }
                try await Task.sleep(for: .milliseconds(80))
                let began = ContinuousClock.now
                task.cancel()
                let error = await #expect(throws: LogError.self) { try await task.value }
                best = min(best, ContinuousClock.now - began)
                guard case .database(let inner) = error, inner.kind == .cancelled else {
                    Issue.record("it ended with \(String(describing: error))")
                    return
                }
            }
            #expect(best < .seconds(1))
            _ = try await log.append([EventLines.assay("P-1", "1")], to: study)
            #expect(try await Self.seen(follower.next()).count == 1)
            await follower.close()
        }
    }

    @Test("A follower listens only while it waits, so that a consumer that rests holds nothing up on the server")
    func restsUnheard() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study()
            var named = log.configuration
            named.applicationName = "resting"
            let follower = try await Self.follower(log, study, polling: .seconds(300), at: named)
            let appender = try await log.appender(to: study)
            async let page = follower.next()
            try await Task.sleep(for: .milliseconds(100))
            _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "0")]))
            #expect(try await Self.seen(page).count == 1)
            let last = "SELECT query FROM pg_stat_activity WHERE application_name = 'resting'"
            #expect(try await log.texts(last) == ["UNLISTEN *"])
            for round in 1...50 {
                _ = try await appender.append(EventLines.batch([EventLines.assay("P-1", "\(round)")]))
            }
            #expect(try await Self.collect(follower, 50).count == 50)
            await appender.close()
            await follower.close()
        }
    }

    @Test("Positions that a study cannot have are refused, and a log that went back is told")
    func refused() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            for positions: [Int64] in [[], [0, 0], [0, 0, 0, 0], [0, -1, 0]] {
                let error = await #expect(throws: LogError.self) {
                    try await Self.follower(log, study, from: positions)
                }
                guard case .invalidSequence = error else {
                    Issue.record("\(positions): \(String(describing: error))")
                    continue
                }
            }
            let error = await #expect(throws: LogError.self) { try await Self.follower(log, study, from: [0, 1, 0]) }
            guard case .changed(let words) = error else {
                Issue.record("it ended with \(String(describing: error))")
                return
            }
            #expect(words.hasPrefix("Slice 1 ends at position 0"))
        }
    }
}
