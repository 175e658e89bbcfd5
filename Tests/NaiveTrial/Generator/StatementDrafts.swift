private let biologics = ["infliximab", "adalimumab"]
private let anyDrugs = ["infliximab", "adalimumab", "azathioprine"]

func enrolment(disease: String, _ random: inout SplitMix64) -> Statement {
    var members: [(key: String, value: JSONValue)] = [
        ("disease", .text(disease)), ("sex", .text(random.pick(["F", "M"]))),
    ]
    if random.chance(40) { members.append(("birthYear", .whole(random.number(1930...2000)))) }
    if random.chance(40) { members.append(("weightKg", .number(Double(random.number(400...1200)) / 10))) }
    if random.chance(30) { members.append(("hlaDQA105", .flag(random.chance(50)))) }
    if random.chance(60) { members.append(("firstDrug", .text(random.pick(biologics)))) }
    return Statement("enrolment", members)
}

func randomisation(arm: String, drug: String) -> Statement {
    Statement("randomisation", [("arm", .text(arm)), ("drug", .text(drug))])
}

func dose(_ random: inout SplitMix64) -> Statement {
    let (unit, route) = random.pick([("mg", "SC"), ("mg/kg", "IV"), ("mg/kg/day", "PO")])
    return Statement(
        "dose",
        [
            ("drug", .text(random.pick(anyDrugs))), ("amount", .number(random.pick([40, 2.5, 5, 160]))),
            ("unit", .text(unit)), ("route", .text(route)),
        ]
    )
}

func treatmentStop(_ random: inout SplitMix64) -> Statement {
    let reasons = ["adverse-event", "lack-of-efficacy", "patient-decision", "physician-decision", "other"]
    return Statement(
        "treatment-stop",
        [("drug", .text(random.pick(anyDrugs))), ("reason", .text(random.pick(reasons)))]
    )
}

func withdrawal(_ random: inout SplitMix64) -> Statement {
    let reasons = ["consent-withdrawn", "lost-to-follow-up", "death", "other"]
    return Statement("withdrawal", [("reason", .text(random.pick(reasons)))])
}

/// A statement that has, as often as not, nothing to do with the protocol.
func anyStatement(_ patient: PatientDraft, _ random: inout SplitMix64) -> Statement {
    switch random.number(0...9) {
    case 0, 1: dose(&random)
    case 2: treatmentStop(&random)
    case 3: withdrawal(&random)
    case 4: Statement("completion", [])
    case 5: enrolment(disease: random.pick(["CD", "UC"]), &random)
    case 6: randomisation(arm: random.pick(["monotherapy", "combination"]), drug: random.pick(biologics))
    default: observation(near: randomCondition(&random), patient, &random)
    }
}

func adverseEvent(_ event: AdverseEvent, _ random: inout SplitMix64) -> Statement {
    var members: [(key: String, value: JSONValue)] = [
        ("term", .text(random.pick(["rash", "r\u{E9}action", "headache \"severe\""]))),
        ("grade", .whole(event.grade)), ("serious", .flag(event.serious)), ("action", .text(event.action)),
    ]
    if let drug = event.drug { members.append(("drug", .text(drug))) }
    return Statement("adverse-event", members)
}

/// A score whose items, when it has any, add up to its total.
func score(_ instrument: String, total: Int, endoscopy: Int?, items: [(String, Int)]) -> Statement {
    var members: [(key: String, value: JSONValue)] = [("instrument", .text(instrument)), ("total", .whole(total))]
    if let endoscopy { members.append(("endoscopy", .whole(endoscopy))) }
    if !items.isEmpty { members.append(("items", .object(items.map { ($0.0, .whole($0.1)) }))) }
    return Statement("score", members)
}
