private func finding(_ code: String, _ identity: Identity) -> NaiveTrial.Finding {
    NaiveTrial.Finding(code: code, source: identity.source, id: identity.id)
}

/// A dose strictly earlier in time than the randomisation that counts.
func dosesBeforeRandomisation(_ events: [PatientEvent]) -> [NaiveTrial.Finding] {
    guard let randomisation = countedRandomisation(in: events) else { return [] }
    return events.filter { event in
        guard case .dose = event.fact else { return false }
        return event.time.microseconds < randomisation.event.time.microseconds
    }.map { finding("dose-before-randomisation", $0.identity) }
}

/// Each randomisation after the one that counts.
func laterRandomisations(_ events: [PatientEvent]) -> [NaiveTrial.Finding] {
    let all = events.filter { if case .randomisation = $0.fact { true } else { false } }
    return all.dropFirst().map { finding("second-randomisation", $0.identity) }
}

/// Each enrolment after the one that counts.
func laterEnrolments(_ events: [PatientEvent]) -> [NaiveTrial.Finding] {
    let all = events.filter { if case .enrolment = $0.fact { true } else { false } }
    return all.dropFirst().map { finding("second-enrolment", $0.identity) }
}

/// The anti-TNF that an assay measures, itself or by its antibodies.
func drugMeasured(by assay: Assay) -> String? {
    switch assay.analyte {
    case "infliximab", "anti-infliximab": "infliximab"
    case "adalimumab", "anti-adalimumab": "adalimumab"
    default: nil
    }
}

/// An assay of a drug that no dose event gave at any time and that is not the first drug of the enrolment.
func assaysOfDrugsNeverGiven(_ events: [PatientEvent]) -> [NaiveTrial.Finding] {
    var given: [String] = []
    for event in events {
        if case .dose(let drug) = event.fact { given.append(drug) }
    }
    if let first = countedEnrolment(in: events)?.firstDrug { given.append(first) }
    return events.filter { event in
        guard case .assay(let assay) = event.fact, let drug = drugMeasured(by: assay) else { return false }
        return !given.contains(drug)
    }.map { finding("assay-of-drug-never-given", $0.identity) }
}

/// No enrolment at all.
func neverEnrolled(_ events: [PatientEvent]) -> [NaiveTrial.Finding] {
    countedEnrolment(in: events) == nil ? [finding("never-enrolled", Identity(source: "", id: ""))] : []
}

/// The arm of the randomisation that counts is not in the protocol.
func unknownArm(_ events: [PatientEvent], _ definition: ProtocolDefinition) -> [NaiveTrial.Finding] {
    guard let randomisation = countedRandomisation(in: events) else { return [] }
    let known = definition.arms.contains { sameBytes($0, randomisation.arm) }
    return known ? [] : [finding("unknown-arm", randomisation.event.identity)]
}

/// Each correction whose target is not there.
func correctionsWithoutTarget(_ patient: Patient) -> [NaiveTrial.Finding] {
    patient.corrections.filter { waitsForItsTarget($0, of: patient) }
        .map { finding("correction-without-target", $0.identity) }
}

/// Each correction that is ignored because it names a correction.
func correctionsOfCorrections(_ patient: Patient) -> [NaiveTrial.Finding] {
    patient.corrections.filter { correctsACorrection($0, of: patient) }
        .map { finding("correction-of-correction", $0.identity) }
}

/// All findings of a patient, sorted by code, source and id as bytes.
func allFindings(of patient: Patient, _ definition: ProtocolDefinition, until: Instant?) -> [NaiveTrial.Finding] {
    let events = countedEvents(of: patient, until: until)
    let all =
        dosesBeforeRandomisation(events) + laterRandomisations(events) + laterEnrolments(events)
        + assaysOfDrugsNeverGiven(events) + neverEnrolled(events) + unknownArm(events, definition)
        + correctionsWithoutTarget(patient) + correctionsOfCorrections(patient)
    return all.sorted { one, other in
        if one.code != other.code { return precedesInBytes(one.code, other.code) }
        return precedes(
            Identity(source: one.source, id: one.id),
            Identity(source: other.source, id: other.id)
        )
    }
}
