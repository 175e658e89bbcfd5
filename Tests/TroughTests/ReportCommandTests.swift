import Foundation
import TestData
import Testing

/// The numbers come from the example's known outcomes, counted here.
@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct ReportCommandTests {
    private struct Count: Equatable {
        var patients = 0
        var events = 0
    }

    /// Patients and events by a key of the known outcome lines.
    private static func known(_ endpoint: String, by key: String) throws -> [String: Count] {
        var counts: [String: Count] = [:]
        for line in try TestData.lines(TestData.replicaOutcomes).map(JSONObject.init) {
            let status = try line.object("outcomes").object(endpoint).string("status")
            counts[try line.string(key), default: Count()].patients += 1
            if status == "event" { counts[try line.string(key), default: Count()].events += 1 }
        }
        return counts
    }

    @Test("The object has its keys in order and the example's numbers")
    func object() async throws {
        let ended = try await CommandLog.shared.trough("report", "-o", "json")
        #expect(ended.status == 0)
        #expect(ended.errors == "")
        #expect(ended.lines.count == 1)
        #expect(ended.output.hasPrefix(#"{"protocol":"roblin-2020","events":8593,"patients":90,"endpoints":[{"name":"#))
        let endpoints = try JSONObject(ended.output).objects("endpoints")
        #expect(try endpoints.map { try $0.string("name") } == ["clinical-failure", "pharmacokinetic-failure"])
        for endpoint in endpoints {
            let groups = try endpoint.objects("groups")
            #expect(try groups.map { try $0.string("name") } == ["monotherapy", "combination"])
            let known = try Self.known(endpoint.string("name"), by: "arm")
            for group in groups {
                let count = try #require(known[group.string("name")])
                #expect(try group.whole("n") == count.patients)
                #expect(try group.whole("events") == count.events)
                #expect(try group.whole("censored") == count.patients - count.events)
                #expect(try group.objects("at").map { try $0.whole("month") } == [6, 12, 18, 24])
                #expect(try group.objects("at").map { try $0.whole("day") } == [182, 365, 547, 730])
            }
            #expect(try endpoint.object("logRank").whole("degreesOfFreedom") == 1)
            let term = try #require(try endpoint.object("cox").objects("terms").first)
            #expect(try term.string("name") == "combination")
            #expect(try abs(term.number("hazardRatio") - exp(term.number("coefficient"))) < 1e-12)
        }
        let first =
            #"{"name":"monotherapy","n":45,"events":34,"censored":11,"median":543,"medianLower":366,"#
            + #""medianUpper":634,"at":[{"month":6,"day":182,"atRisk":40,"survival":0.8888888888888888,"standardError":"#
        #expect(ended.output.contains(first))
        #expect(ended.output.contains(#"{"name":"combination","n":45,"events":10,"censored":35,"median":null,"#))
        #expect(ended.output.contains(#""cox":{"ties":"efron","terms":[{"name":"combination","coefficient":"#))
    }

    @Test("Groups are arms, diseases or drugs", arguments: ["arm", "disease", "drug"])
    func grouping(_ key: String) async throws {
        let ended = try await CommandLog.shared.trough(
            "report", "--by", key, "--endpoint", "clinical-failure", "-o", "json")
        let endpoint = try #require(try JSONObject(ended.output).objects("endpoints").first)
        var found: [String: Count] = [:]
        for group in try endpoint.objects("groups") {
            found[try group.string("name")] = Count(patients: try group.whole("n"), events: try group.whole("events"))
        }
        #expect(found == (try Self.known("clinical-failure", by: key)))
    }

    @Test("Months, endpoints and the scale of limits can be chosen")
    func choices() async throws {
        let log = try CommandLog.shared
        let ended = try await log.trough(
            "report", "--months", "3, 24", "--endpoint", "pharmacokinetic-failure", "-o", "json")
        let endpoints = try JSONObject(ended.output).objects("endpoints")
        #expect(try endpoints.map { try $0.string("name") } == ["pharmacokinetic-failure"])
        let group = try #require(try endpoints.first?.objects("groups").first)
        #expect(try group.objects("at").map { try $0.whole("day") } == [91, 730])
        var uppers: [Double] = []
        for scale in ["log-log", "log", "plain"] {
            let ended = try await log.trough("report", "--conf-type", scale, "--months", "24", "-o", "json")
            let group = try #require(try JSONObject(ended.output).objects("endpoints").first?.objects("groups").first)
            let at = try #require(try group.objects("at").first)
            #expect(try abs(at.number("survival") - 0.22260869565217395) < 1e-12)
            uppers.append(try at.number("upper"))
            if scale == "plain" {
                let half = try 1.959963984540054 * at.number("standardError")
                #expect(try abs(at.number("upper") - at.number("survival") - half) < 1e-9)
            }
        }
        #expect(Set(uppers).count == 3)
    }

    @Test("The table shows groups, figures and tests, 80 columns wide at most")
    func table() async throws {
        let ended = try await CommandLog.shared.trough("report")
        #expect(ended.status == 0)
        #expect(ended.lines.allSatisfy { $0.count <= 80 })
        for text in ["clinical-failure", "monotherapy  45      34", "combination  45      10", "log-rank", "543 days"] {
            #expect(ended.output.contains(text), "\(text)")
        }
        let curves = try await CommandLog.shared.trough("report", "--curves")
        #expect(curves.lines.count > ended.lines.count)
    }

    @Test("CSV has a header and a row for each endpoint, group and month; NDJSON a line for each endpoint")
    func otherForms() async throws {
        let log = try CommandLog.shared
        let csv = try await log.trough("report", "-o", "csv")
        let rows = csv.output.split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.count == 1 + 2 * 2 * 4)
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        #expect(rows[0].prefix(5) == ["endpoint", "group", "n", "events", "censored"])
        #expect(rows[1].prefix(5) == ["clinical-failure", "monotherapy", "45", "34", "11"])
        let ndjson = try await log.trough("report", "-o", "ndjson")
        let json = try await log.trough("report", "-o", "json")
        #expect(ndjson.lines.count == 2)
        #expect(json.output.hasSuffix(#""endpoints":["# + ndjson.lines.joined(separator: ",") + "]}\n"))
    }

    @Test("What does not exist is refused with a sentence that names what there is")
    func wrongArguments() async throws {
        for (arguments, word) in [
            (["--endpoint", "death"], "clinical-failure"), (["--by", "colour"], "disease"),
            (["--conf-type", "wide"], "log-log"), (["--months", "six"], "--months"), (["--shards", "0"], "--shards"),
            (["-o", "yaml"], "json"),
        ] {
            let ended = try await CommandLog.shared.trough.run(["report"] + arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.errors)")
            #expect(ended.errors.contains(word), "\(arguments): \(ended.errors)")
            #expect(ended.output == "")
        }
    }

    @Test("A study without patients gives a report without figures, not a failure")
    func empty() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough("append", "--study", "levels", input: EventLine.assay("P-1", "only"))
        for form in ["table", "json", "csv", "ndjson"] {
            let ended = try await log.trough("report", "--study", "levels", "-o", form)
            #expect(ended.status == 0, "\(form): \(ended.errors)")
        }
    }
}
