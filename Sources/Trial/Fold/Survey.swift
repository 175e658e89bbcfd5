/// The first look over a history: which enrolment and randomisation count, and what is odd.
///
/// It is the same under every protocol, but for the arms that the protocol names.
package struct Survey: Sendable {
    /// Who the patient is by the randomisation that counts: all that a fold wants of it.
    ///
    /// Without references, which would be counted at every look.
    package struct Group: Sendable {
        /// The study drug.
        package let drug: Drug
        /// The disease by the enrolment that counts, `nil` without one.
        package let disease: Disease?
        /// The day number of the randomisation since 1970-01-01, from which the patient's days are counted.
        package let dayZero: Int
    }

    /// The group of a patient who was randomised.
    package private(set) var group: Group?
    /// The name of the arm of a patient who was randomised, as bytes.
    package private(set) var arm: [UInt8] = []
    private var isEnrolled = false
    /// When the randomisation that counts happened.
    private var randomisedTime: Int64?
    /// Drugs that were assayed and that no dose and no enrolment says the patient ever had, a bit for each.
    private var missing = 0
    /// Whether one look was not enough to tell that no event is odd.
    private var mayBeOdd = false

    /// Whether a survey of all events may find more, where some were left out that do not matter to outcomes.
    package var needsAllEvents: Bool { mayBeOdd || missing != 0 || !isEnrolled }

    private static func bit(_ drug: Drug) -> Int { 1 << Int(drug.rawValue) }

    /// A look over no events at all.
    package init() {}

    /// Looks over a history.
    ///
    /// - Parameters:
    ///   - arena: The bytes of the events' details.
    ///   - memo: What earlier surveys found in this arena.
    /// - Throws: ``DetailError`` where an event's detail cannot be decoded.
    package init(
        _ history: borrowing PatientHistory, in arena: Span<UInt8>, _ memo: inout DetailMemo
    ) throws(DetailError) {
        var (firstEnrolment, firstRandomisation): (Int?, Int?)
        var given = Int(history.leftOut?.given ?? 0)
        var assayed = Int(history.leftOut?.assayed ?? 0)
        let records = history.records.span
        for index in records.indices {
            switch records[index].kind {
            case .enrolment:
                mayBeOdd = mayBeOdd || firstEnrolment != nil
                if firstEnrolment == nil { firstEnrolment = index }
            case .randomisation:
                mayBeOdd = mayBeOdd || firstRandomisation != nil
                if firstRandomisation == nil { firstRandomisation = index }
            case .dose:
                given |= 1 << Int(records[index].code)
                mayBeOdd = mayBeOdd || firstRandomisation == nil
            case .assay: if let drug = Self.drug(ofAssay: records[index].code) { assayed |= Self.bit(drug) }
            default: break
            }
        }
        let (enrolment, randomised) = (firstEnrolment.map { records[$0] }, firstRandomisation.map { records[$0] })
        if assayed & ~given != 0, let enrolment {
            let first = try memo.answer(to: 0, about: enrolment.detail) { () throws(DetailError) in
                try EventDetail.firstDrug(of: enrolment, in: arena).map(Self.bit)
            }
            given |= first ?? 0
        }
        if let randomised {
            guard let drug = Drug(rawValue: randomised.code) else {
                throw DetailError("A stored randomisation is to the drug \(randomised.code), which is none.")
            }
            arm = try memo.text(in: randomised.detail) { () throws(DetailError) in
                try EventDetail.arm(of: randomised, in: arena)
            }
            group = Group(
                drug: drug, disease: enrolment.flatMap { Disease(rawValue: $0.code) },
                dayZero: Instant.dayNumber(randomised.time))
        }
        missing = assayed & ~given
        isEnrolled = enrolment != nil
        randomisedTime = randomised?.time
    }

    /// The disease, where the patient was randomised and enrolled.
    package var disease: Disease? { group?.disease }

    /// The randomisation that counts, with arm, study drug and disease.
    package var randomisation: Randomisation? {
        group.map { Randomisation(arm: arm, drug: $0.drug, dayNumber: $0.dayZero, disease: $0.disease) }
    }

    /// Replaces findings by all about the history under a protocol with these arms, those about the patient first.
    func replace(_ findings: inout [Finding], in history: borrowing PatientHistory, arms: [String]) {
        if !findings.isEmpty { findings.removeAll(keepingCapacity: true) }
        if !isEnrolled, !history.records.isEmpty || !history.corrections.isEmpty {
            findings.append(Finding(code: .neverEnrolled, event: nil))
        }
        let isKnownArm = isKnownArm(arms)
        // Nearly every history is as it should be, and one look over it is enough.
        if mayBeOdd || missing != 0 || !isKnownArm {
            noteOddEvents(history.records, isKnownArm: isKnownArm, in: &findings)
        }
        if !history.findings.isEmpty { findings += history.findings }
    }

    /// Whether the arm is one that the protocol names, or there is none.
    private func isKnownArm(_ arms: [String]) -> Bool {
        if group == nil { return true }
        return arms.contains { $0.hasSameBytes(as: arm.span) }
    }

    private func noteOddEvents(_ records: [EventRecord], isKnownArm: Bool, in findings: inout [Finding]) {
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
                } else if !isKnownArm {
                    findings.append(Finding(code: .unknownArm, event: record))
                }
                seenRandomisation = true
            case .dose:
                if let randomisedTime, record.time < randomisedTime {
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
