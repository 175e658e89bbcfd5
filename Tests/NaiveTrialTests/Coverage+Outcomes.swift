@testable import NaiveTrial

extension Coverage {
    mutating func addOutcome(_ endpoint: Endpoint, _ history: History, _ definition: ProtocolDefinition) {
        let end = limit(history, definition)
        let result = outcome(endpoint, history, definition)
        let met = firstDayOfAnyCriterion(endpoint, history)
        let applying = endpoint.criteria.filter { applies($0, to: history) }
        if applying.count < endpoint.criteria.count { count("criterion of the other disease") }
        for criterion in applying { addEdges(criterion, history) }
        guard result.isEvent else {
            count("censored: \(result.cause)")
            if result.cause == "last-contact" && result.day == end.day - 1 {
                count("last contact a day before the limit")
            }
            if history.lastContact == end.day { count("last contact on the day of the limit") }
            if let met, met.day > end.day { count("met after the limit by \(end.reason)") }
            if let met, met.day == end.day + 1 { count("met on the day after the limit") }
            return
        }
        if let place = endpoint.criteria.firstIndex(where: { $0.name == result.cause }) {
            count("event: criterion \(place + 1)")
        } else {
            count("event: \(result.cause)")
            if met?.day ?? .max > result.day && met != nil { count("stop before a criterion") }
        }
        if result.day == 0 { count("event on day 0") }
        if result.day == end.day { count("event on the day of the limit by \(end.reason)") }
        if Set(result.evidence.map { Array($0.source.utf8) + [0] + Array($0.id.utf8) }).count > 1 {
            count("evidence of different events")
        }
        let holding = applying.filter { CriterionInPatient($0, history).holds(on: result.day) }
        if holding.count > 1 { count("several criteria hold on the same day") }
        if definition.treatmentStop == .event, let stop = history.firstIntercurrentStop,
            history.day(stop.time) == result.day, !holding.isEmpty
        {
            count("stop and criterion on the same day")
        }
        for criterion in holding where criterion.name == result.cause {
            addEvidence(criterion, on: result.day, history)
        }
    }

    /// How the satisfying observations of a criterion lie about `from`, the window's edges and each other.
    private mutating func addEdges(_ criterion: Criterion, _ history: History) {
        let candidate = CriterionInPatient(criterion, history)
        for (place, observations) in candidate.satisfying.enumerated() {
            for observation in observations {
                switch observation.day - criterion.from {
                case -1: count("satisfied the day before from \(criterion.from)")
                case 0: count("satisfied on the day from \(criterion.from)")
                case 1: count("satisfied the day after from \(criterion.from)")
                default: break
                }
                for other in candidate.satisfying.dropFirst(place + 1).joined() {
                    let apart = abs(observation.day - other.day)
                    if apart == criterion.within { count("apart by exactly the window \(criterion.within)") }
                    if apart == criterion.within + 1 {
                        count("apart by a day more than the window \(criterion.within)")
                    }
                    if criterion.within > 0, apart == criterion.within - 1 {
                        count("apart by a day less than the window \(criterion.within)")
                    }
                    let (early, late) = (min(observation.day, other.day), max(observation.day, other.day))
                    if early < criterion.from && late >= criterion.from && apart <= criterion.within {
                        count("within the window, but one before from")
                    }
                }
            }
        }
        for condition in criterion.conditions { addThreshold(condition, history) }
    }

    /// Where the values that a condition looks at lie about its threshold.
    private mutating func addThreshold(_ condition: Condition, _ history: History) {
        for seen in history.observedFromDayZero {
            switch (condition, seen.observation) {
            case (.assay(let name, let method, let unit, let comparison), .assay(let assay)):
                guard assay.analyte == analyte(named: name, studyDrug: history.studyDrug) else { continue }
                if let method, assay.method != method { count("assay by the other method") }
                if let unit, assay.unit != unit { count("assay in the other unit") }
                if name.hasSuffix("study-drug") { count("assay of the study drug") }
                let side = side(of: assay.value, to: comparison.threshold)
                count("assay \(assay.comparator ?? "=") \(side), condition \(comparison.relation)")
            case (.score(let instrument, let item, let comparison), .score(let seenInstrument, let seenItem, let value)):
                guard instrument == seenInstrument && item == seenItem else { continue }
                count("score \(side(of: value, to: comparison.threshold)), condition \(comparison.relation)")
            case (.adverseEvent(let action, let drug, let minGrade, let serious), .adverseEvent(let event)):
                if let action, event.action != action { count("adverse event with another action") }
                if let minGrade, event.grade == minGrade { count("grade at min-grade") }
                if let minGrade, event.grade == minGrade - 1 { count("grade just under min-grade") }
                if let serious, event.serious != serious { count("adverse event with the other seriousness") }
                if let drug, drug != "any", event.drug == nil { count("adverse event without the drug asked for") }
                if drug == "any" && event.drug == nil { count("adverse event without drug, any asked for") }
                if !isOfDrug(event, asked: drug, studyDrug: history.studyDrug) {
                    count("adverse event of another drug")
                }
            default: continue
            }
        }
    }

    private func side(of value: Double, to threshold: Double) -> String {
        if value == threshold { return "at" }
        if value == threshold.nextDown { return "an ulp under" }
        if value == threshold.nextUp { return "an ulp over" }
        return value < threshold ? "under" : "over"
    }

    private mutating func addEvidence(_ criterion: Criterion, on day: Int, _ history: History) {
        let candidate = CriterionInPatient(criterion, history)
        if day == criterion.from && criterion.from > 0 { count("met on the day from \(criterion.from)") }
        for observations in candidate.satisfying {
            let usable = observations.filter { candidate.isInWindow($0, endingOn: day) && candidate.isFromFirstDay($0) }
            if usable.count > 1 { count("evidence chosen among several") }
            if usable.count > 1, let latest = usable.last,
                usable.filter({ $0.event.time == latest.event.time }).count > 1
            {
                count("evidence chosen between equal times")
            }
            if criterion.within > 0, usable.last?.day == day - criterion.within {
                count("evidence on the edge of the window")
            }
            if let latest = usable.last, observations.contains(where: { $0.day > day && $0.day <= day + 28 }),
                latest.day <= day
            {
                count("satisfied again after the event")
            }
        }
    }
}
