import Trial

extension PatientEvents {
    /// Adverse events, and the stops of drugs.
    mutating func suffer(
        _ patient: Patient, _ retention: Retention, _ courses: PatientCourses, _ streams: PatientStreams,
        _ batch: inout EventBatch
    ) {
        var day = 0.0
        let perDay = scenario.retention.otherAdverseEventsPerYear / Retention.daysPerYear
        for number in 0..<AdverseEvents.greatestCount where perDay > 0 {
            let (gap, kind) = streams.uniformPair(.adverseEvents, number, lane: patient.lane)
            day += -Lanes.log(Lanes(repeating: gap))[0] / perDay
            guard day < Double(VisitParameters.lastDay), patient.isFollowed(on: Int(day)) else { break }
            let other = AdverseEvents.other(kind, withAzathioprine: patient.takesAzathioprine)
            var event = record(patient, .adverseEvent, patient.calendar.time(day: Int(day), minutes: 240))
            event.code = AdverseEventAction.none.rawValue
            event.level = other.grade
            event.detail = AdverseEvents.append(term: other.term, drug: nil, to: &batch.arena)
            drafts.add(event)
        }
        let stopDay = Self.wholeDay(retention.adverseEventDay[patient.lane])
        let failureDay = Self.wholeDay(courses.failureStopDay[patient.lane])
        // What was stopped for failure is not there to be stopped again.
        let isStopped = !retention.stopsAzathioprine[patient.lane] && failureDay <= stopDay
        if !isStopped, patient.isFollowed(on: stopDay) {
            let drug = retention.stopsAzathioprine[patient.lane] ? .azathioprine : patient.drug
            let (kind, _) = streams.uniformPair(.adverseEvent, 0, lane: patient.lane)
            let time = patient.calendar.time(day: stopDay, minutes: 240)
            var event = record(patient, .adverseEvent, time)
            event.code = AdverseEventAction.withdrawn.rawValue
            event.level = 3
            event.qualifier = kind < 0.5 ? 1 : 0
            event.detail = AdverseEvents.append(
                term: AdverseEvents.stopping(kind, drug: drug), drug: drug, to: &batch.arena)
            drafts.add(event)
            stop(patient, drug, .adverseEvent, time, &batch)
        }
        if patient.isFollowed(on: failureDay) {
            stop(patient, patient.drug, .lackOfEfficacy, patient.calendar.time(day: failureDay, minutes: 120), &batch)
        }
    }

    private mutating func stop(
        _ patient: Patient, _ drug: Drug, _ reason: TreatmentStopReason, _ time: Int64, _ batch: inout EventBatch
    ) {
        var stop = record(patient, .treatmentStop, time)
        stop.code = reason.rawValue
        let start = batch.arena.count
        batch.arena.append(text: "{\"drug\":\"")
        batch.arena.append(text: drug.name)
        batch.arena.append(text: "\"}")
        stop.detail = ByteRange(from: start, to: batch.arena.count)
        drafts.add(stop)
    }

    /// The withdrawal, or the completion of the follow-up.
    mutating func leave(_ patient: Patient, _ retention: Retention) {
        if patient.withdrawalDay <= VisitParameters.lastDay {
            var withdrawal = record(patient, .withdrawal, patient.calendar.time(day: patient.withdrawalDay))
            let reason: WithdrawalReason =
                retention.withdrawalReason[patient.lane] < 0.5 ? .consentWithdrawn : .lostToFollowUp
            withdrawal.code = reason.rawValue
            drafts.add(withdrawal)
        } else {
            drafts.add(
                record(patient, .completion, patient.calendar.time(day: VisitParameters.lastDay, minutes: 300)))
        }
    }
}
