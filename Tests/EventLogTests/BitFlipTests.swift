import EventLog
import Foundation
import Postgres
import TestData
import TestLog
import Testing

/// Every single bit of the log that changes is found.
@Suite(.timeLimit(.minutes(12)))
struct BitFlipTests {
    private static let slices = 256
    private static let rounds = 20

    /// A study each of whose slices has two patients, two batches, and sources of its own.
    private static func fill(_ study: Study, of log: TestLog) async throws {
        let subjects = EventLines.subjects(2, inEachOf: slices)
        for turn in 0..<2 {
            let lines = subjects.enumerated().flatMap { slice, names in
                EventLines.everyType(names[turn], source: "/sites/\(slice)/\(turn)")
            }
            if turn == 0 {
                _ = try await log.append(lines, to: study)
            } else {
                try await log.appendWithoutReason(lines, to: study)
            }
        }
    }

    /// Reads everything as a replay does: what is not sound must throw, and must not end the process.
    private static func readAll(of study: Study, _ log: TestLog) async {
        await log.connection.perform { session in
            guard let reader = try? LogReader(study, session) else { return }
            var batch = reader.emptyBatch()
            for head in reader.heads {
                _ = try? reader.subjects(head, session)
                try? reader.readSlice(head, into: &batch, session)
            }
        }
    }

    @Test(
        "Each of more than 2,000 random bits of events, batches, heads, patients and sources is found where it is, and nowhere else"
    )
    func randomBits() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("bit flips: seed \(seed)")
        var random = SeededRandom(seed: seed)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: Self.slices)
            try await Self.fill(study, of: log)
            #expect(try await log.verify().found == [])
            let flips = try await BitFlips(log, study)
            #expect(try await log.verify().found == [])
            var counts: [String: Int] = [:]
            for round in 0..<Self.rounds {
                let applied = try await flips.apply(&random)
                let result = try await log.verify(stretch: 7)
                let found = Set(result.faults.compactMap(\.slice))
                for flip in applied {
                    let isFound = found.contains(flip.slice)
                    #expect(isFound, "seed \(seed), round \(round): \(flip)")
                    counts[flip.table, default: 0] += 1
                }
                let touched = Set(applied.map(\.slice)).union(applied.compactMap(\.other))
                #expect(found.subtracting(touched) == [], "seed \(seed), round \(round)")
                await Self.readAll(of: study, log)
                try await flips.undo()
            }
            let total = counts.values.reduce(0, +)
            #expect(total > 2_000)
            for table in BitFlips.tables { #expect(counts[table, default: 0] > 150, "\(table)") }
            #expect(try await log.verify().found == [])
        }
    }

    @Test("Each single bit that changes of a study's number and slices is found")
    func studyBits() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append(EventLines.everyType("P-1") + EventLines.everyType("P-2"), to: study)
            try await log.execute(
                """
                ALTER TABLE trough.study DISABLE TRIGGER ALL;
                ALTER TABLE trough.study DROP CONSTRAINT study_first_slice_check;
                ALTER TABLE trough.study DROP CONSTRAINT study_slices_check;
                """)
            for column in ["study", "first_slice", "slices"] {
                for bit in 0..<32 {
                    let flip = "UPDATE trough.study SET \(column) = \(column) # (1 << \(bit))"
                    try await log.execute(flip)
                    #expect(try await !log.verify().faults.isEmpty, "\(column), bit \(bit)")
                    try await log.execute(flip)
                }
            }
            #expect(try await log.verify().found == [])
        }
    }
}
