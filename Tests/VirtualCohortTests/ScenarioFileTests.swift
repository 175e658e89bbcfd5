import StrictYAML
import TestData
import Testing

@testable import VirtualCohort

@Suite("A scenario file")
struct ScenarioFileTests {
    private func parse(_ yaml: String) throws(YAMLRefusal) -> Scenario {
        try ScenarioFile.parse(yaml, fileName: "scenario.yaml")
    }

    @Test("of each scenario that is built in reads back as this scenario", arguments: Scenario.builtInNames)
    func builtIn(name: String) throws {
        let scenario = try #require(Scenario.builtIn(name))
        #expect(scenario.name == name)
        #expect(try parse(scenario.yaml) == scenario)
        #expect(scenario.identifier == name)
        #expect(!Scenario.purpose(ofBuiltIn: name).isEmpty)
        // The file states everything, so that it does not matter what it is based on.
        for basis in Scenario.builtInNames {
            #expect(try parse("basis: \(basis)\n" + scenario.yaml) == scenario)
        }
    }

    @Test("of any scenario reads back as this scenario", arguments: [91, 92] as [UInt64])
    func anyScenario(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<40 {
            let scenario = Scenario.random(&random)
            let yaml = scenario.yaml
            let again = try parse(yaml)
            #expect(again == scenario, "seed \(seed):\n\(yaml)")
            #expect(again.yaml == yaml && again.identifier == scenario.identifier, "seed \(seed)")
        }
    }

    @Test(
        "of a scenario whose name YAML reads as something else reads back as this scenario",
        arguments: ["null", "Null", "5", "1e3", "no", "true", ".nan", "-", "--", "a-b_c.d", "-5", "...", "---"])
    func nameThatMeansMore(name: String) throws {
        let scenario = try parse("name: \"\(name)\"")
        #expect(scenario.name == name)
        #expect(throws: Never.self) { try #expect(parse(scenario.yaml) == scenario) }
    }

    @Test("of arms with names of any characters reads back as this scenario")
    func armNames() throws {
        var scenario = Scenario()
        let names = [
            "a, b", "{c}", "\"d\" \\ e", "\u{E9}\u{1F9EA}", "# f", "no", "~", " g ", "'h'", ": i", "- j", "k\\n",
        ]
        scenario.arms = names.map { Arm(name: $0, azathioprine: false, share: 1 / Double(names.count), size: 1) }
        #expect(try parse(scenario.yaml).arms == scenario.arms)
    }

    @Test("names what differs from its basis, the default where it has none")
    func basis() throws {
        #expect(try parse("name: roblin-2020") == Scenario())
        var expected = try #require(Scenario.builtIn("pants-hr"))
        expected.name = "weaker"
        #expect(try parse("name: weaker\nbasis: pants-hr") == expected)
        expected.visits.days = [14, 98, 364]
        expected.retention.stopAfterFailure = true
        expected.infliximab.doseMgPerKg = 10
        expected.arms = [
            Arm(name: "alone", azathioprine: false, share: 0.25, size: 10, infliximabShare: 0.6),
            Arm(name: "both", azathioprine: true, share: 0.75, size: 30),
        ]
        let yaml = """
            name: weaker
            basis: pants-hr
            arms:
              - {name: alone, azathioprine: false, share: 0.25, size: 10, infliximabShare: 0.6}
              - name: both
                azathioprine: true
                share: 0.75
                size: 30
            visits: {days: [14, 98, 364]}
            retention:
              stopAfterFailure: true
            infliximab: {doseMgPerKg: 1e1}
            """
        #expect(try parse(yaml) == expected)
    }

    @Test("has every number with its unit, status and source")
    func comments() {
        let lines = Scenario().yaml.split(separator: "\n").map(String.init)
        for parameter in Parameter.all {
            let line = lines.first { $0.hasPrefix("  \(parameter.key): ") && $0.hasSuffix(parameter.source) }
            #expect(line?.contains("  # ") == true, "\(parameter.name)")
            #expect(line?.contains(parameter.status.rawValue + ": ") == true, "\(parameter.name)")
            if !parameter.unit.isEmpty { #expect(line?.contains(parameter.unit) == true, "\(parameter.name)") }
        }
        #expect(lines.count { $0.hasPrefix("  ") } == Parameter.all.count + Scenario().arms.count + 2)
    }
}

@Suite("The numbers of a scenario")
struct ParameterTests {
    @Test("have names of their own, defaults within their ranges, and a source")
    func table() {
        #expect(Set(Parameter.all.map(\.name)).count == Parameter.all.count)
        #expect(Set(Parameter.all.map { Scenario()[keyPath: $0.place] }).count > 60)
        for parameter in Parameter.all {
            let value = Scenario()[keyPath: parameter.place]
            #expect(parameter.range.contains(value), "\(parameter.name)")
            #expect(!parameter.isWhole || value == value.rounded(), "\(parameter.name)")
            #expect(!parameter.source.isEmpty && !parameter.source.contains("\n"), "\(parameter.name)")
            #expect(parameter.name == parameter.group + "." + parameter.key)
            for name in Scenario.builtInNames {
                let builtIn = Scenario.builtIn(name)?[keyPath: parameter.place]
                #expect(builtIn.map(parameter.range.contains) == true, "\(name): \(parameter.name)")
            }
        }
    }

    @Test("stand in a place of their own each")
    func places() {
        for parameter in Parameter.all {
            var scenario = Scenario()
            scenario[keyPath: parameter.place] += 1
            let changed = Parameter.all.filter { scenario[keyPath: $0.place] != Scenario()[keyPath: $0.place] }
            #expect(changed.map(\.name) == [parameter.name])
        }
    }

    @Test("with published sources are those of the publications")
    func published() {
        let scenario = Scenario()
        #expect(scenario.infliximab.clearanceLPerDay == 0.407 && scenario.infliximab.centralVolumeL == 3.29)
        #expect(scenario.infliximab.peripheralVolumeL == 4.13 && scenario.infliximab.exchangeLPerDay == 7.14)
        #expect(scenario.infliximab.clearanceCV == 0.377 && scenario.infliximab.centralVolumeCV == 0.221)
        #expect(scenario.infliximab.albuminExponent == -1.54 && scenario.infliximab.albuminReferenceGPerL == 41)
        #expect(scenario.infliximab.femaleClearanceFactor == 1 - 0.236)
        #expect(scenario.infliximab.femaleVolumeFactor == 1 - 0.137)
        #expect(scenario.infliximab.weightVolumeExponent == 0.538 && scenario.infliximab.weightReferenceKg == 77)
        #expect(scenario.adalimumab.clearanceLPerDay == 0.330 && scenario.adalimumab.volumeL == 7.8)
        #expect(scenario.adalimumab.absorptionPerDay == 0.343 && scenario.adalimumab.clearanceCV == 0.326)
        #expect(scenario.adalimumab.volumeCV == 0.356 && scenario.adalimumab.absorptionCV == 1.039)
        #expect(scenario.immunogenicity.hlaHazardRatio == 1.90 && scenario.markers.calprotectinVisitCV == 0.573)
        #expect(Scenario.builtIn("pants-hr")?.immunogenicity.azathioprineHazardRatio == 0.39)
    }
}
