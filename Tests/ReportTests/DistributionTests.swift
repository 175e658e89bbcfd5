import Report
import TestData
import Testing

@Suite("How a number is spread")
struct DistributionTests {
    @Test("quantiles are those of R's type 7, computed by hand")
    func byHand() {
        // The place of the quantile p among n values is p (n - 1): 0.15, 1.5, 3, 4.5 and 5.85 among seven.
        let distribution = Distribution([40, 10, 20, 80, 160, 320, 640])
        let expected = [11.5, 30, 80, 240, 592]
        #expect(zip(distribution.quantiles, expected).allSatisfy { isClose($0, $1) }, "\(distribution.quantiles)")
        #expect(isClose(distribution.mean, 1_270.0 / 7))
        // R: sd(c(40, 10, 20, 80, 160, 320, 640))
        #expect(isClose(distribution.standardDeviation, 229.3780410464038, within: 1e-12))
        #expect(distribution.finiteShare == 1)
    }

    @Test("the quantiles of the numbers from 0 to 1000 are a thousand times their probabilities")
    func evenly() {
        let distribution = Distribution((0...1_000).map(Double.init).reversed())
        #expect(distribution.quantiles == Distribution.probabilities.map { $0 * 1_000 })
        #expect(distribution.mean == 500)
    }

    @Test(
        "quantiles of random values are the interpolation between the sorted neighbours",
        arguments: 1...30 as ClosedRange<UInt64>)
    func random(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let values = (0...random.below(60)).map { _ in random.chance(3) ? random.unit() : Double(random.below(5)) }
        let sorted = values.sorted()
        for (probability, quantile) in zip(Distribution.probabilities, Distribution(values).quantiles) {
            let place = Double(values.count - 1) * probability
            let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
            let expected = sorted[low] * (1 - (place - Double(low))) + sorted[high] * (place - Double(low))
            #expect(abs(quantile - expected) < 1e-12, "seed \(seed), \(probability)")
        }
    }

    @Test("one value is every quantile and has no standard deviation")
    func single() {
        let distribution = Distribution([3.5])
        #expect(distribution.quantiles == [3.5, 3.5, 3.5, 3.5, 3.5])
        #expect(distribution.mean == 3.5)
        #expect(distribution.standardDeviation.isNaN)
    }

    @Test("equal values have themselves as quantiles and do not vary")
    func equal() {
        let distribution = Distribution([0.1, 0.1, 0.1])
        #expect(distribution.quantiles == [0.1, 0.1, 0.1, 0.1, 0.1])
        #expect(abs(distribution.standardDeviation) < 1e-15)
    }

    @Test("values that are not reached are beyond all others: quantiles below them stay finite")
    func infinities() {
        // Places 0.1, 1, 2, 3 and 3.9 among five.
        let distribution = Distribution([2, .infinity, 1, 3, .infinity])
        #expect(isClose(distribution.quantiles[0], 1.1))
        // The place 3 is the first infinity itself; interpolation between two infinities stays infinite.
        #expect(Array(distribution.quantiles.dropFirst()) == [2, 3, .infinity, .infinity])
        #expect(distribution.mean == .infinity)
        #expect(distribution.standardDeviation.isNaN)
        #expect(distribution.finiteShare == 0.6)
        // Between a number and infinity every point is infinitely far, as in R.
        #expect(Distribution([1, .infinity]).quantiles == Array(repeating: .infinity, count: 5))
        let never = Distribution([.infinity, .infinity, .infinity])
        #expect(never.quantiles == Array(repeating: .infinity, count: 5))
        #expect(never.finiteShare == 0)
    }
}
