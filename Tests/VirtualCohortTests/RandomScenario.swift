import TestData
import VirtualCohort

extension Scenario {
    /// A scenario with any numbers that are allowed, between two and five arms, and visits on any days.
    static func random(_ random: inout SeededRandom) -> Self {
        var scenario = Scenario()
        scenario.name = "random-\(random.below(1_000_000))"
        for parameter in Parameter.all where !random.chance(3) {
            let (lower, upper) = (parameter.range.lowerBound, parameter.range.upperBound)
            let value =
                random.chance(8) ? (random.chance(2) ? lower : upper) : Double.random(in: lower...upper, using: &random)
            scenario[keyPath: parameter.place] = parameter.isWhole ? value.rounded() : value
        }
        // Limits of quantification must not cross.
        scenario.assays.levelUpperUgPerML = scenario.assays.levelLowerUgPerML + random.unit() + 0.1
        scenario.assays.sensitiveUpperNgPerML = scenario.assays.sensitiveLowerNgPerML * 3
        scenario.assays.tolerantUpperAUPerML = scenario.assays.tolerantLowerAUPerML * 1.5
        let count = 2 + random.below(4)
        scenario.arms = (0..<count).map { number in
            Arm(
                name: "arm \(number)", azathioprine: random.chance(2), share: 1 / Double(count),
                size: 1 + random.below(200), infliximabShare: random.chance(2) ? random.unit() : nil)
        }
        scenario.visits.days = Set((0..<1 + random.below(20)).map { _ in 1 + random.below(730) }).sorted()
        scenario.retention.stopAfterFailure = random.chance(2)
        return scenario
    }
}
