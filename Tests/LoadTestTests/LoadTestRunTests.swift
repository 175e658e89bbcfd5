import LoadTest
import TestData
import Testing
import Trial
import VirtualCohort

/// Whole tests of fake logs in simulated time, against what theory says.
@Suite("A load test", .timeLimit(.minutes(3)))
struct LoadTestRunTests {
    /// Runs a plan against a log whose delays are given.
    private func run(
        _ plan: LoadPlan, slices: Int = 8, durable: @escaping FakeLog.Delay = { $0 },
        visible: @escaping FakeLog.Delay = { $0 }, answer: @escaping FakeLog.Delay = { $0 }, keepsLines: Bool = false,
        refuse: @escaping @Sendable (_ batch: Int) throws -> [Int] = { _ in [] }, stopAt: Double? = nil
    ) async throws -> (result: LoadResult, log: FakeLog) {
        try await SimulatedTime.run { clock in
            let log = FakeLog(
                clock, slices: slices, durable: durable, visible: visible, answer: answer, keepsLines: keepsLines,
                refuse: refuse)
            let result = try await LoadTest(log.target, clock: clock).run(
                plan,
                stop: { try? await clock.sleep(stopAt.map { ms($0 * 1_000) } ?? .max) })
            return (result, log)
        }
    }

    /// The value that a share of ascending numbers does not exceed.
    private func quantile(_ sorted: [Int64], _ percent: Double) -> Int64 {
        sorted[max(0, Int((Double(sorted.count) * percent / 100).rounded(.up)) - 1)]
    }

    private func expectPercentiles(
        _ histogram: LatencyHistogram, _ expected: [Int64], within tolerance: Double, _ comment: Comment
    ) throws {
        let sorted = expected.sorted()
        #expect(histogram.count == sorted.count, comment)
        for percent in [10, 50, 85, 90.5, 92, 95, 97, 99, 99.9, 100] {
            let theory = Double(quantile(sorted, percent)) / 1e6
            let found = Double(try #require(histogram.percentile(percent))) / 1e3
            // HdrHistogram tells values apart to a thousandth.
            #expect(
                abs(found - theory) <= tolerance + theory * 0.002, "\(comment), p\(percent): \(found) \(theory) ms")
        }
    }

    @Test("of a log with known delays gives their percentiles")
    func knownDelays() async throws {
        // Batches leave every 2 ms at most, and a checkpoint is looked at every ms.
        let plan = try LoadPlan(rate: 5_000, seconds: 10, rampSeconds: 2, patients: 500)
        let (result, _) = try await run(plan, durable: { $0 + ms(40) }, visible: { $0 + ms(100) })
        let count = 5_000 * 9
        #expect(result.tally.offered == count)
        #expect(result.tally.sent == count && result.tally.acknowledged == count && result.tally.visible == count)
        #expect(result.tally.errors == 0 && result.messages.isEmpty && !result.isStopped)
        try expectPercentiles(result.append, Array(repeating: ms(40), count: count), within: 2.1, "append")
        try expectPercentiles(result.visible, Array(repeating: ms(140), count: count), within: 4.2, "visible")
        #expect(result.append.percentile(0) ?? 0 >= 40_000 && result.visible.percentile(0) ?? 0 >= 140_000)
        #expect(abs(result.offeredPerSecond - 5_000) < 1 && abs(result.achievedPerSecond - 5_000) < 50)
        #expect(result.stalledSeconds == 0 && result.seconds == 10)
        // Little's law: what arrives within the 100 ms between durable and visible, and a batch more.
        #expect((480...540).contains(result.tally.maxLag), "\(result.tally.maxLag)")
    }

    @Test("of a log that stalls for a second shows it in every event that was due meanwhile")
    func noCoordinatedOmission() async throws {
        // From 3 s to 4 s nothing becomes durable.
        let plan = try LoadPlan(rate: 2_000, seconds: 10, patients: 100, batchesInFlight: 64)
        let stall: FakeLog.Delay = { (ms(3_000)..<ms(4_000)).contains($0) ? ms(4_000) : $0 + ms(1) }
        let (result, log) = try await run(plan, durable: stall)
        let schedule = SendSchedule(rate: 2_000, seconds: 10, rampSeconds: 0)
        let expected = (0..<20_000).map { event in
            let time = schedule.time(of: event)
            return (ms(3_000)..<ms(4_000)).contains(time) ? ms(4_000) - time : ms(1)
        }
        // More batches than may be in flight came due, so that the rest waited in the sender.
        #expect(await log.mostInFlight == 64)
        #expect(result.stalledSeconds > 0.8 && result.stalledSeconds < 1)
        try expectPercentiles(result.append, expected, within: 4.2, "append")
        try expectPercentiles(result.visible, expected, within: 6.5, "visible")
        // A tenth of the events waited, half a second each on average: a test that waits for answers would have
        // seen one slow answer for each of its connections.
        let p99 = Double(try #require(result.append.percentile(99))) / 1e3
        #expect(abs(p99 - 900) < 6, "\(p99)")
        #expect((result.append.max ?? 0) > 990_000)
    }

    @Test("waits for the log with a bounded number of batches when it never answers")
    func neverAnswers() async throws {
        let plan = try LoadPlan(rate: 50_000, seconds: 30, patients: 100, drainSeconds: 3, batchesInFlight: 16)
        let (result, log) = try await run(plan, durable: { _ in nil })
        #expect(await log.mostInFlight == 16)
        #expect(result.tally.acknowledged == 0 && result.tally.visible == 0 && result.tally.errors == 0)
        #expect(result.tally.offered == 1_500_000)
        #expect(result.tally.sent == result.tally.notAcknowledged)
        #expect(result.tally.sent + result.tally.notSent == 1_500_000)
        #expect(abs(result.stalledSeconds - 32) < 1.2, "\(result.stalledSeconds)")
        // All of them count with how long they had waited.
        #expect(result.append.count == 1_500_000 && result.visible.count == 1_500_000)
        #expect((result.append.max ?? 0) >= 32_000_000)
        let half = Double(try #require(result.append.percentile(50))) / 1e6
        let end = (result.perSecond.last.map { $0.start + $0.length }) ?? 0
        #expect(abs(half - (end - 15)) < 0.1)
        #expect(result.achievedPerSecond == 0)
    }

    @Test("counts what never becomes visible, and stops sending when too much is not visible")
    func neverVisible() async throws {
        let bound = 100_000
        let plan = try LoadPlan(rate: 20_000, seconds: 6, patients: 200, drainSeconds: 1, unseenEvents: bound)
        let (result, _) = try await run(plan, durable: { $0 + ms(5) }, visible: { _ in nil })
        #expect(result.tally.visible == 0)
        #expect(result.tally.sent <= bound && result.tally.sent > bound - 10_000)
        #expect(result.tally.notVisible == result.tally.sent && result.tally.maxLag == result.tally.sent)
        #expect(result.tally.notSent == 120_000 - result.tally.sent)
        // One second of the sending, and the two in which one may still send.
        #expect(abs(result.stalledSeconds - 3) < 0.1, "\(result.stalledSeconds)")
        #expect(result.visible.count == 120_000)
        #expect(
            result.shortcomings == [
                "rate reached below 95 % of that offered", "lag grew throughout",
            ])
    }

    @Test("that is stopped reports what it did until then")
    func stopped() async throws {
        let plan = try LoadPlan(rate: 1_000, seconds: 60, rampSeconds: 2, patients: 50)
        let (result, log) = try await run(plan, durable: { $0 + ms(30) }, visible: { $0 + ms(20) }, stopAt: 7.5)
        #expect(result.isStopped && result.seconds == 7.5)
        #expect(result.tally.offered == 6_500 && result.tally.visible == 6_500)
        #expect(await log.batches.reduce(0, +) == 6_500)
        #expect(abs(result.achievedPerSecond - 1_000) < 10 && abs(result.offeredPerSecond - 1_000) < 1)
        let early = try await run(plan, durable: { $0 + ms(30) }, stopAt: 1).result
        #expect(early.isStopped && early.tally.offered == 250 && early.tally.visible == 250)
        #expect(abs(early.offeredPerSecond - 250) < 1)
        let atOnce = try await run(plan, stopAt: 0).result
        #expect(atOnce.isStopped && atOnce.seconds == 0 && atOnce.offeredPerSecond == 0)
        // The first event is due at once.
        #expect(atOnce.tally.offered <= 1 && atOnce.tally.visible == atOnce.tally.offered)
    }

    @Test("that is stopped while the log does not answer waits no longer than it may")
    func stoppedInStall() async throws {
        let plan = try LoadPlan(rate: 1_000, seconds: 600, patients: 50, drainSeconds: 2)
        let (result, _) = try await run(plan, durable: { $0 < ms(3_000) ? $0 : nil }, stopAt: 5)
        #expect(result.seconds == 5)
        let end = try #require(result.perSecond.last.map { $0.start + $0.length })
        #expect(end < 7.2)
        // What is due shortly before the stall leaves within it.
        #expect((2_997...3_000).contains(result.tally.acknowledged) && result.tally.offered == 5_000)
        #expect(result.tally.notSent + result.tally.notAcknowledged == 5_000 - result.tally.acknowledged)
    }

    @Test("counts failed batches, refused events and failed looks, with the first messages")
    func errors() async throws {
        let plan = try LoadPlan(rate: 1_000, seconds: 5, patients: 50)
        let (result, log) = try await run(
            plan,
            refuse: { batch in
                if batch % 10 == 3 { throw FakeLog.Refusal(description: "batch \(batch % 40)") }
                return batch % 10 == 5 ? [0] : []
            })
        let batches = await log.batches
        let failed = batches.indices.filter { $0 % 10 == 3 }.reduce(0) { $0 + batches[$1] }
        let refused = batches.indices.count { $0 % 10 == 5 }
        #expect(result.tally.errors == failed + refused)
        #expect(result.tally.acknowledged == 5_000 - failed - refused)
        #expect(result.tally.visible == result.tally.acknowledged)
        #expect(result.append.count == result.tally.acknowledged)
        #expect(
            Set(result.messages.map(\.text)) == [
                "batch 3", "batch 13", "batch 23", "batch 33", "The log refused events that it should have stored.",
            ])
        #expect(result.perSecond.reduce(0) { $0 + $1.errors } == result.tally.errors)
    }

    @Test("keeps a bounded number of messages")
    func messages() async throws {
        let plan = try LoadPlan(rate: 1_000, seconds: 2, patients: 50)
        let (result, _) = try await run(
            plan,
            refuse: { batch in
                throw FakeLog.Refusal(description: String(repeating: "x", count: 10_000) + "\(batch)")
            })
        #expect(result.tally.errors == 2_000 && result.messages.count == 1)
        #expect(result.messages[0].text.count < 1_000)
        let (other, _) = try await run(plan, refuse: { batch in throw FakeLog.Refusal(description: "\(batch)") })
        #expect(other.messages.count == Limits.messages)
    }

    @Test("tells second by second what adds up to the whole")
    func secondBySecond() async throws {
        let plan = try LoadPlan(rate: 3_000, seconds: 6.5, rampSeconds: 3, patients: 300)
        let (result, _) = try await run(plan, durable: { $0 + ms(250) }, visible: { $0 + ms(400) })
        let seconds = result.perSecond
        #expect(seconds.map(\.start) == seconds.indices.map(Double.init))
        #expect(seconds.reduce(0) { $0 + $1.offered } == result.tally.offered)
        #expect(seconds.reduce(0) { $0 + $1.acknowledged } == result.tally.acknowledged)
        #expect(seconds.reduce(0) { $0 + $1.visible } == result.tally.visible)
        let schedule = SendSchedule(rate: 3_000, seconds: 6.5, rampSeconds: 3)
        for second in seconds.dropLast() {
            func due(_ time: Double) -> Int { schedule.count(before: min(ms(max(0, time) * 1_000), ms(6_500))) }
            #expect(second.offered == due(second.start + 1) - due(second.start))
            // A batch that is due shortly before leaves shortly after.
            #expect(abs(second.acknowledged - (due(second.start + 0.75) - due(second.start - 0.25))) <= 14)
            #expect(abs(second.lag - (due(second.start + 0.75) - due(second.start + 0.35))) <= 14)
        }
        for second in seconds where second.start >= 1 && second.start < 6 {
            let append = try #require(second.append)
            #expect((250_000...253_000).contains(append.p50) && (250_000...253_000).contains(append.p99), "\(append)")
        }
    }

    @Test("sends each patient's events in the simulator's order, the same ones every time")
    func events() async throws {
        let plan = try LoadPlan(rate: 4_000, seconds: 5, patients: 70, seed: 11, firstPatient: 500)
        let first = try await run(plan, keepsLines: true).log.lines
        let second = try await run(plan, durable: { $0 + ms(333) }, keepsLines: true).log.lines
        #expect(first.count == 20_000 && first == second)
        var rounds = PatientRounds(Scenario(), seed: 11, patients: 70, from: 500)
        var made: [FakeLog.Line] = []
        while made.count < 20_000 {
            if let turn = rounds.step() { made += turn.records.map { FakeLog.Line($0, turn) } }
        }
        #expect(first == Array(made.prefix(20_000)))
    }

    @Test("counts an event from when it was seen, though the answers for later events overtake its own")
    func overtaken() async throws {
        // An event every 10 ms; every other answer takes so long that the next three come before it.
        let plan = try LoadPlan(rate: 100, seconds: 3, patients: 5)
        let (result, _) = try await run(
            plan, slices: 1, visible: { $0 + ms(60) }, answer: { $0 + ($0 / ms(10) % 2 == 0 ? ms(35) : ms(1)) })
        #expect(result.tally.visible == 300)
        #expect(result.append.percentile(50) ?? 0 >= 1_000 && result.append.max ?? 0 >= 35_000)
        let (least, greatest) = (result.visible.percentile(0) ?? 0, result.visible.max ?? 0)
        #expect(least >= 60_000 && greatest <= 62_100, "\(least) to \(greatest)")
    }

    @Test("takes an event that was seen before its append was answered for visible when it is")
    func seenBeforeAnswered() async throws {
        let plan = try LoadPlan(rate: 1_000, seconds: 3, patients: 50)
        let (result, _) = try await run(plan, visible: { $0 + ms(3) }, answer: { $0 + ms(20) })
        #expect(result.tally.visible == 3_000)
        for percent in [0, 50, 99, 100] as [Double] {
            let (durable, seen) = (result.append.percentile(percent) ?? 0, result.visible.percentile(percent) ?? 0)
            #expect(durable == seen && (20_000...23_100).contains(seen), "p\(percent): \(durable), \(seen)")
        }
    }

    @Test("follows the projection of many slices whose answers overtake each other", arguments: 0..<6 as Range<UInt64>)
    func anyDelays(seed: UInt64) async throws {
        // Delays jump about, a pure function of the time.
        @Sendable func delay(_ time: Int64, _ salt: UInt64, upTo most: Int64) -> Int64 {
            var random = SeededRandom(seed: UInt64(bitPattern: time) &* 31 &+ seed &+ salt)
            return Int64(random.below(Int(most)))
        }
        let plan = try LoadPlan(rate: 2_000, seconds: 4, patients: 300, seed: seed)
        let (result, _) = try await run(
            plan, slices: 1 + Int(seed) * 13, durable: { $0 + delay($0, 1, upTo: ms(60)) },
            visible: { $0 + delay($0, 2, upTo: ms(90)) })
        #expect(result.tally.acknowledged == 8_000 && result.tally.visible == 8_000, "seed \(seed)")
        #expect(result.append.count == 8_000 && result.visible.count == 8_000, "seed \(seed)")
        #expect((result.append.max ?? 0) <= 63_000, "seed \(seed)")
        for percent in [1, 10, 50, 90, 99, 100.0] {
            let (durable, seen) = (result.append.percentile(percent) ?? 0, result.visible.percentile(percent) ?? 0)
            #expect(durable <= seen, "seed \(seed), p\(percent)")
        }
    }

    @Test("refuses numbers out of bounds and says what was expected")
    func refusals() {
        #expect(throws: LoadError.self) { try LoadPlan(rate: 0, seconds: 1, patients: 1) }
        let error = #expect(throws: LoadError.self) {
            try LoadPlan(rate: 10, seconds: 5, rampSeconds: 6, patients: 1)
        }
        #expect(error?.description == "The ramp is 6; expected 0 to 5 seconds, no longer than the duration.")
        #expect(throws: LoadError.self) { try LoadPlan(rate: .nan, seconds: 5, patients: 1) }
        #expect(throws: LoadError.self) { try LoadPlan(rate: 1, seconds: 5, patients: 0) }
    }
}
