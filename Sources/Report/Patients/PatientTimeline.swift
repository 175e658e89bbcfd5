package import Projection
package import Trial

/// One patient's history for people and programs: every event in order, the outcomes, and the evidence for them.
///
/// A value of its own, which no longer needs the batch that it was made from.
package struct PatientTimeline: Sendable {
    /// The state at the end of the timeline.
    package let state: PatientState
    /// All events in order, voided ones in the place where they had stood.
    let entries: [Entry]
    /// One for each endpoint in the protocol's order; none without randomisation.
    let verdicts: [Verdict]
    /// The findings in the order of the outcome line.
    let oddities: [Oddity]

    /// The timeline of a patient who was folded.
    ///
    /// - Parameters:
    ///   - subject: The patient's bytes.
    ///   - outcome: What the fold says of `history` under `trial`.
    ///   - history: The patient's events as they stand, cut at `until`.
    ///   - batch: What the events of the history refer to.
    ///   - trial: The protocol that was folded.
    ///   - until: The data cut in microseconds since 1970, `nil` for none.
    /// - Throws: ``DetailError`` where an event holds a word or detail that no event of its kind has.
    package init(
        subject: ArraySlice<UInt8>, outcome: PatientOutcome, history: PatientHistory, batch: EventBatch,
        protocol trial: TrialProtocol, until: Int64?
    ) throws(DetailError) {
        state = try PatientState(
            subject: subject, outcome: outcome, history: history, batch: batch, protocol: trial, until: until)
        let revisions = try PatientRevisions(history, in: batch)
        let dayZero = outcome.randomisation?.dayNumber
        let places = Self.places(history, revisions, in: batch, until: until)
        var entries: [Entry] = []
        var entryOfRecord = [Int](repeating: -1, count: history.records.count)
        for place in places {
            let name = PatientEventName(place.record, in: batch)
            if let index = place.index { entryOfRecord[index] = entries.count }
            entries.append(
                Entry(
                    name: name, fact: try Fact(place.record, in: batch), day: place.record.day(from: dayZero),
                    revision: try revisions.revision(of: name, in: batch), isVoid: place.index == nil))
        }
        verdicts = zip(trial.endpoints, outcome.endpoints).map { endpoint, outcome in
            Verdict(endpoint, outcome, entryOfRecord)
        }
        for (index, verdict) in verdicts.enumerated() {
            for evidence in verdict.evidence where entries[evidence.entry].evidenceFor.last != index {
                entries[evidence.entry].evidenceFor.append(index)
            }
        }
        self.entries = entries
        var oddities: [Oddity] = []
        for finding in outcome.findings {
            guard let record = finding.event else {
                oddities.append(Oddity(code: finding.code, event: nil))
                continue
            }
            let name = PatientEventName(record, in: batch)
            var fact = try Fact(record, in: batch)
            if let note = revisions.notes[name] { fact.what = note }
            oddities.append(Oddity(code: finding.code, event: (name, fact, record.day(from: dayZero))))
        }
        self.oddities = oddities
    }

    /// The events of the timeline in order; a voided one has no index in the history.
    private static func places(
        _ history: PatientHistory, _ revisions: PatientRevisions, in batch: EventBatch, until: Int64?
    ) -> [(record: EventRecord, index: Int?)] {
        var places = history.records.enumerated().map { (record: $1, index: Int?.some($0)) }
        let voided = revisions.voided.filter { $0.time <= until ?? .max }
        guard !voided.isEmpty else { return places }
        places += voided.map { ($0, nil) }
        places.sort { batch.precedes($0.record, $1.record) }
        return places
    }
}

extension PatientTimeline {
    /// What an event says: it stands, stood before a correction, or is void.
    struct Fact: Sendable {
        var kind: EventKind
        /// In microseconds since 1970.
        var time: Int64
        /// In words.
        var what: String
        /// The `data` object of the event line.
        var data: [UInt8]

        init(_ record: EventRecord, in batch: EventBatch) throws(DetailError) {
            kind = record.kind
            time = record.time
            what = try PatientEventText.what(record, in: batch)
            data = []
            try LineWriter.appendData(of: record, in: batch, to: &data)
        }
    }

    /// One event of the timeline.
    struct Entry: Sendable {
        var name: PatientEventName
        var fact: Fact
        /// The day counted from randomisation, `nil` without one.
        var day: Int?
        /// The correction that made the event what it is, or took it out.
        var revision: PatientRevision?
        /// Whether a correction took the event out; ``fact`` is then what had stood.
        var isVoid: Bool
        /// The endpoints, by their index, that the event is evidence for.
        var evidenceFor: [Int] = []
    }

    /// One endpoint with what made it.
    struct Verdict: Sendable {
        var endpoint: String
        var isEvent: Bool
        var day: Int
        var cause: String
        /// The satisfied conditions in order, each with the index of the entry that satisfies it.
        var evidence: [(condition: String, entry: Int)]

        init(_ endpoint: Endpoint, _ outcome: EndpointOutcome, _ entryOfRecord: [Int]) {
            self.endpoint = endpoint.name
            isEvent = outcome.isEvent
            day = outcome.day
            cause = outcome.cause(in: endpoint)
            let conditions =
                switch outcome.status {
                case .event(let criterion): endpoint.criteria[criterion].conditions.map(\.summary)
                case .treatmentStop: ["treatment stop, which the protocol counts as a failure"]
                case .censored: [String]()
                }
            evidence = zip(conditions, outcome.evidence).map { ($0, entryOfRecord[$1]) }
        }
    }

    /// One thing that is odd, and the event it is about.
    struct Oddity: Sendable {
        var code: Finding.Code
        var event: (name: PatientEventName, fact: Fact, day: Int?)?
    }
}

extension EventRecord {
    /// The day of the event counted from the day number of the randomisation.
    fileprivate func day(from dayZero: Int?) -> Int? { dayZero.map { Instant.dayNumber(time) - $0 } }
}
