/// Remembers what was found in the details of one arena.
///
/// Packed history keeps each detail once, however many events have it, and a fold asks the same of all of them. A detail
/// goes to one of the slots by its place, and takes it from the one before.
package struct DetailMemo: Sendable {
    private struct Slot: BitwiseCopyable {
        var arena: UInt32
        var question: UInt32
        var detail: ByteRange
        var answer: Int?
    }

    private var slots: [Slot]
    /// Counts arenas, so that forgetting one costs nothing.
    private var arena: UInt32 = 1

    /// A memo without answers.
    package init() {
        slots = [Slot](repeating: Slot(arena: 0, question: 0, detail: .none, answer: nil), count: 1024)
    }

    /// The last texts, by the place of their details.
    private var texts = [(arena: UInt32, detail: ByteRange, text: [UInt8])](repeating: (0, .none, []), count: 8)

    /// The text in a detail, of which there is one kind, which is looked for where it is not remembered.
    mutating func text(
        in detail: ByteRange, _ look: () throws(DetailError) -> [UInt8]
    ) throws(DetailError) -> [UInt8] {
        let place = Int(detail.start) & (texts.count - 1)
        if texts[place].arena == arena, texts[place].detail == detail { return texts[place].text }
        let text = try look()
        texts[place] = (arena, detail, text)
        return text
    }

    /// Forgets all answers: details lie in another arena from now on.
    package mutating func beginArena() {
        arena &+= 1
        if arena == 0 { self = DetailMemo() }
    }

    /// The answer to a question about a detail, which is looked for where it is not remembered.
    ///
    /// - Parameter question: The number of the question among those that this memo is asked.
    mutating func answer(
        to question: Int, about detail: ByteRange, _ look: () throws(DetailError) -> Int?
    ) throws(DetailError) -> Int? {
        let number = UInt32(truncatingIfNeeded: question)
        let place = Int(detail.start ^ number &* 0x9E37_79B1) & (slots.count - 1)
        let known = slots[place]
        if known.arena == arena, known.question == number, known.detail == detail { return known.answer }
        let answer = try look()
        slots[place] = Slot(arena: arena, question: number, detail: detail, answer: answer)
        return answer
    }
}
