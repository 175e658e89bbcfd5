import Foundation
import Glibc
import LocalServer
import Postgres
import TestData
import TestLog
import Testing

/// What `status` tells of the log, its sets and their workers.
@Suite(.emptyLog, .timeLimit(.minutes(3)))
struct StatusCommandTests {
    @Test("The object has exactly the promised keys, before any worker, behind, and with a worker")
    func object() async throws {
        let log = try CommandLog.shared
        let empty = try await log.trough("status", "--study", "shape")
        #expect(empty.status == 2)
        #expect(empty.errors.contains("shape"))
        let study = try await LiveStudy("shape", in: log, EventLine.assays(40))
        let plain: Set = ["slice", "position", "patients", "digest", "sealed", "withoutRows"]
        let projected = plain.union(["checkpoint", "lagEvents", "lagSeconds", "owner", "epoch"])
        let alone = try await look(study)
        #expect(
            alone.names == ["name", "events", "patients", "sealed", "withoutRows", "recorded", "slices", "sets"])
        #expect(try alone.objects("slices").allSatisfy { $0.names == plain })
        #expect(try alone.objects("sets").isEmpty)
        #expect(try await study.run("status").output.hasSuffix("\n  not projected: no worker has run\n"))

        let made = try await study.run("worker", "--until-caught-up")
        #expect(made.status == 0, "\(made.errors)")
        try await study.append(EventLine.assays(15, prefix: "late"))
        try await Task.sleep(for: .milliseconds(20))
        let behind = try await look(study)
        #expect(try behind.whole("events") == 55)
        let set = try #require(try behind.objects("sets").first)
        #expect(
            set.names == [
                "set", "state", "protocol", "foldVersion", "protocolDigest", "made", "checkpoint", "lagEvents",
                "lagSeconds", "workers", "parkedPatients", "parked",
            ])
        #expect(try set.whole("checkpoint") == 40)
        #expect(try set.whole("lagEvents") == 15)
        #expect(try set.number("lagSeconds") > 0.02)
        #expect(try set.objects("workers").isEmpty)
        let slices = try behind.objects("slices")
        #expect(slices.count == 16)
        #expect(slices.allSatisfy { $0.names == projected && $0.isNull("owner") })
        #expect(try slices.allSatisfy { try $0.whole("epoch") > 0 })
        #expect(try slices.reduce(0) { $0 + (try $1.whole("lagEvents")) } == 15)
        #expect(try slices.allSatisfy { try $0.whole("position") - $0.whole("checkpoint") == $0.whole("lagEvents") })
        let table = try await study.run("status", "--slices")
        #expect(table.output.contains("15 events behind ("), "\(table.output)")
        #expect(table.output.contains("    no worker\n"), "\(table.output)")
        #expect(table.lines.allSatisfy { $0.count <= 80 }, "\(table.output)")

        let worker = try study.start("worker")
        try await eventually { try await study.isCaughtUp() }
        let live = try await look(study)
        let (workers, owned) = (try live.objects("sets")[0].objects("workers"), try live.objects("slices"))
        #expect(workers.count == 1)
        #expect(workers[0].names == ["worker", "name", "slices", "silentSeconds", "alive"])
        #expect(try workers[0].string("name").hasSuffix(":\(worker.identifier)"))
        #expect(try workers[0].whole("slices") == 16)
        #expect(try owned.allSatisfy { try $0.whole("owner") == workers[0].whole("worker") })
        for (slice, before) in zip(owned, slices) {
            #expect(try slice.whole("epoch") > before.whole("epoch"))
            #expect(try slice.whole("lagEvents") == 0)
        }
        _ = try await worker.end(by: SIGTERM)
    }

    @Test("The name of a study cannot turn the direction of what status and verify print")
    func turningName() async throws {
        let study = try await LiveStudy("main\u{202E}niam", in: .shared, EventLine.assays(3))
        for arguments in [["status", "--study", study.name], ["verify", "--study", study.name]] {
            let ended = try await study.log.trough.run(arguments)
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(ended.output.contains("main\u{FFFD}niam"), "\(arguments): \(ended.output.debugDescription)")
            #expect(!ended.output.contains("\u{202E}"), "\(arguments)")
        }
        #expect(try await look(study).string("name") == study.name, "data for programs stay what they are")
    }

    @Test("One event, one slice: the nouns follow their numbers")
    func one() async throws {
        let study = LiveStudy("single", in: try .shared)
        func append(_ id: String) async throws {
            let ended = try await study.log.trough(
                "append", "-q", "--study", study.name, "--slices", "1", input: EventLine.assay("P-1", id))
            #expect(ended.status == 0, "\(ended.errors)")
        }
        try await append("a")
        let made = try await study.run("worker", "--until-caught-up")
        #expect(made.status == 0, "\(made.errors)")
        try await append("b")
        let behind = try await study.run("status").output
        #expect(behind.contains(": 1 event behind ("), "\(behind)")
        let worker = try study.start("worker")
        try await eventually { try await study.isCaughtUp() }
        let live = try await study.run("status").output
        #expect(live.contains(": 1 slice, last heard of "), "\(live)")
        _ = try await worker.end(by: SIGTERM)
    }

    @Test(
        "Sets under different protocols of one name are told apart by when they were made, and by the protocols' digests"
    )
    func namesakes() async throws {
        let study = try await LiveStudy("namesakes", in: .shared, EventLine.assays(5))
        let shown = try await study.log.trough("protocol", "show").output
        let folder = try TestFolder()
        let file = try folder.file("edited.yaml", shown.replacing("from: 84", with: "from: 70")).path
        #expect(try await study.run("worker", "--until-caught-up").status == 0)
        #expect(try await !study.run("status").output.contains("    made "))
        #expect(try await study.run("worker", "--until-caught-up", "--protocol", file).status == 0)
        let sets = try await look(study).objects("sets")
        #expect(try sets.map { try $0.string("protocol") } == ["roblin-2020", "roblin-2020"])
        #expect(try Set(sets.map { try $0.string("protocolDigest") }).count == 2)
        let table = try await study.run("status")
        for set in sets {
            let (number, made) = (try set.whole("set"), try set.string("made"))
            let line = "    made \(made), protocol \(try set.string("protocolDigest").prefix(12)), fold version "
            let first = try #require(table.lines.firstIndex { $0.hasPrefix("  set \(number) (roblin-2020), ") })
            #expect(table.lines[first + 1].hasPrefix(line), "\(table.output)")
        }
        #expect(table.lines.allSatisfy { $0.count <= 80 }, "\(table.output)")
    }

    @Test("It tells how much is sealed, and how much of that is no rows")
    func sealed() async throws {
        // Rows are dropped of all studies that are sealed.
        try await CommandLog.with { log in
            let study = try await LiveStudy("packed", in: log, EventLine.assays(40))
            func expect(_ sealed: Int, _ withoutRows: Int, _ line: String?) async throws {
                let (told, table) = (try await look(study), try await study.run("status").output)
                let slices = try told.objects("slices")
                for (name, number) in [("sealed", sealed), ("withoutRows", withoutRows)] {
                    #expect(try told.whole(name) == number)
                    #expect(try slices.reduce(0) { $0 + (try $1.whole(name)) } == number)
                }
                #expect(table.contains("sealed") == (line != nil) && table.contains(line ?? "packed"), "\(table)")
            }
            try await expect(0, 0, nil)
            #expect(try await study.run("seal").status == 0)
            try await expect(40, 0, "  sealed: all, each also a row\n")
            try await study.append(EventLine.assays(5, prefix: "late"))
            try await expect(40, 0, "  sealed: 40 events, each also a row\n")
            #expect(try await study.run("seal", "--drop-rows").status == 0)
            try await expect(45, 45, "  sealed: all, none of them a row\n")
            try await study.append(EventLine.assays(1, prefix: "last"))
            #expect(try await study.run("seal").status == 0)
            try await expect(46, 45, "  sealed: all, 45 of them no rows\n")
        }
    }

    /// The only study of the status.
    private func look(_ study: LiveStudy) async throws -> JSONObject {
        let ended = try await study.run("status", "-o", "json")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors == "")
        let object = try JSONObject(ended.output)
        #expect(object.keys == ["studies"])
        let studies = try object.objects("studies")
        #expect(studies.count == 1)
        return try #require(studies.first)
    }

    @Test(
        "Watching prints again each second, without clearing where no terminal is, until a signal",
        arguments: [SIGINT, SIGTERM])
    func watch(_ number: Int32) async throws {
        let study = try await LiveStudy("watched\(number)", in: .shared, EventLine.assays(5))
        let watch = try study.start("status", "--watch", "-o", "json")
        let table = try study.start("status", "--watch")
        try await eventually { watch.output.lines.count >= 1 && table.output.lines.count >= 3 }
        try await study.append(EventLine.assays(5, prefix: "more"))
        try await eventually { watch.output.contains("\"events\":10,") && table.output.contains("  10  ") }
        for running in [watch, table] {
            let (ended, seconds) = try await running.end(by: number)
            #expect(ended.status == 128 + number)
            #expect(ended.errors == "")
            #expect(seconds < 10)
            #expect(!ended.output.contains("\u{1B}"))
        }
        let counts = try watch.output.lines.map { try JSONObject($0).objects("studies")[0].whole("events") }
        #expect(counts.first == 5 && counts.last == 10, "\(counts)")
        let unknown = try await study.log.trough("status", "--watch", "--study", "nowhere")
        #expect(unknown.status == 2)
    }

    @Test("A database that goes away and comes back is waited for by workers, followers and those who watch")
    func serverRestart() async throws {
        try await OwnServer.with { own in
            let log = try await own.log()
            await log.connection.close()
            let trough = TroughProgram(url: own.server.url, limit: 100)
            let lines = try Array(TestData.lines(TestData.replica).prefix(1_000))
            func append(_ lines: ArraySlice<String>) async throws {
                let ended = try await trough("append", "-q", input: lines.map { $0 + "\n" }.joined())
                #expect(ended.status == 0, "\(ended.errors)")
            }
            try await append(lines[..<100])
            let worker = try trough.start(["worker"], input: "")
            let watch = try trough.start(["status", "--watch", "-o", "json"], input: "")
            try await eventually { watch.output.lines.last?.contains("\"checkpoint\":100,\"lagEvents\":0") ?? false }
            let follower = try trough.start(["outcomes", "--follow", "-o", "csv"], input: "")
            try await eventually { follower.output.lines.count == 1 }
            try await append(lines[100..<300])
            try await eventually { follower.output.lines.count > 10 }
            let before = follower.output.lines.count
            #expect(try await own.killAll() > 1)
            try await eventually { [watch, follower].allSatisfy { $0.errors.contains("Waiting for the database") } }
            _ = try await own.server.start()
            try await append(lines[300...])
            try await eventually { watch.output.lines.last?.contains("\"checkpoint\":1000,\"lagEvents\":0") ?? false }
            try await eventually { follower.output.lines.count > before + 10 }
            let (live, replayed) = (
                try await trough("outcomes", "-o", "ndjson"), try await trough("replay", "--outcomes", "-")
            )
            #expect(live.output == replayed.output)
            #expect(live.lines.count > 10)
            for running in [follower, watch] {
                let (ended, _) = try await running.end(by: SIGINT)
                #expect(ended.status == 130, "\(ended.errors)")
                // Once that it is away, and once that it is back.
                for words in ["Waiting for the database to come back.\n", "The database is back.\n"] {
                    #expect(ended.errors.ranges(of: words).count == 1, "\(ended.errors)")
                }
            }
            let (ended, _) = try await worker.end(by: SIGTERM)
            #expect(ended.status == 143)
            // The keeper of its lease and each of two shards say it once.
            #expect((1...3).contains(ended.errors.ranges(of: ": trying again: ").count), "\(ended.errors)")
            #expect(ended.errors.contains("worker: the database is back\n"), "\(ended.errors)")
        }
    }
}
