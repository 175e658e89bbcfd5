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
                #expect(error.description.contains(#"The head of slice 1 of the study "main" stands at"#))
                #expect(error.description.contains("expected 0 or more of both"))
            }
        }
    }

    @Test("An event whose patient has no subject is damage, with its place")
    func missingSubject() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append((1...3).map { EventLines.assay("P-\($0)", "1") }, to: study)
            try await log.execute(
                """
                ALTER TABLE trough.patient DISABLE TRIGGER USER;
                DELETE FROM trough.patient WHERE subject = 'P-2'
                """)
            let page = try await log.connection.perform { session throws(LogError) in
                var reader = try LogReader(study, session)
                let head = reader.heads[0]
                return Result { () throws(LogError) in
                    try reader.page(of: head, after: 0, session).places.count
                }
            }
            guard case .failure(.damaged(let reason)) = page else {
                Issue.record("\(page)")
                return
            }
            #expect(reason.contains("Position 2 of slice 0 is of patient 2, of whom there is no subject."))
        }
    }
}
