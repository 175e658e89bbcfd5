extension History {
    /// The first event, from day 0 on, of which `wanted` is true.
    func first(where wanted: (Fact) -> Bool) -> PatientEvent? {
        eventsFromDayZero.first { wanted($0.fact) }
    }

    var firstWithdrawal: PatientEvent? {
        first { if case .withdrawal = $0 { true } else { false } }
    }

    var firstCompletion: PatientEvent? {
        first { if case .completion = $0 { true } else { false } }
    }

    /// The first treatment stop that is not for an adverse event, whatever the drug.
    var firstIntercurrentStop: PatientEvent? {
        first { if case .treatmentStop(let reason) = $0 { reason != "adverse-event" } else { false } }
    }

    /// Last contact: the last day on which any event other than a correction happened.
    var lastContact: Int {
        events.map { day($0.time) }.max() ?? 0
    }
}

/// A day that ends follow-up, and what sets it.
struct Limit {
    var day: Int
    var reason: String
}

/// Everything that ends follow-up, in the order in which equal days are named.
func limits(_ history: History, _ definition: ProtocolDefinition) -> [Limit] {
    var all = [Limit(day: definition.horizon, reason: "horizon")]
    if let withdrawal = history.firstWithdrawal {
        all.append(Limit(day: history.day(withdrawal.time), reason: "withdrawal"))
    }
    if let completion = history.firstCompletion {
        all.append(Limit(day: history.day(completion.time), reason: "completion"))
    }
    if definition.treatmentStop == .censor, let stop = history.firstIntercurrentStop {
        all.append(Limit(day: history.day(stop.time), reason: "treatment-stop"))
    }
    if let until = history.until {
        all.append(Limit(day: history.day(until), reason: "cut"))
    }
    return all
}

/// The smallest of the limits; the first named of equal ones.
func limit(_ history: History, _ definition: ProtocolDefinition) -> Limit {
    var smallest = Limit(day: definition.horizon, reason: "horizon")
    for candidate in limits(history, definition) where candidate.day < smallest.day {
        smallest = candidate
    }
    return smallest
}

/// The outcome of one endpoint.
struct EndpointOutcome {
    var isEvent: Bool
    var day: Int
    var cause: String
    var evidence: [Identity]
}

/// Composite strategy: the endpoint is also met on the day of the stop; a criterion met that day goes first.
func metWithComposite(_ met: Met?, _ history: History, _ definition: ProtocolDefinition) -> Met? {
    guard definition.treatmentStop == .event, let stop = history.firstIntercurrentStop else { return met }
    let stopDay = history.day(stop.time)
    if let met, met.day <= stopDay { return met }
    return Met(day: stopDay, cause: "treatment-stop", evidence: [stop.identity])
}

/// Not met: censored at the limit or at the last contact, whichever is first, and never before day 0.
func censored(_ history: History, at limit: Limit) -> EndpointOutcome {
    let day = max(0, min(limit.day, history.lastContact))
    let reason = history.lastContact < limit.day ? "last-contact" : limit.reason
    return EndpointOutcome(isEvent: false, day: day, cause: reason, evidence: [])
}

/// An endpoint met on or before the limit is an event; otherwise it is censored.
func outcome(_ endpoint: Endpoint, _ history: History, _ definition: ProtocolDefinition) -> EndpointOutcome {
    let end = limit(history, definition)
    let met = metWithComposite(firstDayOfAnyCriterion(endpoint, history), history, definition)
    if let met, met.day <= end.day {
        return EndpointOutcome(isEvent: true, day: met.day, cause: met.cause, evidence: met.evidence)
    }
    return censored(history, at: end)
}
