import EventLog
import Postgres
import TestLog
import Testing

/// Heads and segments as nobody but a superuser leaves them: every reader and writer says damage, with the place.
@Suite("Heads and segments that cannot be", .timeLimit(.minutes(12)))
struct ImpossibleHeadTests {
    /// What is done with a study: each in its own words, as a program would.
    private static let uses: [(name: String, use: @Sendable (Study, TestLog) async throws -> Void)] = [
        (
            "replay",
            { study, log in
                _ = try await log.connection.perform { session throws(LogError) in try LogReader(study, session) }
            }
        ),
        ("seal", { study, log in try await log.seal(study) }),
        ("append", { study, log in _ = try await log.append(EventLines.everyType("P-1", source: "/new"), to: study) }),
    ]

    /// Alters rows of segments that checks and triggers protect.
    private static func alterSegments(_ change: String, _ log: TestLog) async throws {
        for check in try await log.texts(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'trough.segment'::regclass AND contype = 'c'")
        {
            try await log.execute("ALTER TABLE trough.segment DROP CONSTRAINT \"\(check)\"")
        }
        try await log.execute("ALTER TABLE trough.segment DISABLE TRIGGER ALL; \(change)")
    }

    private static func expectDamage(_ study: Study, _ log: TestLog, _ change: String, slice: Int) async {
        for (name, use) in uses {
            let error = await #expect(throws: LogError.self, "\(change): \(name)") { try await use(study, log) }
            guard let reason = error?.damage else {
                Issue.record("\(change): \(name): \(String(describing: error))")
                continue
            }
            let place = ["Slice \(slice) ", "slice \(slice) "]
            #expect(place.contains { reason.contains($0) }, "\(change): \(name): \(reason)")
        }
    }

    @Test(
        "A head beyond all positions is damage to whoever reads, seals or appends",
        arguments: [
            "UPDATE trough.head SET position = 9223372036854775807 WHERE slice = 0",
            "UPDATE trough.head SET position = 9223372036854775806 WHERE slice = 0",
            "UPDATE trough.head SET position = -9223372036854775808 WHERE slice = 0",
            "UPDATE trough.head SET position = 281474976710657 WHERE slice = 0",
        ])
    func endless(change: String) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append(EventLines.everyType("P-1"), to: study)
            try await log.execute("ALTER TABLE trough.head DISABLE TRIGGER ALL; \(change)")
            await Self.expectDamage(study, log, change, slice: 0)
            await #expect(throws: LogError.self) {
                try await log.connection.perform { session throws(LogError) in try StudyState(study, session) }
            }
        }
    }

    @Test("A study of which one slice has no head is damage to readers, and never passes for a smaller one")
    func missing() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            _ = try await log.append((1...30).map { EventLines.assay("P-\($0)", "1") }, to: study)
            try await log.execute(
                "ALTER TABLE trough.head DISABLE TRIGGER ALL; DELETE FROM trough.head WHERE slice = 1")
            for asOf in [nil, Int64(4_000_000_000_000_000)] {
                let error = await #expect(throws: LogError.self) {
                    try await log.connection.perform { session throws(LogError) in
                        try LogReader(study, asOf: asOf, session)
                    }
                }
                #expect(error?.description.contains(#"Slice 1 of the study "main" has no head."#) == true)
            }
            let append = await #expect(throws: LogError.self) {
                try await log.append((1...30).map { EventLines.assay("P-\($0)", "2") }, to: study, lanes: 1)
            }
            #expect(append?.damage?.contains("Of 3 slices") == true, "\(String(describing: append))")
        }
    }

    @Test(
        "A segment whose row names positions that it cannot have ends a sealing, and does not hold it for ever",
        arguments: [
            "UPDATE trough.segment SET last_position = 0",
            "UPDATE trough.segment SET first_position = 2, last_position = 1",
            "UPDATE trough.segment SET last_position = 9223372036854775807",
            "UPDATE trough.segment SET first_position = 9223372036854775807",
        ])
    func segments(change: String) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append(EventLines.everyType("P-1"), to: study)
            try await log.seal(study)
            _ = try await log.append(EventLines.everyType("P-2"), to: study)
            try await Self.alterSegments(change, log)
            await #expect(throws: LogError.self, "\(change)") { try await log.seal(study) }
            #expect(try await log.verify(nil, stretch: 50).found != [], "\(change)")
        }
    }

    @Test(
        "Nor does such a segment hold those for ever who read pages",
        arguments: [
            "UPDATE trough.segment SET last_position = 0",
            "UPDATE trough.segment SET first_position = 2, last_position = 1",
            "UPDATE trough.segment SET first_position = 9223372036854775807",
        ])
    func pages(change: String) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append(EventLines.everyType("P-1"), to: study)
            let known = try await log.connection.perform { session throws(LogError) in try LogReader(study, session) }
            try await log.sealAndRemove(study)
            try await Self.alterSegments(change, log)
            let error = await #expect(throws: LogError.self, "\(change)") {
                try await log.connection.perform { session throws(LogError) in
                    var reader = known
                    _ = try reader.page(of: reader.heads[0], after: 0, session)
                }
            }
            #expect(error?.damage != nil, "\(change): \(String(describing: error))")
        }
    }

    @Test("A time at the end of all times is damage to a sealing, and no overflow")
    func lastTime() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append(EventLines.everyType("P-1"), to: study)
            try await log.execute(
                """
                ALTER TABLE trough.event DISABLE TRIGGER ALL;
                UPDATE trough.event SET occurred_at = '294276-12-31 23:59:59+00' WHERE position = 3
                """)
            let error = await #expect(throws: LogError.self) { try await log.seal(study) }
            #expect(error?.description.contains("position 3") == true, "\(String(describing: error))")
        }
    }

    @Test("What cannot be read of a slice is said with the slice and the position")
    func place() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append((1...20).map { EventLines.assay("P-\($0)", "1") }, to: study)
            try await log.execute("ALTER TABLE trough.event DISABLE TRIGGER ALL; UPDATE trough.event SET source = 77")
            let error = await #expect(throws: LogError.self) {
                try await log.connection.perform { session throws(LogError) in
                    let reader = try LogReader(study, session)
                    var batch = reader.emptyBatch()
                    try reader.readSlice(reader.heads[1], into: &batch, session)
                }
            }
            let expected =
                "Position 1 of slice 1 cannot be read: An event is of the source 77, which the study does not have."
            #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
        }
    }
}
