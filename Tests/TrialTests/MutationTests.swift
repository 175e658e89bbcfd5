import Foundation
import TestData
import Testing

@testable import Trial

struct MutationTests {
    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "0", "1e999", "-", "\\u0000", "\\ud83d", "\u{FEFF}",
        "\u{0}", "é", "\"data\":{}",
    ]

    /// A line with a few bytes changed, put in, taken out or repeated.
    private func mutated(_ line: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
        var bytes = line
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch random.next() % 6 {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(contentsOf: Array(random.pick(Self.tokens).utf8), at: index)
            case 3: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...20, using: &random)))
            case 4: bytes[index] ^= 1 << UInt8(random.next() % 8)
            default:
                bytes.insert(
                    contentsOf: bytes[index..<min(bytes.count, index + 20)],
                    at: Int.random(in: 0..<bytes.count, using: &random))
            }
        }
        return bytes
    }

    @Test(
        "Changed lines never crash, and none is taken that Foundation's strict JSON refuses",
        arguments: [21, 22, 23] as [UInt64])
    func strictness(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var parser = LineParser()
        var batch = EventBatch()
        var (taken, refusedBoth) = (0, 0)
        for number in 0..<3000 {
            let event = SampleEvent(&random)
            let bytes = mutated(Array((random.chance(2) ? event.plain : event.respelled(&random)).utf8), &random)
            var refusal: Refusal?
            let (records, arena) = (batch.records.count, batch.arena.count)
            do throws(Refusal) {
                try parser.parse(bytes.span, receivedAt: receivedAt, into: &batch)
                taken += 1
            } catch {
                refusal = error
                try #require(
                    batch.records.count == records && batch.arena.count == arena, "seed \(seed), line \(number)")
            }
            let isJSON = (try? JSONSerialization.jsonObject(with: Data(bytes))) is NSDictionary
            let text = String(decoding: bytes, as: UTF8.self)
            if refusal?.code != .syntax {
                // Foundation calls numbers faulty that no double can hold; the grammar takes them.
                try #require(isJSON || text.contains("e"), "seed \(seed), line \(number) was taken as JSON: \(text)")
                if !isJSON {
                    try #require(hasHugeNumber(text), "seed \(seed), line \(number) was taken as JSON: \(text)")
                }
            } else if !isJSON {
                refusedBoth += 1
            } else {
                // Twins and the byte order mark are what Foundation lets through.
                let message = refusal?.message ?? ""
                try #require(
                    message.contains("twice") || message.contains("byte order mark"),
                    "seed \(seed), line \(number) was refused: \(message) \(text)")
            }
            if let column = refusal?.column {
                try #require(column >= 1 && column <= bytes.count + 1, "seed \(seed), line \(number)")
            }
        }
        #expect(taken > 50)
        #expect(refusedBoth > 500)
    }

    private func hasHugeNumber(_ text: String) -> Bool {
        text.contains("e999") || text.contains(/[eE]\+?[0-9]{3,}/)
    }

    @Test("Bytes at random are refused and never crash", arguments: [31] as [UInt64])
    func noise(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt8(truncatingIfNeeded: random.next())
            }
            #expect(ParsedLine([UInt8(ascii: "{")] + bytes).refusal?.code == .syntax, "seed \(seed)")
        }
    }

    @Test("Every prefix of a line is refused as cut short", arguments: [41] as [UInt64])
    func prefixes(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<30 {
            let line = Array(SampleEvent(&random).respelled(&random).utf8)
            for count in 0..<line.count {
                #expect(ParsedLine(Array(line[..<count])).refusal?.code == .syntax, "seed \(seed)")
            }
        }
    }

    @Test("Changed details of the log never crash their readers", arguments: [51] as [UInt64])
    func details(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var reader = CorrectionReader()
        for _ in 0..<3000 {
            let parsed = ParsedLine(SampleEvent(&random).plain)
            var record = try #require(parsed.record)
            var batch = EventBatch()
            record.id = batch.store(Array("x".utf8).span)
            record.attributes = .none
            record.detail = batch.store(mutated(Array(parsed.batch.bytes(record.detail)), &random).span)
            var output: [UInt8] = []
            try? LineWriter.appendData(of: record, in: batch, to: &output)
            _ = try? EventDetail.arm(of: record, in: batch.arena.span)
            _ = try? EventDetail.items(of: record, in: batch.arena.span)
            _ = try? EventDetail.enrolment(of: record, in: batch.arena.span)
            _ = try? EventDetail.adverseEvent(of: record, in: batch.arena.span)
            _ = try? EventDetail.treatmentStopDrug(of: record, in: batch.arena.span)
            _ = try? reader.read(record, in: &batch)
        }
    }
}
