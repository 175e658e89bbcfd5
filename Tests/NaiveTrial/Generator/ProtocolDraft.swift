/// A small protocol with every construct of the endpoint rules in some draw.
func randomProtocol(_ random: inout SplitMix64) -> ProtocolDefinition {
    let endpointNames = ["primary", "secondary", "échec-tardif"]
    let criterionNames = ["inflammation", "exposure", "tolerance"]
    let horizon = random.pick([730, 365, 182, 90, 30])
    var endpoints: [Endpoint] = []
    for name in endpointNames.prefix(random.number(1...3)) {
        var criteria: [Criterion] = []
        for criterion in criterionNames.prefix(random.number(1...3)) {
            criteria.append(randomCriterion(named: criterion, horizon: horizon, &random))
        }
        endpoints.append(Endpoint(name: name, criteria: criteria))
    }
    return ProtocolDefinition(
        name: "generated",
        arms: random.pick([["monotherapy", "combination"], ["combination", "monotherapy", "bras-\u{E9}"], ["A"]]),
        horizon: horizon,
        treatmentStop: random.pick(StopStrategy.allCases),
        endpoints: endpoints,
    )
}

/// A criterion that can be met before the horizon.
func randomCriterion(named name: String, horizon: Int, _ random: inout SplitMix64) -> Criterion {
    let shared = random.chance(25) ? [randomCondition(&random)] : []
    var conditions = shared
    for _ in 0..<random.pick([1, 1, 2, 2, 2, 3]) where conditions.count < 3 {
        conditions.append(randomCondition(&random))
    }
    return Criterion(
        name: name,
        disease: random.chance(25) ? random.pick(["CD", "UC"]) : nil,
        within: random.pick([0, 1, 7, 28]),
        from: random.pick([0, 0, 14, 84].filter { $0 <= horizon }),
        conditions: conditions,
    )
}

func randomCondition(_ random: inout SplitMix64) -> Condition {
    switch random.number(0...9) {
    case 0...3: randomScoreCondition(&random)
    case 4...7: randomAssayCondition(&random)
    default: randomAdverseEventCondition(&random)
    }
}

private func randomScoreCondition(_ random: inout SplitMix64) -> Condition {
    let relation = random.pick(Relation.allCases)
    let (instrument, item, thresholds) = random.pick([
        ("HBI", "total", [5, 4.5, 8]), ("HBI", "pain", [1, 2]), ("Mayo", "total", [5, 6, 2.5]),
        ("Mayo", "endoscopy", [1, 2]), ("Mayo", "bleeding", [1, 1.5]), ("partial-Mayo", "total", [2, 4]),
    ])
    return .score(
        instrument: instrument,
        item: item,
        Comparison(relation: relation, threshold: random.pick(thresholds))
    )
}

private func randomAssayCondition(_ random: inout SplitMix64) -> Condition {
    // 9 and 18 ng/mL are over 0.009 and 0.018 ug/mL when multiplied by 0.001, and not when divided by 1000.
    let drugThresholds = [0.3, 0.009, 0.018, 5]
    let antibodyThresholds: [Double] = [20, 10, 1000]
    let (name, thresholds) = random.pick([
        ("study-drug", drugThresholds), ("study-drug", drugThresholds), ("infliximab", drugThresholds),
        ("adalimumab", drugThresholds), ("anti-study-drug", antibodyThresholds),
        ("anti-study-drug", antibodyThresholds), ("anti-infliximab", antibodyThresholds),
        ("anti-adalimumab", antibodyThresholds), ("calprotectin", [250, 150.5]), ("crp", [5, 0.3]),
        ("albumin", [35]), ("6-tgn", [235]),
    ])
    let isAntibody = name.hasPrefix("anti-")
    let stored = acceptedUnits(of: analyte(named: name, studyDrug: "infliximab")).map(\.unit)
    return .assay(
        name: name,
        method: isAntibody && random.chance(60) ? random.pick(["drug-sensitive", "drug-tolerant"]) : nil,
        unit: random.chance(60) ? random.pick([stored[0], stored[stored.count - 1]]) : nil,
        Comparison(relation: random.pick(Relation.allCases), threshold: random.pick(thresholds)),
    )
}

private func randomAdverseEventCondition(_ random: inout SplitMix64) -> Condition {
    .adverseEvent(
        action: random.pick(["withdrawn", "withdrawn", "interrupted", "reduced", "none"]),
        drug: random.pick([nil, "any", "study-drug", "study-drug", "azathioprine", "infliximab"]),
        minGrade: random.chance(50) ? random.number(1...5) : nil,
        serious: random.chance(40) ? random.chance(50) : nil,
    )
}
