/// As-of: only what had been recorded is known.
///
/// The lines are in the order of recording.
func recordedLines(_ lines: [String], asOfCount: Int?) -> [String] {
    guard let asOfCount else { return lines }
    return Array(lines.prefix(asOfCount))
}

/// The patients of the lines, by the bytes of their subjects.
///
/// The same event sent again is there once.
func patients(of lines: [String]) throws(NaiveTrial.Failure) -> [Patient] {
    var bySubject: [[UInt8]: Patient] = [:]
    for text in lines {
        let line = try EventLine(text)
        var patient = bySubject[Array(line.subject.utf8)] ?? Patient(subject: line.subject)
        let names = patient.events.map(\.identity) + patient.corrections.map(\.identity)
        if names.contains(line.identity) { continue }
        switch line.content {
        case .fact(let fact):
            patient.events.append(PatientEvent(identity: line.identity, time: line.time, fact: fact))
        case .correction(let target, let replacement):
            patient.corrections.append(
                Correction(identity: line.identity, time: line.time, target: target, replacement: replacement)
            )
        }
        bySubject[Array(line.subject.utf8)] = patient
    }
    return bySubject.values.sorted { precedesInBytes($0.subject, $1.subject) }
}

/// A correction that names another correction is ignored.
func correctsACorrection(_ correction: Correction, of patient: Patient) -> Bool {
    patient.corrections.contains { $0.identity == correction.target }
}

/// A correction of an unknown event waits for that event.
func waitsForItsTarget(_ correction: Correction, of patient: Patient) -> Bool {
    !patient.events.contains { $0.identity == correction.target } && !correctsACorrection(correction, of: patient)
}

/// Of several corrections the latest in time wins, and between equal times the one with the greater name.
func wins(_ one: Correction, over other: Correction) -> Bool {
    if one.time != other.time {
        return one.time.microseconds > other.time.microseconds
    }
    return precedes(other.identity, one.identity)
}

/// The correction that decides about an event: the one that wins over each of the others.
func winningCorrection(of event: PatientEvent, of patient: Patient) -> Correction? {
    let candidates = patient.corrections.filter { $0.target == event.identity }
    return candidates.first { candidate in
        candidates.allSatisfy { $0.identity == candidate.identity || wins(candidate, over: $0) }
    }
}

/// The event as corrected: replaced under its own name, or not there when it was voided.
func corrected(_ event: PatientEvent, of patient: Patient) -> PatientEvent? {
    guard let correction = winningCorrection(of: event, of: patient) else { return event }
    guard let replacement = correction.replacement else { return nil }
    return PatientEvent(identity: event.identity, time: replacement.time, fact: replacement.fact)
}

/// Until: what happened after the cut is dropped; what happened at that very moment stays.
func happenedByCut(_ event: PatientEvent, until: Instant?) -> Bool {
    guard let until else { return true }
    return event.time.microseconds <= until.microseconds
}

/// Events are ordered by time, then by (source, id) as bytes.
func isEarlier(_ one: PatientEvent, than other: PatientEvent) -> Bool {
    if one.time != other.time {
        return one.time.microseconds < other.time.microseconds
    }
    return precedes(one.identity, other.identity)
}

/// The events of a patient that count, after corrections and cut, in order.
func countedEvents(of patient: Patient, until: Instant?) -> [PatientEvent] {
    patient.events
        .compactMap { corrected($0, of: patient) }
        .filter { happenedByCut($0, until: until) }
        .sorted { isEarlier($0, than: $1) }
}
