extension Criterion {
    /// The criterion in one line for people, without its name: `CD: HBI ≥ 5 and calprotectin > 250 ug/g within 28 days,
    /// from day 84`.
    ///
    /// The window is left out where there is one condition, on which it has no effect.
    package var summary: String {
        var text = disease.map { $0.name + ": " } ?? ""
        text += conditions.map(\.summary).joined(separator: " and ")
        if conditions.count > 1 {
            switch within {
            case 0: text += " on the same day"
            case 1: text += " within 1 day"
            default: text += " within \(within) days"
            }
        }
        if from > 0 { text += ", from day \(from)" }
        return text
    }
}

extension Condition {
    /// The condition in one line for people: `HBI ≥ 5`, `Mayo endoscopy > 1`, `calprotectin > 250 ug/g`,
    /// `anti-study-drug (drug-tolerant) ≥ 10 AU/mL` or `adverse event with the drug withdrawn`.
    ///
    /// Where the protocol names no unit and values are kept in only one, that one is shown.
    package var summary: String {
        switch self {
        case .score(let instrument, let item, let threshold):
            return instrument.name + (item == Self.totalItem ? "" : " " + item) + " " + threshold.summary
        case .assay(let target, let method, let unit, let threshold):
            let units = unit.map { [$0] } ?? target.storedUnits
            let shown = units.count == 1 ? units.map { " " + $0.name }.joined() : ""
            return target.name + (method.map { " (\($0.name))" } ?? "") + " " + threshold.summary + shown
        case .adverseEvent(let action, let drug, let minimumGrade, let serious):
            return Self.adverseEventSummary(action, drug: drug, minimumGrade: minimumGrade, serious: serious)
        }
    }

    private static func adverseEventSummary(
        _ action: AdverseEventAction?, drug: DrugSelector, minimumGrade: Int, serious: Bool?
    ) -> String {
        var text =
            switch serious {
            case nil: "adverse event"
            case true?: "serious adverse event"
            case false?: "non-serious adverse event"
            }
        if minimumGrade > 1 { text += " of grade ≥ \(minimumGrade)" }
        let object =
            switch drug {
            case .any: "the drug"
            case .studyDrug: "the study drug"
            case .named(let name): name
            }
        switch action {
        case nil: return drug == .any ? text : text + " with any action on " + object
        case AdverseEventAction.none?: return text + " with no action" + (drug == .any ? "" : " on " + object)
        case let action?: return text + " with \(object) \(action.name)"
        }
    }
}

extension Threshold {
    /// The comparison in one line for people, without a unit: `≥ 5`.
    package var summary: String { "\(relation.symbol) \(shownLimit)" }

    /// The number without a fraction where it has none.
    private var shownLimit: String {
        Int(exactly: limit).map(String.init) ?? String(limit)
    }
}

extension Threshold.Relation {
    /// The sign of the comparison: `≥`, `>`, `<` or `≤`.
    package var symbol: String {
        switch self {
        case .atLeast: "≥"
        case .above: ">"
        case .below: "<"
        case .atMost: "≤"
        }
    }
}
