package import Trial

/// What is known of one patient as of the data cut: where treatment stands, the last measurements, the outcomes so far.
///
/// A pure value of the patient's history (corrections applied, cut), outcome and protocol. Days are counted from
/// randomisation, as endpoints count them, and may be negative for what came before; they are `nil` for a patient who
/// was never randomised.
package struct PatientState: Sendable, Equatable {
    /// The first day that no longer belongs to induction.
    ///
    /// An assumption: six weeks for both drugs. Infliximab is started at weeks 0, 2 and 6, adalimumab at weeks 0 and 2;
    /// the dose of week 6 is taken as the first of maintenance.
    package static let firstMaintenanceDay = 42

    /// Where a patient stands in the study.
    ///
    /// The raw value is stable. The first of these that holds, from the last case to the first:
    ///
    /// - `completed`, `withdrawn`: by the first completion or withdrawal on or after day 0, whichever comes first in the
    ///   order of events; for a patient who was never randomised by the first one at all.
    /// - `stopped`: on or after day 0 the study drug was stopped, by a treatment stop that names it or an adverse event
    ///   with it withdrawn, and no dose of it comes later in the order of events.
    /// - `maintenance`, `induction`: the last dose of the study drug on or after day 0 was given from
    ///   ``PatientState/firstMaintenanceDay`` on, or before it.
    /// - `randomised`: randomised, and no dose of the study drug on or after day 0.
    /// - `enrolled`: enrolled, not randomised.
    /// - `not-enrolled`: neither enrolled nor randomised; all that is known are other events.
    package enum Phase: String, Sendable, CaseIterable {
        case notEnrolled = "not-enrolled"
        case enrolled
        case randomised
        case induction
        case maintenance
        case stopped
        case withdrawn
        case completed
    }

    /// The day on which something happened.
    package struct Occasion: Sendable, Equatable {
        /// The day number since 1970-01-01.
        package var dayNumber: Int
        /// The day counted from randomisation, `nil` without one.
        package var day: Int?
    }

    /// A dose as it was given.
    package struct Dose: Sendable, Equatable {
        /// What was given.
        package var drug: Drug
        /// How much, in ``unit``.
        package var amount: Double
        /// The unit as sent: `mg`, `mg/kg` or `mg/kg/day`.
        package var unit: Unit
        /// When.
        package var occasion: Occasion
    }

    /// A measured concentration.
    package struct Measurement: Sendable, Equatable {
        /// The value in ``unit``; with a comparator the limit of quantification.
        package var value: Double
        /// The stored unit of the analyte.
        package var unit: Unit
        /// The side of the range of quantification on which the value lies, `nil` within it.
        package var comparator: Comparator?
        /// When the sample was taken.
        package var occasion: Occasion
    }

    /// Antibodies against the study drug by one assay method.
    package struct Antibodies: Sendable, Equatable {
        /// How they were measured.
        package var method: AssayMethod
        /// The last result.
        package var last: Measurement
        /// Whether the last result reaches the protocol's threshold for this method.
        ///
        /// `nil` where no condition that applies to the patient asks for a high value by this method and in this unit,
        /// or where the result lies outside the range of quantification on a side that leaves it open.
        package var isPositive: Bool?
    }

    /// A disease activity score.
    package struct Score: Sendable, Equatable {
        /// Which score.
        package var instrument: Instrument
        /// Its total.
        package var total: Int
        /// The endoscopic part of a Mayo score, `nil` for other instruments.
        package var endoscopy: Int?
        /// When it was taken.
        package var occasion: Occasion
    }

    /// One endpoint so far.
    package struct Outcome: Sendable, Equatable {
        /// The endpoint's name.
        package var endpoint: String
        /// Whether it was met; otherwise it is censored.
        package var isEvent: Bool
        /// The day of the failure or of the end of follow-up.
        package var day: Int
        /// The criterion that was met, or the reason of censoring, as outcome lines spell it.
        package var cause: String
    }

    /// The patient's bytes.
    package var subject: [UInt8]
    /// Where the patient stands.
    package var phase: Phase
    /// The name of the arm as bytes, `nil` without randomisation.
    package var arm: [UInt8]?
    /// The disease by the enrolment that counts.
    package var disease: Disease?
    /// The study drug, `nil` without randomisation.
    package var drug: Drug?
    /// The day number of the randomisation since 1970-01-01.
    package var randomisedOn: Int?
    /// The day on study: that of the data cut where there is one, else that of the last event.
    package var day: Int?
    /// The last dose of the study drug, given on any day; without randomisation the last dose of any drug.
    package var lastDose: Dose?
    /// The last trough level of the study drug.
    package var trough: Measurement?
    /// The antibodies against the study drug, one entry for each method that was used, in the methods' order.
    package var antibodies: [Antibodies]
    /// The last score of the patient's disease: HBI in Crohn's disease, Mayo or partial Mayo in ulcerative colitis, any
    /// of them where the disease is not known.
    package var score: Score?
    /// The last faecal calprotectin.
    package var calprotectin: Measurement?
    /// One outcome for each endpoint in the protocol's order; none without randomisation.
    package var outcomes: [Outcome]
    /// How many findings there are about the patient.
    package var findings: Int
}
