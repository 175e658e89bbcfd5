import TestData
import Testing

@testable import Trial

@Suite("What is remembered of details")
struct DetailMemoTests {
    @Test("An answer is what a look gives, whatever was asked before, in this arena and in others", arguments: 1...20)
    func sameAnswers(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var memo = DetailMemo()
        for _ in 0..<30 {
            memo.beginArena()
            // Few places, many more details than slots over all arenas: what an arena before held must not come again.
            let content = (0..<3000).map { _ in random.chance(4) ? nil : random.below(1_000_000) }
            for _ in 0..<2000 {
                let (question, place) = (random.below(3), random.below(random.chance(2) ? 20 : content.count))
                let detail = ByteRange(start: UInt32(place), count: UInt32(1 + place % 7))
                let expected = content[place].map { $0 + question }
                #expect(try memo.answer(to: question, about: detail) { expected } == expected, "seed \(seed)")
            }
        }
    }

    @Test("Within an arena nothing is looked for twice; a look that failed is not remembered")
    func looks() throws {
        var memo = DetailMemo()
        let detail = ByteRange(start: 8, count: 5)
        var looks = 0
        for _ in 0..<3 {
            #expect(throws: DetailError.self) {
                try memo.answer(to: 1, about: detail) { () throws(DetailError) in throw DetailError("malformed") }
            }
        }
        for _ in 0..<3 {
            let answer = try memo.answer(to: 1, about: detail) { () throws(DetailError) in
                looks += 1
                return nil
            }
            #expect(answer == nil)
        }
        #expect(looks == 1)
        memo.beginArena()
        #expect(try memo.answer(to: 1, about: detail) { 7 } == 7)
        #expect(try memo.answer(to: 1, about: ByteRange(start: 8, count: 6)) { 8 } == 8)
    }
}
