import NaiveTrial
import Testing
import Trial

@Suite("Sweeps of a protocol's numbers")
struct ProtocolSweepTests {
    /// A path, its value in the default protocol, and the edit of the file that gives it another value.
    private static let edits: [(path: String, own: Double, old: String, new: String, value: Double)] = [
        ("horizon", 730, "horizon: 730", "horizon: 365", 365),
        ("clinical-failure.crohn-activity.within", 28, "within: 28", "within: 14", 14),
        ("clinical-failure.adverse-event-stop.from", 0, "from: 0", "from: 7", 7),
        ("clinical-failure.crohn-activity.HBI", 5, "score: HBI, at-least: 5", "score: HBI, at-least: 4.5", 4.5),
        (
            "clinical-failure.crohn-activity.calprotectin", 250, "calprotectin, above: 250", "calprotectin, above: 0.3",
            0.3
        ),
        ("clinical-failure.colitis-activity.Mayo.total", 5, "score: Mayo, above: 5", "score: Mayo, above: 6", 6),
        (
            "clinical-failure.colitis-activity.Mayo.endoscopy", 1, "item: endoscopy, above: 1",
            "item: endoscopy, above: 2", 2
        ),
        (
            "clinical-failure.adverse-event-stop.adverse-event.min-grade", 1, "{action: withdrawn}",
            "{action: withdrawn, min-grade: 3}", 3
        ),
        ("pharmacokinetic-failure.drug-sensitive.study-drug", 0.3, "below: 0.3", "below: 0.5", 0.5),
        ("pharmacokinetic-failure.drug-sensitive.anti-study-drug", 20, "ng/mL, above: 20", "ng/mL, above: 30", 30),
        (
            "pharmacokinetic-failure.drug-tolerant.anti-study-drug.drug-tolerant.AU/mL.at-least", 10, "at-least: 10",
            "at-least: 12.25", 12.25
        ),
        ("pharmacokinetic-failure.drug-sensitive.2", 20, "ng/mL, above: 20", "ng/mL, above: 30", 30),
    ]

    @Test("A number that is set is what the file states with that number edited", arguments: edits.indices)
    func setting(_ index: Int) throws {
        let edit = Self.edits[index]
        let yaml = TrialProtocol.defaultYAML
        try #require(yaml.contains(edit.old), "the edit is in the file")
        let edited = try ProtocolFile.parse(
            yaml.replacing(edit.old, with: edit.new, maxReplacements: 1), fileName: "edited")
        let number = try ProtocolNumber(edit.path, in: .roblin2020)
        #expect(number.value(in: .roblin2020) == edit.own)
        let changed = try number.setting(edit.value, in: .roblin2020)
        #expect(changed == edited)
        #expect(changed != .roblin2020)
        #expect(number.value(in: changed) == edit.value)
        let swept = try ProtocolSweep(.roblin2020, ["\(edit.path)=\(edit.value):\(edit.value):1"], atMost: 1)
        #expect(swept.points.map(\.trial) == [edited])
        #expect(swept.onlyEndpoint == (edit.path == "horizon" ? nil : String(edit.path.prefix { $0 != "." })))
    }

    @Test("Of generated protocols every number is found by some path, and set in its place alone")
    func generated() throws {
        for seed in UInt64(0)..<400 {
            let trial = try ProtocolFile.parse(CaseGenerator(seed: seed).trial().protocolYAML, fileName: "seed \(seed)")
            for endpoint in trial.endpoints {
                for criterion in endpoint.criteria {
                    let place = "\(endpoint.name).\(criterion.name)"
                    let within = try ProtocolNumber("\(place).within", in: trial)
                    try #require(within.value(in: trial) == Double(criterion.within), "seed \(seed)")
                    for number in criterion.conditions.indices {
                        let found = try ProtocolNumber("\(place).\(number + 1)", in: trial)
                        let changed = try found.setting(3, in: trial)
                        try #require(found.value(in: changed) == 3, "seed \(seed)")
                        try #require(try found.setting(found.value(in: trial), in: changed) == trial, "seed \(seed)")
                    }
                }
            }
        }
    }

    @Test(
        "A path that leads nowhere is refused with what there is at that level",
        arguments: [
            ("clinical.x.y", #"the protocol has no endpoint "clinical"; it has "horizon", "clinical-failure", "#),
            ("horizn", #"Did you mean "horizon"?"#), ("", #"the protocol has no endpoint """#),
            (
                "clinical-failure.crohn.HBI",
                #""clinical-failure" has no criterion "crohn"; it has "crohn-activity", "colitis-activity", "#
            ),
            (
                "clinical-failure.crohn-activity.crp",
                #""crohn-activity" has no number "crp"; it has "within", "from", "HBI", "calprotectin"."#
            ),
            (
                "clinical-failure.colitis-activity.Mayo",
                #"leads to 2 numbers; expected one of "clinical-failure.colitis-activity.Mayo.total" or "clinical-fail"#
            ),
            ("clinical-failure.crohn-activity", "ends too early; expected the path of a number below it"),
            ("clinical-failure", "ends too early; expected"),
            ("clinical-failure.adverse-event-stop.drug", #"it has "within", "from", "adverse-event.min-grade"."#),
        ])
    func unknown(_ path: String, _ sentence: String) {
        let refusal = #expect(throws: SweepRefusal.self) { try ProtocolNumber(path, in: .roblin2020) }
        #expect(refusal?.description.contains(sentence) == true, "\(refusal?.description ?? "")")
    }

    @Test("Names with dots are found where they lead to one number")
    func dots() throws {
        let yaml = """
            name: dotted
            arms: [a]
            horizon: 10
            endpoints:
              e:
                - {name: c, all: [{assay: crp, above: 1}]}
                - {name: c.d, all: [{assay: crp, above: 2}, {assay: crp, below: 9}]}
              e.c:
                - {name: d, all: [{assay: crp, above: 3}]}
              horizon:
                - {name: within, all: [{assay: crp, above: 4}]}
            """
        let trial = try ProtocolFile.parse(yaml, fileName: "dotted")
        func value(_ path: String) throws -> Double { try ProtocolNumber(path, in: trial).value(in: trial) }
        #expect(try value("e.c.crp") == 1)
        #expect(try value("e.c.d.2") == 9)
        #expect(try value("horizon.within.crp") == 4)
        #expect(try value("e.c.d.crp.below") == 9)
        #expect(throws: SweepRefusal.self) { try value("e.c.d.crp") }
    }

    @Test("Several numbers make a grid, the last of them fastest, and the protocol's own point is known")
    func grid() throws {
        let sweep = try ProtocolSweep(
            .roblin2020,
            ["clinical-failure.crohn-activity.HBI=4:6:1", "clinical-failure.crohn-activity.calprotectin=150:250:100"],
            atMost: 6)
        #expect(
            sweep.points.map(\.texts)
                == [["4", "150"], ["4", "250"], ["5", "150"], ["5", "250"], ["6", "150"], ["6", "250"]])
        #expect(sweep.points.map(\.isUnchanged) == [false, false, false, true, false, false])
        #expect(sweep.onlyEndpoint == "clinical-failure")
        let numbers = try ["HBI", "calprotectin"].map {
            try ProtocolNumber("clinical-failure.crohn-activity.\($0)", in: .roblin2020)
        }
        for point in sweep.points { #expect(numbers.map { $0.value(in: point.trial) } == point.values) }
    }

    @Test(
        "Values that no file may state, too many of them, and numbers given twice are refused",
        arguments: [
            (["horizon=0:10:1"], "expected the last day of follow-up, a whole number from 1 to"),
            (["clinical-failure.crohn-activity.within=0:1:0.5"], "is 0.5; expected days to look back, a whole number"),
            (["clinical-failure.adverse-event-stop.adverse-event.min-grade=1:6:1"], "a whole number from 1 to 5"),
            (
                ["horizon=50:100:10"],
                "\"clinical-failure.crohn-activity\" is empty, since \"from\" is day 84 and the horizon"
            ),
            (["clinical-failure.crohn-activity.from=700:740:10"], "is day 740 and the horizon is day 730"),
            (["horizon=100:200:1"], "has 101 values; expected at most 64."),
            (
                ["horizon=100:107:1", "clinical-failure.crohn-activity.HBI=1:9:1"],
                "8 times 9 values; expected at most 64 in all"
            ),
            (
                ["clinical-failure.crohn-activity.HBI=1:2:1", "clinical-failure.crohn-activity.1=1:2:1"],
                "are the same number"
            ),
            (["horizon"], "is no sweep; expected PATH=FROM:TO:STEP"), (["horizon=1"], "is no range"),
        ])
    func refused(_ assignments: [String], _ sentence: String) {
        let refusal = #expect(throws: SweepRefusal.self) {
            try ProtocolSweep(.roblin2020, assignments, atMost: 64)
        }
        #expect(refusal?.description.contains(sentence) == true, "\(refusal?.description ?? "")")
    }

    @Test("Numbers that contradict each other only on the way are not refused")
    func order() throws {
        let assignments =
            ["horizon=60:60:1"] + ["crohn-activity", "colitis-activity"].map { "clinical-failure.\($0).from=30:30:1" }
        for assignments in [assignments, assignments.reversed()] {
            #expect(try ProtocolSweep(.roblin2020, assignments, atMost: 1).points[0].trial.horizon == 60)
        }
    }
}
