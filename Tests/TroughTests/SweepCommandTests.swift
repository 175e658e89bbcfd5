import Foundation
import TestData
import Testing

/// `trough report --sweep` against reports of their own under edited protocol files.
@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct SweepCommandTests {
    private static let path = "clinical-failure.crohn-activity.calprotectin"

    /// The report under the default protocol with edits, as one line of JSON or as CSV.
    private static func report(
        _ log: CommandLog, _ edits: [(String, String)], _ output: String, _ more: [String] = []
    ) async throws -> String {
        let folder = try TestFolder()
        let shown = try await log.trough("protocol", "show").output
        let file = try folder.file("edited.yaml", edits.reduce(shown) { $0.replacing($1.0, with: $1.1) }).path
        let ended = try await log.trough.run(
            ["report", "--protocol", file, "--months", "24", "-o", output, "-q"] + more)
        try #require(ended.status == 0, "\(ended.errors)")
        return ended.output
    }

    /// What a report's object has under `endpoints`.
    private static func endpoints(_ text: String) throws -> String {
        let start = try #require(text.range(of: "\"endpoints\":"))
        return String(text[start.lowerBound...])
    }

    @Test("Each row is, byte for byte, the report under a file with that number")
    func rows() async throws {
        let log = try CommandLog.shared
        let ended = try await log.trough("report", "--sweep", "\(Self.path)=150:400:50", "-o", "ndjson")
        #expect(ended.status == 0, "\(ended.errors)")
        let values = [150, 200, 250, 300, 350, 400]
        #expect(ended.lines.count == values.count)
        let json = try await log.trough("report", "--sweep", "\(Self.path)=150:400:50", "-o", "json")
        let csv = try await log.trough("report", "--sweep", "\(Self.path)=150:400:50", "-o", "csv")
        var expected: [String] = []
        for (value, line) in zip(values, ended.lines) {
            #expect(line.hasPrefix("{\"set\":{\"\(Self.path)\":\(value)},\"endpoints\":["))
            let edits = [("calprotectin, above: 250", "calprotectin, above: \(value)")]
            let only = ["--endpoint", "clinical-failure"]
            let alone = try await Self.report(log, edits, "json", only)
            #expect(try Self.endpoints(line) + "\n" == Self.endpoints(alone))
            let rows = try await Self.report(log, edits, "csv", only).split(separator: "\r\n").map(String.init)
            if expected.isEmpty { expected.append("\(Self.path),\(rows[0])") }
            expected += rows.dropFirst().map { "\(value),\($0)" }
        }
        #expect(csv.output.split(separator: "\r\n").map(String.init) == expected)
        let head =
            #"{"protocol":"roblin-2020","events":8593,"patients":90,"sweep":[{"path":"\#(Self.path)","value":250}],"#
        #expect(json.output == head + "\"rows\":[" + ended.lines.joined(separator: ",") + "]}\n")
        #expect(Set(try ended.lines.map(Self.endpoints)).count > 1, "the number matters in the example")
    }

    @Test("Several sweeps make a grid, under all options of a report")
    func grid() async throws {
        let log = try CommandLog.shared
        let options = ["--by", "drug", "--until", "2017-06-30", "--conf-type", "plain"]
        let ended = try await log.trough.run(
            [
                "report", "--sweep", "pharmacokinetic-failure.drug-sensitive.study-drug=0.1:0.3:0.1", "--sweep",
                "horizon=365:730:365", "--months", "24", "-o", "ndjson", "-q",
            ] + options)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.lines.count == 6)
        var lines = ended.lines[...]
        for below in ["0.1", "0.2", "0.3"] {
            for horizon in ["365", "730"] {
                let next = lines.popFirst()
                let line = try #require(next)
                #expect(
                    line.hasPrefix(
                        "{\"set\":{\"pharmacokinetic-failure.drug-sensitive.study-drug\":\(below),\"horizon\":\(horizon)},"
                    ))
                let alone = try await Self.report(
                    log, [("below: 0.3", "below: \(below)"), ("horizon: 730", "horizon: \(horizon)")], "json", options)
                #expect(try Self.endpoints(line) + "\n" == Self.endpoints(alone))
            }
        }
    }

    @Test("The table has a row for each value, marks the protocol's own, and fits into 80 columns")
    func table() async throws {
        let ended = try await CommandLog.shared.trough("report", "--sweep", "\(Self.path)=150:400:50")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.lines.allSatisfy { $0.count <= 80 }, "\(ended.output)")
        #expect(ended.output.contains("calprotectin: \(Self.path), 250 in the protocol"))
        #expect(!ended.output.contains("pharmacokinetic-failure"))
        let rows = ended.lines.filter { $0.contains(#/^ +[1-4][05]0 /#) }
        #expect(rows.count == 6, "\(ended.output)")
        #expect(rows.filter { $0.contains("*") }.count == 1)
        #expect(
            rows.first { $0.contains("250 *") }?.contains(
                #/34 +22\.3 +10 +77\.4 +0\.17 \(0\.09–0\.36\) +1\.1e-07/#) == true)
    }

    @Test("Months that do not fit side by side go into further blocks, each of 80 columns at most")
    func manyMonths() async throws {
        let months = (1...15).map { String(2 * $0) }
        let ended = try await CommandLog.shared.trough(
            "report", "--sweep", "\(Self.path)=150:400:50", "--sweep",
            "clinical-failure.colitis-activity.Mayo.total=4:6:1",
            "--months", months.joined(separator: ","))
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.lines.allSatisfy { $0.count <= 80 }, "\(ended.output)")
        for month in months {
            let pattern = try Regex("month \(month)(?![0-9])")
            #expect(ended.output.matches(of: pattern).count == 2, "month \(month) stands under both arms")
        }
    }

    @Test(
        "What cannot be swept is refused with what there is",
        arguments: [
            (
                ["clinical-failure.crohn.HBI=1:2:1"],
                "--sweep: \"clinical-failure.crohn.HBI\": \"clinical-failure\" has no"
            ),
            (["clinical-failure.crohn-activity.calprotectin=400:150:50"], "goes down"),
            (["horizon=100:700:1"], "at most 64"), (["horizon"], "PATH=FROM:TO:STEP"),
            (["horizon=365:730:365", "horizon=365:730:365"], "are the same number"),
        ])
    func refusals(_ sweeps: [String], _ sentence: String) async throws {
        let ended = try await CommandLog.shared.trough.run(["report"] + sweeps.flatMap { ["--sweep", $0] })
        #expect(ended.status == 2)
        #expect(ended.output == "")
        #expect(ended.errors.contains(sentence), "\(ended.errors)")
    }

    @Test("What could not be estimated is said once, and of which values where it is not so of all")
    func warnings() async throws {
        let log = try CommandLog.shared
        func said(_ sweep: String) async throws -> [String] {
            let ended = try await log.trough("report", "--sweep", sweep, "--endpoint", "pharmacokinetic-failure")
            #expect(ended.status == 0)
            return ended.errors.lines
        }
        let sentence = #"pharmacokinetic-failure: no hazard ratio of "combination" against "monotherapy", since "#
        let separate = sentence + "events separate the groups completely and the ratio has no finite estimate."
        #expect(try await said("horizon=100:350:50") == ["trough: " + separate])
        #expect(try await said("horizon=330:630:150") == ["trough: horizon=330: " + separate])
        #expect(
            try await said("horizon=86:386:50") == [
                "trough: horizon=86: \(sentence)there are no events.",
                "trough: horizon=136, horizon=186, horizon=236 and 2 more: \(separate)",
            ])
    }

    @Test("Curves are not drawn of a sweep, and an unknown endpoint is refused")
    func options() async throws {
        let log = try CommandLog.shared
        for (more, sentence) in [(["--curves"], "--curves"), (["--endpoint", "relapse"], "no endpoint \"relapse\"")] {
            let ended = try await log.trough.run(["report", "--sweep", "horizon=365:730:365"] + more)
            #expect(ended.status == 2)
            #expect(ended.errors.contains(sentence), "\(ended.errors)")
        }
    }
}
