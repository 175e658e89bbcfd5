import Foundation
import Testing

/// A study that workers project, as its tests see it: by the program, and past it by the database.
struct LiveStudy: Sendable {
    let log: CommandLog
    let name: String

    /// A study of a shared log, which the first append makes.
    init(_ name: String, in log: CommandLog) {
        self.log = log
        self.name = name
    }

    /// A study that holds these lines.
    init(_ name: String, in log: CommandLog, _ lines: [String]) async throws {
        self.init(name, in: log)
        try await append(lines)
    }

    /// Runs a command on the study to its end.
    func run(_ arguments: String...) async throws -> Finished {
        try await log.trough.run(arguments + ["--study", name])
    }

    /// Starts a command on the study.
    func start(_ arguments: String...) throws -> Running {
        try log.trough.start(arguments + ["--study", name], input: "")
    }

    /// Appends lines.
    func append(_ lines: [String]) async throws {
        let appended = try await log.trough.run(
            ["append", "-q", "--study", name, "--slices", "16"], input: lines.map { $0 + "\n" }.joined())
        try #require(appended.status == 0, "\(appended.errors)")
    }

    /// How many slices a process holds in whatever set.
    func slices(of worker: Running) async throws -> Int {
        try await number(
            """
            SELECT count(*) FROM trough.checkpoint c JOIN trough.worker w USING (worker)
            WHERE w.name LIKE '%:\(worker.identifier)'
            """)
    }

    /// How many slices of the current set somebody holds, dead or alive.
    func slicesHeld() async throws -> Int {
        try await number(
            """
            SELECT count(c.worker) FROM trough.checkpoint c JOIN trough.projection p USING (projection)
            JOIN trough.study s USING (study) WHERE s.name = '\(name)' AND p.state = 'current'
            """)
    }

    /// Whether the current set is as far as the log.
    func isCaughtUp() async throws -> Bool {
        try await number(
            """
            SELECT count(*) FROM trough.head h JOIN trough.study s USING (study)
            WHERE s.name = '\(name)' AND NOT EXISTS (
                SELECT FROM trough.checkpoint c JOIN trough.projection p USING (projection)
                WHERE p.state = 'current' AND c.slice = h.slice AND c.position = h.position)
            """) == 0
    }

    /// Checks that what workers made is what a replay makes, byte for byte; gives the lines.
    @discardableResult
    func expectReplayed(_ rules: [String] = [], _ note: String = "") async throws -> [String] {
        let replayed = try await log.trough.run(["replay", "--outcomes", "-", "--study", name] + rules)
        #expect(replayed.status == 0, "\(note): \(replayed.errors)")
        let live = try await run("outcomes", "-o", "ndjson")
        #expect(live.status == 0, "\(note): \(live.errors)")
        #expect(live.errors == "")
        #expect(live.output == replayed.output, "\(note)")
        return live.lines
    }

    private func number(_ statement: String) async throws -> Int {
        let texts = try await log.sql("SELECT (\(statement))::text")
        return try #require(texts.first.flatMap { Int($0) })
    }

    /// A line that takes the event of another line back, or states it anew with other data.
    static func correction(of line: String, _ id: String, replacement: String = "null") throws -> String {
        let event = try JSONObject(line)
        let data = """
            {"corrects":{"source":"\(try event.string("source"))","id":"\(try event.string("id"))"},\
            "reason":"wrong","replacement":\(replacement)}
            """
        return EventLine.make(
            subject: try event.string("subject"), id: id, type: "correction", source: "/office",
            time: "2020-01-01T00:00:00Z", data: data)
    }
}

extension Running {
    /// Sends a signal and waits for the end; tells how many seconds that took.
    func end(by number: Int32) async throws -> (Finished, seconds: Double) {
        let asked = ContinuousClock.now
        send(number)
        let ended = try await wait()
        return (ended, asked.duration(to: .now) / .seconds(1))
    }
}
