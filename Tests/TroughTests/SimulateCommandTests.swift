import Foundation
import Testing

/// Simulations whose events nobody keeps.
@Suite(.timeLimit(.minutes(6)))
struct SimulateCommandTests {
    /// No database is named: without `--to log` none is needed.
    private let trough = TroughProgram()

    @Test(
        "A part of which nothing is left is whole in every form, and -q does not speak of it",
        arguments: ["--patients", "--trials"])
    func emptyPart(_ size: String) async throws {
        let arguments = ["simulate", size, "2", "--shard", "1/3"]
        let said = try await trough.run(arguments)
        #expect(said.status == 0)
        #expect(said.errors.contains("trough: This part is empty"), "\(said.errors)")
        let json = try await trough.run(arguments + ["-o", "json", "-q"])
        #expect(json.errors == "")
        let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        #expect(object?["patients"] as? Int == 0, "\(json.output)")
        let csv = try await trough.run(arguments + ["-o", "csv", "-q"])
        #expect(csv.output.hasPrefix("endpoint,") && csv.output.hasSuffix("\r\n"), "\(csv.output)")
    }

    @Test("The help has examples, and names what it takes")
    func help() async throws {
        for command in ["simulate", "merge", "calibrate"] {
            let ended = try await trough(command, "--help")
            #expect(ended.status == 0)
            #expect(ended.errors == "")
            #expect(ended.output.contains("Example:\n  trough \(command) "), "\(ended.output)")
        }
        let all = try await trough("--help")
        for command in ["simulate", "merge", "calibrate", "scenario"] {
            #expect(all.output.contains("\n  \(command) "))
        }
    }

    @Test("A cohort as JSON: which simulation, then the report; how fast it was goes to standard error")
    func cohort() async throws {
        let ended = try await trough("simulate", "--patients", "2000", "-o", "json", "--seed", "7")
        #expect(ended.status == 0)
        #expect(ended.lines.count == 1)
        let object = try JSONObject(ended.output)
        #expect(object.keys == ["scenario", "seed", "cohort", "protocol", "events", "patients", "endpoints"])
        #expect(try object.string("scenario") == "roblin-2020")
        #expect(try object.whole("seed") == 7)
        #expect(try object.json("cohort") == #"[{"first":1,"last":2000,"of":2000}]"#)
        #expect(try object.whole("patients") == 2_000)
        let endpoints = try object.objects("endpoints")
        #expect(try endpoints.map { try $0.string("name") } == ["clinical-failure", "pharmacokinetic-failure"])
        let groups = try endpoints[0].objects("groups")
        #expect(try groups.map { try $0.string("name") } == ["monotherapy", "combination"])
        #expect(try groups.map { try $0.whole("n") } == [1_000, 1_000])
        #expect(ended.errors.contains("2000 patients"), "\(ended.errors)")
        let quiet = try await trough("simulate", "--patients", "2000", "-o", "json", "--seed", "7", "-q")
        #expect(quiet.errors == "")
        #expect(quiet.output == ended.output)
    }

    @Test("Any number of workers prints the same bytes", arguments: ["--patients", "--trials"])
    func workers(_ size: String) async throws {
        for format in ["table", "json"] {
            var outputs: Set<String> = []
            for workers in ["1", "2", "8"] {
                let ended = try await trough(
                    "simulate", size, size == "--trials" ? "60" : "3000", "--workers", workers, "-o", format)
                #expect(ended.status == 0)
                outputs.insert(ended.output)
            }
            #expect(outputs.count == 1)
            #expect(outputs.first != "")
        }
    }

    @Test("Other seeds, scenarios, values and protocols give other figures")
    func others() async throws {
        let folder = try TestFolder()
        let shown = try await trough("protocol", "show")
        let shorter = try folder.file("shorter.yaml", shown.output.replacing("horizon: 730", with: "horizon: 365")).path
        var outputs: Set<String> = []
        for arguments in [
            [], ["--seed", "18446744073709551615"], ["--scenario", "pants-hr"],
            ["--set", "retention.dropOutsPerYear=0.5"], ["--protocol", shorter],
            ["--set", "retention.dropOutsPerYear=0.5", "--set", "retention.stopAfterFailure=true"],
        ] {
            let ended = try await trough.run(["simulate", "--patients", "600", "-o", "csv", "-q"] + arguments)
            #expect(ended.status == 0, "\(arguments): \(ended.errors)")
            outputs.insert(ended.output)
        }
        #expect(outputs.count == 6)
    }

    @Test("Trials say how they would turn out, each of the arms' sizes or of the size asked for")
    func trials() async throws {
        let ended = try await trough("simulate", "--trials", "30", "-o", "json")
        let object = try JSONObject(ended.output)
        #expect(object.keys.prefix(5) == ["scenario", "seed", "trials", "patients", "events"])
        #expect(try object.whole("patients") == 30 * 90)
        let smaller = try await trough("simulate", "--trials", "30", "--per-arm", "7", "-o", "ndjson")
        #expect(smaller.status == 0)
        #expect(try smaller.lines.map { try JSONObject($0).whole("trial") } == Array(1...30))
        let table = try await trough("simulate", "--trials", "30", "--per-arm", "7")
        #expect(table.output.contains("30 trials, 420 patients"), "\(table.output)")
    }

    @Test("Tables fit into 80 columns, with changed values and the largest numbers")
    func width() async throws {
        for arguments in [
            ["--patients", "3000"], ["--patients", "3000", "--shard", "2/3", "--seed", "18446744073709551615"],
            ["--trials", "20"], ["--trials", "20", "--seed", "18446744073709551615", "--set", "visits.windowDays=4"],
            ["--patients", "100", "--set", "visits.windowDays=4", "--seed", "18446744073709551615", "--shard", "2/3"],
            ["--describe"], ["--describe", "--set", "immunogenicity.azathioprineHazardRatio=0.39"],
            ["--describe", "--scenario", "early-antibodies"],
        ] {
            let ended = try await trough.run(["simulate"] + arguments)
            #expect(ended.status == 0)
            #expect(ended.lines.filter { $0.count > 80 } == [], "\(arguments)")
        }
    }

    @Test("The description names every assumption, as a table, as JSON and as a line for each value")
    func describe() async throws {
        let table = try await trough("simulate", "--describe")
        #expect(table.status == 0)
        #expect(table.errors == "")
        let json = try await trough("simulate", "--describe", "-o", "json")
        let parameters = try JSONObject(json.output).objects("parameters")
        let lines = try await trough("simulate", "--describe", "-o", "ndjson")
        #expect(lines.lines.count == parameters.count)
        let assumed = try parameters.filter { try $0.string("status") == "assumed" }.map { try $0.string("name") }
        #expect(assumed.count > 30)
        for name in assumed {
            let key = try #require(name.split(separator: ".").last)
            #expect(
                table.lines.contains { $0.hasPrefix("  \(key) ") && $0.hasSuffix("assumed") }, "\(name)")
        }
    }

    @Test("One patient alone has the lines that the patient has in a cohort, in any place of it")
    func patient() async throws {
        let folder = try TestFolder()
        let path = folder.path + "/cohort.ndjson"
        let cohort = try await trough("simulate", "--patients", "700", "--seed", "9", "--to", path)
        #expect(cohort.status == 0, "\(cohort.errors)")
        let lines = folder.text("cohort.ndjson").lines
        for number in [1, 255, 256, 257, 513, 700] {
            let alone = try await trough("simulate", "--patient", "\(number)", "--seed", "9")
            #expect(alone.status == 0)
            let subject = "V" + String(repeating: "0", count: 10 - "\(number)".count) + "\(number)"
            #expect(alone.lines == lines.filter { $0.contains("\"subject\":\"\(subject)\"") }, "\(number)")
            #expect(!alone.lines.isEmpty)
            #expect(try Set(alone.lines.map { try JSONObject($0).string("subject") }) == [subject])
        }
        // Far down a part of a large cohort, of which only the part's patients are made.
        let part = try await trough("simulate", "--patients", "123456", "--shard", "1000/1000", "--to", "-", "-q")
        let last = try await trough("simulate", "--patient", "123456")
        #expect(last.lines == part.lines.filter { $0.contains("V0000123456") })
        let largest = try await trough("simulate", "--patient", "9999999999")
        #expect(largest.lines.first?.contains("V9999999999") == true)
    }

    @Test("The same simulation prints the same bytes again")
    func again() async throws {
        for arguments in [["--patients", "500", "--to", "-"], ["--trials", "12", "-o", "csv"]] {
            let one = try await trough.run(["simulate", "-q"] + arguments)
            let other = try await trough.run(["simulate", "-q"] + arguments)
            #expect(one.output == other.output && !one.output.isEmpty)
        }
    }

    @Test("Calibration with few patients shows each parameter and target, and how the cost falls")
    func calibrate() async throws {
        let ended = try await trough("calibrate", "--patients", "1000", "-o", "json")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.lines.count == 1)
        let object = try JSONObject(ended.output)
        #expect(object.keys == ["parameters", "targets", "costs"])
        #expect(try object.objects("parameters").count == 10)
        for arguments in [["--patients", "999"], ["-o", "csv"], ["--workers", "0"], ["--scenario", "nowhere"]] {
            let refused = try await trough.run(["calibrate"] + arguments)
            #expect(refused.status == 2, "\(arguments): \(refused.errors)")
            #expect(refused.output == "")
            #expect(!refused.errors.isEmpty)
        }
    }
}
