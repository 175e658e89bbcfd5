/// A criterion of one patient with, for each of its conditions, all observations that satisfy it, in order.
struct CriterionInPatient {
    var criterion: Criterion
    var satisfying: [[DatedObservation]]

    init(_ criterion: Criterion, _ history: History) {
        self.criterion = criterion
        let seen = history.observedFromDayZero
        satisfying = criterion.conditions.map { condition in
            seen.filter { satisfies($0.observation, condition, studyDrug: history.studyDrug) }
        }
    }

    /// On or after the first day F.
    func isFromFirstDay(_ observation: DatedObservation) -> Bool {
        observation.day >= criterion.from
    }

    /// On a day in [D − W, D].
    func isInWindow(_ observation: DatedObservation, endingOn day: Int) -> Bool {
        observation.day >= day - criterion.within && observation.day <= day
    }

    /// D is the day of an observation that satisfies one of the conditions.
    func someConditionIsSatisfied(on day: Int) -> Bool {
        satisfying.contains { ofCondition in
            ofCondition.contains { $0.day == day && isFromFirstDay($0) }
        }
    }

    /// Every condition has a satisfying observation in the window, on or after F.
    func everyConditionIsSatisfied(inWindowEndingOn day: Int) -> Bool {
        satisfying.allSatisfy { ofCondition in
            ofCondition.contains { isInWindow($0, endingOn: day) && isFromFirstDay($0) }
        }
    }

    /// The criterion holds on day D when both are so.
    func holds(on day: Int) -> Bool {
        someConditionIsSatisfied(on: day) && everyConditionIsSatisfied(inWindowEndingOn: day)
    }

    /// For each condition the last satisfying observation, in order, of the window that ends with day D.
    func evidence(on day: Int) -> [Identity] {
        satisfying.compactMap { ofCondition in
            ofCondition.last { isInWindow($0, endingOn: day) && isFromFirstDay($0) }?.event.identity
        }
    }
}

/// A criterion bound to a disease applies only to patients enrolled with that disease.
func applies(_ criterion: Criterion, to history: History) -> Bool {
    guard let disease = criterion.disease else { return true }
    guard let enrolment = history.enrolment else { return false }
    return sameBytes(enrolment.disease, disease)
}

/// The day on which an endpoint is met, why, and the events that made it so.
struct Met {
    var day: Int
    var cause: String
    var evidence: [Identity]
}

/// The first day on which any criterion holds; on one day the first criterion in the protocol's order.
func firstDayOfAnyCriterion(_ endpoint: Endpoint, _ history: History) -> Met? {
    let applying = endpoint.criteria.filter { applies($0, to: history) }.map { CriterionInPatient($0, history) }
    let lastDay = history.events.map { history.day($0.time) }.max() ?? 0
    for day in 0...max(0, lastDay) {
        for candidate in applying where candidate.holds(on: day) {
            return Met(day: day, cause: candidate.criterion.name, evidence: candidate.evidence(on: day))
        }
    }
    return nil
}
