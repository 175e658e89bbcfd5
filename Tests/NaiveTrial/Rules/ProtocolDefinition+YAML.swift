import Yams

extension ProtocolDefinition {
    /// Reads a protocol.
    ///
    /// - Throws: `NaiveTrial.Failure.protocolText` with what was expected.
    init(yaml: String) throws(NaiveTrial.Failure) {
        let root: Node?
        do { root = try Yams.compose(yaml: yaml) } catch { throw .protocolText("the protocol is not YAML: \(error)") }
        let top = try mapping(root, "the protocol", ["name", "arms", "horizon", "intercurrent", "endpoints"])
        name = try text(top["name"], "name")
        arms = []
        for arm in try list(top["arms"], "arms") { arms.append(try text(arm, "arm")) }
        horizon = try wholeNumber(top["horizon"], "horizon")
        treatmentStop = .ignore
        if let intercurrent = top["intercurrent"] {
            let strategies = try mapping(intercurrent, "intercurrent", ["treatment-stop"])
            guard let strategy = StopStrategy(rawValue: try text(strategies["treatment-stop"], "treatment-stop"))
            else { throw .protocolText("treatment-stop is one of ignore, event, censor") }
            treatmentStop = strategy
        }
        endpoints = []
        for (name, criteria) in try mapping(top["endpoints"], "endpoints", nil) {
            var endpoint = Endpoint(name: try text(name, "endpoint name"), criteria: [])
            for node in try list(criteria, "criteria") { endpoint.criteria.append(try readCriterion(node)) }
            endpoints.append(endpoint)
        }
    }
}

func readCriterion(_ node: Node) throws(NaiveTrial.Failure) -> Criterion {
    let keys = try mapping(node, "criterion", ["name", "disease", "within", "from", "all"])
    var criterion = Criterion(name: try text(keys["name"], "name"), disease: nil, within: 0, from: 0, conditions: [])
    if let disease = keys["disease"] { criterion.disease = try text(disease, "disease") }
    if let within = keys["within"] { criterion.within = try wholeNumber(within, "within") }
    if let from = keys["from"] { criterion.from = try wholeNumber(from, "from") }
    for condition in try list(keys["all"], "all") { criterion.conditions.append(try readCondition(condition)) }
    return criterion
}

func readCondition(_ node: Node) throws(NaiveTrial.Failure) -> Condition {
    let relations = Relation.allCases.map(\.rawValue)
    let keys = try mapping(node, "condition", nil)
    if keys["score"] != nil {
        let score = try mapping(node, "score", ["score", "item"] + relations)
        let item = try score["item"].map { (item) throws(NaiveTrial.Failure) in try text(item, "item") } ?? "total"
        return .score(instrument: try text(score["score"], "score"), item: item, try readComparison(score))
    }
    if keys["assay"] != nil {
        let assay = try mapping(node, "assay", ["assay", "method", "unit"] + relations)
        let method = try assay["method"].map { (method) throws(NaiveTrial.Failure) in try text(method, "method") }
        let unit = try assay["unit"].map { (unit) throws(NaiveTrial.Failure) in try text(unit, "unit") }
        return .assay(name: try text(assay["assay"], "assay"), method: method, unit: unit, try readComparison(assay))
    }
    let outer = try mapping(node, "condition", ["adverse-event"])
    let event = try mapping(outer["adverse-event"], "adverse-event", ["action", "drug", "min-grade", "serious"])
    return .adverseEvent(
        action: try event["action"].map { (action) throws(NaiveTrial.Failure) in try text(action, "action") },
        drug: try event["drug"].map { (drug) throws(NaiveTrial.Failure) in try text(drug, "drug") },
        minGrade: try event["min-grade"].map { (grade) throws(NaiveTrial.Failure) in
            try wholeNumber(grade, "min-grade")
        },
        serious: event["serious"]?.bool,
    )
}

func readComparison(_ keys: Node.Mapping) throws(NaiveTrial.Failure) -> Comparison {
    let given = Relation.allCases.filter { keys[Node($0.rawValue)] != nil }
    guard given.count == 1, let relation = given.first, let threshold = keys[Node(relation.rawValue)]?.float
    else { throw .protocolText("a condition has one of at-least, above, below, at-most, with a number") }
    return Comparison(relation: relation, threshold: threshold)
}

private func mapping(
    _ node: Node?,
    _ what: String,
    _ known: [String]?
) throws(NaiveTrial.Failure) -> Node.Mapping {
    guard let mapping = node?.mapping else { throw .protocolText("\(what): expected a mapping") }
    if let known {
        for key in mapping.keys where !known.contains(key.string ?? "") {
            throw .protocolText("\(what): unknown key \(key.string ?? "?")")
        }
    }
    return mapping
}

private func list(_ node: Node?, _ what: String) throws(NaiveTrial.Failure) -> Node.Sequence {
    guard let sequence = node?.sequence else { throw .protocolText("\(what): expected a list") }
    return sequence
}

private func text(_ node: Node?, _ what: String) throws(NaiveTrial.Failure) -> String {
    guard let string = node?.scalar?.string else { throw .protocolText("\(what): expected a text") }
    return string
}

private func wholeNumber(_ node: Node?, _ what: String) throws(NaiveTrial.Failure) -> Int {
    guard let number = node?.int else { throw .protocolText("\(what): expected a whole number") }
    return number
}
