/// Random numbers that a seed repeats on every machine: SplitMix64 (Steele, Lea and Flood 2014).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// A stream of its own for each seed.
    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number between 0 and 1.
    package mutating func unit() -> Double { Double.random(in: 0..<1, using: &self) }

    /// A whole number from 0 to one less than this.
    package mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

    /// True once in so many times.
    package mutating func chance(_ one: Int) -> Bool { below(one) == 0 }

    /// One of several, which must not be none.
    package mutating func pick<Choices: Collection>(_ choices: Choices) -> Choices.Element {
        choices[choices.index(choices.startIndex, offsetBy: below(choices.count))]
    }

    /// Cuts a sequence into stretches of random lengths within a range.
    package mutating func cut<Element>(_ elements: [Element], into lengths: ClosedRange<Int>) -> [[Element]] {
        var pieces: [[Element]] = []
        var start = 0
        while start < elements.count {
            let end = min(elements.count, start + Int.random(in: lengths, using: &self))
            pieces.append(Array(elements[start..<end]))
            start = end
        }
        return pieces
    }
}
