import Foundation
import TestData
import Testing

@testable import VirtualCohort

@Suite("Linear kinetics in closed form")
struct LinearKineticsTests {
    /// Eight sets of rates with their lanes.
    private func group(_ random: inout SeededRandom) -> (references: [ReferenceKinetics], kinetics: LinearKinetics) {
        let references = (0..<Lanes.width).map { _ in ReferenceKinetics.random(&random) }
        return (references, LinearKinetics(references))
    }

    /// A time from 0.01 to 60 days.
    private func time(_ random: inout SeededRandom) -> Double {
        exp(Double.random(in: log(0.01)...log(60), using: &random))
    }

    /// Notes by how much amounts differ, relative to what may be left of a unit after that time at the most.
    ///
    /// An amount that is a billionth of this has lost nine digits in the closed form, which takes a difference for it:
    /// such as what is still in a compartment that empties far faster than the other one and gets nothing from it.
    private func note(
        _ amounts: [Double], _ expected: [Double], left: Double, in greatest: inout GreatestError,
        _ place: @autoclosure () -> String
    ) {
        // What decays below 1e-280 is on the way to the exponential's limit.
        guard left > 1e-280 else { return }
        for (amount, other) in zip(amounts, expected) { greatest.note(abs(amount - other) / left, place()) }
    }

    @Test("What becomes of amounts is what an independent matrix exponential says", arguments: [31, 32] as [UInt64])
    func propagator(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var greatest = GreatestError()
        for _ in 0..<400 {
            let (references, kinetics) = group(&random)
            let days = time(&random)
            let propagator = kinetics.propagator(days: days)
            for (lane, reference) in references.enumerated() {
                let expected = reference.change(days: days).amounts
                note(
                    propagator.elements(lane), expected, left: expected.max() ?? 0, in: &greatest,
                    "\(reference), \(days) d")
            }
        }
        #expect(greatest.error <= 1e-9, "seed \(seed): \(greatest)")
    }

    @Test("Infusions of any length are what an independent matrix exponential says", arguments: [33] as [UInt64])
    func infusion(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var greatest = GreatestError()
        for number in 0..<400 {
            let (references, kinetics) = group(&random)
            let hours = [0.1, 0.5, 2, 3, 6, 24][number % 6]
            let days = max(time(&random), hours / 24)
            let found = kinetics.afterInfusion(duration: hours / 24, days: days)
            for (lane, reference) in references.enumerated() {
                let expected = reference.afterInfusion(duration: hours / 24, days: days)
                note(
                    [found.x[lane], found.y[lane]], [expected.x, expected.y],
                    left: reference.change(days: days - hours / 24).amounts.max() ?? 0, in: &greatest,
                    "\(reference), \(hours) h, \(days) d")
            }
        }
        #expect(greatest.error <= 1e-9, "seed \(seed): \(greatest)")
    }

    @Test("Two stretches of time one after the other are one of both", arguments: [34] as [UInt64])
    func composition(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var greatest = GreatestError()
        for _ in 0..<2_000 {
            let (references, kinetics) = group(&random)
            let (first, second) = (time(&random), time(&random))
            let stepwise = kinetics.propagator(days: second).after(kinetics.propagator(days: first))
            let whole = kinetics.propagator(days: first + second)
            let (duration, start) = (min(first, 0.25), first)
            let infused = kinetics.afterInfusion(duration: duration, days: start + second)
            let before = kinetics.afterInfusion(duration: duration, days: start)
            let later = kinetics.propagator(days: second)
            let (x, y) = (later.xx * before.x + later.xy * before.y, later.yx * before.x + later.yy * before.y)
            for (lane, reference) in references.enumerated() {
                let (one, both) = (whole.elements(lane), stepwise.elements(lane))
                note(
                    both + [x[lane], y[lane]], one + [infused.x[lane], infused.y[lane]], left: one.max() ?? 0,
                    in: &greatest, "\(reference), \(first) and \(second) d")
            }
        }
        #expect(greatest.error <= 1e-9, "seed \(seed): \(greatest)")
    }

    @Test("Without clearance nothing is lost, also during an infusion", arguments: [35] as [UInt64])
    func conservation(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var greatest = GreatestError()
        for _ in 0..<2_000 {
            var kinetics = group(&random).kinetics
            kinetics.k10 = .zero
            let days = time(&random)
            let change = kinetics.propagator(days: days)
            let infused = kinetics.afterInfusion(duration: min(days, 0.2), days: days)
            for total in [change.xx + change.yx, change.xy + change.yy, infused.x + infused.y] {
                for value in total.values { greatest.note(abs(value - 1), "\(kinetics), \(days) d") }
            }
        }
        #expect(greatest.error <= 1e-14, "seed \(seed): \(greatest)")
    }

    @Test("What is there and what was eliminated are the dose", arguments: [36] as [UInt64])
    func massBalance(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var greatest = GreatestError()
        for number in 0..<200 {
            let references = (0..<Lanes.width).map { _ in
                // Rates of at most 10/d, which ten points for each panel of a third of a day follow to 1e-12.
                var reference = ReferenceKinetics.random(&random)
                reference.k10 = min(reference.k10, 3)
                reference.k12 = min(reference.k12, 3)
                reference.k21 = min(reference.k21, 3)
                return reference
            }
            let kinetics = LinearKinetics(references)
            let days = Double.random(in: 1...20, using: &random)
            let duration = [2.0 / 24, 0.5, 1][number % 3]
            var eliminated = (bolus: Lanes.zero, depot: Lanes.zero, infusion: Lanes.zero)
            for node in Quadrature.nodes(to: days, panels: 60) {
                let change = kinetics.propagator(days: node.time)
                eliminated.bolus += change.xx * kinetics.k10 * node.weight
                eliminated.depot += change.xy * kinetics.k10 * node.weight
            }
            // The level has a bend where the infusion ends: before it the infusion so far, of so much of the dose.
            for node in Quadrature.nodes(to: duration, panels: 4) {
                let soFar = kinetics.afterInfusion(duration: node.time, days: node.time).x * (node.time / duration)
                eliminated.infusion += soFar * kinetics.k10 * node.weight
            }
            for node in Quadrature.nodes(to: days - duration, panels: 60) {
                let level = kinetics.afterInfusion(duration: duration, days: duration + node.time).x
                eliminated.infusion += level * kinetics.k10 * node.weight
            }
            let change = kinetics.propagator(days: days)
            let infused = kinetics.afterInfusion(duration: duration, days: days)
            for (label, total) in [
                ("bolus", change.xx + change.yx + eliminated.bolus),
                ("depot", change.xy + change.yy + eliminated.depot),
                ("infusion", infused.x + infused.y + eliminated.infusion),
            ] {
                for (lane, value) in total.values.enumerated() {
                    greatest.note(abs(value - 1), "\(label), \(references[lane]), \(days) d")
                }
            }
        }
        #expect(greatest.error <= 1e-11, "seed \(seed): \(greatest)")
    }
}
