import LoadTest
import TestData
import Testing
import Trial

@Suite("The search for the highest rate", .timeLimit(.minutes(3)))
struct RateSearchTests {
    private func search(_ search: RateSearch, holds: (Double) -> Bool) -> (RateSearch, tried: [Double]) {
        var search = search
        var tried: [Double] = []
        while let rate = search.next {
            tried.append(rate)
            search.record(held: holds(rate))
        }
        return (search, tried)
    }

    @Test("finds what a system can do to within 5 percent, in few trials", arguments: 0..<200 as Range<UInt64>)
    func seeded(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        // Capacities from 100 to 3 million, starts from a hundredth to a hundred times that.
        func magnitude(_ most: Double) -> Double {
            (0..<random.below(40)).reduce(1) { number, _ in min(number * 1.3, most) }
        }
        let capacity = 100 * magnitude(30_000) * (1 + random.unit())
        let start = max(1, capacity / 100 * magnitude(10_000))
        let (found, tried) = search(RateSearch(from: start)) { $0 <= capacity }
        let highest = try #require(found.highest, "seed \(seed)")
        let failed = try #require(found.lowestFailed, "seed \(seed)")
        #expect(highest <= capacity && failed > capacity, "seed \(seed)")
        #expect(failed <= highest * 1.05 || failed - highest <= 1.5, "seed \(seed): \(highest) to \(failed)")
        #expect(tried.count <= 16 && Set(tried).count == tried.count, "seed \(seed): \(tried)")
    }

    @Test("ends at the bounds and after so many trials")
    func bounds() {
        let (all, up) = search(RateSearch(from: 1_000, within: 1...10_000)) { _ in true }
        #expect(all.highest == 10_000 && all.lowestFailed == nil && up == [1_000, 2_000, 4_000, 8_000, 10_000])
        let (none, down) = search(RateSearch(from: 9, within: 1...10_000)) { _ in false }
        #expect(none.highest == nil && none.lowestFailed == 1 && down == [9, 4, 2, 1])
        let (few, tried) = search(RateSearch(from: 1, greatestTrials: 3)) { _ in true }
        #expect(few.highest == 4 && tried.count == 3 && few.next == nil)
    }

    @Test("ends whatever the outcomes are", arguments: 0..<100 as Range<UInt64>)
    func chaos(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let (found, tried) = search(RateSearch(from: 500)) { _ in random.chance(2) }
        #expect(tried.count <= Limits.trials)
        if let highest = found.highest, let failed = found.lowestFailed { #expect(highest < failed) }
    }

    @Test("tries each rate on the log, with patients of its own, and says why rates did not hold")
    func ofALog() async throws {
        // A log that makes an event durable every 200 µs: 5,000 a second, counted by batches of a queue.
        let (found, names) = try await SimulatedTime.run { clock in
            let log = Queue(clock, perSecond: 5_000)
            let plan = try LoadPlan(rate: 1_000, seconds: 4, rampSeconds: 1, patients: 40, seed: 2)
            let conditions = try LoadCondition.parse("append.p99>500ms")
            let found = try await LoadTest(log.target, clock: clock).findMax(
                plan, failIf: conditions, stop: { try? await clock.sleep(.max) })
            return (found, await log.names)
        }
        let highest = try #require(found.highest)
        // 500 ms more than its time a log may take in 4 s before the condition holds.
        #expect((4_700...5_900).contains(highest), "\(highest)")
        #expect(found.trials.map(\.result.plan.rate).prefix(4) == [1_000, 2_000, 4_000, 8_000])
        #expect(found.trials.prefix(4).map(\.held) == [true, true, true, false])
        #expect(found.trials[3].reasons.contains("append.p99>500ms"), "\(found.trials[3].reasons)")
        #expect(found.trials[3].reasons.contains("rate reached below 95 % of that offered"))
        #expect(found.best?.result.plan.rate == highest && !found.isStopped)
        // Everything a trial sends is seen before the next begins, and no patient is in two trials.
        for trial in found.trials { #expect(trial.result.tally.notAcknowledged == 0) }
        #expect(Set(names).count == names.count)
    }

    @Test("ends when it is stopped, and does not judge the trial that was under way")
    func stopped() async throws {
        let found = try await SimulatedTime.run { clock in
            let log = FakeLog(clock)
            let plan = try LoadPlan(rate: 1_000, seconds: 4, patients: 40)
            return try await LoadTest(log.target, clock: clock).findMax(
                plan, failIf: [], stop: { try? await clock.sleep(6_000_000_000) })
        }
        #expect(found.isStopped && found.trials.count == 2 && found.highest == 1_000)
        #expect(found.trials[1].result.isStopped && found.best?.result.plan.rate == 1_000)
    }

    @Test("takes a lag that grows throughout for a shortcoming, and no other lag")
    func lag() throws {
        func result(_ lags: [Int]) throws -> LoadResult {
            LoadResult(
                plan: try LoadPlan(rate: 1_000, seconds: Double(lags.count), patients: 1), startedAt: 0,
                seconds: Double(lags.count), isStopped: false, tally: LoadTally(), offeredPerSecond: 1_000,
                achievedPerSecond: 1_000, stalledSeconds: 0, starvedSeconds: 0, append: LatencyHistogram(),
                visible: LatencyHistogram(), messages: [],
                perSecond: lags.enumerated().map {
                    LoadSecond(
                        start: Double($0), length: 1, offered: 1_000, acknowledged: 1_000, visible: 0, errors: 0,
                        lag: $1, append: nil, seen: nil)
                }, intervals: [], firstUnusedPatient: 0)
        }
        #expect(try result((0..<9).map { $0 * 200 }).shortcomings == ["lag grew throughout"])
        #expect(try result((0..<9).map { $0 * 10 }).shortcomings.isEmpty)
        #expect(try result([0, 900, 1_800, 2_000, 1_000, 0, 0, 0, 900]).shortcomings.isEmpty)
        #expect(try result(Array(repeating: 50_000, count: 9)).shortcomings.isEmpty)
        #expect(try result([0, 5_000]).shortcomings.isEmpty)
    }
}

/// A log that makes events durable one after the other at a constant rate, and visible at once.
private actor Queue {
    private let clock: LoadClock
    private let perEvent: Int64
    private var free: Int64 = 0
    private var head: Int64 = 0
    /// The names of the events that came.
    private(set) var names: [[UInt8]] = []

    init(_ clock: LoadClock, perSecond: Int64) {
        self.clock = clock
        perEvent = 1_000_000_000 / perSecond
    }

    nonisolated var target: LoadTarget {
        LoadTarget(
            slices: 1, slice: { _ in 0 }, append: { try await self.append($0) }, checkpoints: { [await self.head] })
    }

    private func append(_ batch: EventBatch) async throws -> Acknowledgement {
        for record in batch.records {
            names.append(batch.subjects[Int(record.patient)] + [0] + batch.bytes(record.id))
        }
        free = max(free, clock.now()) + perEvent * Int64(batch.records.count)
        try await clock.sleep(free)
        head += Int64(batch.records.count)
        return Acknowledgement(heads: [Acknowledgement.Head(slice: 0, position: head)])
    }
}
