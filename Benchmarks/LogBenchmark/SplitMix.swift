/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, seeded, and the same everywhere.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// The generator of one item of a numbered family, independent of the others.
    init(seed: UInt64, _ family: UInt64, _ item: UInt64) {
        var mixer = SplitMix(seed: seed ^ family &* 0xd6e8_feb8_6659_fd93)
        mixer.state ^= mixer.next() &+ item &* 0xa076_1d64_78bd_642f
        state = mixer.next()
    }

    /// The next 64 bits.
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A whole number from 0 to below `bound`.
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    /// Whether something of this share happens.
    mutating func chance(percent: Int) -> Bool { below(100) < percent }
}
