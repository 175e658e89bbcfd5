import Foundation
import LocalServer
import Postgres
import TestData
import TestLog
import Testing

/// `tail --follow`.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(6)))
struct TailFollowTests {
    /// The sequences of printed lines: slice and position.
    private static func places(_ lines: [String]) throws -> [(slice: String, position: String)] {
        try lines.map { line in
            let parts = try JSONObject(line).string("sequence").split(separator: "-").map(String.init)
            return (try #require(parts.first), try #require(parts.last))
        }
    }

    /// Checks that lines are all that is stored, each once, and in order within each slice.
    private static func expectWhole(_ lines: [String], _ stored: [String], _ note: String = "") throws {
        #expect(lines.sorted() == stored.sorted(), "\(note)")
        var last: [String: String] = [:]
        for place in try places(lines) {
            #expect(last[place.slice] ?? "" < place.position, "\(note)")
            last[place.slice] = place.position
        }
    }

    private func append(_ lines: [String], _ study: String) async throws {
        let ended = try await CommandLog.shared.trough(
            "append", "-q", "--study", study, input: lines.map { $0 + "\n" }.joined())
        #expect(ended.status == 0, "\(ended.errors)")
    }

    @Test("What is there comes as tail prints it, what is appended follows at once, and Ctrl-C ends it with 130")
    func catchesUpAndGoesLive() async throws {
        let log = try CommandLog.shared
        try await append(EventLine.assays(6_000, patients: 60), "live")
        let before = try await log.trough("tail", "--study", "live").lines
        let running = try log.trough.start(["tail", "--follow", "--study", "live"], input: "")
        try await eventually { running.output.lines.count == 6_000 }
        #expect(running.output.lines == before)
        for round in 0..<5 {
            try await append(EventLine.assays(40, prefix: "late\(round)-"), "live")
            let count = 6_000 + (round + 1) * 40
            try await eventually { running.output.lines.count == count }
        }
        running.send(SIGINT)
        let ended = try await running.wait()
        #expect(ended.status == 130)
        #expect(ended.errors == "")
        try Self.expectWhole(ended.lines, try await log.trough("tail", "--study", "live").lines)
    }

    @Test("It begins where it is told: now, or at a sequence, after which come later events of all slices")
    func begins() async throws {
        let log = try CommandLog.shared
        try await append(EventLine.assays(300, patients: 40), "starts")
        let before = try await log.trough("tail", "--study", "starts").lines
        let from = try JSONObject(before[170]).string("sequence")
        let first = try Self.places([before[0]])[0].slice
        let cases = [
            (["--from", "now"], []), (["--from", from], Array(before[170...])),
            (
                ["--from", "\(first)-0000000000000999999"],
                before.filter { $0 > "" && !$0.contains("\"sequence\":\"\(first)-") }
            ),
            (["--from", "beginning"], before),
        ]
        var all: [(running: Running, expected: [String])] = []
        for (arguments, expected) in cases {
            let running = try log.trough.start(["tail", "--follow", "--study", "starts", "-v"] + arguments, input: "")
            try await eventually { running.output.lines.count == expected.count }
            all.append((running, expected))
        }
        // One that prints nothing yet has to be up before the next events come.
        try await eventually { try await log.listeners() == all.count }
        try await append(EventLine.assays(80, prefix: "after", patients: 40), "starts")
        let after = try await log.trough("tail", "--study", "starts").lines
        let new = after.filter { $0.contains("\"id\":\"after") }
        #expect(new.count == 80)
        for (running, expected) in all {
            try await eventually { running.output.lines.count == expected.count + 80 }
            running.send(SIGTERM)
            let ended = try await running.wait()
            #expect(ended.status == 143)
            #expect(Array(ended.lines.prefix(expected.count)) == expected)
            try Self.expectWhole(ended.lines, expected + new)
        }
    }

    @Test("Only what is asked for is printed: a type, a patient, also one of whom there is nothing yet")
    func filters() async throws {
        let log = try CommandLog.shared
        try await append(EventLine.assays(20), "chosen")
        try await append(EventLine.assays(20, prefix: "x"), "unchosen")
        let patient = try log.trough.start(
            ["tail", "--follow", "--study", "chosen", "--subject", "P-new"], input: "")
        let doses = try log.trough.start(["tail", "--follow", "--study", "chosen", "--type", "dose"], input: "")
        try await eventually { try await log.listeners() == 2 }
        let dose = #"{"drug":"infliximab","amount":5,"unit":"mg/kg","route":"IV"}"#
        let lines = ["P-new", "P-1", "P-new"].enumerated().flatMap { number, subject in
            [
                EventLine.assay(subject, "n\(number)"),
                EventLine.make(subject: subject, id: "d\(number)", type: "dose", data: dose),
            ]
        }
        try await append(lines, "chosen")
        try await append(lines, "unchosen")
        try await eventually { patient.output.lines.count == 4 && doses.output.lines.count == 3 }
        let all = try await log.trough("tail", "--study", "chosen").lines
        for (running, mark) in [(patient, "\"subject\":\"P-new\""), (doses, "\"type\":\"trough.dose.v1\"")] {
            running.send(SIGINT)
            let ended = try await running.wait()
            #expect(ended.status == 130)
            try Self.expectWhole(ended.lines, all.filter { $0.contains(mark) })
        }
        let unknown = try await log.trough("tail", "--follow", "--study", "nowhere")
        #expect(unknown.status == 2, "\(unknown.errors)")
        let slice = try await log.trough("tail", "--follow", "--study", "chosen", "--from", "0064-0000000000000000001")
        #expect(slice.status == 2, "\(slice.errors)")
    }

    @Test("A closed pipe ends it without a word")
    func closedPipe() async throws {
        let log = try CommandLog.shared
        try await append(EventLine.assays(3_000), "closed")
        let ended = try await log.trough.shell(
            """
            { "$TROUGH" tail --follow --study closed; echo $? >&2; } | head -n 3
            """)
        #expect(ended.lines.count == 3)
        #expect(ended.errors == "141\n")
        // Also where there is nothing to print.
        let idle = try await log.trough.shell(
            """
            { timeout 20 "$TROUGH" tail --follow --from now --study closed; echo $? >&2; } | sleep 1
            """)
        #expect(idle.errors == "141\n")
    }

    @Test("A slow reader costs no memory, and gets everything")
    func slowReader() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let count = 60_000
        let ward = String(repeating: "w", count: 600)
        let lines = EventLine.assays(count, patients: 300).map { $0.dropLast() + ",\"ward\":\"\(ward)\"}" }
        let input = try folder.file("input", lines.joined(separator: "\n")).path
        let appended = try await log.trough("append", input, "-q", "--study", "slow", "--slices", "4")
        #expect(appended.status == 0, "\(appended.errors)")
        // Memory is looked at after a few pages, and twice later, while the reader is behind all the time: what is not
        // yet read is far more than it may grow by.
        let ended = try await log.trough.shell(
            """
            cd '\(folder.path)' && mkfifo pipe
            "$TROUGH" tail --follow --study slow > pipe & follower=$!
            exec 3< pipe
            memory() { grep -E 'VmHWM|VmRSS' /proc/$follower/status; }
            read_some() { for round in $(seq $1); do timeout 9 dd bs=65536 count=16 iflag=fullblock status=none <&3; sleep 0.05; done; }
            read_some 16 > read; memory > early
            read_some 24 >> read; memory > late
            timeout 20 cat <&3 >> read & reader=$!
            for round in $(seq 150); do [ "$(wc -l < read)" -lt \(count) ] || break; sleep 0.1; done
            memory > last
            kill -INT $follower; wait $follower; echo $?
            """)
        #expect(ended.output == "130\n", "\(ended.errors)")
        func memory(_ name: String) throws -> Int {
            let line = try #require(folder.text(name).lines.first { $0.hasPrefix("VmHWM") })
            return try #require(line.split(separator: " ").compactMap { Int($0) }.first)
        }
        let sizes = try ["early", "late", "last"].map(memory)
        print("most memory of a follower before a slow reader, KiB: \(sizes)")
        #expect(folder.text("read").utf8.count > 45 << 20)
        #expect(sizes[2] - sizes[0] < 16 << 10, "\(sizes)")
        try Self.expectWhole(folder.text("read").lines, try await log.trough("tail", "--study", "slow").lines)
    }

    @Test("It outlives a server that is killed and comes back: every event once, in order")
    func serverKilled() async throws {
        let seed: UInt64 = 6_101
        var random = SeededRandom(seed: seed)
        let lines = EventLine.assays(3_000, patients: 40)
        let pieces = random.cut(lines, into: 50...200)
        let pauses = (0..<5).map { _ in Double.random(in: 0.1...1, using: &random) }
        try await OwnServer.with { own in
            let log = try await own.log()
            await log.connection.close()
            let trough = TroughProgram(url: own.server.url, limit: 200)
            let first = try await trough("append", "-q", input: pieces[0].map { $0 + "\n" }.joined())
            #expect(first.status == 0, "\(first.errors)")
            let follower = try trough.start(["tail", "--follow"], input: "")
            let appender = try trough.start(["append", "-q", "-"])
            try await eventually { follower.output.lines.count == pieces[0].count }
            let hits = Count()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await own.killRepeatedly(after: pauses, hits) }
                group.addTask {
                    for piece in pieces.dropFirst() {
                        try await appender.feed(piece.map { $0 + "\n" }.joined())
                        try await Task.sleep(for: .milliseconds(150))
                    }
                }
                try await group.waitForAll()
            }
            let appended = try await appender.finish()
            #expect(appended.status == 0, "seed \(seed): \(appended.errors)")
            try await eventually { follower.output.lines.count >= 3_000 }
            try await Task.sleep(for: .seconds(1))
            follower.send(SIGINT)
            let ended = try await follower.wait()
            #expect(ended.status == 130, "seed \(seed): \(ended.errors)")
            let away = ended.errors.lines.filter { $0.contains("Waiting for the database") }.count
            print("kills of the server under a follower: \(hits.value), told \(away) times")
            #expect(hits.value >= 4)
            #expect((1...5).contains(away), "\(ended.errors)")
            try Self.expectWhole(ended.lines, try await trough("tail").lines, "seed \(seed)")
        }
    }
}

extension CommandLog {
    /// How many followers wait to be woken.
    fileprivate func listeners() async throws -> Int {
        let waiting =
            "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT slice, position, patients%'"
        return try await sql(waiting).first.flatMap { Int($0) } ?? 0
    }
}
