import LoadTest
import TestData
import VirtualCohort

/// Results of load tests as a seed makes them up.
enum LoadResults {
    /// A result of so many seconds.
    static func make(
        seed: UInt64, seconds: Int = 20, rate: Double = 20_000, isStopped: Bool = false,
        messages: [(text: String, count: Int)] = [], failed: Int = 0
    ) throws -> LoadResult {
        var random = SeededRandom(seed: seed)
        var (append, visible) = (LatencyHistogram(), LatencyHistogram())
        var perSecond: [LoadSecond] = []
        var tally = LoadTally()
        for second in 0..<seconds {
            var (durable, seen) = (LatencyHistogram(), LatencyHistogram())
            for _ in 0..<500 {
                let latency = 1_000_000 + Int64(random.unit() * random.unit() * 80_000_000)
                durable.record(latency)
                seen.record(latency + 1_500_000 + Int64(random.unit() * 30_000_000))
            }
            append.add(durable)
            visible.add(seen)
            func latency(_ histogram: LatencyHistogram) -> LoadSecond.Latency? {
                guard let p50 = histogram.percentile(50), let p99 = histogram.percentile(99) else { return nil }
                return LoadSecond.Latency(p50: p50, p99: p99)
            }
            let count = Int(rate) - random.below(100)
            let lag = random.below(4_000)
            perSecond.append(
                LoadSecond(
                    start: Double(second), length: 1, offered: Int(rate), acknowledged: count, visible: count,
                    errors: 0, lag: lag, append: latency(durable), seen: latency(seen)))
            tally.acknowledged += count
            tally.visible += count
            tally.maxLag = max(tally.maxLag, lag)
        }
        tally.failed = failed
        tally.sent = tally.acknowledged + failed
        tally.offered = tally.sent
        return LoadResult(
            plan: try LoadPlan(
                rate: rate, seconds: Double(max(1, seconds)), rampSeconds: 1, patients: 100_000, seed: 42),
            startedAt: 1_764_000_000_000_000, seconds: Double(seconds), isStopped: isStopped, tally: tally,
            offeredPerSecond: rate, achievedPerSecond: rate - 0.5, stalledSeconds: 0.25, starvedSeconds: 0,
            append: append, visible: visible, messages: messages, perSecond: perSecond, intervals: [],
            firstUnusedPatient: 0)
    }

    /// A search of so many trials, of which the last does not hold.
    static func search(trials: Int) throws -> LoadSearch {
        let results = try (0..<trials).map { try make(seed: UInt64($0), rate: Double(1_000 * ($0 + 1))) }
        return LoadSearch(
            highest: trials > 1 ? Double(1_000 * (trials - 1)) : nil,
            lowestFailed: Double(1_000 * trials), conditions: try LoadCondition.parse("p99>250ms,errors>0"),
            trials: results.enumerated().map { number, result in
                LoadSearch.Trial(
                    result,
                    reasons: number == trials - 1
                        ? ["rate reached below 95 % of that offered", "lag grew throughout", "p99>250ms"] : [])
            })
    }
}
