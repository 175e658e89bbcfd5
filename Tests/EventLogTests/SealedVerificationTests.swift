import EventLog
import Postgres
import Segments
import TestLog
import Testing
import Trial

/// Chains that are computed again from segments.
@Suite("Verification of segments", .timeLimit(.minutes(12)))
struct SealedVerificationTests {
    /// One slice with seven batches of five events of the same five patients: positions 1 to 35.
    ///
    /// Some events of a patient happened before the one that was recorded before them; those from 11 to 20 happened at one
    /// time.
    static func withSegments(
        until batches: Int = 7, eventsPerSegment: Int = 10, _ body: (TestLog, Study) async throws -> Void
    ) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            for round in 0..<7 {
                let time = "2020-03-\([24, 19, 15, 15, 27, 11, 13][round])T08:00:00Z"
                let lines = (0..<5).map { EventLines.assay("P-\($0)", "\(round)-\($0)", value: $0, time: time) }
                _ = try await log.append(lines, to: study)
                if round == batches - 1 { try await log.seal(study, eventsPerSegment: eventsPerSegment) }
            }
            try await log.execute("ALTER TABLE trough.segment DISABLE TRIGGER ALL")
            try await body(log, study)
        }
    }

    private static func kinds(_ log: TestLog) async throws -> [ChainFault.Kind] {
        try await log.verify(stretch: 4).faults.map(\.kind)
    }

    @Test("A sealed log fits, with rows or without, whatever is read and remembered at a time, and extends its anchors")
    func sound() async throws {
        try await ChainVerificationTests.withBatches { log, study in
            let before = try await log.anchor()
            try await log.seal(study, eventsPerSegment: 17)
            #expect(try await log.anchor() == before, "sealing moves no chain")
            for condition in [nil, "s.first_position > 40", "s.slice % 2 = 0", "true"] {
                if let condition { try await log.dropSealedRows(where: condition) }
                for (shards, stretch, names) in [(1, 10_000, 1_000_000), (2, 7, 1_000), (3, 1, 5), (64, 20, 1)] {
                    let result = try await log.verify(
                        against: before, shards: shards, names: Int64(names), stretch: Int64(stretch))
                    #expect(result.found == [])
                    #expect(result.events == 433)
                }
            }
            _ = try await log.append([EventLines.assay("P-1", "behind"), EventLines.assay("P-2", "behind")], to: study)
            #expect(try await log.verify(against: before, stretch: 7).found == [])
            #expect(try await log.verify().events == 435)
        }
    }

    @Test("What was altered in the past is found in rows and in segments, and by an anchor where the chain is new")
    func alteredRows() async throws {
        for sealed in [3, 7] {
            try await Self.withSegments(until: sealed) { log, study in
                let anchor = try await log.anchor()
                let forgery = try await LogForgery(log, slice: study.firstSlice)
                try await forgery.change(9)
                #expect(try await Self.kinds(log) == [.digest])
                // The segment still has the old event, and its row the old chain.
                try await forgery.recompute()
                let faults = try await log.verify(stretch: 4).faults
                #expect(faults.map(\.kind) == [.segment], "\(faults)")
                #expect(faults.first?.positions == 1...10)
                #expect(try await log.verify(against: anchor).faults.count == 1)
            }
        }
    }

    @Test("A name that is used twice is found across segments without rows, and across them and rows")
    func names() async throws {
        // The event at position 9 gets the name of the one at 3, or is put before one of that name.
        for (sealed, size) in [(2, 5), (2, 10), (3, 5), (7, 5), (7, 35)] {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                for round in 0..<7 {
                    let lines = (0..<5).map { EventLines.assay("P-\(round)", "\(round)-\($0)", value: $0) }
                    _ = try await log.append(lines, to: study)
                }
                let forgery = try await LogForgery(log, slice: study.firstSlice)
                try await log.execute(
                    """
                    ALTER TABLE trough.event DROP CONSTRAINT event_name;
                    UPDATE trough.event SET patient = 1, id = '0-2' WHERE position = 13;
                    """)
                try await forgery.recompute()
                let moment = Int64(
                    try await log.number(
                        """
                        SELECT (extract(epoch FROM recorded_at) * 1000000)::bigint FROM trough.batch
                        WHERE last_position = \(5 * sealed)
                        """))
                try await log.seal(study, until: moment, eventsPerSegment: size)
                try await log.dropSealedRows()
                for (names, stretch) in [(1, 2), (3, 4), (1_000, 1_000)] {
                    let found = try await log.verify(names: Int64(names), stretch: Int64(stretch)).faults
                    #expect(found.map(\.kind) == [.name], "\(found)")
                    #expect(found.first?.positions == 13...13, "\(found)")
                }
            }
        }
    }

    @Test(
        "A row of a segment that says something else than its bytes, its batches or its neighbours is found",
        arguments: [
            ("first_patient = 2", 11...20), ("last_patient = 4", 11...20), ("last_patient = 0", 11...20),
            ("chain = sha256('')", 11...20), ("digest = sha256('')", 11...20), ("data = '\\x'", 11...20),
            ("checksum = set_bit(checksum, 77, 1 - get_bit(checksum, 77))", 11...20),
            ("data = data || '\\x00', digest = sha256(data || '\\x00'), checksum = NULL", 11...20),
            ("rest = '\\x'", 11...20),
            ("rest = rest || '\\x00'", 11...20), ("has_rows = false", 11...20), ("last_position = 19", 20...20),
            ("last_position = 21", 22...22), ("first_position = 12", 11...11),
            (
                """
                (data, rest, digest, checksum) =
                    (SELECT data, rest, digest, checksum FROM trough.segment WHERE first_position = 21)
                """,
                11...20
            ),
        ] as [(String, ClosedRange<Int64>)])
    func alteredRow(change: String, positions: ClosedRange<Int64>) async throws {
        try await Self.withSegments { log, _ in
            try await log.execute(
                """
                ALTER TABLE trough.segment DROP CONSTRAINT segment_check;
                UPDATE trough.segment SET \(change) WHERE first_position = 11;
                """)
            let faults = try await log.verify(stretch: 4).faults
            #expect(faults.map(\.kind) == [.segment], "\(faults)")
            #expect(faults.first?.positions == positions, "\(faults)")
            #expect(faults.first?.slice == 0)
        }
    }

    @Test("A segment that is missing, there twice, or has rows although it says that it has none is found")
    func missing() async throws {
        try await Self.withSegments { log, _ in
            try await log.execute("DELETE FROM trough.segment WHERE first_position = 11")
            #expect(try await Self.kinds(log) == [.segment])
        }
        try await Self.withSegments { log, _ in
            try await log.dropSealedRows()
            try await log.execute(
                "ALTER TABLE trough.segment DISABLE TRIGGER ALL; DELETE FROM trough.segment WHERE first_position = 31")
            let faults = try await log.verify(stretch: 4).faults
            #expect(faults.map(\.kind) == [.position], "\(faults)")
        }
        try await Self.withSegments { log, _ in
            try await log.execute(
                """
                ALTER TABLE trough.segment DROP CONSTRAINT segment_pkey;
                INSERT INTO trough.segment SELECT * FROM trough.segment WHERE first_position = 11;
                """)
            #expect(try await Self.kinds(log) == [.segment])
        }
        try await Self.withSegments { log, _ in
            try await log.execute("CREATE TABLE public.kept AS SELECT * FROM trough.event WHERE position = 14")
            try await log.dropSealedRows()
            #expect(try await Self.kinds(log) == [])
            try await log.execute("INSERT INTO trough.event SELECT * FROM public.kept")
            let found = try await log.verify(stretch: 4)
            #expect(
                found.found == [
                    """
                    slice 0 of study "main": the segment of positions 11 to 20 does not fit: its row says that its \
                    events stand nowhere else, and they stand as rows, too
                    """
                ])
        }
    }

    /// What a forger may do to a segment who makes all its digests anew.
    private enum Forgery: CaseIterable {
        case value, time, id, order, subject, places, leftOut
    }

    @Test("A segment whose bytes were made anew is found by the chain, its order or its subjects, with rows or without")
    func forged() async throws {
        for forgery in Forgery.allCases {
            for hasRows in [true, false] {
                try await Self.withSegments { log, study in
                    if !hasRows { try await log.dropSealedRows() }
                    try await log.execute("ALTER TABLE trough.segment DISABLE TRIGGER ALL")
                    let parts = try await Self.forge(forgery, study, log)
                    try await log.connection.perform { session throws(PostgresError) in
                        _ = try session.query(
                            """
                            UPDATE trough.segment SET data = $1, rest = $2, digest = $3, checksum = $4,
                                last_position = first_position + $5 - 1 WHERE first_position = 11
                            """,
                            [
                                .bytes(parts.data), .bytes(parts.rest), .bytes(parts.digest),
                                .bytes(parts.checksum.bytes), .int64(Int64(parts.events)),
                            ])
                    }
                    let faults = try await log.verify(stretch: 4).faults
                    #expect(faults.count == 1, "\(forgery), \(hasRows): \(faults)")
                    #expect([.segment, .digest].contains(faults.first?.kind), "\(forgery), \(hasRows): \(faults)")
                }
            }
        }
    }

    /// Packs the segment at position 11 anew, with one thing changed.
    private static func forge(_ forgery: Forgery, _ study: Study, _ log: TestLog) async throws -> SegmentParts {
        let (segment, rest) = try await log.connection.perform { session throws in
            let reader = try LogReader(study, session)
            let place = try #require(reader.segments(of: reader.heads[0]).first { $0.firstPosition == 11 })
            let segment = try reader.segment(place, session)
            return (segment, try reader.rest(of: segment, at: place, session))
        }
        var batch = rest.logOrder(segment)
        switch forgery {
        case .value: batch.records[4].value += 1
        case .time: batch.records[4].time += 1
        case .id: batch.records[4].id = batch.records[3].id
        case .places: batch.records.swapAt(0, 5)
        case .leftOut: batch.records.removeLast()
        case .order, .subject: break
        }
        var writer = SegmentWriter(slice: segment.slice)
        writer.begin(at: segment.firstPosition)
        let stored = try await log.number("SELECT source FROM trough.source")
        for (index, patient) in segment.patients.enumerated() {
            var members = batch.records.indices.filter { batch.records[$0].patient == patient }
            members.sort { batch.precedes(batch.records[$0], batch.records[$1]) }
            var subject = Array(segment.subject(index))
            if forgery == .subject, index == 1 { subject[0] += 1 }
            // They are of one time and told apart by their ids alone, so that no time goes back.
            if forgery == .order, index == 1 { members.reverse() }
            writer.add(
                patient: patient, subject: subject.span, members[...], of: batch, from: 0, sources: [Int32(stored)])
        }
        return try writer.finish()
    }
}
