import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

/// Reading a study whose first positions have no rows, against the same study while it had them.
@Suite("Reading events without rows", .serialized, .timeLimit(.minutes(12)))
struct RowlessReadingTests {
    /// Lines of the example, of all types with further attributes, and of many sources, in no particular order.
    static func lines(_ random: inout SeededRandom) throws -> [String] {
        var lines = Array(try TestData.lines(TestData.replica).shuffled(using: &random).prefix(1_500))
        lines += (0..<30).flatMap { EventLines.everyType("P-\($0)") }
        lines += (0..<400).map { EventLines.assay("Q-\($0 % 41)", "a-\($0)", source: "/labs/\($0 % 9)", value: $0) }
        return lines.shuffled(using: &random)
    }

    /// Appends lines in batches, and seals some of them away on the way, so that slices have several segments.
    static func append(
        _ lines: [String], to study: Study, sealing parts: Int, _ log: TestLog, _ random: inout SeededRandom
    ) async throws {
        let appender = try await log.appender(to: study)
        for part in random.cut(lines, into: lines.count / parts + 1...lines.count / parts + 1) {
            for piece in random.cut(part, into: 1...120) { _ = try await appender.append(EventLines.batch(piece)) }
            _ = try await log.seal(study)
        }
        await appender.close()
    }

    @Test(
        "Pages are those of before, byte for byte, from every place and for every patient",
        arguments: [(601, 1, 1), (602, 3, 4), (603, 7, 3)] as [(UInt64, Int, Int)])
    func pages(seed: UInt64, slices: Int, parts: Int) async throws {
        var random = SeededRandom(seed: seed)
        let lines = try Self.lines(&random)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: slices)
            _ = try await log.study("other", slices: 2)
            try await Self.append(lines, to: study, sealing: parts, log, &random)
            // Behind the seam.
            let late = (0..<300).map { EventLines.assay("Q-\($0 % 60)", "b-\($0)", source: "/late/\($0 % 3)") }
            for piece in random.cut(late, into: 1...90) { _ = try await log.append(piece, to: study) }
            let before = try await log.lines(of: study)
            let some = (0..<4).compactMap { _ in random.pick(lines).firstMatch(of: /"subject":"([^"]*)"/) }
            let subjects = ["P-3", "Q-7", "Q-55", "SE-001", "nobody"] + some.map { String($0.1) }
            var ofSubjects: [[[String]]] = []
            for subject in subjects { ofSubjects.append(try await log.lines(of: study, subject: subject)) }
            #expect(before.joined().count == lines.count + 300)

            try await log.removeSealedRows(study)
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 300)
            #expect(try await log.lines(of: study) == before, "seed \(seed)")
            for (subject, known) in zip(subjects, ofSubjects) {
                #expect(try await log.lines(of: study, subject: subject) == known, "seed \(seed), \(subject)")
            }
            for _ in 0..<40 {
                let positions = before.map { Int64(random.below($0.count + 1)) }
                let rest = zip(before, positions).map { Array($0[Int($1)...]) }
                #expect(try await log.lines(of: study, from: positions) == rest, "seed \(seed), \(positions)")
            }
        }
    }

    @Test("As known at any time, the log ends where it did, in the midst of a segment too")
    func asOf() async throws {
        let seed: UInt64 = 611
        var random = SeededRandom(seed: seed)
        let lines = try Self.lines(&random)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            try await Self.append(lines, to: study, sealing: 2, log, &random)
            let times = try await log.texts(
                "SELECT (extract(epoch FROM recorded_at) * 1000000)::bigint::text FROM trough.batch ORDER BY random() LIMIT 8"
            )
            func known() async throws -> [[String]] {
                try await log.connection.perform { session throws in
                    try times.map { time in
                        var reader = try LogReader(study, asOf: Int64(time), session)
                        return try reader.heads.flatMap { head in
                            try TestLog.lines(of: reader.page(of: head, after: 0, session))
                        }
                    }
                }
            }
            let before = try await known()
            try await log.removeSealedRows(study)
            #expect(try await known() == before, "seed \(seed)")
        }
    }

    @Test("Pages are full up to the head, across the seam, and a segment is read once for all pages of it")
    func fullPages() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            func append(_ numbers: Range<Int>) async throws {
                _ = try await log.append(numbers.map { EventLines.assay("P-\($0 % 5)", "\($0)", value: $0) }, to: study)
            }
            for start in [0, 9_000] { try await append(start..<start + 9_000) }
            try await log.sealWithoutRows(study)
            try await append(18_000..<21_000)
            try await log.connection.perform { session throws in
                try session.execute("BEGIN")
                var reader = try LogReader(study, session)
                let head = reader.heads[0]
                let before = try Self.readsOfSegments(session)
                var (sizes, values): ([Int], [Int]) = ([], [])
                var position: Int64 = 0
                while position < head.position {
                    let page = try reader.page(of: head, after: position, session)
                    sizes.append(page.places.count)
                    values += page.batch.records.map { Int($0.value) }
                    position = page.through
                }
                #expect(sizes == [5_000, 5_000, 5_000, 5_000, 1_000])
                #expect(values == Array(0..<21_000))
                // Its two parts.
                #expect(try Self.readsOfSegments(session) - before == 2)
                #expect(try reader.page(of: head, after: head.position, session).places.isEmpty)
                // One patient: one full page has all that lies in the segment and behind it.
                let page = try reader.page(of: head, after: 0, subject: Array("P-2".utf8), session)
                #expect(page.batch.records.map { Int($0.value) } == stride(from: 2, to: 21_000, by: 5).map(\.self))
                #expect(page.through == head.position)
                #expect(try Self.readsOfSegments(session) - before == 2)
                try session.execute("COMMIT")
            }
        }
    }

    /// How often segments were looked up in the transaction that is open.
    private static func readsOfSegments(_ session: Session) throws(PostgresError) -> Int64 {
        try session.query(
            """
            SELECT coalesce(idx_scan, 0) + seq_scan FROM pg_stat_xact_user_tables
            WHERE schemaname = 'trough' AND relname = 'segment'
            """
        ).int64(0, 0)
    }

    @Test("For one patient only those segments are read that may hold him")
    func onlyWhereHeIs() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            for part in 0..<4 {
                _ = try await log.append((0..<20).map { EventLines.assay("P-\(part)-\($0 % 7)", "\($0)") }, to: study)
                try await log.sealWithoutRows(study)
            }
            try await log.connection.perform { session throws in
                try session.execute("BEGIN")
                var reader = try LogReader(study, session)
                let before = try Self.readsOfSegments(session)
                let page = try reader.page(of: reader.heads[0], after: 0, subject: Array("P-2-3".utf8), session)
                #expect(page.places.map(\.position) == [44, 51, 58])
                #expect(try Self.readsOfSegments(session) - before == 2)
                try session.execute("COMMIT")
            }
        }
    }

    @Test("A segment whose bytes were changed, that is missing, or whose batches are torn, is damage")
    func damage() async throws {
        let harms = [
            "UPDATE trough.segment SET data = set_byte(data, 60, get_byte(data, 60) # 1)",
            "UPDATE trough.segment SET rest = set_byte(rest, 60, get_byte(rest, 60) # 1)",
            "UPDATE trough.segment SET digest = sha256(digest)",
            "UPDATE trough.segment SET checksum = set_byte(checksum, 6, get_byte(checksum, 6) # 1)",
            "UPDATE trough.segment SET data = set_byte(data, 60, get_byte(data, 60) # 1), checksum = NULL",
            "UPDATE trough.segment SET digest = sha256(digest), checksum = NULL",
            "DELETE FROM trough.segment",
            "DELETE FROM trough.batch WHERE first_position = 1",
            "UPDATE trough.batch SET last_position = last_position - 1 WHERE first_position > 1",
        ]
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            for part in 0..<3 {
                _ = try await log.append((0..<30).map { EventLines.assay("P-\($0)", "\(part)") }, to: study)
            }
            try await log.sealWithoutRows(study)
            for harm in harms {
                try await log.connection.perform { session throws in
                    try session.execute(
                        """
                        BEGIN; ALTER TABLE trough.segment DISABLE TRIGGER USER; ALTER TABLE trough.batch DISABLE TRIGGER USER;
                        \(harm)
                        """)
                    var reader = try LogReader(study, session)
                    var live = LiveReader(study)
                    let head = reader.heads[0]
                    let stretch = LiveReader.Stretch(slice: head.slice, after: 0, through: head.position)
                    let page = Result { () throws(LogError) in try reader.page(of: head, after: 0, session) }
                    #expect(Self.isDamage(page), "\(harm): \(page)")
                    let events = Result { () throws(LogError) in try live.events(of: [stretch], session) }
                    #expect(Self.isDamage(events), "\(harm): \(events)")
                    try session.execute("ROLLBACK")
                }
            }
            #expect(try await log.lines(of: study)[0].count == 90)
        }
    }

    private static func isDamage(_ result: Result<some Sendable, LogError>) -> Bool {
        if case .failure(.damaged) = result { true } else { false }
    }
}
