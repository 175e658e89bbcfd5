import TestData
import Testing

@testable import Trial

/// The look-up of one item, which the fold does for nearly every score, held against the reader of all items.
struct ScoreItemLookupTests {
    private func stored(_ detail: [UInt8]) -> (record: EventRecord, batch: EventBatch) {
        var batch = EventBatch()
        var record = EventRecord(
            time: 0, patient: 0, source: 0, id: batch.store(Array("x".utf8).span), kind: .score)
        record.detail = batch.store(detail.span)
        return (record, batch)
    }

    /// A detail of up to six items, in plain spelling most of the time.
    private func detail(_ random: inout SeededRandom) -> String {
        let names = ["total", "endoscopy", "liquidStools", #"a\u0062"#, #"\"total"#, "tot,al", "é", ""]
        let space = random.chance(4) ? " " : ""
        let items = (0..<random.below(7)).map { _ in
            let value = random.pick(["0", "3", "12", "007", "1000000", "12345678", "1e1", "2.0", "-1", "1.5", "true"])
            return "\(space)\"\(random.pick(names))\":\(space)\(random.chance(3) ? value : String(random.below(20)))"
        }
        return "{\(space)\"items\":{\(items.joined(separator: ","))}}"
    }

    @Test(
        "One item is what the reader of all says of it, and an error where that has one",
        arguments: [71, 72] as [UInt64])
    func lookup(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var (read, refused, plain) = (0, 0, 0)
        for _ in 0..<20_000 {
            var bytes = Array(detail(&random).utf8)
            if random.chance(2), !bytes.isEmpty {
                bytes[random.below(bytes.count)] = random.pick(Array(#"{}":,\01 a"#.utf8))
            }
            let (record, batch) = stored(bytes)
            let shown = "seed \(seed): \(String(decoding: bytes, as: UTF8.self))"
            let all = try? EventDetail.items(of: record, in: batch.arena.span)
            for name in ["total", "endoscopy", "liquidStools", "ab", "\"total", "é"] {
                let one = Result { try EventDetail.item(named: name.utf8.span, of: record, in: batch.arena.span) }
                if PlainItems.item(named: Array(name.utf8).span, in: bytes.span) != nil { plain += 1 }
                guard let all else {
                    #expect(throws: DetailError.self, "\(shown)") { try one.get() }
                    refused += 1
                    continue
                }
                let named = all.filter { $0.name.elementsEqual(name.utf8) }.map(\.value)
                // Of items named alike, which no line that was taken in can have, either may be the answer.
                let found = try one.get()
                #expect(found.map(named.contains) ?? named.isEmpty, "\(shown), \(name): \(String(describing: found))")
                read += 1
            }
        }
        #expect(read > 20_000 && refused > 20_000 && plain > 5_000, "seed \(seed): \(read) \(refused) \(plain)")
    }
}
