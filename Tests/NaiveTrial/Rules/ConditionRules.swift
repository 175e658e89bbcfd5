/// The plain meaning of the four relations.
func satisfies(_ value: Double, _ comparison: Comparison) -> Bool {
    switch comparison.relation {
    case .atLeast: value >= comparison.threshold
    case .above: value > comparison.threshold
    case .below: value < comparison.threshold
    case .atMost: value <= comparison.threshold
    }
}

/// Less than a limit is surely below whatever is not under the limit, and never surely above anything.
func satisfiesWhenLess(than limit: Double, _ comparison: Comparison) -> Bool {
    switch comparison.relation {
    case .below, .atMost: limit <= comparison.threshold
    case .above, .atLeast: false
    }
}

/// More than a limit is surely above whatever is not over the limit, and never surely below anything.
func satisfiesWhenMore(than limit: Double, _ comparison: Comparison) -> Bool {
    switch comparison.relation {
    case .above, .atLeast: limit >= comparison.threshold
    case .below, .atMost: false
    }
}

/// Holds a laboratory value, quantified or not, against a threshold.
func satisfies(_ assay: Assay, _ comparison: Comparison) -> Bool {
    switch assay.comparator {
    case "<": satisfiesWhenLess(than: assay.value, comparison)
    case ">": satisfiesWhenMore(than: assay.value, comparison)
    default: satisfies(assay.value, comparison)
    }
}

/// The analyte that a condition names: the study drug and its antibodies have a name of their own.
func analyte(named name: String, studyDrug: String) -> String {
    switch name {
    case "study-drug": studyDrug
    case "anti-study-drug": "anti-" + studyDrug
    default: name
    }
}

/// Whether an adverse event is of the drug that a condition asks for; `any` asks for none in particular.
func isOfDrug(_ event: AdverseEvent, asked: String?, studyDrug: String) -> Bool {
    guard let asked, asked != "any" else { return true }
    guard let drug = event.drug else { return false }
    return sameBytes(drug, asked == "study-drug" ? studyDrug : asked)
}

/// Whether an observation satisfies a condition.
func satisfies(_ observation: Observation, _ condition: Condition, studyDrug: String) -> Bool {
    switch (observation, condition) {
    case (.score(let instrument, let item, let value), .score(let askedInstrument, let askedItem, let comparison)):
        return sameBytes(instrument, askedInstrument) && sameBytes(item, askedItem) && satisfies(value, comparison)
    case (.assay(let assay), .assay(let name, let method, let unit, let comparison)):
        guard sameBytes(assay.analyte, analyte(named: name, studyDrug: studyDrug)) else { return false }
        if let method, method != assay.method { return false }
        if let unit, unit != assay.unit { return false }
        return satisfies(assay, comparison)
    case (.adverseEvent(let event), .adverseEvent(let action, let drug, let minGrade, let serious)):
        if let action, action != event.action { return false }
        if let minGrade, event.grade < minGrade { return false }
        if let serious, event.serious != serious { return false }
        return isOfDrug(event, asked: drug, studyDrug: studyDrug)
    default:
        return false
    }
}
