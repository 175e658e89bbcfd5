import EventLog
import Postgres
import TestLog
import Testing

/// Rows that nobody but a superuser alters: every reader says which one it is.
@Suite("A row that cannot be read is told with its place", .timeLimit(.minutes(12)))
struct DamagedRowTests {
    /// What reads a study, each in its own way.
    private static let readers: [(name: String, read: @Sendable (Study, TestLog) async throws -> Void)] = [
        ("pages", { study, log in _ = try await log.lines(of: study) }),
        ("one patient's pages", { study, log in _ = try await log.lines(of: study, subject: "P-1") }),
        (
            "a follower",
            { study, log in
                let follower = try await LogFollowerTests.follower(log, study)
                _ = try await LogFollowerTests.collect(follower, 10)
                await follower.close()
            }
        ),
        (
            "a replay",
            { study, log in
                try await log.connection.perform { session throws(LogError) in
                    let reader = try LogReader(study, session)
                    var batch = reader.emptyBatch()
                    for head in reader.heads { try reader.readSlice(head, into: &batch, session) }
                }
            }
        ),
    ]

    /// Calls `body` with a study, of whose second slice something was done to the fifth position.
    private static func withDamage(
        _ change: String, _ body: (Study, TestLog) async throws -> Void
    ) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let second = try await log.study("second", slices: 1)
            for study in [study, second] {
                _ = try await log.append((1...10).map { EventLines.assay("P-1", "\($0)") }, to: study)
            }
            for column in ["patient", "source", "kind", "id", "occurred_at", "value"] {
                // Of those in a key it is refused.
                try? await log.execute("ALTER TABLE trough.event ALTER \(column) DROP NOT NULL")
            }
            let place = "WHERE slice = \(second.firstSlice) AND position = 5"
            try await log.execute("ALTER TABLE trough.event DISABLE TRIGGER ALL; \(change) \(place)")
            try await body(second, log)
        }
    }

    @Test(
        "By those who print, follow and fold",
        arguments: [
            ("SET kind = 99", "An event is of the unknown kind 99."),
            ("SET source = 77", "An event is of the source 77, which the study does not have."),
            ("SET code = 77", "code 77, "), ("SET value = 'NaN'", "value nan, "),
            ("SET occurred_at = 'infinity'", ""), ("SET kind = NULL", "NULL"), ("SET value = NULL", "NULL"),
        ])
    func unreadable(change: String, reason: String) async throws {
        try await Self.withDamage("UPDATE trough.event \(change)") { study, log in
            for (name, read) in Self.readers {
                let error = await #expect(throws: LogError.self, "\(name)") { try await read(study, log) }
                let words = error?.description ?? ""
                let place = "The log is damaged: Position 5 of slice 0 cannot be read: "
                #expect(words.hasPrefix(place) && words.contains(reason), "\(name): \(words)")
                #expect(words.hasSuffix(#". "trough verify" tells more."#), "\(name): \(words)")
            }
        }
    }

    @Test("By a live reader, too, which goes on past what has the shape of an event", arguments: ["kind", "value"])
    func live(column: String) async throws {
        try await Self.withDamage("UPDATE trough.event SET \(column) = NULL") { study, log in
            let error = await #expect(throws: LogError.self) {
                try await log.connection.perform { session throws(LogError) in
                    var reader = LiveReader(study)
                    _ = try reader.events(of: [.init(slice: study.firstSlice, after: 0, through: 10)], session)
                }
            }
            #expect(error?.damage?.hasPrefix("Position 5 of slice 0 cannot be read: ") == true, "\(error as Any)")
        }
    }

    @Test("A position that is missing, too")
    func missing() async throws {
        try await Self.withDamage("DELETE FROM trough.event") { study, log in
            for (name, read) in Self.readers where name != "one patient's pages" {
                let error = await #expect(throws: LogError.self, "\(name)") { try await read(study, log) }
                let words = error?.description ?? ""
                #expect(words.hasSuffix(#"Position 5 of slice 0 is missing. "trough verify" tells more."#), "\(words)")
            }
        }
    }

    @Test("A fold, which reads no positions, names the first of several, and that of a patient whom the slice has not")
    func first() async throws {
        try await Self.withDamage("UPDATE trough.event SET patient = 3") { study, log in
            let end = "WHERE slice = \(study.firstSlice) AND position > 7"
            try await log.execute("UPDATE trough.event SET kind = 98 \(end)")
            let error = await #expect(throws: LogError.self) {
                try await Self.readers.first { $0.name == "a replay" }?.read(study, log)
            }
            let words = error?.description ?? ""
            let expected = "Position 5 of slice 0 cannot be read: It is of patient 3 of 1: there is no such patient."
            #expect(words.contains(expected), "\(words)")
        }
    }
}
