import Foundation
import TestData
import Testing

/// Replays whose reading is shared among copies of one log.
@Suite("Several databases", .timeLimit(.minutes(6)))
struct SeveralDatabasesTests {
    /// Makes the slice with the most events of a copy as it was at the end of its first batch, as in a standby that lags
    /// behind, and tells its number and how to undo it.
    private func setBack(_ copy: CommandLog) async throws -> (slice: String, undo: String) {
        let row = try #require(
            try await copy.sql(
                """
                SELECT h.slice || ' ' || h.position || ' ' || encode(h.digest, 'hex') FROM trough.head h
                ORDER BY h.position DESC LIMIT 1
                """
            ).first)
        let parts = row.split(separator: " ").map(String.init)
        let undo = "UPDATE trough.head SET position = \(parts[1]) WHERE slice = \(parts[0])"
        // Heads may only go forward.
        try await copy.execute(
            """
            ALTER TABLE trough.head DISABLE TRIGGER ALL;
            UPDATE trough.head SET position = 1 WHERE slice = \(parts[0])
            """)
        return (parts[0], undo)
    }

    @Test("Shards read from every copy, and say what one database says")
    func shared() async throws {
        try await CommandLog.with { log in
            _ = try await log.trough("append", TestData.replica.path)
            try await log.withCopy { second in
                try await log.withCopy { third in
                    let urls = [log, second, third].flatMap { ["--database", $0.url] }
                    let folder = try TestFolder()
                    for shards in [[], ["--shards", "1"], ["--shards", "2"], ["--shards", "64"]] {
                        let path = folder.path + "/outcomes"
                        let ended = try await log.trough.run(
                            ["replay", "-o", "json", "--outcomes", path] + shards + urls)
                        #expect(ended.status == 0, "\(ended.errors)")
                        #expect(try JSONObject(ended.output).string("digest") == TestData.replicaDigest)
                        #expect(
                            folder.text("outcomes")
                                == (try String(contentsOf: TestData.replicaOutcomes, encoding: .utf8)))
                    }
                    let alone = try await log.trough("patients", "-o", "ndjson")
                    let listed = try await log.trough.run(["patients", "-o", "ndjson", "--shards", "5"] + urls)
                    #expect(alone.lines.count == 90 && listed.output == alone.output, "\(listed.errors)")
                    // Events of one copy are gone: whoever reads there says so, and nobody else.
                    try await third.execute(
                        """
                        ALTER TABLE trough.event DISABLE TRIGGER ALL; DELETE FROM trough.event
                        """)
                    let damaged = try await log.trough.run(["replay", "--shards", "3"] + urls)
                    #expect(damaged.status == 3, "\(damaged.errors)")
                    #expect(damaged.errors.contains("of the"), "\(damaged.errors)")
                    let unlisted = try await log.trough.run(["patients", "--shards", "3"] + urls)
                    #expect(unlisted.status == 3 && unlisted.output == "", "\(unlisted.errors)")
                    let unread = try await log.trough.run(["replay", "--shards", "2", "-o", "json"] + urls)
                    #expect(try JSONObject(unread.output).string("digest") == TestData.replicaDigest)
                }
            }
        }
    }

    @Test("A copy that is sealed while the first one is rows gives the same")
    func sealedCopy() async throws {
        try await CommandLog.with { log in
            _ = try await log.trough("append", "--slices", "4", TestData.replica.path)
            try await log.withCopy { copy in
                let sealed = try await copy.trough("seal")
                #expect(sealed.status == 0, "\(sealed.errors)")
                for pair in [[log.url, copy.url], [copy.url, log.url]] {
                    let ended = try await log.trough(
                        "replay", "-o", "json", "--shards", "4", "--database", pair[0], "--database", pair[1])
                    #expect(ended.status == 0, "\(ended.errors)")
                    #expect(try JSONObject(ended.output).string("digest") == TestData.replicaDigest)
                }
            }
        }
    }

    @Test("A copy that lags behind is waited for, and refused with the slice where it does not catch up")
    func lag() async throws {
        try await CommandLog.with { log in
            _ = try await log.trough("append", TestData.replica.path)
            try await log.withCopy { copy in
                let (slice, undo) = try await setBack(copy)
                let arguments = ["replay", "-o", "json", "--database", log.url, "--database", copy.url]
                let refused = try await log.trough.run(arguments)
                #expect(refused.status == 3, "\(refused.errors)")
                #expect(refused.output == "")
                #expect(refused.errors.contains("Database 2 is behind the first one: its slice "), "\(refused.errors)")
                #expect(refused.errors.contains("ends at position 1, and "), "\(refused.errors)")
                let first = try #require(try await log.sql("SELECT first_slice::text FROM trough.study").first)
                let index = try #require(Int(slice)) - (try #require(Int(first)))
                #expect(refused.errors.contains("its slice \(index) ends"), "\(refused.errors)")
                // As the first one it would have a head at which no batch ends.
                let damaged = try await log.trough(
                    "replay", "-o", "json", "--database", copy.url, "--database", log.url)
                #expect(damaged.status == 3)
                #expect(damaged.errors.contains("No batch of slice \(index) ends at position 1."), "\(damaged.errors)")
                let waiting = try log.trough.start(arguments, input: "")
                // Long enough to be found behind, and shorter than it is waited for.
                try await Task.sleep(for: .seconds(1))
                try await copy.execute(undo)
                let caughtUp = try await waiting.finish()
                #expect(caughtUp.status == 0, "\(caughtUp.errors)")
                #expect(try JSONObject(caughtUp.output).string("digest") == TestData.replicaDigest)
            }
        }
    }

    @Test("As of a moment, a copy that has come that far and no further takes part")
    func asOf() async throws {
        try await CommandLog.with { log in
            let lines = try TestData.lines(TestData.replica)
            _ = try await log.trough("append", "--slices", "2", input: lines.prefix(4_000).joined(separator: "\n"))
            let alone = try await log.trough("replay", "-o", "json")
            let now = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
            let moment = try #require(try await log.sql(now).first)
            try await log.withCopy { copy in
                // Later events, some of new patients, are in the first database alone.
                let later = lines.dropFirst(4_000) + EventLine.assays(50, patients: 20)
                _ = try await log.trough("append", input: later.joined(separator: "\n"))
                let ended = try await log.trough(
                    "replay", "-o", "json", "--as-of", moment, "--database", log.url, "--database", copy.url)
                #expect(ended.status == 0, "\(ended.errors)")
                #expect(try JSONObject(ended.output).string("digest") == JSONObject(alone.output).string("digest"))
                #expect(try JSONObject(ended.output).whole("events") == 4_000)
            }
        }
    }

    @Test("Another log, and a copy with another history, are refused")
    func strangers() async throws {
        try await CommandLog.with { log in
            _ = try await log.trough("append", TestData.replica.path)
            try await CommandLog.with { other in
                _ = try await other.trough("append", TestData.replica.path)
                let ended = try await log.trough("replay", "--database", log.url, "--database", other.url)
                #expect(ended.status == 3)
                #expect(ended.errors.contains("Database 2 has another study \"main\""), "\(ended.errors)")
            }
            try await log.withCopy { copy in
                // The same event, appended in each for itself, is recorded at two times.
                let line = EventLine.assays(1, patients: 1).joined(separator: "\n")
                for one in [log, copy] { _ = try await one.trough("append", input: line) }
                let ended = try await log.trough("replay", "--database", log.url, "--database", copy.url)
                #expect(ended.status == 3)
                #expect(ended.errors.contains("Database 2 has another history"), "\(ended.errors)")
            }
            let empty = try await CommandLog.with(schema: false) { other in
                try await log.trough("replay", "--database", log.url, "--database", other.url)
            }
            #expect(empty.status == 3)
            #expect(empty.errors.contains("not a Trough log"), "\(empty.errors)")
        }
    }

    @Test("Commands that do not replay take one database", arguments: [["status"], ["append"], ["verify"], ["tail"]])
    func others(_ command: [String]) async throws {
        let ended = try await TroughProgram().run(command + ["--database", "dbname=a", "--database", "dbname=b"])
        #expect(ended.status == 2)
        #expect(ended.errors.contains("--database is given 2 times"), "\(ended.errors)")
        #expect(ended.output == "")
    }
}
