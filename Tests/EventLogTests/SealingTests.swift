import EventLog
import Postgres
import TestData
import TestLog
import Testing

/// Packing finished history, while the log lives on.
@Suite("Sealing", .timeLimit(.minutes(12)))
struct SealingTests {
    /// Rounds of events of the same patients, each a batch in each slice.
    private static func lines(_ rounds: Range<Int>) -> [[String]] {
        rounds.map { round in
            (0..<40).map { EventLines.assay("P-\($0 % 15)", "\(round)-\($0)", value: $0) }
                + (round % 3 == 0 ? EventLines.everyType("R-\(round)") : [])
        }
    }

    private static func sealedEvents(_ log: TestLog) async throws -> Int {
        try await log.number("SELECT coalesce(sum(last_position - first_position + 1), 0) FROM trough.segment")
    }

    private static func expectSound(_ log: TestLog) async throws {
        #expect(try await log.faults() == [])
        #expect(try await log.segmentFaults() == [])
        #expect(try await log.verify(nil, stretch: 50).found == [])
    }

    @Test("Everything is sealed once, in whole batches and without a gap; later only what came since")
    func grows() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            for lines in Self.lines(0..<6) { _ = try await log.append(lines, to: study) }
            let first = try await log.seal(study, eventsPerSegment: 25)
            #expect(first.events == 6 * 40 + 2 * 12)
            #expect(first.segments > 8 && first.bytes > first.events)
            #expect(try await Self.sealedEvents(log) == first.events)
            #expect(try await log.number("SELECT max(last_position - first_position + 1) FROM trough.segment") <= 25)
            #expect(try await log.texts("SELECT DISTINCT author FROM trough.segment") == ["sealer"])
            #expect(try await log.seal(study, eventsPerSegment: 25).segments == 0)
            for lines in Self.lines(6..<8) { _ = try await log.append(lines, to: study) }
            let second = try await log.seal(study, shards: 7)
            #expect(second.events == 2 * 40 + 12)
            #expect(second.segments == 4, "one for each slice")
            try await Self.expectSound(log)
        }
    }

    @Test("Nothing that was recorded after a moment is sealed, and everything up to that very microsecond is")
    func until() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            for lines in Self.lines(0..<5) { _ = try await log.append(lines, to: study) }
            let times = try await log.texts("SELECT DISTINCT recorded_at::text FROM trough.batch ORDER BY 1")
            for time in times {
                let microseconds = Int64(
                    try await log.number("(extract(epoch FROM '\(time)'::timestamptz) * 1000000)::bigint"))
                #expect(try await log.seal(study, until: microseconds - 1).segments == 0)
                _ = try await log.seal(study, until: microseconds)
                let expected = try await log.number(
                    "SELECT count(*) FROM trough.event WHERE recorded_at <= '\(time)'::timestamptz")
                #expect(try await Self.sealedEvents(log) == expected)
            }
            try await Self.expectSound(log)
        }
    }

    @Test("An empty study, and slices without events, give nothing to seal")
    func empty() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 64)
            #expect(try await log.seal(study).segments == 0)
            _ = try await log.append([EventLines.assay("P-1", "1")], to: study)
            #expect(try await log.seal(study, shards: 7).segments == 1)
        }
    }

    @Test("Appends go on while it is sealed over and over")
    func appending() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            let isOver = Count()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await log.append(rounds: 120, to: study)
                    isOver.add()
                }
                group.addTask {
                    let own = try await Connection.open(log.configuration)
                    let look = TestLog(configuration: log.configuration, connection: own)
                    var runs = 0
                    repeat {
                        try await look.seal(study, eventsPerSegment: 40)
                        #expect(try await look.verify(stretch: 100).found == [])
                        runs += 1
                    } while isOver.value == 0
                    print("sealed \(runs) times while 2,400 events were appended")
                    await own.close()
                }
                try await group.waitForAll()
            }
            try await log.seal(study, eventsPerSegment: 40)
            #expect(try await Self.sealedEvents(log) == 2_400)
            try await Self.expectSound(log)
        }
    }

    @Test("Several that seal at the same time share the work, whatever sizes they choose")
    func together() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 5)
            for lines in Self.lines(0..<30) { _ = try await log.append(lines, to: study) }
            let results = try await withThrowingTaskGroup(of: Sealing.Result.self) { group in
                for size in [9, 9, 20, 70] {
                    group.addTask {
                        let own = try await Connection.open(log.configuration)
                        let look = TestLog(configuration: log.configuration, connection: own)
                        let result = try await look.seal(study, eventsPerSegment: size, shards: 3)
                        await own.close()
                        return result
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let events = 30 * 40 + 10 * 12
            #expect(results.reduce(0) { $0 + $1.events } == events, "\(results)")
            #expect(
                try await log.number("SELECT count(*) FROM trough.segment") == results.reduce(0) { $0 + $1.segments })
            #expect(try await Self.sealedEvents(log) == events)
            try await Self.expectSound(log)
        }
    }

    @Test("A login that may append may seal; one that may only read is refused and leaves nothing")
    func roles() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            for lines in Self.lines(0..<2) { _ = try await log.append(lines, to: study) }
            try await log.withLogin(grants: "GRANT trough_reader TO {}") { _, address in
                let error = await #expect(throws: LogError.self) { try await log.seal(study, as: address) }
                guard case .database(let cause) = error, cause.sqlState == "42501" else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            #expect(try await Self.sealedEvents(log) == 0)
            try await log.withLogin(grants: "GRANT trough_writer TO {}") { _, address in
                let result = try await log.seal(study, as: address)
                #expect(result.events == 92)
            }
            try await Self.expectSound(log)
        }
    }

    @Test(
        "Rows that do not lead to their digests are not sealed, and what lies before them is",
        arguments: [
            "UPDATE trough.event SET value = value + 1 WHERE position = 25",
            "UPDATE trough.event SET id = 'other' WHERE position = 25",
            "UPDATE trough.event SET occurred_at = occurred_at + interval '1 microsecond' WHERE position = 25",
            "UPDATE trough.event SET recorded_at = recorded_at + interval '1 microsecond' WHERE position = 25",
            "UPDATE trough.event SET detail = '{}' WHERE position = 25",
            "UPDATE trough.event SET attributes = '{}' WHERE position = 25",
            "UPDATE trough.event SET kind = 999 WHERE position = 25",
            "UPDATE trough.event SET code = 999 WHERE position = 25",
            "UPDATE trough.event SET patient = 999 WHERE position = 25",
            "DELETE FROM trough.event WHERE position = 25",
            "UPDATE trough.patient SET subject = 'other' WHERE patient = 1",
            "UPDATE trough.patient SET patient = 999 WHERE patient = 1",
            "UPDATE trough.source SET uri = '/other'",
            "UPDATE trough.batch SET author = 'other' WHERE first_position = 21",
            "UPDATE trough.batch SET digest = sha256('') WHERE first_position = 21",
            "UPDATE trough.batch SET recorded_at = recorded_at - interval '1 microsecond' WHERE first_position = 21",
            "DELETE FROM trough.batch WHERE first_position = 21",
        ])
    func damaged(attack: String) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            for round in 0..<6 {
                _ = try await log.append((0..<10).map { EventLines.assay("P-\($0)", "\(round)-\($0)") }, to: study)
            }
            try await log.execute(
                ["event", "batch", "patient", "source"].map { "ALTER TABLE trough.\($0) DISABLE TRIGGER ALL;" }.joined()
                    + attack)
            let error = await #expect(throws: LogError.self) { try await log.seal(study, eventsPerSegment: 10) }
            guard case .damaged(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.hasPrefix(#"Slice 0 of study "main" is not sealed further: "#), "\(reason)")
            #expect(error?.description.hasSuffix(#" "trough verify" tells more."#) == true, "\(reason)")
            let isEverywhere = attack.contains("trough.patient") || attack.contains("trough.source")
            #expect(try await Self.sealedEvents(log) == (isEverywhere ? 0 : 20), "\(reason)")
        }
    }

    @Test("A log of which nothing is sealed any more because a batch is missing says so")
    func withoutBatches() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append([EventLines.assay("P-1", "1")], to: study)
            try await log.execute("ALTER TABLE trough.batch DISABLE TRIGGER ALL; DELETE FROM trough.batch")
            await #expect(throws: LogError.self) { try await log.seal(study) }
        }
    }
}

/// The rules of the table of segments, in the database.
@Suite("Rules of segments", .timeLimit(.minutes(12)))
struct SegmentRuleTests {
    private static let columns =
        "slice, first_position, last_position, first_patient, last_patient, author, has_rows, chain, digest, data, rest"

    /// A copy of the first segment, which is at positions 1 to 10, with other values, as a statement.
    private static func insert(_ changes: [String: String]) -> String {
        let values = columns.split(separator: ", ").map { changes[String($0)] ?? String($0) }.joined(separator: ", ")
        return "INSERT INTO trough.segment (\(columns)) SELECT \(values) FROM trough.segment "
            + "WHERE slice = 0 AND first_position = 1"
    }

    private static func digest(_ end: Int) -> String {
        "(SELECT digest FROM trough.batch WHERE slice = 0 AND last_position = \(end))"
    }

    @Test(
        "A segment that leaves a gap, overlaps, ends within a batch or names another digest is refused, by every role")
    func loose() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            var subjects: [String] = []
            for number in 0... where SliceHash.slice(of: Array("P-\(number)".utf8)[...], among: 2) == 0 {
                subjects.append("P-\(number)")
                if subjects.count == 10 { break }
            }
            var moment: Int64 = 0
            for round in 0..<4 {
                _ = try await log.append(subjects.map { EventLines.assay($0, "\(round)") }, to: study)
                if round == 1 {
                    moment = Int64(
                        try await log.number("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"))
                }
            }
            try await log.seal(study, until: moment, eventsPerSegment: 10)
            #expect(try await log.texts("SELECT first_position::text FROM trough.segment ORDER BY 1") == ["1", "11"])
            let refused = [
                ["first_position": "31", "last_position": "40", "chain": Self.digest(40)],
                ["first_position": "12", "last_position": "20", "chain": Self.digest(20)],
                ["first_position": "20", "last_position": "30", "chain": Self.digest(30)],
                ["first_position": "21", "last_position": "29", "chain": Self.digest(30)],
                ["first_position": "21", "last_position": "30"],
                ["first_position": "21", "last_position": "30", "chain": "sha256('')"],
                ["first_position": "21", "last_position": "50", "chain": Self.digest(40)],
                ["slice": "1", "first_position": "1", "last_position": "10"],
            ]
            try await log.connection.perform { session throws in
                let writers = ["RESET ROLE", "SET session_replication_role = replica", "SET ROLE trough_writer"]
                for changes in refused {
                    for who in writers {
                        try session.execute(who)
                        let statement = Self.insert(changes)
                        let error = #expect(throws: PostgresError.self) { try session.execute(statement) }
                        #expect(error?.sqlState == "42501", "\(who), \(changes): \(String(describing: error))")
                        try session.execute("RESET ROLE; RESET session_replication_role")
                    }
                }
                // The keys and checks of the table.
                for (changes, state) in [
                    (["has_rows": "false"], "23505"),
                    (
                        ["first_position": "21", "last_position": "30", "chain": Self.digest(30), "digest": "'\\x00'"],
                        "23514"
                    ),
                    (
                        [
                            "first_position": "21", "last_position": "30", "chain": Self.digest(30),
                            "first_patient": "0",
                        ], "23514"
                    ),
                    (
                        ["first_position": "21", "last_position": "30", "chain": Self.digest(30), "data": "NULL"],
                        "23502"
                    ),
                ] {
                    let statement = Self.insert(changes)
                    let error = #expect(throws: PostgresError.self) { try session.execute(statement) }
                    #expect(error?.sqlState == state, "\(changes): \(String(describing: error))")
                }
                try session.execute("SET ROLE trough_reader")
                let statement = Self.insert(["first_position": "21", "last_position": "30", "chain": Self.digest(30)])
                let error = #expect(throws: PostgresError.self) { try session.execute(statement) }
                #expect(error?.sqlState == "42501")
                try session.execute("RESET ROLE")
            }
            #expect(try await log.number("SELECT count(*) FROM trough.segment") == 2)
            // One that goes on, and ends with a batch of its digest, is let in: what it packs, no rule of a table can tell.
            try await log.execute(
                Self.insert(["first_position": "21", "last_position": "30", "chain": Self.digest(30)]))
            let faults = try await log.verify().faults
            #expect(faults.map(\.kind) == [.segment] && faults.first?.positions == 21...30, "\(faults)")
        }
    }
}
