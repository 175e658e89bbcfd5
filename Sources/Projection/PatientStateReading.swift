package import Trial

extension PatientState {
    /// The state of a patient who was folded.
    ///
    /// - Parameters:
    ///   - subject: The patient's bytes.
    ///   - outcome: What the fold says of `history` under `trial`.
    ///   - history: The patient's events as they stand, cut at `until`.
    ///   - batch: The batch that the history was loaded from.
    ///   - trial: The protocol that was folded.
    ///   - until: The data cut in microseconds since 1970, `nil` for none.
    /// - Throws: ``DetailError`` where an event holds a word or detail that no event of its kind has.
    package init(
        subject: ArraySlice<UInt8>, outcome: PatientOutcome, history: PatientHistory, batch: EventBatch,
        protocol trial: TrialProtocol, until: Int64?
    ) throws(DetailError) {
        let randomisation = outcome.randomisation
        let course = try PatientCourse(history.records, in: batch, randomisation)
        let reading = PatientEventReading(dayZero: randomisation?.dayNumber)
        self.subject = Array(subject)
        phase = course.phase
        arm = randomisation?.arm
        disease = course.disease
        drug = randomisation?.drug
        randomisedOn = randomisation?.dayNumber
        if let randomisation, let last = until ?? history.records.last?.time {
            day = Instant.dayNumber(last) - randomisation.dayNumber
        }
        lastDose = try course.lastDose.map { record throws(DetailError) in try reading.dose(record) }
        trough = try course.trough.map { record throws(DetailError) in try reading.measurement(record) }
        score = try course.score.map { record throws(DetailError) in try reading.score(record) }
        calprotectin = try course.calprotectin.map { record throws(DetailError) in try reading.measurement(record) }
        antibodies = []
        for method in AssayMethod.allCases {
            guard let record = course.antibodies[Int(method.rawValue)] else { continue }
            let last = try reading.measurement(record)
            let isPositive = trial.isPositive(last, analyte: record.code, by: method, disease: course.disease)
            antibodies.append(Antibodies(method: method, last: last, isPositive: isPositive))
        }
        outcomes = zip(trial.endpoints, outcome.endpoints).map { endpoint, outcome in
            Outcome(
                endpoint: endpoint.name, isEvent: outcome.isEvent, day: outcome.day, cause: outcome.cause(in: endpoint))
        }
        findings = outcome.findings.count
    }
}

/// One look over a history: the last event of each sort, and where treatment stands.
private struct PatientCourse {
    private(set) var disease: Disease?
    private(set) var lastDose: EventRecord?
    private(set) var trough: EventRecord?
    /// By the method's number.
    private(set) var antibodies = [EventRecord?](repeating: nil, count: AssayMethod.allCases.count + 1)
    private(set) var score: EventRecord?
    private(set) var calprotectin: EventRecord?
    private(set) var phase = PatientState.Phase.notEnrolled

    init(_ records: [EventRecord], in batch: EventBatch, _ randomisation: Randomisation?) throws(DetailError) {
        let enrolment = records.first { $0.kind == .enrolment }
        disease = enrolment.flatMap { Disease(rawValue: $0.code) }
        var end: PatientState.Phase?
        var isStopped = false
        var lastDoseDay: Int?
        for record in records {
            keep(record, studyDrug: randomisation?.drug)
            let day = randomisation.map { Instant.dayNumber(record.time) - $0.dayNumber } ?? 0
            guard day >= 0 else { continue }
            switch record.kind {
            case .withdrawal: end = end ?? .withdrawn
            case .completion: end = end ?? .completed
            case .dose where record.code == randomisation?.drug.rawValue:
                lastDoseDay = day
                isStopped = false
            case .treatmentStop, .adverseEvent:
                if let drug = randomisation?.drug, try Self.stops(record, drug, in: batch) { isStopped = true }
            default: break
            }
        }
        if let end {
            phase = end
        } else if randomisation == nil {
            phase = enrolment == nil ? .notEnrolled : .enrolled
        } else if isStopped {
            phase = .stopped
        } else if let lastDoseDay {
            phase = lastDoseDay < PatientState.firstMaintenanceDay ? .induction : .maintenance
        } else {
            phase = .randomised
        }
    }

    /// Keeps an event where it is the last so far of a sort that the state shows.
    private mutating func keep(_ record: EventRecord, studyDrug: Drug?) {
        switch record.kind {
        case .dose:
            if studyDrug == nil || record.code == studyDrug?.rawValue { lastDose = record }
        case .assay:
            let analyte = Analyte(rawValue: record.code)
            if analyte == .calprotectin { calprotectin = record }
            guard let studyDrug, let analyte, analyte.drug == studyDrug else { return }
            if !analyte.isAntibody {
                trough = record
            } else if antibodies.indices.contains(Int(record.qualifier)) {
                antibodies[Int(record.qualifier)] = record
            }
        case .score:
            let isOfDisease =
                switch disease {
                case nil: true
                case .crohn?: record.code == Instrument.hbi.rawValue
                case .ulcerativeColitis?: record.code != Instrument.hbi.rawValue
                }
            if isOfDisease { score = record }
        default: break
        }
    }

    /// Whether a treatment stop or adverse event ends treatment with a drug.
    private static func stops(
        _ record: EventRecord, _ drug: Drug, in batch: EventBatch
    ) throws(DetailError) -> Bool {
        if record.kind == .treatmentStop {
            return try EventDetail.treatmentStopDrug(of: record, in: batch.arena.span).elementsEqual(drug.name.utf8)
        }
        guard record.code == AdverseEventAction.withdrawn.rawValue else { return false }
        return try EventDetail.adverseEventDrug(of: record, in: batch.arena.span)?.elementsEqual(drug.name.utf8)
            ?? false
    }
}

/// Reads single events into the values that a state shows.
private struct PatientEventReading {
    /// The day number of the randomisation.
    let dayZero: Int?

    private func occasion(_ record: EventRecord) -> PatientState.Occasion {
        let number = Instant.dayNumber(record.time)
        return PatientState.Occasion(dayNumber: number, day: dayZero.map { number - $0 })
    }

    func dose(_ record: EventRecord) throws(DetailError) -> PatientState.Dose {
        guard let drug = Drug(rawValue: record.code), let unit = Unit(rawValue: record.unit) else {
            throw DetailError("A stored dose is of drug \(record.code) in unit \(record.unit), of which one is none.")
        }
        return PatientState.Dose(drug: drug, amount: record.value, unit: unit, occasion: occasion(record))
    }

    func measurement(_ record: EventRecord) throws(DetailError) -> PatientState.Measurement {
        guard let unit = Unit(rawValue: record.unit),
            let conversion = Analyte(rawValue: record.code)?.conversion(from: unit)
        else {
            throw DetailError("A stored assay is of analyte \(record.code) in unit \(record.unit), which do not fit.")
        }
        return PatientState.Measurement(
            value: record.value * conversion.factor, unit: conversion.stored,
            comparator: Comparator(rawValue: record.level), occasion: occasion(record))
    }

    func score(_ record: EventRecord) throws(DetailError) -> PatientState.Score {
        guard let instrument = Instrument(rawValue: record.code), let total = Int(exactly: record.value) else {
            throw DetailError(
                "A stored score is of instrument \(record.code) and \(record.value), of which one is none.")
        }
        return PatientState.Score(
            instrument: instrument, total: total, endoscopy: instrument == .mayo ? Int(record.level) : nil,
            occasion: occasion(record))
    }
}

extension TrialProtocol {
    /// Whether an antibody result reaches a threshold of the conditions that would look at it; `nil` where none would,
    /// or where the result leaves it open.
    fileprivate func isPositive(
        _ result: PatientState.Measurement, analyte: Int16, by method: AssayMethod, disease: Disease?
    ) -> Bool? {
        var isJudged = false
        var isOpen = false
        for criterion in endpoints.flatMap(\.criteria) where criterion.disease == nil || criterion.disease == disease {
            for case .assay(let target, let wanted, let unit, let threshold) in criterion.conditions
            where threshold.relation == .atLeast || threshold.relation == .above {
                guard target.isAntibodies(analyte), wanted == nil || wanted == method,
                    unit == nil || unit == result.unit
                else { continue }
                if threshold.isSatisfied(by: result.value, comparator: result.comparator) { return true }
                isJudged = true
                switch result.comparator {
                case nil: break
                case .below?: if result.value > threshold.limit { isOpen = true }
                case .above?: isOpen = true
                }
            }
        }
        return isJudged && !isOpen ? false : nil
    }
}

extension AssayTarget {
    /// Whether a condition on this looks at these antibodies, which are those against the study drug.
    fileprivate func isAntibodies(_ analyte: Int16) -> Bool {
        switch self {
        case .antiStudyDrug: true
        case .analyte(let named): named.rawValue == analyte
        case .studyDrug: false
        }
    }
}
