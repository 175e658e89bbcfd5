import Crypto
import EventLog
import Foundation
import Postgres
import TestData
import TestLog
import Testing
import Trial

@Suite("Appending", .timeLimit(.minutes(12)))
struct AppendTests {
    @Test(
        "Every slice has positions 1 to n, batches end to end, times that never go back, and its chain",
        arguments: [1, 4])
    func promises(lanes: Int) async throws {
        try await TestLog.withLog { log in
            let seed: UInt64 = 41
            var random = SeededRandom(seed: seed)
            let study = try await log.study(slices: 16)
            let appender = try await log.appender(to: study, lanes: lanes)
            var lines = (1...40).flatMap { EventLines.everyType("P-\($0)") }
            lines += (1...400).map { EventLines.assay("Q-\($0 % 57)", "a-\($0)", source: "/labs/\($0 % 5)", value: $0) }
            lines.shuffle(using: &random)
            for piece in random.cut(lines, into: 1...90) {
                let decisions = try await appender.append(EventLines.batch(piece)).decisions
                #expect(decisions == [Decision](repeating: .stored, count: piece.count), "seed \(seed)")
            }
            await appender.close()
            #expect(try await log.faults() == [], "seed \(seed)")
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 880, "seed \(seed)")
            let who = "SELECT DISTINCT author || '|' || coalesce(reason, '') || '|' || client FROM trough.batch"
            let expected = TestLog.attribution
            #expect(try await log.texts(who) == ["\(expected.author)|\(expected.reason ?? "")|\(expected.client)"])
        }
    }

    @Test("A checker of promises that finds nothing would find something")
    func checkerFinds() async throws {
        let harms = [
            "UPDATE trough.event SET value = value + 1 WHERE position = 2",
            "UPDATE trough.event SET attributes = '{}' WHERE position = 2",
            "UPDATE trough.batch SET author = 'x' WHERE first_position = 1",
            "UPDATE trough.batch SET reason = NULL",
            "UPDATE trough.patient SET subject = 'P-9' WHERE patient = 1",
            "UPDATE trough.source SET uri = '/x' WHERE source = 1",
            "DELETE FROM trough.event WHERE position = 1",
            "DELETE FROM trough.batch WHERE first_position > 1",
            "UPDATE trough.head SET position = position + 1",
            "UPDATE trough.event SET recorded_at = recorded_at + interval '1 second' WHERE position = 1",
        ]
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append(EventLines.everyType("P-1"), to: study)
            _ = try await log.append([EventLines.assay("P-1", "x")], to: study)
            #expect(try await log.faults() == [])
            for harm in harms {
                try await log.connection.perform { session throws in
                    for table in ["event", "batch", "patient", "source", "head"] {
                        try session.execute("BEGIN; ALTER TABLE trough.\(table) DISABLE TRIGGER ALL; COMMIT")
                    }
                    try session.execute("BEGIN; \(harm)")
                    #expect(try !LogFaults.find(session).isEmpty, "\(harm)")
                    try session.execute("ROLLBACK")
                }
            }
            #expect(try await log.faults() == [])
        }
    }

    @Test("The first digest of a slice is SHA-256 of the documented bytes, put together by hand")
    func digestByHand() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append(
                [EventLines.assay("P-1", "id-1", source: "/s", value: 3, time: "1970-01-01T00:00:01Z")], to: study)
            let row = try await log.connection.perform { session throws(PostgresError) in
                let rows = try session.query("SELECT digest, recorded_at FROM trough.batch")
                return (try rows.bytes(0, 0), try rows.timestamp(0, 1))
            }
            func number(_ value: Int64, _ bytes: Int) -> [UInt8] {
                (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> Int64(8 * $0)) }
            }
            func text(_ value: String) -> [UInt8] { number(Int64(value.utf8.count), 4) + Array(value.utf8) }
            var bytes = Array("trough.batch.1".utf8) + [UInt8](repeating: 0, count: 32)
            bytes += number(0, 4) + number(1, 8) + number(1, 8) + number(row.1, 8)
            bytes += text("Dr. É. Test") + text("a \"test\"") + text("trough-tests 1")
            bytes += number(1, 4) + number(1_000_000, 8) + number(Int64(bitPattern: (3.0).bitPattern), 8)
            // An assay is kind 4, C-reactive protein analyte 6, mg/L unit 11.
            bytes += number(4, 2) + number(6, 2) + number(11, 2) + number(0, 2) + number(0, 2)
            bytes += text("P-1") + text("/s") + text("id-1") + text("") + text("")
            #expect(row.0 == Array(SHA256.hash(data: bytes)))
        }
    }

    @Test("A time of recording lies between the call and its return, and never before an earlier one")
    func recordedAt() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let clock = "SELECT extract(epoch FROM clock_timestamp())::text"
            let before = try await log.texts(clock)[0]
            _ = try await log.append([EventLines.assay("P-1", "1")], to: study)
            let after = try await log.texts(clock)[0]
            let inside =
                "SELECT count(*) FROM trough.event WHERE extract(epoch FROM recorded_at) BETWEEN \(before) AND \(after)"
            #expect(try await log.number(inside) == 1)
            // A clock that was ahead for a while, and is right again.
            try await log.execute(
                """
                ALTER TABLE trough.head DISABLE TRIGGER USER;
                UPDATE trough.head SET recorded_at = '2999-01-01';
                ALTER TABLE trough.head ENABLE ALWAYS TRIGGER only_forward;
                """)
            _ = try await log.append([EventLines.assay("P-1", "2")], to: study)
            #expect(
                try await log.texts("SELECT recorded_at::date::text FROM trough.event ORDER BY position DESC LIMIT 1")
                    == ["2999-01-01"])
            #expect(try await log.faults() == [])
        }
    }

    @Test("An empty batch writes nothing, and a batch of nothing new writes no batch row")
    func nothing() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            let appender = try await log.appender(to: study)
            #expect(try await appender.append(EventBatch()) == AppendReceipt(decisions: [], heads: []))
            let batch = try EventLines.batch(EventLines.everyType("P-1"))
            _ = try await appender.append(batch)
            let batches = try await log.number("SELECT count(*) FROM trough.batch")
            #expect(try await appender.append(batch).decisions == [Decision](repeating: .duplicate, count: 12))
            #expect(try await log.number("SELECT count(*) FROM trough.batch") == batches)
            await appender.close()
        }
    }

    @Test("Studies have slices of their own, and the same names in two studies do not meet")
    func studies() async throws {
        try await TestLog.withLog { log in
            let one = try await log.study("one", slices: 1024)
            let two = try await log.study("two", slices: 1)
            #expect(one.sliceNumbers == 0..<1024)
            #expect(two.sliceNumbers == 1024..<1025)
            let lines = EventLines.everyType("P-1")
            #expect(try await log.append(lines, to: one).allSatisfy { $0 == .stored })
            #expect(try await log.append(lines, to: two).allSatisfy { $0 == .stored })
            #expect(try await log.contents(of: "one") == log.contents(of: "two"))
            #expect(try await log.faults() == [])
        }
    }
}
