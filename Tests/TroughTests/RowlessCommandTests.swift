import Foundation
import TestData
import TestLog
import Testing

/// The commands on a study whose first positions have no rows.
@Suite("Commands without rows", .serialized, .exampleLog, .timeLimit(.minutes(6)))
struct RowlessCommandTests {
    /// Commands whose output must not change.
    private static let commands: [[String]] = [
        ["export"], ["export", "--subject", "SE-014"], ["tail"], ["tail", "--from", "0007-0000000000000000042"],
        ["tail", "--subject", "SE-014", "--type", "assay"], ["tail", "--subject", "nobody"], ["patients", "-o", "csv"],
        ["patients", "-o", "ndjson"], ["patient", "SE-014"], ["patient", "SE-014", "-o", "json"],
        ["patient", "nobody"],
        ["replay", "--outcomes", "-"], ["replay", "--until", "2015-06-30", "--outcomes", "-"],
        ["report", "-o", "json"],
    ]

    @Test("What they print and how they end is what it was with rows, with late events behind, too")
    func same() async throws {
        let log = try CommandLog.shared
        #expect(try await log.trough("seal").status == 0)
        let lines = try TestData.lines(TestData.replica)
        let late = (0..<40).map { EventLines.assay("SE-014", "late-\($0)", value: $0) }.joined(separator: "\n")
        #expect(try await log.trough("append", input: late).status == 0)
        var before: [Finished] = []
        for command in Self.commands { before.append(try await log.trough.run(command)) }
        try await log.execute(TestLog.removingSealedRows("main"))
        #expect(try await log.sql("SELECT count(*)::text FROM trough.event") == ["40"])
        for (command, known) in zip(Self.commands, before) {
            let found = try await log.trough.run(command)
            #expect(found.status == known.status, "\(command): \(found.errors)")
            #expect(found.output == known.output, "\(command)")
        }
        #expect(before[0].lines.count == lines.count + 40)
        let status = try JSONObject(try await log.trough("status", "-o", "json").output).objects("studies")[0]
        #expect(try status.whole("events") == 8633 && status.whole("patients") == 91)
        #expect(try status.whole("sealed") == 8593 && status.whole("withoutRows") == 8593)
    }

    @Test("Sent again all is known, changed it conflicts, and a worker makes what a replay makes")
    func appended() async throws {
        let log = try CommandLog.shared
        let again = try await log.trough("append", TestData.replica.path)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try await log.events() == 8633)
        let first = try TestData.lines(TestData.replica)[0]
        let changed = first.replacing(/"time":"\d{4}/) { _ in #""time":"1999"# }
        let refused = try await log.trough("append", input: changed)
        #expect(refused.status == 1, "\(refused.output) \(refused.errors)")
        #expect(try await log.events() == 8633)
        let worked = try await log.trough("worker", "--until-caught-up")
        #expect(worked.status == 0, "\(worked.errors)")
        let (live, replayed) = (
            try await log.trough("outcomes", "-o", "ndjson"), try await log.trough("replay", "--outcomes", "-")
        )
        #expect(live.lines.count == 90 && live.output == replayed.output)
    }
}
