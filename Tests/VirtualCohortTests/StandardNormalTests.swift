import Foundation
import Survival
import TestData
import Testing
import VirtualCohort

@Suite("Normal numbers from uniform ones")
struct StandardNormalTests {
    /// The smallest and the greatest uniform number that a stream gives.
    private static let ends = (least: 0x1p-54, greatest: 1 - 0x1p-53)

    @Test("are the normal distribution's quantiles to 2e-15 over the whole range", arguments: [21] as [UInt64])
    func quantiles(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var points = (0..<120_000).map { number in
            switch number % 3 {
            case 0: random.unit() * (1 - 0x1p-52) + 0x1p-53
            case 1: exp2(Double.random(in: -54...(-1), using: &random))
            default: 1 - exp2(Double.random(in: -52...(-1), using: &random))
            }
        }
        points += [Self.ends.least, Self.ends.greatest, 1e-16, 2e-16, 1e-15, 1 - 0x1p-52]
        // Where one rational function follows another: at 0.075, 0.925 and exp(-25).
        for edge in [0.075, 0.925, Foundation.exp(-25)] { points += [edge.nextDown, edge, edge.nextUp] }
        var greatest = GreatestError()
        for (p, z) in zip(points, map(points, StandardNormal.quantile)) {
            greatest.note(relativeError(z, NormalDistribution.quantile(p)), "p = \(p), z = \(z)")
        }
        // Found: 8e-16.
        #expect(greatest.error <= 2e-15, "seed \(seed): \(greatest)")
    }

    @Test("are symmetric, 0 in the middle, and finite at the ends of a stream's numbers")
    func symmetry() {
        let tails = (1...53).map { exp2(-Double($0)) }
        let lower = map(tails, StandardNormal.quantile)
        let upper = map(tails.map { 1 - $0 }, StandardNormal.quantile)
        #expect(zip(lower, upper).allSatisfy { $0 == -$1 })
        #expect(StandardNormal.quantile(Lanes(repeating: 0.5)) == .zero)
        let ends = StandardNormal.quantile(Lanes(values: [Self.ends.least, Self.ends.greatest]))
        #expect((-8.4 ..< -8.2).contains(ends[0]), "\(ends[0])")
        #expect((8.1..<8.3).contains(ends[1]), "\(ends[1])")
    }

    @Test("never fall where the uniform number rises", arguments: [22] as [UInt64])
    func monotone(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var points = (0..<200_000).map { number in
            number % 2 == 0 ? random.unit() + 0x1p-54 : exp2(Double.random(in: -54...(-1), using: &random))
        }
        // Runs of points across the two edges, a hundred units in the last place apart.
        for edge in [0.075, 0.925, Foundation.exp(-25)] {
            points += (-500...500).map { edge + Double($0) * 100 * edge.ulp }
        }
        points.sort()
        let values = map(points, StandardNormal.quantile)
        var falls = 0
        var place = ""
        for number in points.indices.dropFirst() where points[number] > points[number - 1] {
            // Neighbours that differ by less than the error may fall by one unit in the last place.
            guard values[number] < values[number - 1] - 4 * values[number].ulp else { continue }
            falls += 1
            place = "\(points[number - 1]) and \(points[number])"
        }
        #expect(falls == 0, "seed \(seed): \(falls) times, such as between \(place)")
    }
}
