import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

@Suite("Receipts", .serialized, .timeLimit(.minutes(12)))
struct AppendReceiptTests {
    /// The heads that the table holds for a study, by the slice's number within it.
    private static func heads(_ study: Study, _ log: TestLog) async throws -> [Int: Int64] {
        try await log.connection.perform { session throws(PostgresError) in
            let rows = try session.query(
                "SELECT slice, position FROM trough.head WHERE study = $1", [.int32(study.number)])
            var heads: [Int: Int64] = [:]
            for row in 0..<rows.count { heads[Int(try rows.int32(row, 0) - study.firstSlice)] = try rows.int64(row, 1) }
            return heads
        }
    }

    @Test(
        "A receipt names the heads that the table has, of the slices that got events and of no other",
        arguments: [1, 3])
    func alone(lanes: Int) async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 4_101
            var random = SeededRandom(seed: seed)
            _ = try await log.study("before", slices: 5)
            let study = try await log.study(slices: 13)
            let appender = try await log.appender(to: study, lanes: lanes)
            var sent: [String] = []
            for round in 0..<60 {
                var lines = (0..<Int.random(in: 1...30, using: &random)).map {
                    EventLines.assay("P-\(Int.random(in: 0..<40, using: &random))", "\(round)-\($0)")
                }
                let new = Set(lines.map { SliceHash.slice(of: subject(of: $0)[...], among: 13) })
                lines += sent.shuffled(using: &random).prefix(5)
                lines.shuffle(using: &random)
                let before = try await Self.heads(study, log)
                let receipt = try await appender.append(EventLines.batch(lines))
                let after = try await Self.heads(study, log)
                let expected = after.filter { before[$0.key] != $0.value }
                    .map { LogPlace(slice: $0.key, position: $0.value) }.sorted()
                #expect(receipt.heads == expected, "seed \(seed), round \(round)")
                #expect(Set(expected.map(\.slice)) == new, "seed \(seed), round \(round)")
                #expect(receipt.decisions.count == lines.count)
                sent += lines
            }
            let again = try await appender.append(EventLines.batch(sent))
            #expect(again.heads == [], "nothing was stored")
            await appender.close()
        }
    }

    @Test("Of callers committed together each gets the heads of its own slices, and its events are up to them")
    func together() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 6)
            let appender = try await log.appender(to: study)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<24 {
                    group.addTask {
                        for round in 0..<12 {
                            let lines = (0..<3).map {
                                EventLines.assay("P-\((caller + $0 * 7) % 19)", "\(caller)-\(round)-\($0)")
                            }
                            let receipt = try await appender.append(EventLines.batch(lines))
                            let slices = Set(lines.map { SliceHash.slice(of: subject(of: $0)[...], among: 6) })
                            #expect(receipt.heads.map(\.slice) == slices.sorted())
                            let ids = lines.indices.map { "'\(caller)-\(round)-\($0)'" }.joined(separator: ",")
                            for head in receipt.heads {
                                let slice = study.firstSlice + Int32(head.slice)
                                // A head is where a batch ends, and no event of the caller lies beyond it.
                                #expect(
                                    try await log.number(
                                        """
                                        SELECT count(*) FROM trough.batch
                                        WHERE slice = \(slice) AND last_position = \(head.position)
                                        """) == 1)
                                #expect(
                                    try await log.number(
                                        """
                                        SELECT count(*) FROM trough.event
                                        WHERE slice = \(slice) AND id IN (\(ids)) AND position > \(head.position)
                                        """) == 0)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            await appender.close()
            #expect(try await log.faults() == [])
        }
    }
}

/// The subject of a line made by ``EventLines``.
func subject(of line: String) -> [UInt8] {
    guard let found = line.firstMatch(of: /"subject":"([^"]*)"/) else { return [] }
    return Array(found.1.utf8)
}
