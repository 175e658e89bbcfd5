import Foundation
import TestData
import Testing

@testable import VirtualCohort

@Suite("Antibodies")
struct TitreTests {
    /// Parameters of titres that grow slowly or fast from a random first titre.
    private func parameters(_ random: inout SeededRandom) -> ImmunogenicityParameters {
        var parameters = ImmunogenicityParameters()
        parameters.firstTitreNgPerML = Double.random(in: 1...20, using: &random)
        parameters.growthPerDay = exp(Double.random(in: log(0.005)...log(1), using: &random))
        return parameters
    }

    @Test("grow by the logistic equation", arguments: [41] as [UInt64])
    func logistic(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var greatest = GreatestError()
        for _ in 0..<40 {
            let parameters = parameters(&random)
            let plateaus = Lanes(
                values: (0..<8).map { _ in
                    parameters.firstTitreNgPerML * exp(Double.random(in: 0.001...5, using: &random))
                })
            let titre = Titre(parameters, plateauNgPerML: plateaus)
            var values = Lanes(repeating: parameters.firstTitreNgPerML)
            for day in 1...60 {
                for lane in 0..<Lanes.width {
                    values[lane] = grown(values[lane], parameters.growthPerDay, plateaus[lane])
                }
                let found = titre.value(daysSinceOnset: Lanes(repeating: Double(day)))
                for lane in 0..<Lanes.width {
                    greatest.note(
                        relativeError(found[lane], values[lane]),
                        "plateau \(plateaus[lane]), first \(parameters.firstTitreNgPerML), "
                            + "growth \(parameters.growthPerDay), day \(day)")
                }
            }
        }
        // Found: 5e-10, the integrator's error.
        #expect(greatest.error <= 1e-8, "seed \(seed): \(greatest)")
    }

    /// A titre one day later by dA/dt = g A (1 - A/K): Runge and Kutta's classical steps, fifty a day.
    private func grown(_ titre: Double, _ growth: Double, _ plateau: Double) -> Double {
        func slope(_ value: Double) -> Double { growth * value * (1 - value / plateau) }
        let step = 1.0 / 50
        var value = titre
        for _ in 0..<50 {
            let one = slope(value)
            let two = slope(value + step / 2 * one)
            let three = slope(value + step / 2 * two)
            let four = slope(value + step * three)
            value += step / 6 * (one + 2 * two + 2 * three + four)
        }
        return value
    }

    @Test("are none before their day, the first titre on it, and never above the plateau")
    func onset() {
        let parameters = ImmunogenicityParameters()
        let plateaus = Lanes(10.01, 20, 50, 100, 150, 300, 1000, 5000)
        let titre = Titre(parameters, plateauNgPerML: plateaus)
        for days in [-Double.infinity, -730, -1, -0.5] {
            #expect(titre.value(daysSinceOnset: Lanes(repeating: days)) == .zero)
        }
        let first = titre.value(daysSinceOnset: .zero)
        #expect(first.values.allSatisfy { relativeError($0, parameters.firstTitreNgPerML) < 1e-14 })
        var before = first
        for day in 1...730 {
            let now = titre.value(daysSinceOnset: Lanes(repeating: Double(day)))
            #expect(all(now .>= before) && all(now .<= plateaus), "day \(day)")
            before = now
        }
        #expect(relativeError(before[4], 150) < 1e-14)
    }

    @Test("count as those of the plateau when all but a millionth of it is there")
    func plateau() {
        let parameters = ImmunogenicityParameters()
        // The greatest plateau is 500 times the first titre, the least one next to it.
        let plateaus = Lanes(10.01, 11, 20, 100, 150, 300, 1000, 5000)
        let titre = Titre(parameters, plateauNgPerML: plateaus)
        let days = titre.daysToPlateau
        for lane in 0..<Lanes.width {
            let left = 1 - titre.value(daysSinceOnset: days)[lane] / plateaus[lane]
            #expect(abs(left - 1e-6) < 1e-9, "plateau \(plateaus[lane]): \(left)")
        }
        // From a first titre of all but a millionth, nothing is left to wait for.
        let there = Titre(parameters, plateauNgPerML: Lanes(repeating: parameters.firstTitreNgPerML * (1 + 1e-7)))
        #expect(there.daysToPlateau == .zero)
    }

    @Test("double the clearance at the doubling titre, and leave it alone where there are none")
    func clearance() {
        let parameters = ImmunogenicityParameters()
        let doubling = Lanes(9.777, 14.2082, 9.777, 14.2082, 9.777, 14.2082, 9.777, 14.2082)
        #expect(clearanceFactor(parameters, titre: doubling, doubling: doubling) == Lanes(repeating: 2))
        #expect(clearanceFactor(parameters, titre: .zero, doubling: doubling) == Lanes(repeating: 1))
        // At 20 and 150 ng/mL the fitted model's factors were 3.5 and 36 of adalimumab, 2.6 and 22 of infliximab.
        let titres = Lanes(20, 20, 150, 150, 40, 40, 1, 1)
        let factors = clearanceFactor(parameters, titre: titres, doubling: doubling)
        for (lane, factor) in [3.5, 2.6, 36, 22].enumerated() {
            #expect(relativeError(factors[lane], factor) < 0.05, "\(titres[lane]) ng/mL: \(factors[lane])")
        }
        for lane in 0..<Lanes.width {
            let expected = 1 + pow(titres[lane] / doubling[lane], 1.3)
            #expect(relativeError(factors[lane], expected) < 1e-14)
        }
    }
}
