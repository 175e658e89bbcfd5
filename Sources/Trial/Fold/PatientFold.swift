/// The fold: from a patient's history to the day and cause of each failure.
///
/// A pure function of the history, the protocol and the data cut. The struct only keeps its working memory from patient
/// to patient.
package struct PatientFold: Sendable {
    private let compiled: CompiledProtocol
    private let until: Int64?
    private var progress = Progress()
    private var memo = DetailMemo()
    /// What became of the endpoints of the patient who was folded last.
    package private(set) var results = EndpointResults()
    /// What is odd about that patient.
    package private(set) var findings: [Finding] = []
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
        let survey = try Survey(history, in: arena, &surveyMemo)
        beginArena()
        try fold(history, survey, in: arena)
        return outcome(survey)
    }

    /// What became of the patient who was folded last, from the look over whom this is.
    package func outcome(_ survey: Survey) -> PatientOutcome {
        PatientOutcome(randomisation: survey.randomisation, endpoints: results.outcomes, findings: findings)
    }

    /// Forgets what was found in details, since those of the next patient lie in another arena.
    ///
    /// One that has grown is the same.
    package mutating func beginArena() { memo.beginArena() }

    /// Folds one patient over whom somebody has looked already; folds under several protocols share the survey.
    ///
    /// What becomes of the patient is in ``results`` and ``findings`` then.
    ///
    /// - Parameters:
    ///   - arena: The bytes of the events' details.
    /// - Throws: ``DetailError`` where an event's detail cannot be decoded.
    package mutating func fold(
        _ history: borrowing PatientHistory, _ survey: borrowing Survey, in arena: Span<UInt8>
    ) throws(DetailError) {
        results.removeAll()
        survey.replace(&findings, in: history, arms: compiled.source.arms)
        guard let group = survey.group else { return }
        let dayZero = group.dayZero
        let variant = compiled.variant(drug: group.drug, disease: group.disease)
        progress.begin(variant)
        var followUp = FollowUp(horizon: compiled.source.horizon)
        try scan(history.records.span, in: arena, from: dayZero, variant, &followUp)
        if let last = history.lastTime { followUp.lastContact = Instant.dayNumber(last) - dayZero }
        if compiled.source.treatmentStop == .censor, let stop = followUp.treatmentStop {
            followUp.end(on: stop.day, because: .treatmentStop)
        }
        if let until { followUp.end(on: Instant.dayNumber(until) - dayZero, because: .cut) }
        for endpoint in progress.met.indices { decide(endpoint, followUp) }
    }

    /// Goes through the events once, day by day.
    private mutating func scan(
        _ events: Span<EventRecord>, in arena: Span<UInt8>, from dayZero: Int, _ variant: CompiledProtocol.Variant,
        _ followUp: inout FollowUp
    ) throws(DetailError) {
        var day = Int.min
        var nextMidnight = Int64.min
        // Spans, so that no references are counted and no buffers looked up for each event.
        let (assays, table) = (variant.conditions.assayTests, AssayConversion.table)
        let tests = assays.tests.span
        let starts = assays.starts.span
        let conversions = table.span
        for index in events.indices {
            let time = events[index].time
            if time >= nextMidnight {
                if day >= 0 { progress.closeDay(day, variant) }
                // What follows comes too late for every endpoint, and an end of follow-up takes none back.
                if progress.isSettled { return }
                let number = Instant.dayNumber(time)
                day = number - dayZero
                if day > followUp.limit { return }
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
    private mutating func decide(_ endpoint: Int, _ followUp: FollowUp) {
        let met = progress.met[endpoint]
        if compiled.source.treatmentStop == .event, let stop = followUp.treatmentStop, stop.day < met.day,
            stop.day <= followUp.limit
        {
            return results.append(.treatmentStop, day: stop.day, evidence: [stop.index])
        }
        if met.criterion >= 0, met.day <= followUp.limit {
            return results.append(
                .event(criterion: met.criterion), day: met.day, evidence: progress.evidence[met.evidence])
        }
        let day = max(0, min(followUp.limit, followUp.lastContact))
        let reason: EndpointOutcome.CensorReason =
            followUp.lastContact < followUp.limit ? .lastContact : followUp.reason
        results.append(.censored(reason), day: day, evidence: [])
    }
}
