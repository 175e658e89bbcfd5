/// An observation at, just beside or far from what a condition asks for, sometimes of the neighbouring drug,
/// method or unit.
func observation(near condition: Condition, _ patient: PatientDraft, _ random: inout SplitMix64) -> Statement {
    switch condition {
    case .score(let instrument, let item, let comparison):
        scoreNear(comparison.threshold, instrument, item, &random)
    case .assay(let name, let method, let unit, let comparison):
        assayNear(
            comparison.threshold,
            analyte(named: name, studyDrug: patient.drug),
            method: method,
            unit: unit,
            &random
        )
    case .adverseEvent(let action, let drug, let minGrade, _):
        adverseEventNear(action, drug == "study-drug" ? patient.drug : drug, minGrade ?? 3, &random)
    }
}

/// An observation that does (or does not) satisfy the condition, if a few draws give one.
func observation(
    near condition: Condition,
    satisfying wanted: Bool,
    _ patient: PatientDraft,
    _ random: inout SplitMix64
) -> Statement {
    var drawn = observation(near: condition, patient, &random)
    for _ in 0..<12 where patient.statement(drawn, satisfies: condition) != wanted {
        drawn = observation(near: condition, patient, &random)
    }
    return drawn
}

private func scoreNear(
    _ threshold: Double,
    _ instrument: String,
    _ item: String,
    _ random: inout SplitMix64
) -> Statement {
    let highest = item == "endoscopy" ? 3 : ["HBI": 100, "Mayo": 12][instrument] ?? 9
    let (floor, ceiling) = (Int(threshold.rounded(.down)), Int(threshold.rounded(.up)))
    let drawn = random.pick([floor, floor, ceiling, floor + 1, ceiling - 1, ceiling - 1, 0, highest])
    let value = min(max(0, drawn), highest)
    let names = instrument == "HBI" ? ["pain", "stools", "mass"] : ["bleeding", "stool-frequency", "physician"]
    if item == "total" {
        let endoscopy = instrument == "Mayo" ? random.number(0...min(3, value)) : nil
        guard random.chance(40) else { return score(instrument, total: value, endoscopy: endoscopy, items: []) }
        let inItems = endoscopy ?? 0
        let first = random.number(0...value - inItems)
        var items = [(names[0], first), (names[1], value - inItems - first)]
        if let endoscopy { items.append(("endoscopy", endoscopy)) }
        return score(instrument, total: value, endoscopy: endoscopy, items: random.shuffled(items))
    }
    if item == "endoscopy" {
        return score(instrument, total: value + random.number(0...9), endoscopy: value, items: [])
    }
    let rest = random.number(0...3)
    let endoscopy = instrument == "Mayo" ? random.number(0...min(3, rest)) : nil
    let total = min(value, highest - rest)
    return score(instrument, total: total + rest, endoscopy: endoscopy, items: [(item, total), (names[1], rest)])
}

private func assayNear(
    _ threshold: Double,
    _ named: String,
    method: String?,
    unit: String?,
    _ random: inout SplitMix64
) -> Statement {
    var analyte = named
    if random.chance(8) {
        let others = [
            "infliximab": "adalimumab", "adalimumab": "infliximab",
            "anti-infliximab": "anti-adalimumab", "anti-adalimumab": "anti-infliximab",
        ]
        analyte = others[named] ?? named
    }
    let fitting = acceptedUnits(of: analyte).filter { unit == nil || unit == $0.unit || random.chance(10) }
    let converted = fitting.filter { $0.factor != 1 }
    let accepted = random.pick(fitting.isEmpty ? acceptedUnits(of: analyte) : fitting + converted)
    let stored = random.pick([
        threshold, threshold, threshold.nextDown, threshold.nextUp, threshold - 0.1, threshold + 0.1,
        threshold / 10, threshold * 10,
    ])
    let value = max(0, accepted.factor < 1 ? stored * 1000 : stored / accepted.factor)
    var members: [(key: String, value: JSONValue)] = [
        ("analyte", .text(analyte)), ("value", .number(value)), ("unit", .text(microSpelled(accepted.sent, &random))),
    ]
    if random.chance(35) && value > 0 { members.append(("comparator", .text(random.pick(["<", ">"])))) }
    if analyte.hasPrefix("anti-") {
        let methods = ["drug-sensitive", "drug-tolerant"]
        let drawn = random.chance(10) ? random.pick(methods) : method ?? random.pick(methods)
        members.append(("method", .text(drawn)))
    }
    return Statement("assay", members)
}

/// The unit with its `u` sometimes written as the micro sign or the Greek letter mu.
private func microSpelled(_ unit: String, _ random: inout SplitMix64) -> String {
    guard unit.hasPrefix("u") else { return unit }
    return random.pick(["u", "u", "\u{B5}", "\u{3BC}"]) + unit.dropFirst()
}

private func adverseEventNear(
    _ action: String?,
    _ drug: String?,
    _ grade: Int,
    _ random: inout SplitMix64
) -> Statement {
    let drugs = ["infliximab", "adalimumab", "azathioprine"]
    let drawnAction = random.chance(80) ? action ?? "withdrawn" : random.pick(["none", "reduced", "withdrawn"])
    let asked = drug.flatMap { $0 == "any" ? nil : $0 }
    let drawnDrug = random.chance(75) ? asked ?? random.pick(drugs) : random.pick(drugs)
    return adverseEvent(
        AdverseEvent(
            action: drawnAction,
            drug: drawnAction == "none" && random.chance(60) ? nil : drawnDrug,
            grade: min(5, max(1, grade + random.number(-1...1))),
            serious: random.chance(50),
        ),
        &random
    )
}
