/// The generator of Steele, Lea and Flood (2014), so that a seed gives the same cases everywhere.
package struct SplitMix64 {
    private var state: UInt64

    /// Starts at a seed.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A whole number in `range`; the tiny bias of the remainder does not matter here.
    package mutating func number(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(next() % UInt64(range.count))
    }

    /// True in so many of a hundred draws.
    package mutating func chance(_ percent: Int) -> Bool {
        number(0...99) < percent
    }

    /// One of the elements, of which there has to be at least one.
    package mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(0...elements.count - 1)]
    }

    /// The elements in another order (Fisher and Yates).
    package mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var rest = elements
        var out: [Element] = []
        while !rest.isEmpty { out.append(rest.remove(at: number(0...rest.count - 1))) }
        return out
    }
}
