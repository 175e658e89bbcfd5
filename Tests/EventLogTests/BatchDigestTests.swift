import Crypto
import EventLog
import TestData
import Testing
import Trial

/// The bytes that the chain hashes, spelled here field by field from their description.
private struct PlainSpelling {
    private(set) var bytes = Array("trough.batch.1".utf8)

    init(
        after previous: [UInt8], slice: Int32, firstPosition: Int64, count: Int, recordedAt: Int64,
        _ author: Attribution
    ) {
        bytes += previous
        append(slice)
        append(firstPosition)
        append(Int64(count))
        append(recordedAt)
        for text in [author.author, author.reason ?? "", author.client] { append(text: Array(text.utf8)) }
    }

    mutating func append(_ number: some FixedWidthInteger) {
        for byte in 0..<number.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: number >> (number.bitWidth - 8 - 8 * byte)))
        }
    }

    mutating func append(text: some Collection<UInt8>) {
        append(UInt32(text.count))
        bytes += text
    }

    mutating func append(_ record: EventRecord, patient: Int32, _ subject: [UInt8], of batch: EventBatch) {
        append(patient)
        append(record.time)
        append(record.value.bitPattern)
        for number in [record.kind.rawValue, record.code, record.unit, record.qualifier, record.level] {
            append(number)
        }
        append(text: subject)
        append(text: batch.sources[Int(record.source)])
        for range in [record.id, record.detail, record.attributes] { append(text: batch.bytes(range)) }
    }
}

/// Digests of batches against the plain spelling, over random events.
struct BatchDigestTests {
    private static let attribution = Attribution(author: "author", reason: "why not", client: "test")

    private static func text(_ random: inout SeededRandom, _ lengths: ClosedRange<Int>) -> [UInt8] {
        (0..<Int.random(in: lengths, using: &random)).map { _ in UInt8(random.below(256)) }
    }

    /// Events of some sources, more than are remembered at a time or few, with short texts or long ones.
    private static func batch(_ random: inout SeededRandom, events: Int) -> EventBatch {
        var batch = EventBatch()
        for _ in 0..<random.pick([1, 2, 5, 20]) {
            _ = batch.sources.intern(text(&random, 1...random.pick([8, 256])).span)
        }
        let longest = random.pick([0, 10, 300, events > 40 ? 1_000 : 20_000])
        for number in 0..<events {
            let id = batch.store(text(&random, 1...random.pick([4, 7, 20, 64])).span)
            var record = EventRecord(
                time: Int64(bitPattern: random.next()), patient: Int32(number),
                source: Int32(random.below(batch.sources.count)),
                id: random.chance(2) ? id : batch.store(Array("0001".utf8).span), kind: random.pick(EventKind.allCases))
            record.value = Double(bitPattern: random.next())
            record.code = Int16(truncatingIfNeeded: random.below(1 << 16))
            record.unit = Int16(truncatingIfNeeded: random.below(1 << 16))
            record.qualifier = Int16(truncatingIfNeeded: random.below(1 << 16))
            record.level = Int16(truncatingIfNeeded: random.below(1 << 16))
            if random.chance(3) { record.detail = batch.store(text(&random, 0...longest).span) }
            if random.chance(5) { record.attributes = batch.store(text(&random, 0...longest).span) }
            batch.records.append(record)
        }
        return batch
    }

    @Test(
        "A batch has the digest of its plain spelling, event by event and patient by patient",
        arguments: 0..<30 as Range<UInt64>)
    func plain(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let batch = Self.batch(&random, events: random.pick([1, 2, 40, 400]))
        let previous = (0..<32).map { _ in UInt8(random.below(256)) }
        let count = batch.records.count
        var plain = PlainSpelling(
            after: previous, slice: 7, firstPosition: 41, count: count, recordedAt: 1_234, Self.attribution)
        let empty = BatchDigest(
            after: previous, slice: 7, firstPosition: 41, count: count, recordedAt: 1_234, attribution: Self.attribution
        )
        var (single, together) = (empty, empty)
        for (patient, stretch) in random.cut(Array(batch.records.indices), into: 1...60).enumerated() {
            let subject = Self.text(&random, 1...random.pick([11, 64]))
            for place in stretch {
                plain.append(batch.records[place], patient: Int32(patient), subject, of: batch)
                single.add(batch.records[place], patient: Int32(patient), subject: subject[...], of: batch)
            }
            together.add(
                stretch[0]..<stretch[0] + stretch.count, patient: Int32(patient), subject: subject[...], of: batch)
        }
        let expected = Array(SHA256.hash(data: plain.bytes))
        #expect(single.finish() == expected)
        #expect(together.finish() == expected)
    }
}
