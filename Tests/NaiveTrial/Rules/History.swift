/// What the first randomisation in order says.
struct Randomisation {
    var event: PatientEvent
    var arm: String
    var drug: String
}

/// What the first enrolment in order says.
struct Enrolment {
    var event: PatientEvent
    var disease: String
    var firstDrug: String?
}

/// The first enrolment in order is the one that counts.
func countedEnrolment(in events: [PatientEvent]) -> Enrolment? {
    for event in events {
        if case .enrolment(let disease, let firstDrug) = event.fact {
            return Enrolment(event: event, disease: disease, firstDrug: firstDrug)
        }
    }
    return nil
}

/// The first randomisation in order is the one that counts.
func countedRandomisation(in events: [PatientEvent]) -> Randomisation? {
    for event in events {
        if case .randomisation(let arm, let drug) = event.fact {
            return Randomisation(event: event, arm: arm, drug: drug)
        }
    }
    return nil
}

/// A randomised patient's events in order, with what the endpoints ask for.
struct History {
    var events: [PatientEvent]
    var enrolment: Enrolment?
    var randomisation: Randomisation
    var until: Instant?

    /// Nothing when the patient is not randomised: such a patient has no outcome.
    init?(of patient: Patient, until: Instant?) {
        events = countedEvents(of: patient, until: until)
        enrolment = countedEnrolment(in: events)
        guard let first = countedRandomisation(in: events) else { return nil }
        randomisation = first
        self.until = until
    }

    /// The study drug is the drug of the randomisation.
    var studyDrug: String { randomisation.drug }

    /// UTC calendar date of the moment minus UTC calendar date of the randomisation.
    func day(_ time: Instant) -> Int {
        time.utcDate - randomisation.event.time.utcDate
    }

    /// Events on a negative day are not looked at by endpoints.
    var eventsFromDayZero: [PatientEvent] {
        events.filter { day($0.time) >= 0 }
    }
}
