import Foundation
import Schema
import TestData
import TestLog
import Testing

/// `seal --drop-rows` from outside.
@Suite("Dropping rows", .timeLimit(.minutes(12)))
struct SealDropTests {
    private static func digest(_ log: CommandLog) async throws -> String {
        let ended = try await log.trough.run(["replay", "-o", "json"])
        #expect(ended.status == 0, "\(ended.errors)")
        return try JSONObject(ended.output).string("digest")
    }

    @Test("The example has its digest without rows, with everything else as it was, and late events are merged")
    func example() async throws {
        try await CommandLog.with { log in
            #expect(try await log.trough("append", TestData.replica.path).status == 0)
            let exported = try await log.trough("export").output
            let anchor = FileManager.default.temporaryDirectory.appendingPathComponent("anchor-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: anchor) }
            try Data(try await log.trough("anchor").output.utf8).write(to: anchor)
            let ended = try await log.trough("seal", "--drop-rows", "--reason", "trial closed", "-o", "json")
            #expect(ended.status == 0, "\(ended.errors)")
            let object = try JSONObject(ended.output)
            #expect(object.keys == ["segments", "events", "bytes", "rowsRemoved", "seconds"])
            #expect(try object.whole("events") == 8_593)
            #expect(try object.whole("rowsRemoved") == 8_593)
            #expect(try await log.sql("SELECT count(*)::text FROM trough.event") == ["0"])
            #expect(
                try await log.sql("SELECT DISTINCT concat_ws(' ', author, reason) FROM trough.removal")
                    == ["tester trial closed"])
            #expect(try await Self.digest(log) == TestData.replicaDigest)
            #expect(try await log.trough("export").output == exported)
            #expect(try await log.trough("verify", "--anchor", anchor.path).status == 0)
            let again = try await log.trough("append", TestData.replica.path)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try await log.sql("SELECT count(*)::text FROM trough.event") == ["0"])
            let table = try await log.trough("seal", "--drop-rows")
            #expect(table.output.contains("\nremoved     the rows of 0 events\ntime        "), "\(table.output)")
            let late = (0..<40).map { EventLines.assay("SE-014", "late-\($0)", value: $0) }.joined(separator: "\n")
            #expect(try await log.trough("append", input: late).status == 0)
            let mixed = try await Self.digest(log)
            let second = try await log.trough("seal", "--drop-rows")
            #expect(second.output.contains("\nremoved     the rows of 40 events\n"), "\(second.output)")
            #expect(try await Self.digest(log) == mixed)
            #expect(try await log.trough("verify").status == 0)
        }
    }

    @Test("Progress is shown while segments are compared, also where nothing is left to be sealed")
    func progress() async throws {
        try await CommandLog.with { log in
            #expect(try await log.trough("append", TestData.replica.path).status == 0)
            #expect(try await log.trough("seal").status == 0)
            let dropped = try await log.trough("seal", "--drop-rows", "--progress", "always")
            #expect(dropped.status == 0, "\(dropped.errors)")
            #expect(dropped.errors.contains("100 %") && dropped.errors.contains("events/s"), "\(dropped.errors)")
            #expect(dropped.errors.hasSuffix("\r\u{1B}[K"), "the bar is taken away")
            let again = try await log.trough("seal", "--drop-rows", "--progress", "always")
            #expect(again.status == 0 && again.errors == "", "nothing is compared twice: \(again.errors)")
        }
    }

    @Test("It excludes what would leave rows unsealed, and belongs to the owner alone")
    func usage() async throws {
        try await CommandLog.with { log in
            #expect(
                try await log.trough("append", input: EventLine.assays(10, prefix: "a").joined(separator: "\n")).status
                    == 0)
            let refused = [
                (["--drop-rows", "--until", "2020-01-01"], "excludes --until and --older-than"),
                (["--drop-rows", "--older-than", "3"], "excludes --until and --older-than"),
                (["--reason", "why"], "--reason belongs to --drop-rows"),
            ]
            for (arguments, words) in refused {
                let ended = try await log.trough.run(["seal"] + arguments)
                #expect(ended.status == 2, "\(arguments)")
                #expect(ended.errors.contains(words), "\(arguments): \(ended.errors)")
            }
            _ = try await log.sql("CREATE ROLE drop_rows_writer LOGIN IN ROLE trough_writer")
            let writer = TroughProgram(url: log.url(user: "drop_rows_writer"))
            let ended = try await writer.run(["seal", "--drop-rows"])
            _ = try await log.sql("DROP ROLE drop_rows_writer")
            #expect(ended.status == 3 && ended.output == "")
            #expect(ended.errors.contains("trough_owner"), "\(ended.errors)")
            #expect(try await log.sql("SELECT count(*)::text FROM trough.segment") == ["0"])
            #expect(try await log.sql("SELECT count(*)::text FROM trough.event") == ["10"])
        }
    }

    @Test("A study that is older than partitions is refused with a sentence, before anything is sealed")
    func shared() async throws {
        try await TestLog.withProgram { log, program in
            // As if it had been made before: its partition under the name of the one that old studies share.
            _ = try await program.run(["append", TestData.replica.path])
            try await log.execute("ALTER TABLE trough.event_1 RENAME TO event_shared")
            let ended = try await program.run(["seal", "--drop-rows"])
            #expect(ended.code == 2)
            #expect(ended.errors.contains("the study is older than partitions"), "\(ended.errors)")
            #expect(try await log.number("SELECT count(*) FROM trough.segment") == 0)
            #expect(try await program.run(["seal"]).code == 0)
        }
    }

    @Test("A damaged segment ends it as damage ends a sealing, and all rows stay")
    func damaged() async throws {
        try await CommandLog.with { log in
            #expect(try await log.trough("append", TestData.replica.path).status == 0)
            #expect(try await log.trough("seal").status == 0)
            try await log.execute(
                """
                ALTER TABLE trough.segment DISABLE TRIGGER ALL;
                UPDATE trough.segment SET rest = set_byte(rest, 9, get_byte(rest, 9) # 1) WHERE slice = 3;
                ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER append_only;
                """)
            let ended = try await log.trough("seal", "--drop-rows")
            #expect(ended.status == 1)
            #expect(ended.output == "")
            #expect(ended.errors.contains("slice 3") && ended.errors.contains("All rows stay."), "\(ended.errors)")
            #expect(try await log.sql("SELECT count(*)::text FROM trough.event") == ["8593"])
            #expect(try await Self.digest(log) == TestData.replicaDigest)
        }
    }

    @Test("Killed at any moment, it has removed all rows or none, and the same command finishes")
    func killed() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("kills of seal --drop-rows: seed \(seed)")
        var random = SeededRandom(seed: seed)
        try await TestLog.withProgram { log, program in
            let events = try TestData.lines(TestData.replica).count
            var longestPause = Duration.seconds(1)
            var (hits, rounds, none, all) = (0, 0, 0, 0)
            while hits < Self.kills, rounds < 60 {
                rounds += 1
                let name = "killed-\(rounds)"
                let appended = try await program.run(["append", "--study", name, TestData.replica.path])
                #expect(appended.code == 0, "\(appended.errors)")
                let study = try await log.number("SELECT study FROM trough.study WHERE name = '\(name)'")
                var rows = events
                // How long a run takes changes with what else is running; pauses follow it, so that most kills hit.
                while rows > 0, hits < Self.kills {
                    let pause = longestPause * (random.chance(2) ? random.unit() : 0.6 + 0.4 * random.unit())
                    let hasHit = try await program.runKilled(["seal", "--drop-rows", "--study", name], after: pause)
                    longestPause = longestPause * (hasHit ? 1.1 : 0.85)
                    if hasHit { hits += 1 }
                    rows = try await Self.rows(of: study, log)
                    let words: Comment = "seed \(seed), round \(rounds)"
                    #expect([0, events].contains(rows), words)
                    let removed = "SELECT sum(removed) FROM trough.head WHERE study = \(study)"
                    #expect(try await log.number(removed) == events - rows, words)
                    if hasHit, rows == 0 { all += 1 } else if hasHit { none += 1 }
                }
                if rounds % 4 == 0 {
                    let replayed = try await program.run(["replay", "-o", "json", "--study", name])
                    #expect(
                        replayed.object["digest"] as? String == TestData.replicaDigest, "seed \(seed), round \(rounds)")
                }
                let last = try await program.run(["seal", "--drop-rows", "--study", name, "-o", "json"])
                #expect(last.code == 0, "seed \(seed), round \(rounds): \(last.errors)")
                #expect(last.object["rowsRemoved"] as? Int == rows, "seed \(seed), round \(rounds)")
                #expect(try await Self.rows(of: study, log) == 0)
            }
            #expect(try await log.number("SELECT count(*) FROM pg_class WHERE relname LIKE '%gone%'") == 0)
            let verified = try await program.run(["verify", "--all"])
            #expect(verified.code == 0, "seed \(seed): \(verified.errors) \(verified.output.suffix(500))")
            print("kills of seal --drop-rows: \(hits) hit in \(rounds) rounds; \(none) left all rows, \(all) none")
            #expect(hits == Self.kills && none > 0, "seed \(seed)")
        }
    }

    private static let kills = 20

    /// How many rows a study has, once the server has ended what it was at when the program was killed.
    private static func rows(of study: Int, _ log: TestLog) async throws -> Int {
        let busy = """
            SELECT count(*) FROM pg_stat_activity
            WHERE query LIKE '%remove_rows%' AND pid <> pg_backend_pid() AND state <> 'idle' AND datname = current_database()
            """
        for _ in 0..<500 where try await log.number(busy) > 0 { try await Task.sleep(for: .milliseconds(20)) }
        return try await log.number("SELECT count(*) FROM trough.event_\(study)")
    }
}
