internal import StrictYAML

/// The place of one number of a protocol, by the names on the way to it: what a sensitivity analysis varies.
///
/// | path | number |
/// |---|---|
/// | `horizon` | the last day of follow-up |
/// | `ENDPOINT.CRITERION.within`, `ENDPOINT.CRITERION.from` | days of the criterion's window |
/// | `ENDPOINT.CRITERION.calprotectin` | the limit of the condition on this score or assay |
/// | `ENDPOINT.CRITERION.Mayo.endoscopy` | the same, where the item or method must tell conditions apart |
/// | `ENDPOINT.CRITERION.adverse-event.min-grade` | the least grade of the condition on adverse events |
package struct ProtocolNumber: Sendable, Equatable {
    /// The path as it was given.
    package let path: String
    /// The last names of the path, without endpoint and criterion: `calprotectin`, `within`.
    package let label: String
    private let place: Place

    private enum Place: Sendable, Equatable {
        case horizon
        case within(endpoint: Int, criterion: Int)
        case from(endpoint: Int, criterion: Int)
        case condition(endpoint: Int, criterion: Int, condition: Int)
    }

    /// The endpoint that the number belongs to, `nil` where it is the whole protocol's.
    package func endpoint(in trial: TrialProtocol) -> Endpoint? {
        switch place {
        case .horizon: nil
        case .within(let endpoint, _), .from(let endpoint, _), .condition(let endpoint, _, _):
            trial.endpoints[endpoint]
        }
    }

    /// Whether two paths lead to the same number.
    package func isSamePlace(as other: ProtocolNumber) -> Bool { place == other.place }

    /// Finds a number.
    ///
    /// - Throws: Where the path leads to none or to several.
    package init(_ path: String, in trial: TrialProtocol) throws(SweepRefusal) {
        let fitting = Self.all(in: trial).filter { $0.path.utf8.elementsEqual(path.utf8) }
        guard let found = fitting.first else { throw Self.missing(path, in: trial) }
        guard fitting.count == 1 else {
            // The number of a condition's place tells apart what no word does.
            let choices = Self.all(in: trial).filter { other in
                fitting.contains { $0.place == other.place }
            }
            throw SweepRefusal(
                description: "\(path.quoted) leads to \(fitting.count) numbers; expected one of "
                    + "\(Self.shortest(choices).map(\.quoted).joinedAsChoice).")
        }
        self = found
    }

    private init(_ path: String, _ label: String, _ place: Place) {
        (self.path, self.label, self.place) = (path, label, place)
    }

    private static let horizonKey = "horizon"
    private static let windowKeys = ["within", "from"]

    /// Every path to every number of a protocol.
    private static func all(in trial: TrialProtocol) -> [ProtocolNumber] {
        var all = [ProtocolNumber(horizonKey, horizonKey, .horizon)]
        for (endpoint, owner) in trial.endpoints.enumerated() {
            for (criterion, part) in owner.criteria.enumerated() {
                let window = [
                    Place.within(endpoint: endpoint, criterion: criterion),
                    .from(endpoint: endpoint, criterion: criterion),
                ]
                var named = zip(windowKeys, window).map { ($0, $1) }
                for (number, condition) in part.conditions.enumerated() {
                    let place = Place.condition(endpoint: endpoint, criterion: criterion, condition: number)
                    named += condition.names(number: number + 1).map { ($0, place) }
                }
                all += named.map { ProtocolNumber("\(owner.name).\(part.name).\($0)", $0, $1) }
            }
        }
        return all
    }

    /// For each number the first of its paths, or labels, that leads to it alone.
    private static func shortest(
        _ numbers: [ProtocolNumber], _ text: (ProtocolNumber) -> String = { $0.path }
    ) -> [String] {
        var seen: [Place] = []
        var texts: [String] = []
        for number in numbers where !seen.contains(number.place) {
            let own = text(number)
            guard numbers.count(where: { text($0).utf8.elementsEqual(own.utf8) }) == 1 else { continue }
            seen.append(number.place)
            texts.append(own)
        }
        return texts
    }

    /// Why a path leads nowhere: the first level at which there is no such name, with those that there are.
    private static func missing(_ path: String, in trial: TrialProtocol) -> SweepRefusal {
        var rest = path[...]
        let names = trial.endpoints.map(\.name)
        guard let endpoint = take(names, from: &rest) else {
            return unknown(path, rest, [horizonKey] + names, "the protocol has no endpoint", ends: names)
        }
        let owner = trial.endpoints[endpoint]
        let criteria = owner.criteria.map(\.name)
        guard let criterion = take(criteria, from: &rest) else {
            return unknown(path, rest, criteria, "\(owner.name.quoted) has no criterion", ends: criteria)
        }
        let own = all(in: trial).filter { number in
            switch number.place {
            case .horizon: false
            case .within(let first, let second), .from(let first, let second), .condition(let first, let second, _):
                first == endpoint && second == criterion
            }
        }
        return unknown(
            path, rest, shortest(own, { $0.label }), "\(criteria[criterion].quoted) has no number", whole: true)
    }

    /// Takes the longest of these names that the rest of a path begins with, and the dot behind it.
    private static func take(_ names: [String], from rest: inout Substring) -> Int? {
        let fitting = names.indices.filter { rest.utf8.starts(with: (names[$0] + ".").utf8) }
        guard let found = fitting.max(by: { names[$0].utf8.count < names[$1].utf8.count }) else { return nil }
        rest = Substring(rest.utf8.dropFirst(names[found].utf8.count + 1))
        return found
    }

    private static func unknown(
        _ path: String, _ rest: Substring, _ choices: [String], _ sentence: String, ends: [String] = [],
        whole: Bool = false
    ) -> SweepRefusal {
        let choicesText = choices.map(\.quoted).joined(separator: ", ")
        if ends.contains(String(rest)) {
            return SweepRefusal(description: "\(path.quoted) ends too early; expected the path of a number below it.")
        }
        let word = whole ? String(rest) : String(rest.prefix { $0 != "." })
        return SweepRefusal(
            description: "\(path.quoted): \(sentence) \(word.quoted); it has \(choicesText)."
                + word.suggestion(from: choices))
    }

    /// What the number is in a protocol.
    package func value(in trial: TrialProtocol) -> Double {
        switch place {
        case .horizon: Double(trial.horizon)
        case .within(let endpoint, let criterion): Double(trial.endpoints[endpoint].criteria[criterion].within)
        case .from(let endpoint, let criterion): Double(trial.endpoints[endpoint].criteria[criterion].from)
        case .condition(let endpoint, let criterion, let condition):
            trial.endpoints[endpoint].criteria[criterion].conditions[condition].number
        }
    }

    /// The protocol with another value in this place: what its file would state if the number were edited there.
    ///
    /// Whether the value contradicts another number is not looked at.
    ///
    /// - Throws: Where the number cannot have that value.
    package func setting(_ value: Double, in trial: TrialProtocol) throws(SweepRefusal) -> TrialProtocol {
        var changed = trial
        switch place {
        case .horizon:
            changed.horizon = try whole(value, in: 1...ProtocolFile.greatestDay, "the last day of follow-up")
        case .within(let endpoint, let criterion):
            changed.endpoints[endpoint].criteria[criterion].within = try whole(
                value, in: 0...ProtocolFile.greatestDay, "days to look back")
        case .from(let endpoint, let criterion):
            changed.endpoints[endpoint].criteria[criterion].from = try whole(
                value, in: 0...ProtocolFile.greatestDay, "the first day that counts")
        case .condition(let endpoint, let criterion, let condition):
            try set(value, in: &changed.endpoints[endpoint].criteria[criterion].conditions[condition])
        }
        return changed
    }

    private func set(_ value: Double, in condition: inout Condition) throws(SweepRefusal) {
        switch condition {
        case .score(let instrument, let item, let threshold):
            condition = .score(instrument, item: item, Threshold(threshold.relation, value))
        case .assay(let target, let method, let unit, let threshold):
            condition = .assay(target, method: method, unit: unit, Threshold(threshold.relation, value))
        case .adverseEvent(let action, let drug, _, let serious):
            condition = .adverseEvent(
                action, drug: drug, minimumGrade: try whole(value, in: 1...5, "the least grade"), serious: serious)
        }
    }

    private func whole(_ value: Double, in range: ClosedRange<Int>, _ what: String) throws(SweepRefusal) -> Int {
        guard let whole = Int(exactly: value), range.contains(whole) else {
            throw SweepRefusal(
                description: "\(path.quoted) is \(value.shown); expected \(what), a whole number from "
                    + "\(range.lowerBound) to \(range.upperBound).")
        }
        return whole
    }
}

extension Condition {
    /// The names that the condition goes by within its criterion, each once: the shortest first, the number of its place
    /// last.
    fileprivate func names(number: Int) -> [String] {
        let parts: [String?]
        switch self {
        case .score(let instrument, let item, let threshold):
            parts = [instrument.name, item, threshold.relation.rawValue]
        case .assay(let target, let method, let unit, let threshold):
            parts = [target.name, method?.name, unit?.name, threshold.relation.rawValue]
        case .adverseEvent:
            return ["adverse-event.min-grade", String(number)]
        }
        let words = parts.compactMap(\.self)
        return (1...words.count).map { words.prefix($0).joined(separator: ".") } + [String(number)]
    }

    /// The number that the condition compares with.
    fileprivate var number: Double {
        switch self {
        case .score(_, _, let threshold), .assay(_, _, _, let threshold): threshold.limit
        case .adverseEvent(_, _, let minimumGrade, _): Double(minimumGrade)
        }
    }
}

extension Double {
    /// The number without a fraction where it has none.
    fileprivate var shown: String { Int(exactly: self).map(String.init) ?? description }
}
