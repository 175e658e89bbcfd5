extension SIMD8 where Scalar == Double {
    /// The natural logarithm of positive normal numbers, to about one unit in the last place.
    ///
    /// With x = 2^e m and m next to 1, ln x is e ln 2 + 2 artanh(s), s = (m - 1) / (m + 1). |s| is at most 0.172, where
    /// eleven terms of the series suffice: the first one left out is below 1e-18 of the first.
    @inline(__always)
    package static func log(_ x: Lanes) -> Lanes {
        let rootOfHalf: Int64 = 0x3FE6_A09E_667F_3BCD
        let bits = x.bits
        let exponent: WholeLanes = (bits &- rootOfHalf) &>> 52
        let m = Lanes(bits: bits &- (exponent &<< 52))
        // A whole number becomes a double by standing in the low bits of the rounding constant.
        let shifted: WholeLanes = exponent &+ Int64(bitPattern: roundingConstant.bitPattern)
        let e = Lanes(bits: shifted) - roundingConstant
        let f = m - 1
        let s = f / (m + 1)
        let z = s * s
        var series = Lanes(repeating: 1.0 / 23)
        for odd in stride(from: 21.0, through: 3.0, by: -2.0) { series = series * z + 1 / odd }
        // 2 s is f - s f, which keeps the rounding of s out of the leading term.
        let rest: Lanes = f - (z * series) * 2
        let logOfM: Lanes = f - s * rest
        let low: Lanes = e * 0x1.cf79abc9e3b3ap-40
        return e * 0x1.62e42fefap-1 + (logOfM + low)
    }

    /// Positive numbers raised to powers.
    @inline(__always)
    package static func pow(_ base: Lanes, _ exponent: Lanes) -> Lanes { exp(exponent * log(base)) }
}
