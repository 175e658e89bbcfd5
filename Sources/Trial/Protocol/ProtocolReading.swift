internal import StrictYAML

extension TrialProtocol {
    /// The keys of a protocol file.
    static let keys = ["name", "arms", "horizon", "intercurrent", "endpoints"]

    /// The protocol of a file's only document.
    init(reading root: YAMLNode) throws(YAMLRefusal) {
        let fields = try root.fields(Self.keys)
        let name = try fields.required("name", "the name of the protocol").name(of: "the protocol")
        let arms = try Self.arms(fields.required("arms", "a list of arms, the first of which is the reference"))
        let horizon = try fields.required("horizon", "the last day of follow-up")
            .wholeNumber(in: 1...ProtocolFile.greatestDay, "the last day of follow-up")
        let strategy = try fields["intercurrent"].map(Self.treatmentStop) ?? .ignore
        let endpoints = try Self.endpoints(
            fields.required("endpoints", "a mapping of endpoints, each a list of criteria"),
            horizon: horizon, strategy: strategy)
        self.init(name: name, arms: arms, horizon: horizon, treatmentStop: strategy, endpoints: endpoints)
    }

    private static func arms(_ node: YAMLNode) throws(YAMLRefusal) -> [String] {
        var arms: [String] = []
        for element in try node.placed(in: "arms").list("arms") {
            let arm = try element.name(of: "an arm")
            guard !arms.contains(arm) else {
                let spelling = arm.otherSpelling(among: arms)
                throw element.refusal("the arm \(arm.quoted) is named twice\(spelling); expected each arm once")
            }
            arms.append(arm)
        }
        return arms
    }

    private static func treatmentStop(_ node: YAMLNode) throws(YAMLRefusal) -> IntercurrentStrategy {
        let fields = try node.placed(in: "intercurrent").fields(["treatment-stop"])
        guard let value = fields["treatment-stop"] else { return .ignore }
        let words = IntercurrentStrategy.allCases.map(\.rawValue)
        let word = try value.text(words.map(\.quoted).joinedAsChoice)
        guard let strategy = IntercurrentStrategy(rawValue: word) else {
            throw value.unknown("strategy", word, choices: words)
        }
        return strategy
    }

    /// The cause of an outcome that a treatment stop makes under the strategy `event`.
    private static let treatmentStopCause = "treatment-stop"

    private static func endpoints(
        _ node: YAMLNode, horizon: Int, strategy: IntercurrentStrategy
    ) throws(YAMLRefusal) -> [Endpoint] {
        let node = node.placed(in: "endpoints")
        let entries = try node.entries(expected: "a mapping of endpoints, each a list of criteria")
        guard !entries.isEmpty else { throw node.refusal("the mapping is empty; expected one or more endpoints") }
        var endpoints: [Endpoint] = []
        for entry in entries {
            let name = try entry.key.name(of: "an endpoint")
            var criteria: [Criterion] = []
            for (index, element) in try entry.value.placed(in: name).list("criteria").enumerated() {
                criteria.append(
                    try Criterion(
                        reading: element, number: index + 1, horizon: horizon,
                        reserved: strategy == .event ? treatmentStopCause : nil, taken: criteria.map(\.name)))
            }
            endpoints.append(Endpoint(name: name, criteria: criteria))
        }
        return endpoints
    }
}

extension Criterion {
    /// A criterion of the endpoint in which the node is placed.
    ///
    /// - Parameters:
    ///   - node: The criterion's mapping.
    ///   - number: Its place in the endpoint, from 1, which stands for the name until that is known.
    ///   - horizon: The last day of follow-up, after which no window may begin.
    ///   - reserved: A name that another cause of outcomes has, where the strategy gives it one.
    ///   - taken: The names of the endpoint's criteria so far.
    /// - Throws: The first thing that is wrong with it.
    fileprivate init(
        reading node: YAMLNode, number: Int, horizon: Int, reserved: String?, taken: [String]
    ) throws(YAMLRefusal) {
        let keys = ["name", "disease", "within", "from", "all"]
        let unnamed = node.placed(in: "\(node.place), criterion \(number)")
        let entries = try unnamed.entries(expected: "a mapping with \(keys.joined(separator: ", "))")
        guard let nameNode = entries.first(where: { $0.name == "name" })?.value else {
            try YAMLFields(owner: unnamed, entries: entries).expectOnly(keys)
            throw unnamed.refusal("\("name".quoted) is missing; expected the name of the criterion")
        }
        let name = try nameNode.name(of: "a criterion")
        guard !taken.contains(name) else {
            throw nameNode.refusal(
                "two criteria are named \(name.quoted)\(name.otherSpelling(among: taken)); expected each name once in an "
                    + "endpoint")
        }
        guard name != reserved else {
            throw nameNode.refusal(
                "the name \(name.quoted) is the cause of outcomes under the strategy \"event\"; "
                    + "expected another name")
        }

        let place = "\(node.place).\(name)"
        let fields = try node.placed(in: place).fields(keys)
        let days = 0...ProtocolFile.greatestDay
        let disease = try fields["disease"]?.term(Disease.self, "disease")
        let within = try fields["within"]?.wholeNumber(in: days, "days to look back") ?? 0
        let from = try fields["from"]?.wholeNumber(in: days, "the first day that counts") ?? 0
        if let node = fields["from"], from > horizon {
            throw node.refusal(
                "the window is empty, since \("from".quoted) is day \(from) and the horizon is day \(horizon); "
                    + "expected a day from 0 to \(horizon)")
        }
        var conditions: [Condition] = []
        for (index, element) in try fields.required("all", "a list of conditions").list("conditions").enumerated() {
            conditions.append(try Condition(reading: element.placed(in: "\(place), condition \(index + 1)")))
        }
        self.init(name: name, disease: disease, within: within, from: from, conditions: conditions)
    }
}
