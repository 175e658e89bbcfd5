/// What became of the endpoints of one patient under one protocol, in arrays that serve the next patient too.
///
/// The same as ``PatientOutcome/endpoints``, for those who fold millions of patients and keep columns of their own.
package struct EndpointResults: Sendable, Equatable {
    /// One endpoint.
    package struct Entry: Sendable, Equatable {
        /// How it ended.
        package var status: EndpointOutcome.Status
        /// The day of the failure or of the end of follow-up, counted from randomisation.
        package var day: Int
        /// Where the events are that made the outcome, see ``EndpointResults/evidence``.
        package var evidence: Range<Int>
    }

    /// One entry for each endpoint, in the protocol's order; none for a patient who was never randomised.
    package private(set) var entries: [Entry] = []
    /// The events that made outcomes, as indices into the patient's history.
    package private(set) var evidence: [Int] = []

    /// No results yet.
    package init() {}

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        evidence.removeAll(keepingCapacity: true)
    }

    /// Adds the next endpoint, with the events that made its outcome.
    package mutating func append(_ status: EndpointOutcome.Status, day: Int, evidence events: ArraySlice<Int>) {
        let start = evidence.count
        for event in events { evidence.append(event) }
        entries.append(Entry(status: status, day: day, evidence: start..<evidence.count))
    }

    /// The results as values that stand for themselves.
    var outcomes: [EndpointOutcome] {
        entries.map { EndpointOutcome(status: $0.status, day: $0.day, evidence: Array(evidence[$0.evidence])) }
    }
}
