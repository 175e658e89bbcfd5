import Foundation
import Testing

/// What `simulate` refuses, before it makes anybody.
@Suite(.timeLimit(.minutes(6)))
struct SimulateUsageTests {
    private let trough = TroughProgram()

    /// Arguments, and words of the answer.
    private static let cases: [(arguments: [String], word: String)] = [
        (["--patients", "0"], "--patients takes 1 to 9999999999; 0 was given"),
        (["--patients", "1000000000000"], "1000000000000 was given"),
        (["--patients", "-5"], "--patients"), (["--patients", "many"], "many"),
        (["--patients", "99999999999999999999"], "99999999999999999999"), (["--patients", "1e3"], "1e3"),
        (["--trials", "0"], "--trials takes 1 to 1000000; 0 was given"),
        (["--trials", "1000001"], "1000001 was given"), (["--patient", "0"], "0 was given"),
        (["--patient", "10000000000"], "10000000000 was given"),
        (["--patients", "10", "--trials", "10"], "one of --patients, --trials"),
        ([], "one of --patients, --trials"),
        (["--patients", "10", "--describe"], "one of --patients"),
        (["--patients", "10", "--shard", "0/4"], "0/4 was given"),
        (["--patients", "10", "--shard", "5/4"], "5/4 was given"),
        (["--patients", "10", "--shard", "1/0"], "1/0 was given"),
        (["--patients", "10", "--shard", "-1/4"], "--shard"), (["--patients", "10", "--shard", "x"], "x"),
        (["--patients", "10", "--shard", "1/100001"], "1/100001 was given"),
        (["--patients", "10", "--shard", "1"], "--shard"), (["--patients", "10", "--shard", "1/2/3"], "1/2/3"),
        (["--patients", "10", "--shard", "99999999999999999999/4"], "--shard"),
        (["--patients", "10", "--workers", "0"], "--workers takes 1 to 256; 0 was given"),
        (["--patients", "10", "--workers", "257"], "257 was given"),
        (["--patients", "10", "--workers", "two"], "two"),
        (["--patients", "10", "--per-arm", "5"], "--per-arm goes with --trials"),
        (["--trials", "10", "--per-arm", "0"], "--per-arm takes 1 to 100000; 0 was given"),
        (["--trials", "1", "--per-arm", "100000"], "100000 patients"),
        (["--trials", "10", "--to", "-"], "--trials keeps no events"),
        (["--trials", "10", "--to", "log"], "--trials keeps no events"),
        (["--patient", "1", "--shard", "1/2"], "--shard"), (["--describe", "--partial", "x"], "--partial"),
        (["--describe", "-o", "csv"], "csv"), (["--patients", "10", "-o", "xml"], "xml"),
        (["--patients", "10", "--seed", "-1"], "--seed"),
        (["--patients", "10", "--seed", "18446744073709551616"], "--seed"),
        (["--patients", "10", "--scenario", "roblin"], "roblin-2020, pants-hr, early-antibodies, no-effect"),
        (["--patients", "10", "--set", "immunogenicity.azathioprineHazardRatio"], "NAME=VALUE"),
        (["--patients", "10", "--set", "infliximab.clearanceLPerDay=-1"], "from 0.001 to 100 in L/d"),
        (["--patients", "10", "--set", "infliximab.clearanceLPerDay=nan"], "\"nan\""),
        (["--patients", "10", "--set", "infliximab.clearanceLPerDay="], "\"\""),
        (["--patients", "10", "--set", "visits.windowDays=2.5"], "whole number"),
        (["--patients", "10", "--set", "infliximab.clearanceLPerDa=1"], "infliximab.clearanceLPerDay"),
        (["--patients", "10", "--set", "retention.stopAfterFailure=yes"], "true or false"),
        (["--patients", "10", "--set", "assays.levelUpperUgPerML=0.2"], "lower one to be smaller"),
        (["--patients", "10", "--protocol", "/nonexistent/protocol.yaml"], "/nonexistent/protocol.yaml"),
        (["--patients", "10", "extra"], "extra"), (["--patients"], "--patients"),
    ]

    @Test(
        "Wrong arguments are wrong usage: clear words on standard error, nothing on standard output", arguments: cases)
    func refused(_ arguments: [String], _ word: String) async throws {
        let ended = try await trough.run(["simulate"] + arguments)
        #expect(ended.status == 2, "\(ended.status) \(ended.errors)")
        #expect(ended.output == "")
        #expect(ended.errors.contains(word), "\(ended.errors)")
    }

    @Test("A mistake in a scenario file is shown with line and column, what was found and what was expected")
    func scenarioFiles() async throws {
        let folder = try TestFolder()
        let arms = { (first: Double, second: Double) in
            "name: mine\narms:\n  - {name: a, azathioprine: false, share: \(first), size: 5}\n"
                + "  - {name: b, azathioprine: true, share: \(second), size: 5}\n"
        }
        let cases: [(name: String, text: String, place: String, words: [String])] = [
            ("key", "name: mine\nimmunogenicity:\n  lagDay: 3\n", "3:3", ["lagDay", "lagDays"]),
            ("group", "name: mine\nimmunity: {}\n", "2:1", ["immunity"]),
            ("shares", arms(0.5, 0.6), "3:3", ["1.1", "expected 1"]),
            ("share", arms(-0.5, 1.5), "3:", ["-0.5"]),
            ("clearance", "name: mine\ninfliximab:\n  clearanceLPerDay: -0.4\n", "3:21", ["-0.4", "0.001"]),
            ("word", "name: mine\ninfliximab:\n  clearanceLPerDay: fast\n", "3:21", ["fast"]),
            ("basis", "name: mine\nbasis: pants\n", "2:8", ["pants-hr"]),
            ("days", "name: mine\nvisits:\n  days: [14, 14]\n", "3:14", ["14"]),
            ("twice", "name: mine\nname: other\n", "1:1", ["name", "once"]),
            ("nameless", "basis: pants-hr\n", "1:1", ["name"]),
            ("blank", "name: my scenario\n", "1:7", ["my scenario"]),
            ("limits", "name: mine\nassays: {levelLowerUgPerML: 60}\n", "1:1", ["60"]),
            ("broken", "name: [mine\n", "", ["broken.yaml"]), ("empty", "", "", ["empty.yaml"]),
        ]
        for (name, text, place, words) in cases {
            let path = try folder.file(name + ".yaml", text).path
            for command in [["simulate", "--patients", "10", "--scenario", path], ["scenario", "check", path]] {
                let ended = try await trough.run(command)
                #expect(ended.status == 2, "\(name): \(ended.status)")
                #expect(ended.output == "", "\(name)")
                #expect(ended.errors.hasPrefix("trough: \(path):\(place)"), "\(ended.errors)")
                for word in words { #expect(ended.errors.contains(word), "\(ended.errors)") }
            }
        }
        let bytes = try folder.file("bytes.yaml", bytes: [0x6E, 0xFF, 0xFE, 0x0A])
        for path in [bytes, folder.path] {
            let ended = try await trough("simulate", "--patients", "10", "--scenario", path)
            #expect(ended.status == 2)
            #expect(ended.errors.contains(path), "\(ended.errors)")
        }
    }

    @Test("A name that is close to one of several built-in ones is refused with their list, not guessed")
    func unknownScenario() async throws {
        let ended = try await trough("simulate", "--patients", "10", "--scenario", "roblin-2021")
        #expect(ended.status == 2)
        #expect(ended.errors.contains("roblin-2021: there is no scenario of this name and no such file"))
    }
}
