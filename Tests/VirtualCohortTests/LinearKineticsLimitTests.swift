import Foundation
import TestData
import Testing

@testable import VirtualCohort

@Suite("Limits of linear kinetics")
struct LinearKineticsLimitTests {
    private let times = [0, 0.01, 0.5, 1, 7, 14, 60.0]

    @Test("Without exchange the central compartment empties by the exponential function")
    func oneCompartment() {
        let k10 = Lanes(0.01, 0.05, 0.12, 0.5, 1, 2, 0.12, 0.12)
        // The second compartment keeps what it has, or lets it in and takes nothing.
        let k21 = Lanes(0, 0, 0, 0, 0, 0, 0.12, 3)
        let kinetics = LinearKinetics(k10: k10, k12: .zero, k21: k21)
        for days in times {
            let change = kinetics.propagator(days: days)
            for lane in 0..<Lanes.width {
                // Relative to the slower of the two compartments, of which the closed form takes the difference.
                let slower = exp(-min(k10[lane], k21[lane]) * days)
                #expect(abs(change.xx[lane] - exp(-k10[lane] * days)) < 1e-13 * slower, "lane \(lane), \(days) d")
                #expect(change.yx[lane] == 0)
                #expect(abs(change.yy[lane] - exp(-k21[lane] * days)) < 1e-14, "lane \(lane), \(days) d")
                guard days >= 0.5 else { continue }
                // An infusion of half a day.
                let infused = kinetics.afterInfusion(duration: 0.5, days: days)
                let expected = -expm1(-k10[lane] * 0.5) / (k10[lane] * 0.5) * exp(-k10[lane] * (days - 0.5))
                #expect(abs(infused.x[lane] - expected) < 1e-13 * slower, "lane \(lane), \(days) d")
                #expect(infused.y[lane] == 0)
            }
        }
    }

    @Test("Absorption from a depot is Bateman's function")
    func bateman() {
        let absorption = Lanes(0.15, 0.2, 0.343, 0.65, 2, 5, 0.03, 0.012)
        let k10 = 0.33 / 7.8
        let kinetics = LinearKinetics(k10: Lanes(repeating: k10), k12: .zero, k21: absorption)
        for days in times {
            let change = kinetics.propagator(days: days)
            for lane in 0..<Lanes.width {
                let rate = absorption[lane]
                let expected = rate / (rate - k10) * (exp(-k10 * days) - exp(-rate * days))
                #expect(abs(change.xy[lane] - expected) <= 1e-12 * max(expected, 1e-3), "lane \(lane), \(days) d")
            }
        }
    }

    @Test("Where absorption is as fast as elimination, the limit of Bateman's function takes its place")
    func equalRates() {
        for rate in [0.01, 0.0423, 0.5, 3] {
            for distance in [0, 1e-16, 1e-12, 1e-9, 1e-7, 1e-5, 1e-4] {
                let other = rate * (1 + distance)
                let kinetics = LinearKinetics(
                    k10: Lanes(repeating: rate), k12: .zero, k21: Lanes(repeating: other))
                for days in times.dropFirst() {
                    // k t e^(-kt) (1 - d/2 + d²/6 - …) with d = (k' - k) t.
                    let gap = (other - rate) * days
                    let expected = other * days * exp(-rate * days) * (gap == 0 ? 1 : -expm1(-gap) / gap)
                    let found = kinetics.propagator(days: days).xy[0]
                    #expect(relativeError(found, expected) < 1e-9, "\(rate), \(distance), \(days) d: \(found)")
                }
            }
        }
    }

    @Test("Very fast absorption is a dose into the blood")
    func fastAbsorption() {
        let kinetics = LinearKinetics(
            k10: Lanes(repeating: 0.05), k12: .zero, k21: Lanes(1e2, 1e3, 1e4, 1e5, 1e6, 1e8, 1e10, 1e12))
        for days in times.dropFirst(2) {
            let change = kinetics.propagator(days: days)
            for lane in 0..<Lanes.width {
                let rate = kinetics.k21[lane]
                // What is absorbed later by 1/ka is eliminated later: a factor of ka / (ka - k).
                let expected = change.xx[lane] * rate / (rate - 0.05)
                #expect(relativeError(change.xy[lane], expected) < 1e-12, "\(rate), \(days) d")
                #expect(abs(change.yy[lane]) < 1e-15)
            }
        }
    }

    @Test("A short infusion is a dose at once")
    func shortInfusion() {
        let kinetics = LinearKinetics(
            k10: Lanes(repeating: 0.1237), k12: Lanes(repeating: 2.17), k21: Lanes(repeating: 1.729))
        let bolus = kinetics.propagator(days: 1)
        for (duration, error) in [(1e-2, 2e-2), (1e-4, 2e-4), (1e-6, 2e-6), (1e-9, 2e-9)] {
            let infused = kinetics.afterInfusion(duration: duration, days: 1)
            #expect(relativeError(infused.x[0], bolus.xx[0]) < error, "\(duration)")
            #expect(relativeError(infused.y[0], bolus.yx[0]) < error, "\(duration)")
        }
    }

    @Test("Without any rate, or without time, nothing changes")
    func nothing() {
        let still = LinearKinetics(k10: .zero, k12: .zero, k21: .zero)
        for days in times {
            let change = still.propagator(days: days)
            #expect(change.xx == Lanes(repeating: 1) && change.yy == Lanes(repeating: 1), "\(days) d")
            #expect(change.xy == .zero && change.yx == .zero, "\(days) d")
            let infused = still.afterInfusion(duration: max(days, 0.1), days: max(days, 0.1))
            #expect(infused.x == Lanes(repeating: 1) && infused.y == .zero, "\(days) d")
        }
        var random = SeededRandom(seed: 37)
        for _ in 0..<100 {
            let kinetics = LinearKinetics((0..<Lanes.width).map { _ in ReferenceKinetics.random(&random) })
            let change = kinetics.propagator(days: 0)
            for lane in 0..<Lanes.width {
                let elements = change.elements(lane)
                #expect(abs(elements[0] - 1) < 1e-15 && abs(elements[3] - 1) < 1e-15)
                #expect(abs(elements[1]) < 1e-15 && abs(elements[2]) < 1e-15)
            }
        }
    }

    @Test("Amounts are never negative by more than rounding", arguments: [38] as [UInt64])
    func positive(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            let references = (0..<Lanes.width).map { _ in ReferenceKinetics.random(&random) }
            let days = exp(Double.random(in: log(0.01)...log(60), using: &random))
            let change = LinearKinetics(references).propagator(days: days)
            for (lane, reference) in references.enumerated() {
                let least = change.elements(lane).min() ?? -1
                #expect(least > -1e-15, "seed \(seed): \(reference), \(days) d: \(least)")
            }
        }
    }
}
