import EventLog
import Foundation
import Postgres
import Testing

/// Commands whose study is removed by somebody else while they work on it.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(6)))
struct RemovedStudyTests {
    /// A study that may be removed, with these lines in it.
    private func study(_ name: String, _ lines: [String]) async throws -> CommandLog {
        let log = try CommandLog.shared
        let connection = try await log.hold("SELECT")
        try await connection.perform { session in
            try session.execute("COMMIT")
            _ = try Studies.openOrCreate(name, slices: 4, isDisposable: true, session)
        }
        await connection.close()
        let appended = try await log.trough.run(
            ["append", "-q", "--study", name], input: lines.map { $0 + "\n" }.joined())
        try #require(appended.status == 0, "\(appended.errors)")
        return log
    }

    private func sentence(_ name: String) -> String { "trough: There is no study \"\(name)\" in this log." }

    @Test("A worker says so when it next shows that it lives")
    func worker() async throws {
        let log = try await study("followed", EventLine.assays(40))
        let worker = try log.trough.start(["worker", "--study", "followed", "--lease", "1"], input: "")
        let held = "SELECT count(worker)::text FROM trough.checkpoint"
        try await eventually { try await log.sql(held) == ["4"] }
        _ = try await log.sql("SELECT trough.remove_study('followed')::text")
        let ended = try await worker.finish()
        #expect(ended.status == 2, "\(ended.status) \(ended.errors)")
        #expect(ended.errors.contains(sentence("followed")), "\(ended.errors)")
        #expect(!ended.errors.contains("SQLSTATE"), "\(ended.errors)")
    }

    @Test("A load test reports what could not be appended in these words, and ends as for an unknown study")
    func load() async throws {
        let log = try CommandLog.shared
        let arguments = ["load", "--study", "lost", "--rate", "100", "--duration", "4", "--slices", "4"]
        let load = try log.trough.start(arguments + ["-o", "json"], input: "")
        try await eventually { try await log.events("lost") > 50 }
        _ = try await log.sql("SELECT trough.remove_study('lost')::text")
        let ended = try await load.finish()
        #expect(ended.status == 2, "\(ended.status) \(ended.errors)")
        let object = try JSONObject(ended.output)
        #expect(try object.whole("errors") > 0)
        #expect(ended.output.contains(#"There is no study \"lost\" in this log."#), "\(ended.output)")
        for text in [ended.output, ended.errors] {
            #expect(!text.contains("have a head") && !text.contains("SQLSTATE"), "\(text)")
        }
        #expect(ended.errors.contains("somebody else removed it"), "\(ended.errors)")
    }
}
