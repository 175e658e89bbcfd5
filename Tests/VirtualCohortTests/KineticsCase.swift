import Foundation
import TestData

@testable import VirtualCohort

extension ReferenceKinetics {
    /// Rates as infliximab or adalimumab may have them, or harder ones.
    static func random(_ random: inout SeededRandom) -> Self {
        func spread(_ range: ClosedRange<Double>, _ random: inout SeededRandom) -> Double {
            exp(Double.random(in: log(range.lowerBound)...log(range.upperBound), using: &random))
        }
        switch random.below(6) {
        case 0, 1:
            // Infliximab: clearance 0.1 to 40 L/d, exchange between none to speak of and fast.
            let volume = spread(1...8, &random)
            return Self(
                k10: spread(0.1...40, &random) / volume, k12: spread(0.01...20, &random) / volume,
                k21: spread(0.01...20, &random) / spread(0.5...10, &random))
        case 2:
            return Self(k10: spread(0.005...10, &random), k12: 0, k21: spread(0.01...10, &random))
        case 3:
            // Absorption exactly as fast as elimination.
            let rate = spread(0.005...10, &random)
            return Self(k10: rate, k12: 0, k21: rate)
        case 4:
            // And nearly so, from a unit in the last place on.
            let rate = spread(0.005...10, &random)
            let factor = 1 + spread(1e-16...1e-2, &random) * (random.chance(2) ? 1 : -1)
            return Self(k10: rate, k12: 0, k21: rate * factor)
        default:
            // Eigenvalues that are nearly equal need a weak exchange.
            let rate = spread(0.01...3, &random)
            return Self(
                k10: rate, k12: spread(1e-14...1e-3, &random), k21: rate * (1 + spread(1e-14...1e-2, &random)))
        }
    }
}

extension LinearKinetics {
    /// The kinetics of eight references.
    init(_ references: [ReferenceKinetics]) {
        self.init(
            k10: Lanes(values: references.map(\.k10)), k12: Lanes(values: references.map(\.k12)),
            k21: Lanes(values: references.map(\.k21)))
    }
}

extension LinearKinetics.Propagator {
    /// The four elements of one lane: from central to central, second to central, central to second, second to second.
    func elements(_ lane: Int) -> [Double] { [xx[lane], xy[lane], yx[lane], yy[lane]] }

    /// First the other, then this one.
    func after(_ other: Self) -> Self {
        Self(
            xx: xx * other.xx + xy * other.yx, xy: xx * other.xy + xy * other.yy,
            yx: yx * other.xx + yy * other.yx, yy: yx * other.xy + yy * other.yy)
    }
}

/// Gauss and Legendre's rule with ten points on many panels, for integrals from 0 to a time.
enum Quadrature {
    private static let points: [(place: Double, weight: Double)] = [
        (0.148_874_338_981_631_2, 0.295_524_224_714_752_9), (0.433_395_394_129_247_2, 0.269_266_719_309_996_4),
        (0.679_409_568_299_024_4, 0.219_086_362_515_982_0), (0.865_063_366_688_984_5, 0.149_451_349_150_580_6),
        (0.973_906_528_517_171_7, 0.066_671_344_308_688_1),
    ]

    /// The nodes with their weights.
    static func nodes(to end: Double, panels: Int) -> [(time: Double, weight: Double)] {
        let half = end / Double(panels) / 2
        return (0..<panels).flatMap { panel in
            let middle = half * Double(2 * panel + 1)
            return points.flatMap { point in
                [-1.0, 1].map { (middle + $0 * half * point.place, half * point.weight) }
            }
        }
    }
}
