import TestData
import Testing
import VirtualCohort

@Suite("A change of a scenario")
struct ScenarioChangeTests {
    @Test("sets the one number that it names", arguments: Parameter.all)
    func setsNumbers(_ parameter: Parameter) throws {
        for value in [parameter.range.lowerBound, parameter.range.upperBound] {
            var (scenario, expected) = (Scenario(), Scenario())
            // Room for any limit of quantification.
            scenario.assays.levelUpperUgPerML = 1e6
            scenario.assays.sensitiveUpperNgPerML = 1e6
            scenario.assays.tolerantUpperAUPerML = 1e6
            scenario.assays.levelLowerUgPerML = 1e-6
            scenario.assays.sensitiveLowerNgPerML = 1e-6
            scenario.assays.tolerantLowerAUPerML = 1e-6
            expected = scenario
            expected[keyPath: parameter.place] = value
            try scenario.set("\(parameter.name)=\(value)")
            #expect(scenario == expected)
        }
    }

    @Test("sets whether sites stop the drug of patients who have failed")
    func setsStop() throws {
        var scenario = Scenario()
        try scenario.set("retention.stopAfterFailure=true")
        #expect(scenario.retention.stopAfterFailure)
        try scenario.set("retention.stopAfterFailure=false")
        #expect(scenario == Scenario())
    }

    @Test(
        "is refused with what was found and what was expected",
        arguments: [
            ("immunogenicity.lagDays", "\"immunogenicity.lagDays\" is no assignment; expected NAME=VALUE, such as"),
            ("", "\"\" is no assignment; expected NAME=VALUE"),
            ("immunogenicity.lagDay=3", "There is no parameter \"immunogenicity.lagDay\"; expected one that"),
            ("immunogenicity.lagDay=3", "Did you mean \"immunogenicity.lagDays\"?"),
            ("lagDays=3", "There is no parameter \"lagDays\""),
            ("name=x", "There is no parameter \"name\""),
            ("immunogenicity.lagDays=", "immunogenicity.lagDays is \"\"; expected a number from 0 to 730 in d."),
            ("immunogenicity.lagDays= 3", "is \" 3\"; expected a number"),
            ("immunogenicity.lagDays=3 d", "is \"3 d\"; expected a number"),
            ("immunogenicity.lagDays=nan", "is \"nan\"; expected a number"),
            ("immunogenicity.lagDays=inf", "is \"inf\"; expected a number"),
            ("immunogenicity.lagDays=-1", "is \"-1\"; expected a number from 0 to 730 in d."),
            ("immunogenicity.lagDays=3=4", "is \"3=4\"; expected a number"),
            ("infliximab.clearanceLPerDay=-0.4", "is \"-0.4\"; expected a number from 0.001 to 100 in L/d."),
            ("infliximab.intervalDays=7.5", "is \"7.5\"; expected a whole number from 1 to 730 in d."),
            ("retention.stopAfterFailure=yes", "is \"yes\"; expected true or false."),
            ("retention.stopAfterFailur=true", "Did you mean \"retention.stopAfterFailure\"?"),
            ("assays.levelLowerUgPerML=60", "assays.level… are 60.0 and 50.0; expected the lower one to be smaller."),
            ("assays.tolerantUpperAUPerML=5", "assays.tolerant… are 5.0 and 5.0; expected"),
        ])
    func refusals(assignment: String, fragment: String) throws {
        var scenario = Scenario()
        let error = try #require(throws: ScenarioError.self) { try scenario.set(assignment) }
        #expect(error.description.contains(fragment), "\(error)")
        let isUnchanged = scenario == Scenario()
        #expect(isUnchanged, "A change that is refused changes nothing.")
    }

    @Test(
        "is known by the identifier, which differs where the content does and nowhere else", arguments: [93] as [UInt64]
    )
    func identifiers(seed: UInt64) throws {
        for name in Scenario.builtInNames { #expect(Scenario.builtIn(name)?.identifier == name) }
        #expect(Scenario.builtIn("other") == nil)
        var random = SeededRandom(seed: seed)
        var seen = Set(Scenario.builtInNames)
        var changed: [Scenario] = []
        for parameter in Parameter.all {
            var scenario = Scenario()
            let value = scenario[keyPath: parameter.place]
            let isLast = value == parameter.range.upperBound
            scenario[keyPath: parameter.place] =
                parameter.isWhole ? value + (isLast ? -1 : 1) : isLast ? value.nextDown : value.nextUp
            changed.append(scenario)
        }
        for _ in 0..<50 { changed.append(Scenario.random(&random)) }
        var scenario = Scenario()
        scenario.retention.stopAfterFailure = true
        changed.append(scenario)
        scenario = Scenario()
        scenario.visits.days.append(729)
        changed.append(scenario)
        scenario = Scenario()
        scenario.arms[1].infliximabShare = 0.5
        changed.append(scenario)
        scenario.arms[1].name = "both"
        changed.append(scenario)
        for scenario in changed {
            #expect(seen.insert(scenario.identifier).inserted, "seed \(seed): \(scenario.identifier)")
            let parts = scenario.identifier.split(separator: "~").map(String.init)
            #expect(parts.count == 2 && parts.first == scenario.name && parts.last?.count == 16)
            #expect(try ScenarioFile.parse(scenario.yaml, fileName: "a.yaml").identifier == scenario.identifier)
        }
        // The sizes of trials change no patient.
        for var scenario in [Scenario(), scenario] {
            let identifier = scenario.identifier
            scenario.arms[1].size += 1
            #expect(scenario.identifier == identifier)
        }
        // The name of a scenario that is built in does not hide a change, nor does another name make one.
        var renamed = try #require(Scenario.builtIn("pants-hr"))
        renamed.name = "roblin-2020"
        #expect(renamed.identifier.hasPrefix("roblin-2020~"))
        renamed.immunogenicity.azathioprineHazardRatio = Scenario().immunogenicity.azathioprineHazardRatio
        #expect(renamed == Scenario() && renamed.identifier == "roblin-2020")
    }

    @Test("names the sources of all events, which can be read in a URI")
    func sourceRoot() {
        #expect(CohortSimulator.sourceRoot(Scenario(), seed: 42) == "/virtual/roblin-2020/42/")
        #expect(String(decoding: CohortSimulator.subject(of: 0), as: UTF8.self) == "V0000000001")
        #expect(String(decoding: CohortSimulator.subject(of: 9_999_999_998), as: UTF8.self) == "V9999999999")
        for name in ["a", "A-b_c.9", String(repeating: "x", count: 64)] { #expect(Scenario.isName(name)) }
        for name in ["", "a b", "a/b", "\u{E9}", "a~b", String(repeating: "x", count: 65)] {
            #expect(!Scenario.isName(name))
        }
    }
}
