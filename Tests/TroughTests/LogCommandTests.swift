import Foundation
import TestData
import Testing

/// `tail`, `export`, `status` and `schema`.
@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct LogCommandTests {
    @Test("tail prints every event once, in the order of its sequence, with the time it was recorded")
    func tail() async throws {
        let ended = try await CommandLog.shared.trough("tail")
        #expect(ended.status == 0)
        #expect(ended.errors == "")
        let objects = try ended.lines.map(JSONObject.init)
        let sequences = try objects.map { try $0.string("sequence") }
        #expect(objects.count == 8_593)
        #expect(sequences == sequences.sorted())
        #expect(Set(sequences).count == 8_593)
        #expect(sequences.allSatisfy { $0.wholeMatch(of: /\d{4}-\d{19}/) != nil })
        #expect(try objects.allSatisfy { try $0.string("recordedtime").hasSuffix("Z") })
        let names = try TestData.lines(TestData.replica).map(EventLine.name)
        #expect(try Set(ended.lines.map(EventLine.name)) == Set(names))
    }

    @Test("tail begins where it is told, and shows only what is asked for")
    func tailSelections() async throws {
        let log = try CommandLog.shared
        let all = try await log.trough("tail").lines
        let from = try JSONObject(all[5_000]).string("sequence")
        #expect(try await log.trough("tail", "--from", from).lines == Array(all[5_000...]))
        #expect(try await log.trough("tail", "--from", "beginning").lines == all)
        #expect(try await log.trough("tail", "--from", "now").output == "")
        let scores = all.filter { $0.contains(#""type":"trough.score.v1""#) }
        #expect(!scores.isEmpty)
        #expect(try await log.trough("tail", "--type", "score").lines == scores)
        #expect(try await log.trough("tail", "--type", "trough.score.v1").lines == scores)
        let mine = all.filter { $0.contains(#""subject":"FO-002""#) }
        #expect(try await log.trough("tail", "--subject", "FO-002").lines == mine)
        let both = mine.filter { $0.contains(#""type":"trough.score.v1""#) }
        #expect(try await log.trough("tail", "--subject", "FO-002", "--type", "score").lines == both)
        for arguments in [["--from", "yesterday"], ["--from", "9999-0000000000000000001"], ["--type", "feeling"]] {
            let ended = try await log.trough.run(["tail"] + arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.errors)")
            #expect(!ended.errors.isEmpty)
        }
    }

    @Test("An export appended to another study gives the same digest, outcomes and export")
    func export() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let exported = try await log.trough("export")
        #expect(exported.lines.count == 8_593)
        let path = try folder.file("history.ndjson", exported.output).path
        let appended = try await log.trough("append", path, "--study", "copy", "--slices", "7", "-o", "json")
        #expect(appended.status == 0, "\(appended.errors)")
        #expect(try JSONObject(appended.output).whole("ok") == 8_593)
        let replay = try await log.trough("replay", "--study", "copy", "-o", "json")
        #expect(try JSONObject(replay.output).string("digest") == TestData.replicaDigest)
        #expect(try await log.exported("copy") == log.exported())
        let back = try await log.trough("append", path, "-o", "json")
        #expect(back.output.hasPrefix(#"{"lines":8593,"ok":0,"duplicates":8593,"rejected":0,"#))
    }

    @Test("What was sent comes back: unit as spelled, extensions, fractions of seconds, every type")
    func roundTrip() async throws {
        let log = try CommandLog.shared
        let lines = [
            EventLine.make(id: "1", type: "enrolment", data: #"{"disease":"CD","sex":"F","birthYear":1980}"#),
            EventLine.make(
                id: "2", type: "randomisation", time: "2016-03-08T10:30:00.123456Z",
                data: #"{"arm":"combination","drug":"infliximab"}"#),
            EventLine.make(
                id: "3", type: "dose", data: #"{"drug":"infliximab","amount":5,"unit":"mg/kg","route":"IV"}"#),
            EventLine.make(
                id: "4", data: #"{"analyte":"infliximab","value":2400,"unit":"ng/mL"}"#
            ).replacing(#""data""#, with: #""laboratory":"Nørd \"7\"","urgent":true,"data""#),
            EventLine.make(
                id: "5", type: "score", data: #"{"instrument":"HBI","total":5,"items":{"pain":2,"stools":3}}"#),
            EventLine.make(
                id: "6", type: "adverse-event",
                data: #"{"term":"rash ☀","grade":2,"serious":false,"action":"withdrawn","drug":"infliximab"}"#),
            EventLine.make(
                id: "7", type: "treatment-stop", data: #"{"drug":"infliximab","reason":"adverse-event"}"#),
            EventLine.make(id: "8", type: "withdrawal", data: #"{"reason":"consent-withdrawn"}"#),
            EventLine.make(id: "9", type: "completion", data: "{}"),
            EventLine.make(
                id: "10", type: "correction",
                data: #"{"corrects":{"source":"/sites/north","id":"4"},"reason":"typing error","replacement":null}"#),
        ]
        let sent = try await log.trough("append", "--study", "round", input: lines.joined(separator: "\n"))
        #expect(sent.status == 0, "\(sent.errors)")
        let back = try await log.trough("export", "--study", "round").lines
        #expect(back.count == lines.count)
        for (line, stored) in zip(lines, back) {
            let (line, stored) = (try JSONObject(line), try JSONObject(stored))
            #expect(Set(line.keys).union(["recordedtime", "sequence"]) == Set(stored.keys))
            for key in line.keys { #expect(try line.json(key) == stored.json(key), "\(key)") }
        }
        let again = try await log.trough(
            "append", "--study", "round", "-o", "json", input: back.joined(separator: "\n"))
        #expect(again.output.hasPrefix(#"{"lines":10,"ok":0,"duplicates":10,"rejected":0,"#), "\(again.errors)")
    }

    @Test("status counts studies, events and patients, and shows the head of each slice")
    func status() async throws {
        let log = try CommandLog.shared
        let ended = try await log.trough("status", "-o", "json", "--study", "main")
        #expect(ended.status == 0)
        let study = try #require(try JSONObject(ended.output).objects("studies").first)
        #expect(try study.string("name") == "main")
        #expect(try study.whole("events") == 8_593)
        #expect(try study.whole("patients") == 90)
        let slices = try study.objects("slices")
        #expect(slices.count == 64)
        #expect(try slices.map { try $0.whole("position") }.reduce(0, +) == 8_593)
        #expect(try slices.allSatisfy { try $0.string("digest").count == 64 })
        let table = try await log.trough("status", "--slices", "--study", "main")
        #expect(table.status == 0)
        #expect(table.output.contains("8593"))
        let rows = table.lines.filter { $0.hasSuffix("…") }
        let numbers = rows.compactMap { $0.split(separator: " ").first.flatMap { Int($0) } }
        #expect(numbers == Array(0..<64))
    }

    @Test("The schema is installed once, and its version is told")
    func schema() async throws {
        try await CommandLog.with(schema: false) { log in
            let none = try await log.trough("schema", "status", "-o", "json")
            #expect(none.status == 3)
            #expect(none.output.hasPrefix(#"{"installed":0,"expected":"#))
            let installed = try await log.trough("schema", "install")
            #expect(installed.status == 0)
            #expect(installed.output.contains("installed 001_log"))
            let again = try await log.trough("schema", "install")
            #expect(again.status == 0)
            #expect(again.output.contains("up to date"))
            #expect(!again.output.contains("installed 0"))
            let status = try await log.trough("schema", "status", "-o", "json")
            #expect(status.status == 0)
            let object = try JSONObject(status.output)
            #expect(object.keys == ["installed", "expected", "server"])
            #expect(try object.whole("installed") == object.whole("expected"))
            #expect(try await log.trough("schema", "status").output.contains("PostgreSQL"))
            let empty = try await log.trough("status")
            #expect(empty.status == 0)
        }
    }
}
