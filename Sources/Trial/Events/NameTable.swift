/// Byte strings, each kept once and numbered from 0 in the order of their first appearance.
///
/// Subjects and sources come again with every event; a batch keeps them here and lets its events carry the number.
/// Names are compared as bytes. Open addressing with FNV-1a: the table is private to a batch, so its hash need not be
/// stable or seeded, only cheap for names of a dozen bytes.
package struct NameTable: Sendable {
    private var bytes: [UInt8] = []
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
    package subscript(number: Int) -> ArraySlice<UInt8> {
        bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]]
    }

    /// How many bytes a name has.
    package func length(of number: Int) -> Int { ends[number] - (number == 0 ? 0 : ends[number - 1]) }

    /// Puts the bytes of a name at the end of others.
    package func append(_ number: Int, to output: inout [UInt8]) {
        output.append(bytes.span.extracting((number == 0 ? 0 : ends[number - 1])..<ends[number]))
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
        let start = number == 0 ? 0 : ends[number - 1]
        guard ends[number] - start == name.count else { return false }
        for index in name.indices where bytes[start + index] != name[index] { return false }
        return true
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
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in name.indices { hash = (hash ^ UInt64(name[index])) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: (hash ^ (hash >> 29)) & 0x7fff_ffff_ffff_ffff)
    }
}
