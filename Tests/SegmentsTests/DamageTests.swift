import Segments
import TestData
import Testing
import Trial

struct DamageTests {
    @Test("Every changed bit changes the digest of its part, and the first part knows the digest of the second")
    func digests() throws {
        let stretch = RandomStretch(seed: 5, events: 15)
        let parts = try stretch.packed()
        let segment = try Segment(parts.data, sources: stretch.batch.sources, number: stretch.number)
        for bit in 0..<parts.data.count * 8 {
            var data = parts.data
            data[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(segmentDigest(data) != parts.digest)
        }
        for bit in 0..<parts.rest.count * 8 {
            var rest = parts.rest
            rest[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: SegmentError.self) { try SegmentRest(rest, of: segment) }
        }
    }

    @Test("Whatever bytes are opened as a segment can be read to the end as sound events, or are refused")
    func arbitraryBytes() throws {
        let seed: UInt64 = 20_201
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let relevance = Relevance([CompiledProtocol(.roblin2020)])
        var (opened, reduced) = (0, 0)
        for round in 0..<1_000 {
            let stretch = RandomStretch(seed: UInt64(round % 50), events: 1 + round % 90)
            var data = try stretch.packed().data
            for _ in 0..<1 + random.below(4) {
                let place = random.chance(2) ? random.below(min(data.count, 400)) : random.below(data.count)
                data[place] = random.chance(2) ? UInt8(random.below(256)) : data[place] ^ (1 << UInt8(random.below(8)))
            }
            if random.chance(10) { data.removeLast(random.below(data.count)) }
            guard let segment = try? Segment(data, sources: stretch.batch.sources, number: stretch.number) else {
                continue
            }
            opened += 1
            let rules = SegmentRules(relevance, for: segment)
            var records: [EventRecord] = []
            for index in segment.patients.indices {
                let start = records.count
                segment.append(index, to: &records)
                _ = segment.subject(index).count
                var some: [EventRecord] = []
                guard segment.appendRelevant(index, rules, until: .max, to: &some) != nil else { continue }
                reduced += 1
                let all = records[start...].map { PlainEvent($0, of: segment.batch) }
                #expect(some.map { PlainEvent($0, of: segment.batch) }.allSatisfy(all.contains), "round \(round)")
            }
            let isSound = records.allSatisfy(\.isSound)
            #expect(isSound)
            for record in records { _ = PlainEvent(record, of: segment.batch) }
        }
        // Values alone that were changed are found by the digest, which nobody looks at here.
        #expect(opened > 50 && reduced > 50)
    }

    @Test("A torn segment, another format, the other part and a foreign source are told apart")
    func words() throws {
        let stretch = RandomStretch(seed: 9, events: 20)
        let parts = try stretch.packed()
        func message(_ data: [UInt8]) -> String {
            do throws(SegmentError) {
                _ = try Segment(data, sources: stretch.batch.sources, number: stretch.number)
                return ""
            } catch {
                return error.message
            }
        }
        #expect(message([]).contains("ends after 0 bytes"))
        #expect(message(Array(parts.data.dropLast())).contains("ends after"))
        #expect(message(parts.data + [0]).contains("1 bytes too many"))
        #expect(message(Array("no segment of this program".utf8)).contains("do not begin with its mark"))
        #expect(message(parts.rest).contains("the other part"))
        var later = parts.data
        later[8] = 2
        #expect(message(later) == "The segment is of format 2; this program reads format 1.")
        #expect(throws: SegmentError.self) { try Segment(parts.data, sources: stretch.batch.sources) { _ in nil } }
        let other = try RandomStretch(seed: 10, events: 20).packed()
        let segment = try Segment(parts.data, sources: stretch.batch.sources, number: stretch.number)
        #expect(throws: SegmentError.self) { try SegmentRest(other.rest, of: segment) }
    }
}
