import Foundation
import Glibc
import Testing

/// Databases that are dropped under programs that stay connected, and made anew under their names.
@Suite(.timeLimit(.minutes(6)))
struct RecreatedDatabaseTests {
    /// A log with outcomes, and what follows it or works on it.
    private struct Crowd {
        let log: CommandLog
        let worker, tail, outcomes, append: Running
        let status: Running
        var all: [(name: String, program: Running)] {
            [("worker", worker), ("tail", tail), ("outcomes", outcomes), ("append", append), ("status", status)]
        }

        /// Starts everybody, and waits until all have seen the log.
        init(_ log: CommandLog) async throws {
            self.log = log
            let study = LiveStudy("main", in: log)
            worker = try study.start("worker", "--lease", "1")
            tail = try study.start("tail", "--follow")
            outcomes = try study.start("outcomes", "--follow", "-o", "csv")
            status = try study.start("status", "--watch", "-o", "json")
            append = try log.trough.start(["append", "-", "-o", "ndjson"])
            try await append.feed(EventLine.assay("P-1", "fed-1") + "\n")
            let (tail, outcomes, append, status) = (tail, outcomes, append, status)
            try await eventually {
                try await study.isCaughtUp() && tail.output.lines.count >= 11 && outcomes.output.lines.count == 1
                    && append.output.contains("committedThrough") && !status.output.isEmpty
            }
        }

        /// Ends those that are still there.
        func end() async throws {
            for (_, program) in all where !program.isOver {
                program.send(SIGTERM)
                _ = try await program.wait()
            }
        }
    }

    /// Calls `body` with a log of a study with outcomes, and another log on the same server to manage it from.
    private func withLog(_ body: (CommandLog, _ name: String, _ manager: CommandLog) async throws -> Void) async throws
    {
        try await CommandLog.with(schema: false) { manager in
            try await CommandLog.with { log in
                _ = try await LiveStudy("main", in: log, EventLine.assays(10))
                let made = try await log.trough("worker", "--until-caught-up")
                try #require(made.status == 0, "\(made.errors)")
                let name = try #require(try await log.sql("SELECT current_database()::text").first)
                try await body(log, name, manager)
            }
        }
    }

    @Test("In an empty database everybody says that the log is gone, and ends with status 3")
    func empty() async throws {
        try await withLog { log, name, manager in
            let crowd = try await Crowd(log)
            try await manager.execute("DROP DATABASE \(name) WITH (FORCE)")
            // Without a database it is waited for one: it may be under way.
            try await Task.sleep(for: .seconds(1.5))
            for (name, program) in crowd.all { #expect(!program.isOver, "\(name): \(program.errors)") }
            try await manager.execute("CREATE DATABASE \(name)")
            try await crowd.append.feed(EventLine.assay("P-1", "fed-2") + "\n")
            for (name, program) in crowd.all {
                let ended = try await program.wait()
                #expect(ended.status == 3, "\(name): \(ended.status) \(ended.errors)")
                let last = try #require(ended.errors.lines.last)
                #expect(last.contains("The log that was in the database is gone, or not all"), "\(name): \(last)")
                #expect(!last.contains("SQLSTATE"), "\(name): \(last)")
            }
        }
    }

    @Test("A load test whose log is gone says so, and not that it left a study behind")
    func load() async throws {
        try await withLog { log, name, manager in
            let load = try log.trough.start(
                ["load", "--rate", "100", "--duration", "3", "--slices", "4", "--study", "lost", "-o", "json"],
                input: "")
            try await eventually { try await log.events("lost") > 50 }
            try await manager.execute("DROP DATABASE \(name) WITH (FORCE)")
            try await manager.execute("CREATE DATABASE \(name)")
            let ended = try await load.finish()
            #expect(ended.status == 3, "\(ended.status) \(ended.errors)")
            for text in [ended.output, ended.errors] {
                #expect(text.contains("The log that was in the database is gone"), "\(text)")
                #expect(!text.contains("42P01") && !text.contains("remove_study"), "\(text)")
            }
        }
    }

    @Test("In another log with a study of that name nobody goes on as if it were theirs")
    func otherLog() async throws {
        try await withLog { log, name, manager in
            // As far and of the same numbers, but made later.
            try await CommandLog.with { other in
                _ = try await LiveStudy("main", in: other, EventLine.assays(10, prefix: "other"))
                let made = try await other.trough("worker", "--until-caught-up")
                try #require(made.status == 0, "\(made.errors)")
                let crowd = try await Crowd(log)
                let present = try #require(try await other.sql("SELECT current_database()::text").first)
                try await manager.execute("DROP DATABASE \(name) WITH (FORCE)")
                try await manager.execute("CREATE DATABASE \(name) TEMPLATE \(present)")
                try await crowd.append.feed(EventLine.assay("P-1", "fed-2") + "\n")
                for (name, program) in crowd.all where name != "status" {
                    let ended = try await program.wait()
                    #expect(ended.status == 3, "\(name): \(ended.status) \(ended.errors)")
                    let last = try #require(ended.errors.lines.last)
                    #expect(last.contains("The study \"main\" is another one of that name."), "\(name): \(last)")
                }
                try await crowd.end()
                #expect(!crowd.outcomes.output.contains("other"))
                #expect(!crowd.tail.output.contains("other"))
                #expect(try await log.events() == 10)
            }
        }
    }

    @Test("In an earlier state of the log, who hands out events ends; who keeps and tells outcomes goes on with it")
    func earlier() async throws {
        try await withLog { log, name, manager in
            let kept = "kept_" + name
            try await manager.execute("CREATE DATABASE \(kept) TEMPLATE \(name)")
            let crowd = try await Crowd(log)
            try await manager.execute("DROP DATABASE \(name) WITH (FORCE)")
            try await manager.execute("ALTER DATABASE \(kept) RENAME TO \(name)")
            try await crowd.append.feed(EventLine.assay("P-1", "fed-2") + "\n")
            for (name, program) in [("tail", crowd.tail), ("append", crowd.append)] {
                let ended = try await program.wait()
                #expect(ended.status == 3, "\(name): \(ended.status) \(ended.errors)")
                #expect(ended.errors.contains("put back to an earlier state?"), "\(name): \(ended.errors)")
            }
            let study = LiveStudy("main", in: log)
            try await study.append(EventLine.assays(5, prefix: "later"))
            try await eventually { try await study.isCaughtUp() }
            for (name, program) in [("worker", crowd.worker), ("outcomes", crowd.outcomes), ("status", crowd.status)] {
                #expect(!program.isOver, "\(name): \(program.errors)")
            }
            try await crowd.end()
        }
    }
}
