import EventLog
import Postgres
import TestLog
import Testing

@Suite(.timeLimit(.minutes(12)))
struct LogReaderTests {
    @Test(
        "A head below zero is damage, and never passes for a slice without events", arguments: ["position", "patients"])
    func negativeHead(column: String) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append((0..<20).map { EventLines.assay("P-\($0)", "1") }, to: study)
            try await log.execute(
                """
                ALTER TABLE trough.head DISABLE TRIGGER USER;
                UPDATE trough.head SET \(column) = -\(column) WHERE slice = \(study.firstSlice + 1)
                """)
            do throws(LogError) {
                _ = try await log.connection.perform { session throws(LogError) in try LogReader(study, session) }
                Issue.record("The study was opened.")
            } catch {
                #expect(error.description.contains("The head of the slice number \(study.firstSlice + 1) stands at"))
                #expect(error.description.contains("expected 0 or more of both"))
            }
        }
    }
}
