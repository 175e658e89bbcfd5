/// Byte strings, each kept once and numbered from 0 in the order of their first appearance.
///
/// Subjects and sources come again with every event; a batch keeps them here and lets its events carry the number.
/// Names are compared as bytes. Open addressing: the table is private to a batch, so its hash need not be stable or
/// seeded, only cheap, for names of a dozen bytes as for details of a hundred. So it takes eight bytes at a time.
package struct NameTable: Sendable {
    /// The names, one behind the other.
    package private(set) var bytes: [UInt8] = []
    private var ends: [Int] = []
    private var slots: [Int32]

    /// An empty table with room for about so many names before it grows.
    package init(expecting count: Int = 32) {
        var capacity = 64
        while capacity < count * 2 { capacity *= 2 }
        slots = [Int32](repeating: -1, count: capacity)
    }

    /// Forgets all names and keeps the room for them.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        for slot in slots.indices { slots[slot] = -1 }
    }

    /// How many different names the table holds.
    package var count: Int { ends.count }

    /// The bytes of a name.
    package subscript(number: Int) -> ArraySlice<UInt8> { bytes[range(of: number)] }

    /// Where a name lies in ``bytes``.
    package func range(of number: Int) -> Range<Int> { (number == 0 ? 0 : ends[number - 1])..<ends[number] }

    /// How many bytes a name has.
    package func length(of number: Int) -> Int { ends[number] - (number == 0 ? 0 : ends[number - 1]) }

    /// Puts the bytes of a name at the end of others.
    package func append(_ number: Int, to output: inout [UInt8]) {
        output.append(bytes.span.extracting(range(of: number)))
    }

    /// The number of this name, which is added where it is new.
    package mutating func intern(_ name: Span<UInt8>) -> Int32 {
        var slot = Self.hash(name) & (slots.count - 1)
        while slots[slot] >= 0 {
            if holds(name, at: Int(slots[slot])) { return slots[slot] }
            slot = (slot + 1) & (slots.count - 1)
        }
        let number = Int32(ends.count)
        slots[slot] = number
        bytes.append(name)
        ends.append(bytes.count)
        if ends.count * 2 > slots.count { grow() }
        return number
    }

    private func holds(_ name: Span<UInt8>, at number: Int) -> Bool {
        let held = bytes.span.extracting(range(of: number))
        let count = name.count
        guard held.count == count else { return false }
        if count < 8 { return held.shortWord == name.shortWord }
        var place = 0
        while place <= count - 8 {
            if held.word(at: place) != name.word(at: place) { return false }
            place += 8
        }
        return held.word(at: count - 8) == name.word(at: count - 8)
    }

    private mutating func grow() {
        var larger = [Int32](repeating: -1, count: slots.count * 2)
        for number in 0..<ends.count {
            var slot = Self.hash(self[number].span) & (larger.count - 1)
            while larger[slot] >= 0 { slot = (slot + 1) & (larger.count - 1) }
            larger[slot] = Int32(number)
        }
        slots = larger
    }

    private static func hash(_ name: Span<UInt8>) -> Int {
        let count = name.count
        var hash = UInt64(truncatingIfNeeded: count) &* 0x9e37_79b9_7f4a_7c15
        if count < 8 {
            hash = mixed(hash, name.shortWord)
        } else {
            var place = 0
            while place < count - 8 {
                hash = mixed(hash, name.word(at: place))
                place += 8
            }
            hash = mixed(hash, name.word(at: count - 8))
        }
        return Int(truncatingIfNeeded: hash >> 1)
    }

    /// A product's lower bits depend on few bits of its factors, and the slot is taken from them: so the upper ones are
    /// brought down.
    private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word).multipliedFullWidth(by: 0x9e37_79b9_7f4a_7c15)
        return product.high ^ product.low
    }
}
