/// The fold: from a patient's history to the day and cause of each failure.
///
/// A pure function of the history, the protocol and the data cut. The struct only keeps its working memory from patient
/// to patient.
package struct PatientFold: Sendable {
    private let compiled: CompiledProtocol
    private let until: Int64?
    private var progress = Progress()
    private var memo = DetailMemo()
    /// What surveys of this fold alone found.
    private var surveyMemo = DetailMemo()

    /// A fold under a protocol, with the data cut (microseconds since 1970) that the histories were loaded with.
    package init(_ compiled: CompiledProtocol, until: Int64?) {
        self.compiled = compiled
        self.until = until
    }

    /// Folds one patient.
    ///
    /// - Throws: ``DetailError`` where an event's detail cannot be decoded.
    package mutating func outcome(
        of history: PatientHistory, in batch: EventBatch
    ) throws(DetailError) -> PatientOutcome {
        let arena = batch.arena.span
        surveyMemo.beginArena()
        return try outcome(of: history, Survey(history, in: arena, &surveyMemo), in: arena, isNewArena: true)
    }

    /// Folds one patient over whom somebody has looked already; folds under several protocols share the survey.
    ///
    /// - Parameters:
    ///   - arena: The bytes of the events' details.
    ///   - isNewArena: Whether the patient before had another arena; one that has grown is the same.
    /// - Throws: ``DetailError`` where an event's detail cannot be decoded.
    package mutating func outcome(
        of history: PatientHistory, _ survey: Survey, in arena: Span<UInt8>, isNewArena: Bool
    ) throws(DetailError) -> PatientOutcome {
        if isNewArena { memo.beginArena() }
        let findings = survey.findings(in: history, arms: compiled.source.arms)
        guard let randomisation = survey.randomisation else {
            return PatientOutcome(randomisation: nil, endpoints: [], findings: findings)
        }
        let variant = compiled.variant(drug: randomisation.drug, disease: randomisation.disease)
        progress.begin(variant)
        var followUp = FollowUp(horizon: compiled.source.horizon)
        try scan(history.records, in: arena, from: randomisation.dayNumber, variant, &followUp)
        if compiled.source.treatmentStop == .censor, let stop = followUp.treatmentStop {
            followUp.end(on: stop.day, because: .treatmentStop)
        }
        if let until { followUp.end(on: Instant.dayNumber(until) - randomisation.dayNumber, because: .cut) }
        let outcomes = variant.endpoints.indices.map { outcome(of: $0, followUp) }
        return PatientOutcome(randomisation: randomisation, endpoints: outcomes, findings: findings)
    }

    /// Goes through the events once, day by day.
    private mutating func scan(
        _ records: [EventRecord], in arena: Span<UInt8>, from dayZero: Int, _ variant: CompiledProtocol.Variant,
        _ followUp: inout FollowUp
    ) throws(DetailError) {
        var day = Int.min
        var nextMidnight = Int64.min
        // Spans, so that no references are counted and no buffers looked up for each event.
        let (assays, table) = (variant.conditions.assayTests, AssayConversion.table)
        let events = records.span
        let tests = assays.tests.span
        let starts = assays.starts.span
        let conversions = table.span
        for index in events.indices {
            let time = events[index].time
            if time >= nextMidnight {
                if day >= 0 { progress.closeDay(day, variant) }
                let number = Instant.dayNumber(time)
                day = number - dayZero
                nextMidnight = Int64(number + 1) * Instant.day
            }
            guard day >= 0 else { continue }
            if events[index].kind == .assay {
                // More than half of all events are assays.
                let analyte = Int(events[index].code)
                for number in starts[analyte]..<starts[analyte + 1]
                where day >= tests[number].place.from
                    && tests[number].isSatisfied(by: events[index], conversions)
                {
                    progress.satisfy(tests[number].place, day: day, by: index)
                }
            } else if events[index].kind != .dose {
                try note(index, events[index], day, in: arena, variant.conditions, &followUp)
            }
        }
        if day >= 0 { progress.closeDay(day, variant) }
        followUp.lastContact = day
    }

    /// Lets one event on or after day 0, which is no assay, do what it does to conditions and follow-up.
    private mutating func note(
        _ index: Int, _ record: EventRecord, _ day: Int, in arena: Span<UInt8>,
        _ conditions: borrowing CompiledProtocol.Conditions, _ followUp: inout FollowUp
    ) throws(DetailError) {
        switch record.kind {
        case .score:
            for number in conditions.scoreTests.indices(of: record.code) {
                let test = conditions.scoreTests[number]
                guard day >= test.place.from else { continue }
                if try test.isSatisfied(by: record, in: arena, itemNames: conditions.itemNames, &memo) {
                    progress.satisfy(test.place, day: day, by: index)
                }
            }
        case .adverseEvent:
            for test in conditions.adverseEventTests where day >= test.place.from {
                if try test.isSatisfied(by: record, in: arena) { progress.satisfy(test.place, day: day, by: index) }
            }
        case .treatmentStop where record.code != TreatmentStopReason.adverseEvent.rawValue:
            if followUp.treatmentStop == nil { followUp.treatmentStop = (day, index) }
        case .withdrawal:
            followUp.end(on: day, because: .withdrawal)
        case .completion:
            followUp.end(on: day, because: .completion)
        case .enrolment, .randomisation, .dose, .assay, .treatmentStop, .correction:
            break
        }
    }

    /// Decides one endpoint after the whole history has been seen.
    private func outcome(of endpoint: Int, _ followUp: FollowUp) -> EndpointOutcome {
        var met = progress.met[endpoint]
        if compiled.source.treatmentStop == .event, let stop = followUp.treatmentStop,
            stop.day < met?.day ?? Int.max
        {
            met = EndpointOutcome(status: .treatmentStop, day: stop.day, evidence: [stop.index])
        }
        if let met, met.day <= followUp.limit { return met }
        let day = max(0, min(followUp.limit, followUp.lastContact))
        let reason: EndpointOutcome.CensorReason =
            followUp.lastContact < followUp.limit ? .lastContact : followUp.reason
        return EndpointOutcome(status: .censored(reason), day: day, evidence: [])
    }
}

/// How long a patient is followed, and what ends it.
private struct FollowUp {
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

/// How far each condition has come while the days go by.
private struct Progress {
    /// By slot: the last day with a satisfying observation, and that observation's index in the history.
    private var latest: [(day: Int, index: Int)] = []
    /// The criteria that had a satisfying observation on the current day.
    private var touched: [Bool] = []
    private var anyTouched = false
    /// By endpoint: how it was first met.
    private(set) var met: [EndpointOutcome?] = []

    mutating func begin(_ variant: CompiledProtocol.Variant) {
        reset(&latest, to: (Int.min, -1), count: variant.slotCount)
        reset(&touched, to: false, count: variant.groups.count)
        reset(&met, to: nil, count: variant.endpoints.count)
        anyTouched = false
    }

    private func reset<Element>(_ array: inout [Element], to value: Element, count: Int) {
        array.removeAll(keepingCapacity: true)
        for _ in 0..<count { array.append(value) }
    }

    /// Notes an observation.
    ///
    /// Events come in order, so that the last one noted is the latest.
    mutating func satisfy(_ place: CompiledProtocol.Place, day: Int, by index: Int) {
        latest[place.slot] = (day, index)
        touched[place.criterion] = true
        anyTouched = true
    }

    /// Looks, when all observations of a day are in, which endpoints are met on it.
    mutating func closeDay(_ day: Int, _ variant: CompiledProtocol.Variant) {
        guard anyTouched else { return }
        anyTouched = false
        for (endpoint, criteria) in variant.endpoints.enumerated() {
            for criterion in criteria where touched[criterion] {
                touched[criterion] = false
                guard met[endpoint] == nil else { continue }
                let group = variant.groups[criterion]
                if group.slots.allSatisfy({ latest[$0].day != Int.min && latest[$0].day >= day - group.within }) {
                    met[endpoint] = EndpointOutcome(
                        status: .event(criterion: criterion - criteria.lowerBound), day: day,
                        evidence: group.slots.map { latest[$0].index })
                }
            }
        }
    }
}
