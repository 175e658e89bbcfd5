import EventLog
import Foundation
import Postgres
import TestLog

extension TestLog {
    /// The address of the log for another program.
    func url(as role: String = "trough") async throws -> String {
        let parts = try await texts(
            "SELECT unnest(ARRAY[split_part(current_setting('unix_socket_directories'), ',', 1), current_database()])")
        let host = parts[0].addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? parts[0]
        return "postgresql:///\(parts[1])?host=\(host)&port=5432&user=\(role)"
    }

    /// Calls `body` with a log and the program that works on it.
    static func withProgram<R: Sendable>(_ body: (TestLog, Program) async throws -> R) async throws -> R {
        try await withLog { log in try await body(log, Program(database: log.url())) }
    }

    /// How many events a study holds.
    func events(in study: String = "main") async throws -> Int {
        try await number(
            """
            SELECT coalesce(sum(h.position), 0) FROM trough.head h JOIN trough.study s USING (study)
            WHERE s.name = '\(study)'
            """)
    }
}
