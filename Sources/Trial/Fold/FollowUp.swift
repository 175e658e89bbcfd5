/// How long a patient is followed, and what ends it.
struct FollowUp {
    /// The last day that counts.
    private(set) var limit: Int
    /// What set the limit.
    private(set) var reason = EndpointOutcome.CensorReason.horizon
    /// The day of the last event; negative where all events lie before the randomisation's day.
    var lastContact = Int.min
    /// The first treatment stop that was not for an adverse event: its day and its index in the history.
    var treatmentStop: (day: Int, index: Int)?

    init(horizon: Int) { limit = horizon }

    /// Lowers the limit; of equal days the reason that comes first in the order of reasons is kept.
    mutating func end(on day: Int, because reason: EndpointOutcome.CensorReason) {
        if day < limit || day == limit && reason.rank < self.reason.rank {
            limit = day
            self.reason = reason
        }
    }
}

extension EndpointOutcome.CensorReason {
    /// The place in the order in which reasons are named when several fall on one day.
    fileprivate var rank: Int {
        switch self {
        case .horizon: 0
        case .withdrawal: 1
        case .completion: 2
        case .treatmentStop: 3
        case .cut: 4
        case .lastContact: 5
        }
    }
}
