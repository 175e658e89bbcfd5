/// The inflammatory bowel disease of a patient.
package enum Disease: Int16, VocabularyTerm {
    case crohn = 1
    case ulcerativeColitis = 2

    /// The list's name in the table `vocabulary`.
    package static let domain = "disease"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .crohn: "CD"
        case .ulcerativeColitis: "UC"
        }
    }
}

/// The sex of a patient as enrolled.
package enum Sex: Int16, VocabularyTerm {
    case female = 1
    case male = 2

    /// The list's name in the table `vocabulary`.
    package static let domain = "sex"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .female: "F"
        case .male: "M"
        }
    }
}

/// A drug that a dose may be of.
///
/// The first two are the anti-TNF antibodies, either of which can be the study drug.
package enum Drug: Int16, VocabularyTerm {
    case infliximab = 1
    case adalimumab = 2
    case azathioprine = 3

    /// The list's name in the table `vocabulary`.
    package static let domain = "drug"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .infliximab: "infliximab"
        case .adalimumab: "adalimumab"
        case .azathioprine: "azathioprine"
        }
    }

    /// Whether this drug can be the study drug of a randomisation.
    package var isAntiTNF: Bool { self != .azathioprine }
}

/// How a dose was given.
package enum Route: Int16, VocabularyTerm {
    case intravenous = 1
    case subcutaneous = 2
    case oral = 3

    /// The list's name in the table `vocabulary`.
    package static let domain = "route"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .intravenous: "IV"
        case .subcutaneous: "SC"
        case .oral: "PO"
        }
    }
}

/// The side of the range of quantification on which an assay's value lies; the value is then the limit.
package enum Comparator: Int16, VocabularyTerm {
    case below = 1
    case above = 2

    /// The list's name in the table `vocabulary`.
    package static let domain = "comparator"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .below: "<"
        case .above: ">"
        }
    }
}

/// Whether an antibody assay is disturbed by free drug in the sample.
package enum AssayMethod: Int16, VocabularyTerm {
    case drugSensitive = 1
    case drugTolerant = 2

    /// The list's name in the table `vocabulary`.
    package static let domain = "method"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .drugSensitive: "drug-sensitive"
        case .drugTolerant: "drug-tolerant"
        }
    }
}

/// A disease activity score.
package enum Instrument: Int16, VocabularyTerm {
    case hbi = 1
    case mayo = 2
    case partialMayo = 3

    /// The list's name in the table `vocabulary`.
    package static let domain = "instrument"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .hbi: "HBI"
        case .mayo: "Mayo"
        case .partialMayo: "partial-Mayo"
        }
    }

    /// The greatest total that the instrument can give; the smallest is 0.
    package var greatestTotal: Int {
        switch self {
        case .hbi: 100
        case .mayo: 12
        case .partialMayo: 9
        }
    }
}

/// What was done with a drug because of an adverse event.
package enum AdverseEventAction: Int16, VocabularyTerm {
    case none = 1
    case reduced = 2
    case interrupted = 3
    case withdrawn = 4

    /// The list's name in the table `vocabulary`.
    package static let domain = "action"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .none: "none"
        case .reduced: "reduced"
        case .interrupted: "interrupted"
        case .withdrawn: "withdrawn"
        }
    }
}

/// Why a treatment was stopped.
package enum TreatmentStopReason: Int16, VocabularyTerm {
    case adverseEvent = 1
    case lackOfEfficacy = 2
    case patientDecision = 3
    case physicianDecision = 4
    case other = 5

    /// The list's name in the table `vocabulary`.
    package static let domain = "stop-reason"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .adverseEvent: "adverse-event"
        case .lackOfEfficacy: "lack-of-efficacy"
        case .patientDecision: "patient-decision"
        case .physicianDecision: "physician-decision"
        case .other: "other"
        }
    }
}

/// Why a patient left the study.
package enum WithdrawalReason: Int16, VocabularyTerm {
    case consentWithdrawn = 1
    case lostToFollowUp = 2
    case death = 3
    case other = 4

    /// The list's name in the table `vocabulary`.
    package static let domain = "withdrawal-reason"
    /// The word as it stands in an event line.
    package var name: String {
        switch self {
        case .consentWithdrawn: "consent-withdrawn"
        case .lostToFollowUp: "lost-to-follow-up"
        case .death: "death"
        case .other: "other"
        }
    }
}
