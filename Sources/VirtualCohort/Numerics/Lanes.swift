/// One number for each of eight patients, or for each of eight days of one patient.
///
/// Whatever is computed on lanes is computed on each lane alone, with the four operations and the square root of IEEE
/// 754, which are correctly rounded everywhere. So a patient's numbers depend neither on its neighbours nor on the
/// machine; the mathematical functions of a system's library do not promise that.
package typealias Lanes = SIMD8<Double>

/// Whole numbers in the lanes of ``Lanes``.
package typealias WholeLanes = SIMD8<Int64>

/// A truth value for each lane.
package typealias LaneMask = SIMDMask<WholeLanes>

extension SIMD8 where Scalar == Double {
    /// How many lanes there are.
    package static let width = 8

    /// The bits of the lanes.
    ///
    /// The only unsafe operation of the module: two vectors of the same eight 64-bit lanes, neither of which has invalid
    /// bit patterns.
    @inline(__always)
    var bits: WholeLanes { unsafe unsafeBitCast(self, to: WholeLanes.self) }

    /// The lanes that have these bits.
    @inline(__always)
    init(bits: WholeLanes) { self = unsafe unsafeBitCast(bits, to: Lanes.self) }

    /// Square roots, correctly rounded.
    @inline(__always)
    var roots: Lanes { squareRoot() }

    /// The lanes of this where the mask holds, else those of `other`.
    @inline(__always)
    func `where`(_ mask: LaneMask, else other: Lanes) -> Lanes { other.replacing(with: self, where: mask) }

    /// The lanes, none of them below the first limit or above the second.
    @inline(__always)
    func limited(_ lower: Double, _ upper: Double) -> Lanes {
        let raised = self.where(self .> lower, else: Lanes(repeating: lower))
        return raised.where(raised .< upper, else: Lanes(repeating: upper))
    }
}

extension SIMD8 where Scalar == Double {
    /// The nearest whole numbers, ties to even, of numbers of at most 2^51.
    @inline(__always)
    var wholes: Lanes { (self + roundingBias) - roundingBias }

    /// The greatest whole numbers that are not above numbers of at most 2^51.
    @inline(__always)
    var floors: Lanes {
        let nearest = wholes
        return (nearest - 1).where(nearest .> self, else: nearest)
    }

    /// The smallest whole numbers that are not below numbers of at most 2^51.
    @inline(__always)
    var ceilings: Lanes { -(-self).floors }

    @inline(__always)
    private var roundingBias: Double { Self.roundingConstant }

    /// Multiples of 1/`parts`, the nearest ones, as a report with so many parts to the unit prints them.
    @inline(__always)
    func rounded(toParts parts: Double) -> Lanes { (self * parts).wholes / parts }
}
