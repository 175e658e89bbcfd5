package import StrictYAML

/// The scenario file: YAML, read by its nodes so that each refusal names the line and column.
///
/// A file states what differs from its `basis`, a scenario that is built in; `roblin-2020` where it names none.
package enum ScenarioFile {
    /// The longest name of a scenario or arm, in bytes.
    package static let greatestNameLength = 64
    /// The arms that a scenario may have at most.
    package static let greatestArms = 16
    /// The patients that one arm of one trial may have at most.
    package static let greatestSize = 100_000
    /// How far the sum of the shares may be from 1.
    static let shareTolerance = 1e-9

    /// The keys of a file, groups of numbers included.
    private static let keys = ["name", "basis", "arms"] + groups
    /// The groups of numbers, in the order of files.
    private static let groups = Parameter.all.map(\.group).reduce(into: [String]()) { groups, group in
        if groups.last != group { groups.append(group) }
    }

    /// The scenario that a file states.
    ///
    /// - Throws: The first thing that is wrong, with its place, what was found and what was expected.
    package static func parse(_ yaml: String, fileName: String) throws(YAMLRefusal) -> Scenario {
        let root = try YAMLDocument.parse(
            yaml, fileName: fileName, kind: "scenario file",
            expected: "a mapping with \(keys.joined(separator: ", "))")
        let fields = try root.fields(keys)
        var scenario = try basis(fields)
        let name = try fields.required("name", "the name of the scenario")
        scenario.name = try Self.name(name, of: "the scenario")
        if let arms = fields["arms"] { scenario.arms = try Self.arms(arms.placed(in: "arms")) }
        for group in groups {
            if let node = fields[group] { try read(node.placed(in: group), group, into: &scenario) }
        }
        if let problem = scenario.contradiction { throw root.refusal(problem) }
        return scenario
    }

    private static func basis(_ fields: YAMLFields) throws(YAMLRefusal) -> Scenario {
        guard let node = fields["basis"] else { return Scenario() }
        let name = try node.text("the name of a scenario that is built in")
        guard let scenario = Scenario.builtIn(name) else {
            throw node.unknown("scenario", name, choices: Scenario.builtInNames)
        }
        return scenario
    }

    /// A name that may stand in a source of events, which is a URI reference.
    private static func name(_ node: YAMLNode, of what: String) throws(YAMLRefusal) -> String {
        let name = try node.name(of: what, greatestLength: greatestNameLength)
        guard Scenario.isName(name) else {
            throw node.refusal(
                "the name of \(what) is \(name.quoted); expected only the letters A to Z and a to z, digits, \".\", "
                    + "\"_\" and \"-\"")
        }
        return name
    }

    private static func arms(_ node: YAMLNode) throws(YAMLRefusal) -> [Arm] {
        let elements = try node.list("arms")
        guard elements.count <= greatestArms else {
            throw node.refusal("found \(elements.count) arms; expected at most \(greatestArms)")
        }
        var arms: [Arm] = []
        for element in elements {
            let fields = try element.fields(["name", "azathioprine", "share", "size", "infliximabShare"])
            let nameNode = try fields.required("name", "the name of the arm")
            let name = try nameNode.name(of: "an arm", greatestLength: greatestNameLength)
            guard !arms.contains(where: { $0.name == name }) else {
                let spelling = name.otherSpelling(among: arms.map(\.name))
                throw nameNode.refusal("the arm \(name.quoted) is named twice\(spelling); expected each arm once")
            }
            let azathioprine = try fields.required("azathioprine", "whether its patients take azathioprine")
                .boolean("whether the patients of \(name.quoted) take azathioprine")
            let share = try fields.required("share", "the share of a cohort's patients")
                .number(in: 0...1, "the share of \(name.quoted)")
            let size = try fields.required("size", "the number of patients in one trial")
                .wholeNumber(in: 1...greatestSize, "the patients of \(name.quoted) in one trial")
            let infliximabShare = try fields["infliximabShare"]?
                .number(in: 0...1, "the share of the patients of \(name.quoted) whose anti-TNF is infliximab")
            arms.append(
                Arm(
                    name: name, azathioprine: azathioprine, share: share, size: size,
                    infliximabShare: infliximabShare))
        }
        let sum = arms.reduce(0) { $0 + $1.share }
        guard abs(sum - 1) <= shareTolerance else {
            throw node.refusal("the shares of the arms add up to \(sum); expected 1")
        }
        return arms
    }

    /// Reads the numbers of one group.
    private static func read(
        _ node: YAMLNode, _ group: String, into scenario: inout Scenario
    ) throws(YAMLRefusal) {
        let parameters = Parameter.all.filter { $0.group == group }
        let others = group == "visits" ? ["days"] : group == "retention" ? ["stopAfterFailure"] : []
        let fields = try node.fields(others + parameters.map(\.key))
        for parameter in parameters {
            guard let value = fields[parameter.key] else { continue }
            scenario[keyPath: parameter.place] = try number(value.placed(in: parameter.name), parameter)
        }
        if let days = fields["days"] { scenario.visits.days = try Self.days(days.placed(in: "visits.days")) }
        if let stop = fields["stopAfterFailure"] {
            scenario.retention.stopAfterFailure = try stop.placed(in: "retention.stopAfterFailure").boolean(
                "whether sites stop the anti-TNF of patients who have failed")
        }
    }

    private static func number(_ node: YAMLNode, _ parameter: Parameter) throws(YAMLRefusal) -> Double {
        if parameter.isWhole {
            let range = Int(parameter.range.lowerBound)...Int(parameter.range.upperBound)
            return Double(try node.wholeNumber(in: range, parameter.expectation))
        }
        return try node.number(in: parameter.range, parameter.expectation)
    }

    private static func days(_ node: YAMLNode) throws(YAMLRefusal) -> [Int] {
        let elements = try node.list("days")
        guard elements.count <= VisitParameters.greatestCount else {
            throw node.refusal("found \(elements.count) visits; expected at most \(VisitParameters.greatestCount)")
        }
        var days: [Int] = []
        for element in elements {
            let day = try element.wholeNumber(in: 1...VisitParameters.lastDay, "the day of a visit")
            if let last = days.last, day <= last {
                throw element.refusal("day \(day) comes after day \(last); expected the days of visits in order")
            }
            days.append(day)
        }
        return days
    }
}
