import Foundation
import TestLog
import Testing

/// Commands that read a log in which a row was altered.
@Suite(.timeLimit(.minutes(3)))
struct DamagedLogTests {
    private static let commands = [["export"], ["tail"], ["tail", "--follow"], ["replay"], ["report"], ["patients"]]

    /// Calls `body` with a log of one patient's events, one of which was altered.
    private func withChange(_ change: String, _ body: (CommandLog) async throws -> Void) async throws {
        try await CommandLog.with { log in
            let lines = EventLines.everyType("P-1").joined(separator: "\n")
            let appended = try await log.trough("append", "-q", "--slices", "1", input: lines)
            try #require(appended.status == 0, "\(appended.errors)")
            try await log.execute("ALTER TABLE trough.event DISABLE TRIGGER ALL; UPDATE trough.event SET \(change)")
            try await body(log)
        }
    }

    @Test("Each names slice and position, and who tells more")
    func unknownKind() async throws {
        try await withChange("kind = 99 WHERE position = 5") { log in
            for command in Self.commands + [["patient", "P-1"], ["tail", "--subject", "P-1"]] {
                let ended = try await log.trough.run(command)
                #expect(ended.status == 3, "\(command)")
                #expect(
                    ended.errors.lines.last == """
                        trough: The log is damaged: Position 5 of slice 0 cannot be read: An event is of the unknown kind 99. \
                        "trough verify" tells more.
                        """, "\(command): \(ended.errors)")
            }
        }
    }

    @Test("What an event says is told with its position, too, where it is no event's")
    func undecodable() async throws {
        try await withChange("detail = '{}' WHERE position = 12") { log in
            for command in Self.commands + [["patient", "P-1"]] {
                let ended = try await log.trough.run(command)
                #expect(ended.status == 3, "\(command)")
                let last = try #require(ended.errors.lines.last)
                let place = #"trough: An event of subject "P-1" at position 12 of slice 0 cannot be decoded: "#
                #expect(last.hasPrefix(place), "\(command): \(last)")
                #expect(last.hasSuffix(#". "trough verify" tells whether it was altered."#), "\(command): \(last)")
            }
        }
    }
}
