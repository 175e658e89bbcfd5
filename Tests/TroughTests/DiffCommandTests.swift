import Foundation
import TestData
import Testing

/// `trough diff` against a naive comparison of the outcome files and reports of both protocols.
@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct DiffCommandTests {
    /// A protocol under which some fail earlier, some later, and some by other events.
    private static func other(_ log: CommandLog, _ folder: TestFolder) async throws -> String {
        let text = try await log.trough("protocol", "show").output
            .replacing("name: roblin-2020", with: "name: other")
            .replacing("above: 250", with: "above: 150").replacing("below: 0.3", with: "below: 0.1")
            .replacing("within: 28", with: "within: 7").replacing("horizon: 730", with: "horizon: 700")
        return try folder.file("other.yaml", text).path
    }

    /// One patient's outcome for one endpoint as an outcome file has it, with sorted keys.
    private static func outcomes(_ log: CommandLog, _ folder: TestFolder, _ file: String) async throws -> [String:
        String]
    {
        let path = folder.path + "/outcomes"
        let ended = try await log.trough("replay", "--protocol", file, "--outcomes", path, "-o", "json")
        try #require(ended.status == 0, "\(ended.errors)")
        var outcomes: [String: String] = [:]
        for line in folder.text("outcomes").lines.map({ try? JSONObject($0) }) {
            let line = try #require(line)
            for endpoint in ["clinical-failure", "pharmacokinetic-failure"] {
                outcomes["\(endpoint) \(try line.string("subject"))"] = try line.object("outcomes").json(endpoint)
            }
        }
        return outcomes
    }

    @Test("The patients that differ are those whose outcomes differ in two files, with both outcomes")
    func patients() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let other = try await Self.other(log, folder)
        let (a, b) = (
            try await Self.outcomes(log, folder, "default"), try await Self.outcomes(log, folder, other)
        )
        #expect(a.keys == b.keys)
        let differing = Set(a.keys.filter { a[$0] != b[$0] })
        #expect(differing.count > 10)
        let ended = try await log.trough("diff", "default", other, "-o", "ndjson")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors == "")
        var found: Set<String> = []
        var subjects: [String: [String]] = [:]
        for line in ended.lines {
            let object = try JSONObject(line)
            #expect(line.hasPrefix(#"{"endpoint":""#))
            #expect(object.names == ["endpoint", "subject", "arm", "disease", "drug", "a", "b"])
            let key = "\(try object.string("endpoint")) \(try object.string("subject"))"
            #expect(try object.json("a") == a[key])
            #expect(try object.json("b") == b[key])
            #expect(found.insert(key).inserted)
            subjects[try object.string("endpoint"), default: []].append(try object.string("subject"))
        }
        #expect(found == differing)
        #expect(subjects.values.allSatisfy { $0 == $0.sorted() })
        let csv = try await log.trough("diff", "default", other, "-o", "csv")
        #expect(csv.output.split(separator: "\r\n").count == differing.count + 1)
        let same = try await log.trough("diff", "default", "roblin-2020", "-o", "ndjson")
        #expect(same.status == 0)
        #expect(same.output == "")
    }

    @Test(
        "Groups have the figures of both reports, and count who gained and lost an event", arguments: ["arm", "drug"])
    func groups(_ key: String) async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let other = try await Self.other(log, folder)
        let ended = try await log.trough("diff", "default", other, "--by", key, "--months", "12,24", "-o", "json")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.hasPrefix(#"{"a":{"file":"default","protocol":"roblin-2020"},"b":{"file":"#))
        let object = try JSONObject(ended.output)
        #expect(try object.whole("events") == 8_593)
        var sides: [[JSONObject]] = []
        for file in ["default", other] {
            let report = try await log.trough(
                "report", "--protocol", file, "--by", key, "--months", "12,24", "-o", "json")
            sides.append(try JSONObject(report.output).objects("endpoints"))
        }
        for (number, endpoint) in try object.objects("endpoints").enumerated() {
            let differences = try endpoint.objects("differences")
            let groups = try endpoint.objects("groups")
            let (groupsA, groupsB) = (try sides[0][number].objects("groups"), try sides[1][number].objects("groups"))
            #expect(groups.count == 2)
            for (place, group) in groups.enumerated() {
                let name = try group.string("name")
                let own = try differences.filter { try $0.string(key) == name }
                let statuses = try own.map { try [$0.object("a").string("status"), $0.object("b").string("status")] }
                #expect(try group.whole("gained") == statuses.count { $0 == ["censored", "event"] })
                #expect(try group.whole("lost") == statuses.count { $0 == ["event", "censored"] })
                #expect(try group.whole("changed") == statuses.count { $0[0] == $0[1] })
                let (a, b) = (groupsA[place], groupsB[place])
                #expect(try group.object("a").json() == a.json())
                #expect(try group.object("b").json() == b.json())
                let difference = try group.object("difference")
                #expect(try difference.whole("events") == b.whole("events") - a.whole("events"))
                #expect(
                    try difference.whole("events") == group.whole("gained") - group.whole("lost"), "events add up")
                for (month, at) in try difference.objects("at").enumerated() {
                    let (atA, atB) = (try a.objects("at")[month], try b.objects("at")[month])
                    if atA.isNull("survival") || atB.isNull("survival") {
                        #expect(at.isNull("survival"), "after the end of follow-up")
                    } else {
                        // Foundation rounds numbers of 17 digits.
                        let survival = try atB.number("survival") - atA.number("survival")
                        #expect(try abs(at.number("survival") - survival) < 1e-12)
                    }
                }
            }
        }
    }

    @Test("The table fits into 80 columns, and has the change before the patients")
    func table() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let other = try await Self.other(log, folder)
        let ended = try await log.trough("diff", "default", other, "--endpoint", "clinical-failure")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.lines.allSatisfy { $0.count <= 80 }, "\(ended.output)")
        #expect(!ended.output.contains("pharmacokinetic-failure"))
        let order = [
            "a  default (roblin-2020)", "gained", "survival in %", "b − a", "combination, ", "    a  event on day",
        ]
        var rest = ended.output[...]
        for text in order {
            let place = try #require(rest.range(of: text), "\(text) in \(ended.output)")
            rest = rest[place.upperBound...]
        }
    }

    @Test("What cannot be compared is refused or said")
    func refusals() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let shown = try await log.trough("protocol", "show").output
        let renamed = try folder.file("renamed.yaml", shown.replacing("  clinical-failure:", with: "  relapse:")).path
        let partly = try await log.trough("diff", "default", renamed, "-o", "json")
        #expect(partly.status == 0)
        #expect(
            try JSONObject(partly.output).objects("endpoints").map { try $0.string("name") } == [
                "pharmacokinetic-failure"
            ])
        #expect(partly.errors.contains("Only default has the endpoint \"clinical-failure\""), "\(partly.errors)")
        #expect(partly.errors.contains("Only \(renamed) has the endpoint \"relapse\""), "\(partly.errors)")
        let none = try folder.file(
            "none.yaml",
            shown.replacing("  clinical-failure:", with: "  x:").replacing("  pharmacokinetic-failure:", with: "  y:")
        ).path
        for (arguments, sentence) in [
            (["diff", "default", none], "have no endpoint in common"), (["diff", "default"], "b"),
            (["diff", "default", renamed, "--endpoint", "relapse"], "no endpoint \"relapse\""),
            (["diff", "default", folder.path + "/missing.yaml"], "missing.yaml"),
            (["diff", "default", "default", "--study", "nowhere"], "nowhere"),
        ] {
            let ended = try await log.trough.run(arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.errors)")
            #expect(ended.output == "")
            #expect(ended.errors.contains(sentence), "\(ended.errors)")
        }
    }
}
