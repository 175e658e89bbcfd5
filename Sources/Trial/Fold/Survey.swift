/// The first look over a history: which enrolment and randomisation count, and what is odd.
struct Survey {
    /// The randomisation that counts, with arm, study drug and disease.
    private(set) var randomisation: Randomisation?
    /// All findings, those about the patient first.
    private(set) var findings: [Finding] = []

    private static func bit(_ drug: Drug) -> Int { 1 << Int(drug.rawValue) }

    init(_ history: PatientHistory, in batch: EventBatch, arms: [String]) throws(DetailError) {
        let records = history.records
        var enrolment: EventRecord?
        var randomised: EventRecord?
        var given = 0
        var assayed = 0
        var mayBeOdd = false
        for record in records {
            switch record.kind {
            case .enrolment:
                mayBeOdd = mayBeOdd || enrolment != nil
                if enrolment == nil { enrolment = record }
            case .randomisation:
                mayBeOdd = mayBeOdd || randomised != nil
                if randomised == nil { randomised = record }
            case .dose:
                given |= 1 << Int(record.code)
                mayBeOdd = mayBeOdd || randomised == nil
            case .assay: if let drug = Self.drug(ofAssay: record.code) { assayed |= Self.bit(drug) }
            default: break
            }
        }
        if assayed & ~given != 0, let enrolment, !enrolment.detail.isEmpty,
            let first = try EventDetail.enrolment(of: enrolment, in: batch).firstDrug
        {
            given |= Self.bit(first)
        }
        if let randomised {
            guard let drug = Drug(rawValue: randomised.code) else {
                throw DetailError("A stored randomisation is to the drug \(randomised.code), which is none.")
            }
            randomisation = Randomisation(
                arm: try EventDetail.arm(of: randomised, in: batch), drug: drug,
                dayNumber: Instant.dayNumber(randomised.time),
                disease: enrolment.flatMap { Disease(rawValue: $0.code) })
        }
        if enrolment == nil, !records.isEmpty || !history.corrections.isEmpty {
            findings.append(Finding(code: .neverEnrolled, event: nil))
        }
        let missing = assayed & ~given
        // Nearly every history is as it should be, and one look over it is enough.
        if mayBeOdd || missing != 0 || !isKnownArm(arms) {
            noteOddEvents(records, in: batch, enrolment, randomised, missing: missing, arms: arms)
        }
        findings += history.findings
    }

    /// Whether the arm is one that the protocol names, or there is none.
    private func isKnownArm(_ arms: [String]) -> Bool {
        guard let arm = randomisation?.arm else { return true }
        return arms.contains { $0.hasSameBytes(as: arm.span) }
    }

    private mutating func noteOddEvents(
        _ records: [EventRecord], in batch: EventBatch, _ enrolment: EventRecord?, _ randomised: EventRecord?,
        missing: Int, arms: [String]
    ) {
        var seenEnrolment = false
        var seenRandomisation = false
        for record in records {
            switch record.kind {
            case .enrolment:
                if seenEnrolment { findings.append(Finding(code: .secondEnrolment, event: record)) }
                seenEnrolment = true
            case .randomisation:
                if seenRandomisation {
                    findings.append(Finding(code: .secondRandomisation, event: record))
                } else if !isKnownArm(arms) {
                    findings.append(Finding(code: .unknownArm, event: record))
                }
                seenRandomisation = true
            case .dose:
                if let randomised, record.time < randomised.time {
                    findings.append(Finding(code: .doseBeforeRandomisation, event: record))
                }
            case .assay where missing != 0:
                if let drug = Self.drug(ofAssay: record.code), missing & Self.bit(drug) != 0 {
                    findings.append(Finding(code: .assayOfDrugNeverGiven, event: record))
                }
            default: break
            }
        }
    }

    private static func drug(ofAssay code: Int16) -> Drug? { Analyte(rawValue: code)?.drug }
}
