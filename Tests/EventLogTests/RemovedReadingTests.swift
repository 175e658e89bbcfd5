import EventLog
import Postgres
import TestLog
import Testing
import Trial

/// Readers that were there before rows were removed.
@Suite("Reading across a removal of rows", .timeLimit(.minutes(12)))
struct RemovedReadingTests {
    private static let subjects = ["P-0-1", "P-3-2", "nobody"]

    /// What a reader finds page by page: everything, and single patients.
    private static func pages(_ reader: LogReader, _ log: TestLog) async throws -> [[String]] {
        var settled = log.configuration
        settled.options = LogReader.settings
        settled.options["enable_sort"] = "on"
        let connection = try await Connection.open(settled)
        let found = try await connection.perform { session throws in
            var found: [[String]] = []
            for subject in [nil] + subjects.map({ Array($0.utf8) }) {
                var reader = reader
                for head in reader.heads {
                    var position: Int64 = 0
                    var lines: [String] = []
                    while position < head.position {
                        let page = try reader.page(of: head, after: position, subject: subject, session)
                        lines += try TestLog.lines(of: page)
                        position = page.through
                    }
                    found.append(lines)
                }
            }
            return found
        }
        await connection.close()
        return found
    }

    @Test(
        "Pages of a reader from before are what they were, whether segments were known to it or not",
        arguments: [true, false])
    func pages(sealedBefore: Bool) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            try await log.append(rounds: 4, to: study)
            if sealedBefore { try await log.seal(study, eventsPerSegment: 15) }
            let reader = try await log.connection.perform { session throws(LogError) in try LogReader(study, session) }
            let known = try await Self.pages(reader, log)
            #expect(known.joined().count > 80)
            try await log.append(rounds: 7, to: study)
            try await log.sealAndRemove(study, eventsPerSegment: 21)
            #expect(try await Self.pages(reader, log) == known)
        }
    }
}
