import StrictYAML
import Testing
import VirtualCohort

/// A file that is refused, and where and with which words.
struct RefusedScenario: Sendable, CustomTestStringConvertible {
    let yaml: String
    let place: String
    let fragment: String

    init(_ yaml: String, _ place: String, _ fragment: String) {
        self.yaml = yaml
        self.place = place
        self.fragment = fragment
    }

    var testDescription: String { yaml.debugDescription }

    /// Names, keys and the kinds of nodes.
    static let structure: [Self] = [
        .init("", "1:1", "the file is empty; expected a mapping with name, basis, arms, population, infliximab"),
        .init("[a]", "1:1", "found a list; expected a mapping with name, basis"),
        .init("basis: pants-hr", "1:1", "\"name\" is missing; expected the name of the scenario"),
        .init("name: a\nbasis: pants", "2:8", "unknown scenario \"pants\"; expected \"roblin-2020\", \"pants-hr\""),
        .init("name: a\nbasis: pants-rh", "2:8", "Did you mean \"pants-hr\"?"),
        .init("name: a\nbasis: [pants-hr]", "2:8", "found a list; expected the name of a scenario that is built in"),
        .init("name: [a]", "1:7", "found a list; expected the name of the scenario"),
        .init("name:", "1:6", "found nothing; expected the name of the scenario"),
        .init("name: \"\"", "1:7", "the name of the scenario is empty; expected 1 to 64 bytes"),
        .init("name: a b", "1:7", "is \"a b\"; expected only the letters A to Z and a to z, digits"),
        .init("name: caf\u{E9}", "1:7", "expected only the letters"),
        .init("name: a/b", "1:7", "expected only the letters"),
        .init("name: a~b", "1:7", "expected only the letters"),
        .init("name: \(String(repeating: "a", count: 65))", "1:7", "has 65 bytes; expected 1 to 64 bytes"),
        .init("name: a\nimmunogenicty: {}", "2:1", "unknown key \"immunogenicty\"; expected name, basis, arms"),
        .init("name: a\nimmunogenicty: {}", "2:1", "Did you mean \"immunogenicity\"?"),
        .init("name: a\nname: b", "1:1", "found \"name\" more than once as a key of one mapping"),
        .init("name: a\nmarkers: [1]", "2:10", "markers: found a list; expected a mapping with calprotectinBaseUgPerG"),
        .init("name: a\nmarkers:", "2:9", "markers: found nothing; expected a mapping"),
        .init(
            "name: a\nimmunogenicity:\n  lagDay: 3", "3:3",
            "immunogenicity: unknown key \"lagDay\"; expected lagDays, onsetShape"),
        .init("name: a\nimmunogenicity:\n  lagDay: 3", "3:3", "Did you mean \"lagDays\"?"),
        .init("name: a\nretention:\n  stopAfterFailures: true", "3:3", "Did you mean \"stopAfterFailure\"?"),
    ]

    /// Numbers and truth values.
    static let numbers: [Self] = [
        .init(
            "name: a\ninfliximab:\n  clearanceLPerDay: -0.4", "3:21",
            "infliximab.clearanceLPerDay: found \"-0.4\"; expected infliximab.clearanceLPerDay in L/d, "
                + "a number from 0.001 to 100."),
        .init("name: a\ninfliximab: {clearanceLPerDay: 0}", "2:32", "found \"0\"; expected infliximab.clearance"),
        .init("name: a\ninfliximab: {clearanceLPerDay: fast}", "2:32", "found \"fast\"; expected"),
        .init("name: a\ninfliximab: {clearanceLPerDay: '0.4'}", "2:32", "found the text \"0.4\"; expected"),
        .init("name: a\ninfliximab: {clearanceLPerDay: [0.4]}", "2:32", "found a list; expected"),
        .init("name: a\ninfliximab: {clearanceLPerDay: }", "2:32", "found nothing; expected"),
        .init("name: a\ninfliximab: {clearanceLPerDay: .inf}", "2:32", "found \".inf\"; expected"),
        .init("name: a\ninfliximab: {clearanceLPerDay: 0x1}", "2:32", "found \"0x1\"; expected"),
        .init("name: a\npopulation: {femaleShare: 1.01}", "2:27", "a number from 0 to 1."),
        .init("name: a\npopulation: {femaleShare: 45%}", "2:27", "found \"45%\"; expected population.femaleShare, a"),
        .init(
            "name: a\ninfliximab: {intervalDays: 56.5}", "2:28",
            "found \"56.5\"; expected infliximab.intervalDays in d, a whole number from 1 to 730"),
        .init("name: a\ninfliximab: {intervalDays: 0}", "2:28", "a whole number from 1 to 730"),
        .init("name: a\nretention: {stopAfterFailure: 1}", "2:31", "found \"1\"; expected whether sites stop"),
        .init("name: a\nretention: {stopAfterFailure: yes}", "2:31", "true or false"),
        .init(
            "name: a\nassays: {levelLowerUgPerML: 60}", "1:1",
            "the limits of quantification assays.level… are 60.0 and 50.0; expected the lower one to be smaller"),
        .init("name: a\nassays: {sensitiveLowerNgPerML: 200}", "1:1", "assays.sensitive… are 200.0 and 200.0"),
        .init("name: a\nassays: {tolerantUpperAUPerML: 1}", "1:1", "assays.tolerant… are 5.0 and 1.0"),
        .init("name: a\nvisits: {days: 14}", "2:16", "visits.days: found \"14\"; expected a list of days"),
        .init("name: a\nvisits: {days: []}", "2:16", "the list is empty; expected one or more days"),
        .init(
            "name: a\nvisits: {days: [14, 14]}", "2:21",
            "visits.days: day 14 comes after day 14; expected the days of visits in order"),
        .init("name: a\nvisits: {days: [14, 98, 42]}", "2:25", "day 42 comes after day 98"),
        .init(
            "name: a\nvisits: {days: [0]}", "2:17", "found \"0\"; expected the day of a visit, a whole number from 1"),
        .init("name: a\nvisits: {days: [731]}", "2:17", "a whole number from 1 to 730"),
        .init("name: a\nvisits: {days: [1.5]}", "2:17", "found \"1.5\"; expected the day of a visit"),
        .init(
            "name: a\nvisits: {days: [\((1...65).map(String.init).joined(separator: ", "))]}", "2:16",
            "found 65 visits; expected at most 64"),
    ]

    /// One arm on a line of its own.
    private static func arms(_ arms: String...) -> String {
        "name: a\narms:\n" + arms.map { "  - {\($0)}\n" }.joined()
    }

    private static let half = "name: x, azathioprine: true, share: 0.5, size: 10"

    /// Arms.
    static let arms: [Self] = [
        .init("name: a\narms: 2", "2:7", "arms: found \"2\"; expected a list of arms"),
        .init("name: a\narms: []", "2:7", "the list is empty; expected one or more arms"),
        .init("name: a\narms: [x]", "2:8", "found \"x\"; expected a mapping with name, azathioprine, share, size"),
        .init(arms(half), "3:3", "arms: the shares of the arms add up to 0.5; expected 1"),
        .init(arms(half, half.replacing("x,", with: "y,"), half.replacing("x,", with: "z,")), "3:3", "add up to 1.5"),
        .init(arms(half, half), "4:12", "the arm \"x\" is named twice; expected each arm once"),
        .init(arms(half, half.replacing("0.5", with: "-0.5")), "4:12", "the arm \"x\" is named twice"),
        .init(
            arms(half.replacing("0.5", with: "-0.5")), "3:42", "found \"-0.5\"; expected the share of \"x\", a number"),
        .init(arms(half.replacing("0.5", with: "50")), "3:42", "a number from 0 to 1"),
        .init(
            arms(half.replacing(": 10", with: ": 0")), "3:53",
            "the patients of \"x\" in one trial, a whole number from 1"),
        .init(arms(half.replacing(": 10", with: ": 100001")), "3:53", "a whole number from 1 to 100000"),
        .init(arms(half.replacing("true", with: "perhaps")), "3:29", "whether the patients of \"x\" take azathioprine"),
        .init(arms(half.replacing("name: x, ", with: "")), "3:5", "\"name\" is missing; expected the name of the arm"),
        .init(arms(half.replacing(", size: 10", with: "")), "3:5", "\"size\" is missing; expected the number of"),
        .init(arms(half.replacing("share: 0.5, ", with: "")), "3:5", "\"share\" is missing; expected the share"),
        .init(arms(half.replacing("azathioprine: true, ", with: "")), "3:5", "\"azathioprine\" is missing; expected"),
        .init(
            arms(half.replacing(": 10", with: ": 10, infliximabShare: 1.1")), "3:74",
            "found \"1.1\"; expected the share of the patients of \"x\" whose anti-TNF is infliximab, a number"
        ),
        .init(arms(half.replacing("share", with: "shares")), "3:35", "Did you mean \"share\"?"),
        .init(
            arms(half.replacing("x,", with: "\(String(repeating: "x", count: 65)),")), "3:12",
            "the name of an arm has 65 bytes; expected 1 to 64 bytes"),
        .init(
            "name: a\narms:\n"
                + (0..<17).map { "  - {name: a\($0), azathioprine: true, share: 0, size: 1}\n" }.joined(),
            "3:3", "found 17 arms; expected at most 16"),
    ]
}

@Suite("A scenario file is refused with its place, what was found and what was expected")
struct ScenarioRefusalTests {
    @Test("for its names, keys and nodes", arguments: RefusedScenario.structure)
    func structure(_ refused: RefusedScenario) { check(refused) }

    @Test("for its numbers", arguments: RefusedScenario.numbers)
    func numbers(_ refused: RefusedScenario) { check(refused) }

    @Test("for its arms", arguments: RefusedScenario.arms)
    func arms(_ refused: RefusedScenario) { check(refused) }

    @Test("for a number beyond either end of its range, whichever number it is", arguments: Parameter.all)
    func ranges(_ parameter: Parameter) throws {
        let (lower, upper) = (parameter.range.lowerBound, parameter.range.upperBound)
        for value in [lower - 1, lower.nextDown - 1e-9, upper + 1, upper * 1.001 + 1e-9] {
            let yaml = "name: a\n\(parameter.group):\n  \(parameter.key): \(value)\n"
            let error = try #require(throws: YAMLRefusal.self) { try ScenarioFile.parse(yaml, fileName: "a.yaml") }
            #expect(error.line == 3 && error.column == parameter.key.count + 5)
            #expect(error.message.hasPrefix(parameter.name + ": found "), "\(error)")
            #expect(error.message.contains("; expected \(parameter.name)"), "\(error)")
        }
        for value in [lower, upper] where parameter.group != "assays" {
            let yaml = "name: a\n\(parameter.group):\n  \(parameter.key): \(value)\n"
            #expect(try ScenarioFile.parse(yaml, fileName: "a.yaml")[keyPath: parameter.place] == value)
        }
    }

    private func check(_ refused: RefusedScenario, sourceLocation: SourceLocation = #_sourceLocation) {
        do throws(YAMLRefusal) {
            let scenario = try ScenarioFile.parse(refused.yaml, fileName: "a.yaml")
            Issue.record("Accepted as \(scenario).", sourceLocation: sourceLocation)
        } catch {
            let text = error.description
            #expect(text.hasPrefix("a.yaml:\(refused.place): "), "\(text)", sourceLocation: sourceLocation)
            #expect(text.contains(refused.fragment), "\(text)", sourceLocation: sourceLocation)
            #expect(text.contains("; expected "), "\(text)", sourceLocation: sourceLocation)
            #expect(text.hasSuffix(".") || text.hasSuffix("\"?"), "\(text)", sourceLocation: sourceLocation)
        }
    }
}
