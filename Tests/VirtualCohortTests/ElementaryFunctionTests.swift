import Foundation
import TestData
import Testing

@testable import VirtualCohort

@Suite("Functions of lanes")
struct ElementaryFunctionTests {
    /// How many points each function is tried on.
    private static let count = 1_000_000
    /// Three units of 2^-53: one unit in the last place of a result just above a power of two is two of them, and
    /// Foundation's own result may be half a unit in the last place off.
    private let bound = 3 * 0x1p-53

    @Test(
        "The exponential function is Foundation's to one and a half units in the last place",
        arguments: [11] as [UInt64])
    func exponential(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var points = (0..<Self.count).map { number in
            switch number % 4 {
            case 0: Double.random(in: -708...709, using: &random)
            case 1: Double.random(in: -40...40, using: &random)
            case 2: Double.random(in: -1...1, using: &random)
            // Every magnitude of a small argument.
            default: exp2(Double.random(in: -60...0, using: &random)) * (random.chance(2) ? 1 : -1)
            }
        }
        points += [0, -0.0, 1, -1, 708, -708, 709, .leastNonzeroMagnitude, -.leastNormalMagnitude, 0x1p-53, -0x1p-54]
        // Where the whole number next to x / ln 2 changes.
        for half in -1020...1020 {
            let middle = (Double(half) + 0.5) * 0.693_147_180_559_945_3
            points += [middle.nextDown, middle, middle.nextUp]
        }
        var greatest = GreatestError()
        for (x, value) in zip(points, map(points) { Lanes.exp($0) }) {
            greatest.note(relativeError(value, Foundation.exp(x)), "x = \(x)")
        }
        #expect(greatest.error <= bound, "seed \(seed): \(greatest)")
    }

    @Test("The exponential function is exact at 0 and keeps to its limits far out")
    func exponentialFarOut() {
        let values = Lanes.exp(Lanes(0, -0.0, -708, -709, -1e9, -.infinity, 710, .infinity)).values
        #expect(values[0] == 1 && values[1] == 1)
        #expect(values[2] == values[3] && values[3] == values[4] && values[4] == values[5])
        #expect(relativeError(values[5], Foundation.exp(-708)) < 1e-15)
        #expect(values[6] == values[7])
        #expect(relativeError(values[7], Foundation.exp(709)) < 1e-15)
    }

    @Test(
        "The logarithm is Foundation's to one and a half units in the last place, relative also next to 1",
        arguments: [12] as [UInt64])
    func logarithm(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var points = (0..<Self.count).map { number in
            switch number % 4 {
            case 0: exp2(Double.random(in: -1022...1023, using: &random))
            case 1: Double.random(in: 0.5...2, using: &random)
            case 2: 1 + exp2(Double.random(in: -52...(-1), using: &random)) * (random.chance(2) ? 1 : -0.5)
            default: random.unit() + 0x1p-54
            }
        }
        points += [
            1, 2, 0.5, 10, Double(1).nextUp, Double(1).nextDown, .leastNormalMagnitude, .greatestFiniteMagnitude,
            0x1p-54, 1 - 0x1p-53,
        ]
        // Where the exponent changes: next to powers of two times the root of one half.
        for exponent in -1021...1022 {
            let edge = 0.5.squareRoot() * exp2(Double(exponent))
            points += [edge.nextDown, edge, edge.nextUp]
        }
        var greatest = GreatestError()
        for (x, value) in zip(points, map(points) { Lanes.log($0) }) {
            greatest.note(relativeError(value, Foundation.log(x)), "x = \(x)")
        }
        #expect(greatest.error <= bound, "seed \(seed): \(greatest)")
        #expect(Lanes.log(Lanes(repeating: 1)) == .zero)
    }

    @Test("Powers are Foundation's, as near as the logarithm's size lets them be", arguments: [13] as [UInt64])
    func powers(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var greatest = GreatestError()
        for _ in 0..<Self.count / 32 {
            let bases = Lanes(values: (0..<8).map { _ in exp2(Double.random(in: -40...40, using: &random)) })
            let exponents = Lanes(values: (0..<8).map { _ in Double.random(in: -8...8, using: &random) })
            for (lane, power) in Lanes.pow(bases, exponents).values.enumerated() {
                // A relative error of the exponential's argument is an absolute one, so one relative to the power: a
                // unit in the last place of the argument for its logarithm, half of one for the product.
                let argument = abs(exponents[lane] * Foundation.log(bases[lane]))
                let error = relativeError(power, Foundation.pow(bases[lane], exponents[lane]))
                greatest.note(error / (bound * (1 + argument)), "\(bases[lane]) to the \(exponents[lane])")
            }
        }
        #expect(greatest.error <= 1, "seed \(seed): \(greatest)")
    }

    @Test("Monotone functions stay monotone between neighbours", arguments: [14] as [UInt64])
    func monotone(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<2_000 {
            // Steps of 1e-15 relative are wider than the error, so that no step may go down.
            let x = Double.random(in: 1...700, using: &random)
            let steps = Lanes(values: (0..<8).map { x * (1 + Double($0) * 4e-15) })
            let (powers, logarithms) = (Lanes.exp(steps).values, Lanes.log(steps).values)
            #expect(zip(powers, powers.dropFirst()).allSatisfy { $0 <= $1 }, "seed \(seed): exp at \(x)")
            #expect(zip(logarithms, logarithms.dropFirst()).allSatisfy { $0 <= $1 }, "seed \(seed): log at \(x)")
        }
    }

    @Test("Rounding is that of IEEE 754, ties to even", arguments: [15] as [UInt64])
    func rounding(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var points: [Double] = [0, -0.0, 0.5, -0.5, 1.5, -1.5, 2.5, -2.5, 0.49999999999999994, -0.49999999999999994]
        for whole in [1.0, 2, 3, 1000, 1e9, 0x1p49, 0x1p50] {
            for fraction in [0, 0.25, 0.5, 0.75] { points += [whole + fraction, -whole - fraction] }
            points += [whole.nextDown, -whole.nextDown, whole.nextUp, -whole.nextUp]
        }
        points += [0x1p51, -0x1p51, 0x1p51 - 0.5, 0.5 - 0x1p51]
        points += (0..<100_000).map { _ in
            exp2(Double.random(in: -10...50, using: &random)) * (random.chance(2) ? 1 : -1)
        }
        let wholes = map(points) { $0.wholes }
        let floors = map(points) { $0.floors }
        let ceilings = map(points) { $0.ceilings }
        for (number, x) in points.enumerated() {
            #expect(wholes[number] == x.rounded(.toNearestOrEven), "seed \(seed): \(x)")
            #expect(floors[number] == x.rounded(.down), "seed \(seed): \(x)")
            #expect(ceilings[number] == x.rounded(.up), "seed \(seed): \(x)")
        }
        for parts in [10.0, 100] {
            let small = points.filter { abs($0) < 0x1p40 }
            for (x, value) in zip(small, map(small) { $0.rounded(toParts: parts) }) {
                #expect(value == (x * parts).rounded(.toNearestOrEven) / parts, "seed \(seed): \(x)")
            }
        }
    }

    @Test("Limits hold, and a mask chooses lane by lane")
    func limitsAndMasks() {
        let values = Lanes(-3, -1, -0.5, 0, 0.5, 1, 3, .infinity)
        #expect(values.limited(-1, 1) == Lanes(-1, -1, -0.5, 0, 0.5, 1, 1, 1))
        #expect(values.where(values .> 0, else: Lanes(repeating: 7)) == Lanes(7, 7, 7, 7, 0.5, 1, 3, .infinity))
        #expect(Lanes(repeating: -2).limited(1, 3) == Lanes(repeating: 1))
        #expect(Lanes(bits: values.bits) == values)
        #expect(Lanes(repeating: 2).roots.values.allSatisfy { $0 == 2.0.squareRoot() })
    }
}
