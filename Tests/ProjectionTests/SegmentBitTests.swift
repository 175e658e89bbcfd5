import EventLog
import Foundation
import Postgres
import TestData
import TestLog
import Testing
import Trial

@testable import Projection

/// Single bits of segments that change: all are found, and none changes an outcome.
@Suite("Bits of segments", .timeLimit(.minutes(12)))
struct SegmentBitTests {
    private static let slices = 128
    private static let rounds = 40

    /// A bit that was changed.
    private struct Flip: CustomStringConvertible {
        var slice: Int
        var segment: Int64
        var column: String
        var bit: Int
        /// The slice into which the segment came, where the study has it.
        var other: Int?

        var description: String { "\(column) of the segment of slice \(slice) at \(segment), bit \(bit)" }
        /// Who sealed when is bound by nothing, and read by nobody.
        var isBound: Bool { column != "author" && column != "sealed_at" }
    }

    /// A segment, with the bytes of those columns that have any number.
    private struct Row: Sendable {
        var slice: Int
        var first: Int64
        var bytes: [String: Int]
    }

    /// Each slice has three patients, and segments that share them; every other slice has no rows of them, and every third
    /// has rows behind them.
    private static func fill(_ study: Study, of log: TestLog) async throws {
        let subjects = EventLines.subjects(3, inEachOf: slices)
        for turn in 0..<3 {
            let lines = subjects.flatMap { names in
                EventLines.everyType(names[turn])
                    + (0..<6).map { EventLines.assay(names[$0 % 3], "t\(turn)-\($0)", value: 3 * $0 + turn) }
            }
            _ = try await log.append(lines, to: study)
        }
        try await log.seal(study, eventsPerSegment: 25)
        try await log.dropSealedRows(where: "s.slice % 2 = 1")
        let tail = (0..<slices).filter { $0 % 3 == 0 }.map { EventLines.assay(subjects[$0][1], "tail", value: 7) }
        _ = try await log.append(tail, to: study)
    }

    /// Takes away what the database itself would hold against it, and keeps a copy.
    private static func unprotect(_ log: TestLog) async throws {
        try await log.execute(
            """
            DO $$
            DECLARE
                r record;
            BEGIN
                FOR r IN SELECT conname FROM pg_constraint WHERE conrelid = 'trough.segment'::regclass LOOP
                    EXECUTE format('ALTER TABLE trough.segment DROP CONSTRAINT %I', r.conname);
                END LOOP;
                FOR r IN SELECT attname FROM pg_attribute
                    WHERE attrelid = 'trough.segment'::regclass AND attnum > 0 AND attnotnull LOOP
                    EXECUTE format('ALTER TABLE trough.segment ALTER COLUMN %I DROP NOT NULL', r.attname);
                END LOOP;
            END
            $$;
            ALTER TABLE trough.segment DISABLE TRIGGER ALL;
            CREATE INDEX ON trough.segment (slice, first_position);
            CREATE TABLE public.segment AS SELECT * FROM trough.segment;
            """)
    }

    private static func undo(_ log: TestLog) async throws {
        try await log.execute("TRUNCATE trough.segment; INSERT INTO trough.segment SELECT * FROM public.segment")
    }

    private static func rows(_ study: Study, _ log: TestLog) async throws -> [Row] {
        try await log.connection.perform { session throws(PostgresError) in
            let rows = try session.query(
                """
                SELECT slice, first_position, octet_length(data), octet_length(rest), octet_length(author)
                FROM trough.segment ORDER BY slice, first_position
                """)
            var read: [Row] = []
            for row in 0..<rows.count {
                read.append(
                    Row(
                        slice: Int(try rows.int32(row, 0) - study.firstSlice), first: try rows.int64(row, 1),
                        bytes: [
                            "data": Int(try rows.int32(row, 2)), "rest": Int(try rows.int32(row, 3)),
                            "author": Int(try rows.int32(row, 4)), "chain": 32, "digest": 32, "checksum": 16,
                            "sealed_at": 8,
                            "first_position": 8, "last_position": 8, "slice": 4, "first_patient": 4,
                            "last_patient": 4, "has_rows": 1,
                        ]))
            }
            return read
        }
    }

    /// A random bit of a random column of a segment, as a statement that changes it.
    private static func flip(
        _ row: Row, _ study: Study, _ random: inout SeededRandom
    ) -> (flip: Flip, statement: String) {
        let column = random.chance(2) ? random.pick(["data", "rest"]) : random.pick(row.bytes.keys.sorted())
        var flip = Flip(slice: row.slice, segment: row.first, column: column, bit: 0)
        flip.bit = column == "has_rows" ? 0 : random.below(8 * (row.bytes[column] ?? 1))
        let changed: String
        switch column {
        case "data", "rest", "chain", "digest", "checksum":
            changed = "set_bit(\(column), \(flip.bit), 1 - get_bit(\(column), \(flip.bit)))"
        case "has_rows": changed = "NOT has_rows"
        case "first_position", "last_position": changed = "\(column) # (1::bigint << \(flip.bit))"
        case "sealed_at":
            flip.bit %= 50
            changed = "sealed_at + (1::bigint << \(flip.bit)) * interval '1 microsecond'"
        case "author":
            // Bits that leave the text one.
            flip.bit = 8 * (flip.bit / 8) + random.below(4)
            changed =
                "convert_from(set_bit(convert_to(author, 'UTF8'), \(flip.bit), 1 - get_bit(convert_to(author, 'UTF8'), \(flip.bit))), 'UTF8')"
        default:
            changed = "\(column) # (1 << \(flip.bit))"
            if column == "slice" {
                let target = (study.firstSlice + Int32(row.slice)) ^ Int32(bitPattern: UInt32(1) << UInt32(flip.bit))
                if study.sliceNumbers.contains(target) { flip.other = Int(target - study.firstSlice) }
            }
        }
        let place = "slice = \(study.firstSlice + Int32(row.slice)) AND first_position = \(row.first)"
        return (flip, "UPDATE trough.segment SET \(column) = \(changed) WHERE \(place);")
    }

    /// What folding each of some slices gives; `nil` where it is refused as damaged.
    private static func outcomes(
        of slices: [Int], _ study: Study, _ log: TestLog
    ) async throws -> [[SliceOutcomes]?] {
        try await log.connection.perform { session throws in
            let reader = try LogReader(study, session)
            return try slices.map { slice in
                var fold = SliceFold([CompiledProtocol(.roblin2020)], until: nil)
                do throws(LogError) {
                    var outcomes: [SliceOutcomes] = []
                    for step in try SliceStep.steps([reader.heads[slice]], reader) {
                        if let last = try fold.outcomes(with: step.read(reader, session), of: step) { outcomes = last }
                    }
                    return outcomes
                } catch {
                    guard case .damaged = error else { throw error }
                    return nil
                }
            }
        }
    }

    /// The outcome lines of each of some slices; `nil` where it is refused as damaged.
    private static func lines(of slices: [Int], _ study: Study, _ log: TestLog) async throws -> [[String]?] {
        var all: [[String]?] = []
        for outcomes in try await outcomes(of: slices, study, log) {
            guard let outcomes else {
                all.append(nil)
                continue
            }
            var lines: [String] = []
            try await ReplayResult.results([outcomes], protocols: [.roblin2020], shards: 1)[0].eachLine {
                lines.append(String(decoding: $0, as: UTF8.self))
            }
            all.append(lines)
        }
        return all
    }

    @Test(
        "Each of more than 2,000 random bits of segments is found in its slice and in no other, and a replay gives the same outcomes or refuses"
    )
    func randomBits() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("bits of segments: seed \(seed)")
        var random = SeededRandom(seed: seed)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: Self.slices)
            try await Self.fill(study, of: log)
            let intact = try await Self.lines(of: Array(0..<Self.slices), study, log)
            #expect(intact.allSatisfy { $0?.count == 3 })
            try await Self.unprotect(log)
            #expect(try await log.verify(stretch: 10).found == [])
            let rows = try await Self.rows(study, log)
            var (counts, refused): ([String: Int], Int) = ([:], 0)
            for round in 0..<Self.rounds {
                let words = "seed \(seed), round \(round)"
                var flips: [Flip] = []
                var statements = ""
                for slice in 0..<Self.slices where random.chance(2) {
                    let (flip, statement) = Self.flip(random.pick(rows.filter { $0.slice == slice }), study, &random)
                    flips.append(flip)
                    statements += statement
                }
                try await log.execute(statements)
                let found = Set(try await log.verify(stretch: 10).faults.compactMap(\.slice))
                for flip in flips where flip.isBound {
                    #expect(
                        found.contains(flip.slice) || flip.other.map(found.contains) == true, "\(words): \(flip)")
                }
                let touched = Set(flips.filter(\.isBound).map(\.slice)).union(flips.compactMap(\.other))
                #expect(found.subtracting(touched) == [], "\(words)")
                let looked = Set(flips.map(\.slice)).union(touched).sorted()
                let replayed = try await Self.lines(of: looked, study, log)
                for (slice, lines) in zip(looked, replayed) {
                    if let lines {
                        #expect(
                            lines == intact[slice], "\(words), slice \(slice): \(flips.filter { $0.slice == slice })")
                    } else {
                        refused += 1
                        #expect(touched.contains(slice), "\(words), slice \(slice)")
                    }
                }
                for flip in flips { counts[flip.column, default: 0] += 1 }
                try await Self.undo(log)
            }
            print("bits of segments: \(counts.sorted { $0.key < $1.key }), \(refused) slices refused")
            let bound = counts.filter { $0.key != "author" && $0.key != "sealed_at" }.values.reduce(0, +)
            #expect(bound > 2_000)
            #expect(counts.values.allSatisfy { $0 > 30 } && refused > 200)
            #expect(try await log.verify().found == [])
        }
    }

    @Test("A column of a segment that lost its value is found, and the study is refused or its outcomes are the same")
    func lostValues() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: Self.slices)
            try await Self.fill(study, of: log)
            let expected = try await log.replay(study)
            try await Self.unprotect(log)
            let columns = [
                "slice", "first_position", "last_position", "first_patient", "last_patient", "has_rows", "chain",
                "digest", "data", "rest",
            ]
            for column in columns {
                for slice in [4, 5] {
                    let number = study.firstSlice + Int32(slice)
                    try await log.execute(
                        "UPDATE trough.segment SET \(column) = NULL WHERE slice = \(number) AND first_position = 1")
                    let found = try await log.verify()
                    #expect(found.faults.map(\.slice) == [slice], "\(column) of slice \(slice): \(found.found)")
                    do {
                        #expect(try await log.replay(study) == expected, "\(column) of slice \(slice)")
                    } catch LogError.damaged(_), ReplayError.log(.damaged(_)) {
                        // The other thing that may come of it.
                    }
                    try await Self.undo(log)
                }
            }
        }
    }
}
