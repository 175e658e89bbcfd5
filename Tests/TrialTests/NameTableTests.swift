import TestData
import Testing
import Trial

/// Names are told apart by their bytes, whatever their length.
struct NameTableTests {
    @Test("Names are numbered in the order of their first appearance", arguments: 0..<20 as Range<UInt64>)
    func numbers(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = NameTable(expecting: 1)
        var expected: [[UInt8]: Int32] = [:]
        var names: [[UInt8]] = []
        var wrong: [[UInt8]] = []
        for _ in 0..<2_000 {
            // Few different bytes, and often another name with one byte changed, added or taken away.
            var name = (0..<random.below(40)).map { _ in UInt8(random.below(2)) }
            if random.chance(2), let other = names.randomElement(using: &random), !other.isEmpty {
                name = other
                switch random.below(3) {
                case 0: name[random.below(name.count)] ^= UInt8(1 << random.below(8))
                case 1: name.append(0)
                default: name.removeLast()
                }
            }
            let number = expected[name] ?? Int32(names.count)
            if expected[name] == nil {
                expected[name] = number
                names.append(name)
            }
            if table.intern(name.span) != number { wrong.append(name) }
        }
        for (number, name) in names.enumerated() where !table[number].elementsEqual(name) { wrong.append(name) }
        #expect(table.count == names.count)
        #expect(wrong.isEmpty)
    }
}
