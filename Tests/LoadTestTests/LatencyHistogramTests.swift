import LoadTest
import TestData
import Testing

@Suite("The histogram of latencies")
struct LatencyHistogramTests {
    @Test("gives percentiles to a thousandth, never below the exact one", arguments: 0..<30 as Range<UInt64>)
    func percentiles(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var histogram = LatencyHistogram()
        var values: [Int64] = []
        for _ in 0..<1 + random.below(3_000) {
            let magnitude = (0..<random.below(22)).reduce(Int64(1)) { number, _ in number * 2 }
            let value = magnitude + Int64(random.below(Int(magnitude)))
            values.append(value)
            histogram.record(value * 1_000)
        }
        values.sort()
        #expect(histogram.count == values.count && histogram.max == Int(values[values.count - 1]))
        for percent in [0.1, 10, 50, 90, 99, 99.9, 99.99, 100] {
            let exact = Double(values[max(0, Int((Double(values.count) * percent / 100 - 1e-9).rounded(.up)) - 1)])
            let found = Double(try #require(histogram.percentile(percent)))
            #expect(found >= exact && found <= exact * 1.001 + 1, "seed \(seed), p\(percent): \(found) \(exact)")
        }
        #expect(histogram.occurrences.reduce(0) { $0 + $1.count } == values.count)
    }

    @Test("takes what is out of bounds for the nearest possible latency")
    func bounds() {
        var histogram = LatencyHistogram()
        for value in [-5_000, 0, 499, 1_499, Int64.max / 2] { histogram.record(value) }
        #expect(histogram.count == 5)
        #expect(histogram.percentile(0) == 1 && histogram.percentile(80) == 1)
        #expect(histogram.max == 3_600_000_000)
        #expect(LatencyHistogram().percentile(50) == nil && LatencyHistogram().max == nil)
    }
}
