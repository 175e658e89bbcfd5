/// A laboratory value in its stored unit.
struct Assay {
    var analyte: String
    /// `drug-sensitive` or `drug-tolerant`; only antibodies have one.
    var method: String?
    var unit: String
    var value: Double
    /// `<` or `>` when `value` is the limit of the range of quantification.
    var comparator: String?
}

/// An activity score with its items.
struct Score {
    var instrument: String
    var total: Double
    /// The endoscopic subscore; only Mayo has one.
    var endoscopy: Double?
    var items: [(name: String, value: Double)]
}

/// An adverse event and what was done about the drug.
struct AdverseEvent {
    var action: String
    /// The drug acted upon; none is needed when nothing was done.
    var drug: String?
    var grade: Int
    var serious: Bool
}

/// What an event says happened to the patient.
enum Fact {
    case enrolment(disease: String, firstDrug: String?)
    case randomisation(arm: String, drug: String)
    case dose(drug: String)
    case assay(Assay)
    case score(Score)
    case adverseEvent(AdverseEvent)
    case treatmentStop(reason: String)
    case withdrawal
    case completion
}

/// A fact with its name and its time.
struct PatientEvent {
    var identity: Identity
    var time: Instant
    var fact: Fact
}

/// A statement that another event of the same patient was wrong.
struct Correction {
    var identity: Identity
    var time: Instant
    var target: Identity
    /// What stands in the place of the target; `nil` voids it.
    var replacement: (time: Instant, fact: Fact)?
}

/// All that was recorded of one patient, each event once.
struct Patient {
    var subject: String
    var events: [PatientEvent] = []
    var corrections: [Correction] = []
}
