import EventLog
import Foundation
import Logging
import Postgres
import TestLog
import Testing

extension TestLog {
    /// Takes an anchor of studies; of all where none is named.
    func anchor(_ studies: [String]? = ["main"]) async throws(LogError) -> Anchor {
        try await connection.perform { session throws(LogError) in
            try Anchor(of: studies, at: EventLines.receivedAtInTests, session)
        }
    }

    /// Appends lines by someone who gives no reason.
    func appendWithoutReason(_ lines: [String], to study: Study) async throws {
        var logger = Logger(label: "trough.tests")
        logger.logLevel = .critical
        let appender = try await Appender(
            to: study, at: configuration, by: Attribution(author: "B", client: "trough-tests 1"), lanes: 2,
            patience: Limits.patience, logger: logger)
        _ = try await appender.append(EventLines.batch(lines))
        await appender.close()
    }
}

extension EventLines {
    /// When the tests' anchors are taken: 2030-01-02T00:00:00.5Z, in microseconds since 1970.
    static let receivedAtInTests: Int64 = receivedAt + 86_400_500_000
}
