import Trial

/// Spells the course of virtual patients as the events that sites and laboratories would send.
struct PatientEvents: Sendable {
    let scenario: Scenario
    private let schedule: DosingSchedule
    private let armDetails: [[UInt8]]
    var drafts = EventDrafts()
    private var scoreTexts = ScoreItems.Texts()

    /// What the events of a batch refer to: the numbers of the sources, and the names of events.
    struct References: Sendable {
        let sites: [Int32]
        let laboratory: Int32
        let ids: EventNames
    }

    /// How many sites a virtual trial has.
    static let siteCount = 4

    init(_ scenario: Scenario) {
        self.scenario = scenario
        schedule = DosingSchedule(scenario)
        armDetails = scenario.arms.map { arm in
            var detail: [UInt8] = []
            detail.append(text: "{\"arm\":")
            CanonicalJSON.append(string: arm.name, to: &detail)
            detail.append(text: "}")
            return detail
        }
    }

    /// Forgets which texts the batch has.
    mutating func forgetTexts() { scoreTexts.removeAll() }

    /// What stays the same over one patient's events.
    struct Patient {
        let lane: Int
        let arm: Int
        let takesAzathioprine: Bool
        let drug: Drug
        let disease: Disease
        let calendar: PatientCalendar
        let number: Int32
        let site: Int32
        let laboratory: Int32
        /// The day of the withdrawal, after the last day where there is none.
        let withdrawalDay: Int
        /// The days from which on a drug is not given.
        let antiTNFStopDay: Int
        let azathioprineStopDay: Int

        /// Whether something on this day still happens in the trial.
        func isFollowed(on day: Int) -> Bool { day < withdrawalDay && day <= VisitParameters.lastDay }
    }

    /// Appends all events of one patient of a group to a batch.
    mutating func append(
        _ lane: Int, of group: PatientGroup, _ retention: Retention, _ courses: PatientCourses, patient number: Int32,
        _ references: References, to batch: inout EventBatch
    ) {
        let streams = group.streams
        let (recruitment, hour) = streams.uniformPair(.recruitment, 0, lane: lane)
        let calendar = PatientCalendar(
            recruitmentDay: Int(recruitment * scenario.population.recruitmentDays), visitMinute: Int(hour * 240))
        let site = Int(streams.patients[lane] % UInt64(Self.siteCount))
        let stopsAzathioprine = retention.stopsAzathioprine[lane]
        let patient = Patient(
            lane: lane, arm: group.arms[lane], takesAzathioprine: group.azathioprine[lane],
            drug: group.infliximab[lane] ? .infliximab : .adalimumab,
            disease: group.crohn[lane] ? .crohn : .ulcerativeColitis, calendar: calendar, number: number,
            site: references.sites[site], laboratory: references.laboratory,
            withdrawalDay: Self.wholeDay(retention.withdrawalDay[lane]),
            antiTNFStopDay: Self.wholeDay(courses.stopDay[lane]),
            azathioprineStopDay: stopsAzathioprine
                ? Self.wholeDay(retention.adverseEventDay[lane]) : VisitParameters.lastDay + 1)
        drafts.removeAll()
        enrol(patient, group, &batch)
        var dose = 0
        for number in courses.findings.indices {
            let findings = courses.findings[number].patient(lane)
            treat(patient, before: findings.day, next: &dose)
            visit(patient, number, findings, &batch)
        }
        treat(patient, before: VisitParameters.lastDay, next: &dose)
        suffer(patient, retention, courses, streams, &batch)
        leave(patient, retention)
        drafts.move(to: &batch, references.ids)
    }

    static func wholeDay(_ day: Double) -> Int {
        day <= Double(VisitParameters.lastDay) ? Int(day) : VisitParameters.lastDay + 1
    }

    func record(_ patient: Patient, _ kind: EventKind, _ time: Int64, laboratory: Bool = false) -> EventRecord {
        EventRecord(
            time: time, patient: patient.number, source: laboratory ? patient.laboratory : patient.site, id: .none,
            kind: kind)
    }

    /// Enrolment, the assays that show the failure of the first drug, and randomisation.
    private mutating func enrol(_ patient: Patient, _ group: PatientGroup, _ batch: inout EventBatch) {
        let lane = patient.lane
        let streams = group.streams
        let (wait, titre) = streams.uniformPair(.screening, 0, lane: lane)
        let day = -7 - Int(wait * 8)
        let first: Drug = patient.drug == .infliximab ? .adalimumab : .infliximab

        var enrolment = record(patient, .enrolment, patient.calendar.time(day: day))
        enrolment.code = patient.disease.rawValue
        enrolment.qualifier = (group.female[lane] ? Sex.female : .male).rawValue
        enrolment.detail = EnrolmentWriter.append(
            group, scenario.population, lane: lane, calendar: patient.calendar, firstDrug: first, to: &batch.arena)
        drafts.add(enrolment)

        // The screening sample shows what brought the patient here: no drug, many antibodies.
        let sample = patient.calendar.time(day: day + 1)
        let secondTube = patient.calendar.time(day: day + 1, minutes: 1)
        let antibodies = (20 + 180 * titre * titre).rounded()
        assay(
            patient, Analyte.level(of: first), scenario.assays.levelLowerUgPerML, .microgramPerMillilitre, sample,
            comparator: .below, reportedAfter: 2)
        assay(
            patient, Analyte.antibodies(against: first), antibodies, .nanogramPerMillilitre, secondTube,
            method: .drugSensitive, reportedAfter: 2)

        var randomisation = record(patient, .randomisation, patient.calendar.time(day: 0, minutes: 60))
        randomisation.code = patient.drug.rawValue
        let start = batch.arena.count
        batch.arena += armDetails[patient.arm]
        randomisation.detail = ByteRange(from: start, to: batch.arena.count)
        drafts.add(randomisation)
    }

    /// The doses by the schedule, from a number on, that fall before a day; so they are drafted between the visits.
    private mutating func treat(_ patient: Patient, before end: Int, next number: inout Int) {
        let course = patient.drug == .infliximab ? schedule.infliximab : schedule.adalimumab
        while number < course.days.count, course.days[number] < end {
            let day = course.days[number]
            if day < patient.antiTNFStopDay && patient.isFollowed(on: day) {
                var dose = record(patient, .dose, patient.calendar.time(day: day, minutes: 180))
                dose.code = patient.drug.rawValue
                dose.value = course.amounts[number]
                dose.unit = (patient.drug == .infliximab ? Unit.milligramPerKilogram : .milligram).rawValue
                dose.qualifier = (patient.drug == .infliximab ? Route.intravenous : .subcutaneous).rawValue
                drafts.add(dose)
            }
            number += 1
        }
    }

    /// Azathioprine, 2 to 2.5 mg/kg a day (Roblin, Gut 2020).
    private mutating func prescribe(_ patient: Patient, day: Int) {
        guard day < patient.azathioprineStopDay, patient.isFollowed(on: day) else { return }
        var dose = record(patient, .dose, patient.calendar.time(day: day, minutes: 200))
        dose.code = Drug.azathioprine.rawValue
        dose.value = 2.25
        dose.unit = Unit.milligramPerKilogramPerDay.rawValue
        dose.qualifier = Route.oral.rawValue
        drafts.add(dose)
    }

    /// Scores, stool and blood of one visit.
    ///
    /// Each sample has a minute of its own, as tubes are drawn one after the other.
    private mutating func visit(
        _ patient: Patient, _ number: Int, _ findings: PatientFindings, _ batch: inout EventBatch
    ) {
        let day = findings.day
        guard findings.isAttended, patient.isFollowed(on: day) else { return }
        let slowest = scenario.visits.laboratoryDays
        let delay = min(Int(slowest), 1 + Int(findings.items * slowest))
        assay(
            patient, .calprotectin, findings.calprotectinUgPerG, .microgramPerGram,
            patient.calendar.time(day: findings.stoolDay, minutes: -30), reportedAfter: delay)
        score(patient, findings, patient.calendar.time(day: day), &batch)
        assay(
            patient, .crp, findings.crpMgPerL, .milligramPerLitre, patient.calendar.time(day: day, minutes: 5),
            reportedAfter: 0)
        if number > 0 { blood(patient, findings, reportedAfter: delay) }
        guard patient.takesAzathioprine else { return }
        prescribe(patient, day: day)
        if number > 0, day < patient.azathioprineStopDay {
            assay(
                patient, .thioguanine, findings.thioguaninePmol, .picomolePer8e8RedCells,
                patient.calendar.time(day: day, minutes: 6), reportedAfter: delay)
        }
    }

    /// Drug level and antibodies by both assays, drawn before a dose.
    private mutating func blood(_ patient: Patient, _ findings: PatientFindings, reportedAfter delay: Int) {
        let day = findings.bloodDay
        guard patient.isFollowed(on: day) else { return }
        let limits = scenario.assays
        let antibodies = Analyte.antibodies(against: patient.drug)
        assay(
            patient, Analyte.level(of: patient.drug), findings.levelUgPerML, .microgramPerMillilitre,
            patient.calendar.time(day: day, minutes: 10),
            within: (limits.levelLowerUgPerML, limits.levelUpperUgPerML), reportedAfter: delay)
        assay(
            patient, antibodies, findings.sensitiveNgPerML, .nanogramPerMillilitre,
            patient.calendar.time(day: day, minutes: 11), method: .drugSensitive,
            within: (limits.sensitiveLowerNgPerML, limits.sensitiveUpperNgPerML), reportedAfter: delay)
        assay(
            patient, antibodies, findings.tolerantAUPerML, .arbitraryUnitPerMillilitre,
            patient.calendar.time(day: day, minutes: 12), method: .drugTolerant,
            within: (limits.tolerantLowerAUPerML, limits.tolerantUpperAUPerML), reportedAfter: delay)
    }

    /// One assay; a value at a limit of quantification lies beyond it.
    private mutating func assay(
        _ patient: Patient, _ analyte: Analyte?, _ value: Double, _ unit: Unit, _ time: Int64,
        method: AssayMethod? = nil, comparator: Comparator? = nil, within limits: (lower: Double, upper: Double)? = nil,
        reportedAfter delay: Int
    ) {
        guard let analyte else { return }
        var assay = record(patient, .assay, time, laboratory: true)
        assay.code = analyte.rawValue
        assay.value = value
        assay.unit = unit.rawValue
        assay.qualifier = method?.rawValue ?? 0
        var beyond = comparator
        if let limits {
            if value <= limits.lower { beyond = .below }
            if value >= limits.upper { beyond = .above }
        }
        assay.level = beyond?.rawValue ?? 0
        drafts.add(assay, reportedAfter: delay)
    }

    private mutating func score(
        _ patient: Patient, _ findings: PatientFindings, _ time: Int64, _ batch: inout EventBatch
    ) {
        var score = record(patient, .score, time)
        if patient.disease == .crohn {
            score.code = Instrument.hbi.rawValue
            score.value = Double(findings.hbi)
            score.detail = scoreTexts.hbi(total: findings.hbi, chance: findings.items, in: &batch.arena)
        } else {
            score.code = Instrument.mayo.rawValue
            score.value = Double(findings.mayo)
            score.level = Int16(findings.endoscopy)
            score.detail = scoreTexts.mayo(total: findings.mayo, endoscopy: findings.endoscopy, in: &batch.arena)
        }
        drafts.add(score)
    }
}

extension ByteRange {
    /// The run between two places of an arena.
    init(from start: Int, to end: Int) {
        self.init(start: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: end - start))
    }
}
