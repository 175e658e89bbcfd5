/// What became of one endpoint for one patient.
package struct EndpointOutcome: Sendable, Equatable {
    /// Why follow-up of a patient without failure ended.
    ///
    /// Of several at once the first in this order is named.
    package enum CensorReason: String, Sendable, CaseIterable {
        case horizon
        case withdrawal
        case completion
        case treatmentStop = "treatment-stop"
        case cut
        case lastContact = "last-contact"
    }

    /// Whether the endpoint was met, and through what.
    package enum Status: Sendable, Equatable {
        /// Met, through the criterion of this index in the endpoint.
        case event(criterion: Int)
        /// Met by the composite strategy, through a treatment stop.
        case treatmentStop
        /// Not met as long as the patient was followed.
        case censored(CensorReason)

        /// Whether the endpoint was met.
        package var isEvent: Bool {
            if case .censored = self { false } else { true }
        }

        /// The cause of a failure or the reason of censoring, as outcome lines spell it.
        package func cause(in endpoint: Endpoint) -> String {
            switch self {
            case .event(let criterion): endpoint.criteria[criterion].name
            case .treatmentStop: CensorReason.treatmentStop.rawValue
            case .censored(let reason): reason.rawValue
            }
        }
    }

    /// How it ended.
    package var status: Status
    /// The day of the failure or of the end of follow-up, counted from randomisation.
    package var day: Int
    /// The events that made the outcome, one for each condition in order, as indices into the patient's history.
    package var evidence: [Int]

    /// An outcome from its parts.
    package init(status: Status, day: Int, evidence: [Int]) {
        self.status = status
        self.day = day
        self.evidence = evidence
    }

    /// Whether the endpoint was met.
    package var isEvent: Bool { status.isEvent }

    /// The cause of a failure or the reason of censoring, as outcome lines spell it.
    package func cause(in endpoint: Endpoint) -> String { status.cause(in: endpoint) }
}

/// Something odd but possible about a patient's events, for people to look at.
package struct Finding: Sendable, Equatable {
    /// What is odd.
    ///
    /// The raw value is stable.
    package enum Code: String, Sendable, CaseIterable {
        /// Events, but no enrolment among them.
        case neverEnrolled = "never-enrolled"
        /// An enrolment after the one that counts.
        case secondEnrolment = "second-enrolment"
        /// A randomisation after the one that counts.
        case secondRandomisation = "second-randomisation"
        /// A randomisation to an arm that the protocol does not name.
        case unknownArm = "unknown-arm"
        /// A dose at an instant before the randomisation.
        case doseBeforeRandomisation = "dose-before-randomisation"
        /// A level of a drug, or antibodies against it, that no dose and no enrolment says the patient ever had.
        case assayOfDrugNeverGiven = "assay-of-drug-never-given"
        /// A correction of an event that is not there.
        case correctionWithoutTarget = "correction-without-target"
        /// A correction of a correction, which is ignored.
        case correctionOfCorrection = "correction-of-correction"
    }

    /// What is odd.
    package var code: Code
    /// The event it is about, `nil` where it is about the patient.
    package var event: EventRecord?

    /// A finding from its parts.
    package init(code: Code, event: EventRecord?) {
        self.code = code
        self.event = event
    }

    /// Two findings are the same when they say the same of the event of the same name.
    package static func == (left: Finding, right: Finding) -> Bool {
        left.code == right.code && left.event?.source == right.event?.source && left.event?.id == right.event?.id
    }
}

/// The randomisation of a patient, with what it decides.
package struct Randomisation: Sendable, Equatable {
    /// The name of the arm, as bytes.
    package var arm: [UInt8]
    /// The study drug.
    package var drug: Drug
    /// The day number of the randomisation since 1970-01-01, from which a patient's days are counted.
    package var dayNumber: Int
    /// The disease by the enrolment that counts, `nil` without one.
    package var disease: Disease?

    /// A randomisation from its parts.
    package init(arm: [UInt8], drug: Drug, dayNumber: Int, disease: Disease?) {
        self.arm = arm
        self.drug = drug
        self.dayNumber = dayNumber
        self.disease = disease
    }
}

/// All that the fold says about one patient.
package struct PatientOutcome: Sendable, Equatable {
    /// The randomisation that counts, `nil` for a patient who was never randomised and so has no outcomes.
    package var randomisation: Randomisation?
    /// One outcome for each endpoint, in the protocol's order.
    package var endpoints: [EndpointOutcome]
    /// What is odd, in the order of events; findings about the patient come first.
    package var findings: [Finding]

    /// An outcome from its parts.
    package init(randomisation: Randomisation?, endpoints: [EndpointOutcome], findings: [Finding]) {
        self.randomisation = randomisation
        self.endpoints = endpoints
        self.findings = findings
    }
}
