import EventLog
import Postgres
import TestLog
import Testing

/// How much a segment takes: long texts make it hold fewer events, and a batch is never torn.
@Suite("Size of segments", .timeLimit(.minutes(12)))
struct SegmentSizeTests {
    /// Events of one patient, each with a further attribute of so many bytes that no other has.
    private static func lines(_ round: Int, _ count: Int, bytes: Int) -> [String] {
        (0..<count).map { number in
            let text = String(repeating: "x", count: bytes - 8) + String(10_000_000 + round * 1_000 + number)
            return EventLines.assay("P-1", "\(round)-\(number)").dropLast() + #","note":"\#(text)"}"#
        }
    }

    @Test("Batches with long texts come into as many segments as they need, and the log stays the same")
    func longTexts() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            for round in 0..<16 { _ = try await log.append(Self.lines(round, 5, bytes: 1_000), to: study) }
            let before = try await log.lines(of: study, withTimes: false)
            let result = try await log.seal(study, size: SegmentSize(texts: 24_000))
            #expect(result.events == 80 && result.refusals == [])
            #expect(try await log.segmentFaults() == [])
            #expect(try await log.verify(nil, stretch: 50).found == [])
            let sizes = try await log.texts(
                "SELECT (octet_length(data) + octet_length(rest))::text FROM trough.segment")
            #expect(sizes.count >= 4 && sizes.allSatisfy { Int($0)! < 30_000 }, "\(sizes)")
            try await log.removeSealedRows(study)
            #expect(try await log.lines(of: study, withTimes: false) == before)
        }
    }

    @Test("A batch that is too much by itself leaves its slice as it is, and the others are sealed")
    func tooMuch() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 8)
            _ = try await log.append((1...60).map { EventLines.assay("Q-\($0)", "1") }, to: study)
            _ = try await log.append(Self.lines(0, 20, bytes: 1_000), to: study)
            let result = try await log.seal(study, size: SegmentSize(texts: 4_000, bytes: 8_000))
            let slice = SliceHash.slice(of: Array("P-1".utf8)[...], among: 8)
            let positions = try await log.texts(
                """
                SELECT format('%s to %s', first_position, last_position) FROM trough.batch
                WHERE slice = \(slice) ORDER BY first_position DESC LIMIT 1
                """)
            #expect(
                result.refusals == [
                    #"Slice \#(slice) of study "main" is not sealed further: the batch of positions \#(positions[0]) has too "#
                        + "long texts."
                ])
            #expect(result.events == 60)
            // With room for it the same command goes on.
            #expect(try await log.seal(study).events == 20)
            #expect(try await log.verify(nil, stretch: 50).found == [])
        }
    }
}
