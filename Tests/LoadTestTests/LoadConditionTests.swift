import LoadTest
import TestData
import Testing
import VirtualCohort

@Suite("Conditions under which a load test fails")
struct LoadConditionTests {
    private func result(
        append: [Int64] = [], visible: [Int64] = [], errors: Int = 0, lag: Int = 0, rate: Double = 100,
        offered: Int = 100
    ) throws -> LoadResult {
        var tally = LoadTally()
        tally.offered = offered
        tally.failed = errors
        tally.maxLag = lag
        return LoadResult(
            plan: try LoadPlan(rate: 100, seconds: 1, patients: 1), startedAt: 0, seconds: 1, isStopped: false,
            tally: tally, offeredPerSecond: 100, achievedPerSecond: rate, stalledSeconds: 0, starvedSeconds: 0,
            append: histogram(append), visible: histogram(visible), messages: [], perSecond: [], intervals: [],
            firstUnusedPatient: 0)
    }

    private func histogram(_ milliseconds: [Int64]) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for value in milliseconds { histogram.record(value * 1_000_000) }
        return histogram
    }

    private func holding(_ text: String, _ result: LoadResult) throws -> [String] {
        try LoadCondition.parse(text).holding(for: result).map(\.text)
    }

    @Test("compare what was found, a percentile alone being that of visibility")
    func evaluation() throws {
        let slow = try result(
            append: Array(repeating: 10, count: 999) + [2_000], visible: Array(repeating: 300, count: 1_000),
            errors: 3, lag: 500, rate: 90)
        let text =
            "p99>250ms, visible.p50>=0.4s, append.p999>=10ms, append.p99>1s, append.max>1.9s, lag>499, lag>500, "
            + "errors>0, rate<95, rate<=90, rate>91"
        #expect(
            try holding(text, slow) == [
                "p99>250ms", "append.p999>=10ms", "append.max>1.9s", "lag>499", "errors>0", "rate<95", "rate<=90",
            ])
    }

    @Test("on latencies hold where all events failed, and do not where none were due")
    func nothingMeasured() throws {
        #expect(try holding("p99>250ms", result(errors: 100)) == ["p99>250ms"])
        #expect(try holding("p99>250ms", result(offered: 0)).isEmpty)
    }

    @Test("are read with every spelling of percentiles and units")
    func spellings() throws {
        let conditions = try LoadCondition.parse("p50>1us,p9<2µs,p99.9>=3ms,p9999<=4s,append.p100>1.5ms,max>1s")
        #expect(
            conditions.map(\.figure) == [
                .latency(.visible, percent: 50), .latency(.visible, percent: 9), .latency(.visible, percent: 99.9),
                .latency(.visible, percent: 99.99), .latency(.append, percent: 100), .latency(.visible, percent: 100),
            ])
        #expect(conditions.map(\.bound) == [1, 2, 3_000, 4_000_000, 1_500, 1_000_000])
        #expect(conditions.map(\.comparison) == [.above, .below, .atLeast, .atMost, .above, .above])
    }

    @Test(
        "that cannot be read are refused with what was expected",
        arguments: [
            ("", "is empty"), ("p99>250ms,", "is empty"), ("p99", "one of >, >=, < and <="),
            ("p99=250ms", "one of >, >=, < and <="),
            ("p99>250", "a time with its unit"),
            ("p99>ms", "a time with its unit"), ("p99>-1ms", "a time with its unit"),
            ("p>1ms", "p50, p90, p99, p999 or max"),
            ("p101.5>1ms", "p50, p90, p99, p999 or max"), ("seen.p99>1ms", "p50, p90, p99, p999 or max"),
            ("append>1ms", "p50, p90, p99, p999 or max"), ("append.lag>1", "p50, p90, p99, p999 or max"),
            ("lag>1.5", "a whole number"), ("lag>1ms", "a whole number"), ("errors>", "a whole number"),
            ("rate<x", "events a second"), ("p99>>1ms", "a time with its unit"), (">1ms", "p50, p90, p99, p999 or max"),
            ("p99>1e3ms", "a time with its unit"), ("p٩>1ms", "p50, p90, p99, p999 or max"),
        ])
    func refusals(text: String, expected: String) {
        let error = #expect(throws: LoadError.self) { try LoadCondition.parse(text) }
        let message = error?.description ?? ""
        #expect(message.contains(expected), "\(text): \(message)")
        #expect(message.contains("expected") && message.hasSuffix("."))
    }

    @Test("of any kind read back from their spelling, and hold by plain comparison", arguments: 0..<60 as Range<UInt64>)
    func seeded(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let comparison = random.pick(LoadCondition.Comparison.allCases)
        let (bound, found) = (random.below(6), random.below(6))
        let text = "lag\(comparison.rawValue)\(bound)"
        let condition = try #require(try LoadCondition.parse(text).first)
        #expect(condition.text == text && condition.bound == Double(bound))
        let expected =
            switch comparison {
            case .above: found > bound
            case .atLeast: found >= bound
            case .below: found < bound
            case .atMost: found <= bound
            }
        #expect(try condition.holds(for: result(lag: found)) == expected, "seed \(seed): \(found) \(text)")
    }
}
