/// The counter-based random number generator Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as
/// easy as 1, 2, 3", SC 2011, doi 10.1145/2063384.2063405).
///
/// A pure function from a key and a counter to 128 random bits: nothing is kept between two numbers, so any number of
/// any stream can be made first, last or alone.
package enum Philox {
    /// The random bits of one counter under one key.
    ///
    /// - Parameters:
    ///   - counter: four words, of which each combination gives other bits.
    ///   - key: two words, the seed.
    @inline(__always)
    package static func words(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var (c0, c1, c2, c3) = (counter.x, counter.y, counter.z, counter.w)
        var (k0, k1) = (key.x, key.y)
        for _ in 0..<10 {
            let first = UInt64(c0) &* 0xD251_1F53
            let second = UInt64(c2) &* 0xCD9E_8D57
            (c0, c1, c2, c3) = (
                UInt32(truncatingIfNeeded: second >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: first)
            )
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return SIMD4(c0, c1, c2, c3)
    }

    /// The random bits of eight counters under one key: the same as ``words(counter:key:)`` gives for each lane.
    ///
    /// Each word stands in a lane of 64 bits, in which the products of two words have room.
    @inline(__always)
    static func words(_ counters: Counters, key: SIMD2<UInt32>) -> Counters {
        let low: UInt64 = 0xFFFF_FFFF
        var (c0, c1, c2, c3) = (counters.0, counters.1, counters.2, counters.3)
        var (k0, k1) = (key.x, key.y)
        for _ in 0..<10 {
            let first: SIMD8<UInt64> = c0 &* 0xD251_1F53
            let second: SIMD8<UInt64> = c2 &* 0xCD9E_8D57
            (c0, c1, c2, c3) = (
                (second &>> 32) ^ c1 ^ UInt64(k0), second & low, (first &>> 32) ^ c3 ^ UInt64(k1), first & low
            )
            k0 &+= 0x9E37_79B9
            k1 &+= 0xBB67_AE85
        }
        return (c0, c1, c2, c3)
    }

    /// The four words of eight counters.
    typealias Counters = (SIMD8<UInt64>, SIMD8<UInt64>, SIMD8<UInt64>, SIMD8<UInt64>)
}
