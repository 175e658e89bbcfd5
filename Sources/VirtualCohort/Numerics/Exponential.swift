extension SIMD8 where Scalar == Double {
    /// A number that, added to one of at most 2^51, leaves no bits for its fraction: the sum is rounded to a whole
    /// number, which then stands in the low bits.
    @inline(__always)
    static var roundingConstant: Double { 0x1.8p52 }

    /// The exponential function, to about one unit in the last place.
    ///
    /// Arguments below -708 give what -708 gives, about 3e-308; arguments above 709 give what 709 gives.
    ///
    /// With n the whole number next to x / ln 2, e^x is 2^n e^r with |r| at most half of ln 2, where 13 terms of the
    /// Taylor series suffice: the first one left out is 4e-18.
    @inline(__always)
    package static func exp(_ argument: Lanes) -> Lanes {
        let x = argument.limited(-708, 709)
        let shifted = x * 1.4426950408889634 + roundingConstant
        let n = shifted - roundingConstant
        // ln 2 in two parts, of which the first has so few bits that its product with n is exact.
        let r = (x - n * 0x1.62e42fefap-1) - n * 0x1.cf79abc9e3b3ap-40
        let square = r * r
        let fourth = square * square
        // Estrin's scheme: the coefficients 1/2! to 1/13! in pairs that do not wait for each other.
        let low = line(r, 1.0 / 2, 1.0 / 6) + square * line(r, 1.0 / 24, 1.0 / 120)
        let middle = line(r, 1.0 / 720, 1.0 / 5040) + square * line(r, 1.0 / 40_320, 1.0 / 362_880)
        let high =
            line(r, 1.0 / 3_628_800, 1.0 / 39_916_800)
            + square * line(r, 1.0 / 479_001_600, 1.0 / 6_227_020_800)
        let series = low + fourth * (middle + fourth * high)
        let power = (r + square * series) + 1
        let scale = Lanes(bits: (shifted.bits &<< 52) &+ (1023 << 52))
        return power * scale
    }

    /// The line with this value at 0 and this slope.
    @inline(__always)
    private static func line(_ x: Lanes, _ value: Double, _ slope: Double) -> Lanes { x * slope + value }
}
