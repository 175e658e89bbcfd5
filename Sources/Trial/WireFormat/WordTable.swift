/// A fixed list of words that finds the number of a word from its bytes.
///
/// Open addressing over at least four times as many slots as words. A word is compared by its first eight bytes and its
/// length at once, and byte by byte only from the ninth on.
struct WordTable: Sendable {
    private struct Entry: BitwiseCopyable {
        var head: UInt64
        var count: Int32
        var number: Int16
        var tail: Int32
    }

    private var slots: [Entry]
    private var tails: [UInt8] = []

    /// The list of these words, each with its number, which is not negative.
    init(_ words: [(name: String, number: Int16)]) {
        var capacity = 16
        while capacity < words.count * 4 { capacity *= 2 }
        slots = [Entry](repeating: Entry(head: 0, count: 0, number: -1, tail: 0), count: capacity)
        for word in words {
            let bytes = Array(word.name.utf8)
            let head = Self.head(of: bytes.span)
            var slot = Self.slot(head, bytes.count, slots.count)
            while slots[slot].number >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Entry(
                head: head, count: Int32(bytes.count), number: word.number, tail: Int32(tails.count))
            tails.append(contentsOf: bytes.dropFirst(8))
        }
    }

    /// The list of a vocabulary, numbered by its raw values.
    init<Term: VocabularyTerm>(_ terms: Term.Type) {
        self.init(Term.allCases.map { ($0.name, $0.rawValue) })
    }

    /// The number of a word, or `nil` where the list does not have it.
    func number(of word: Span<UInt8>) -> Int16? {
        let head = Self.head(of: word)
        var slot = Self.slot(head, word.count, slots.count)
        while true {
            let entry = slots[slot]
            if entry.number < 0 { return nil }
            if entry.head == head, Int(entry.count) == word.count, hasTail(word, entry) { return entry.number }
            slot = (slot + 1) & (slots.count - 1)
        }
    }

    private func hasTail(_ word: Span<UInt8>, _ entry: Entry) -> Bool {
        var index = 8
        while index < word.count {
            if tails[Int(entry.tail) + index - 8] != word[index] { return false }
            index += 1
        }
        return true
    }

    private static func head(of word: Span<UInt8>) -> UInt64 {
        var head: UInt64 = 0
        for index in 0..<Swift.min(word.count, 8) { head = head << 8 | UInt64(word[index]) }
        return head
    }

    private static func slot(_ head: UInt64, _ count: Int, _ capacity: Int) -> Int {
        let mixed = (head ^ UInt64(truncatingIfNeeded: count)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40) & (capacity - 1)
    }
}
