/// A trial's protocol as far as outcomes need it: arms, horizon, and what counts as failure.
package struct TrialProtocol: Sendable, Equatable {
    /// The name, such as `roblin-2020`.
    package var name: String
    /// The arms by name; the first is the reference of comparisons.
    package var arms: [String]
    /// The last day of follow-up.
    package var horizon: Int
    /// What a treatment stop that is not for an adverse event does to outcomes (ICH E9(R1)).
    package var treatmentStop: IntercurrentStrategy
    /// The endpoints, in the order in which outcomes list them.
    package var endpoints: [Endpoint]

    /// A protocol from its parts; see ``ProtocolFile`` for checked reading from YAML.
    package init(
        name: String, arms: [String], horizon: Int, treatmentStop: IntercurrentStrategy, endpoints: [Endpoint]
    ) {
        self.name = name
        self.arms = arms
        self.horizon = horizon
        self.treatmentStop = treatmentStop
        self.endpoints = endpoints
    }
}

/// How an intercurrent event is dealt with, after ICH E9(R1).
package enum IntercurrentStrategy: String, Sendable, CaseIterable {
    /// Treatment policy: it changes nothing.
    case ignore
    /// Composite: it is itself a failure on its day.
    case event
    /// While on treatment: follow-up ends on its day.
    case censor
}

/// A failure that is met on the first day on which one of its criteria holds.
package struct Endpoint: Sendable, Equatable {
    /// The name, such as `clinical-failure`.
    package var name: String
    /// The criteria; of several that hold on the same day the first names the cause.
    package var criteria: [Criterion]

    /// An endpoint from its parts.
    package init(name: String, criteria: [Criterion]) {
        self.name = name
        self.criteria = criteria
    }
}

/// Conditions that together make a failure when each is satisfied within a window of days.
package struct Criterion: Sendable, Equatable {
    /// The name, which becomes the cause of an outcome.
    package var name: String
    /// The disease that it is bound to, `nil` for any or none.
    package var disease: Disease?
    /// How many days back from the day on which the criterion holds an observation may lie; 0 is the same day.
    package var within: Int
    /// The first day that counts.
    package var from: Int
    /// The conditions, every one of which must be satisfied.
    package var conditions: [Condition]

    /// A criterion from its parts.
    package init(name: String, disease: Disease?, within: Int, from: Int, conditions: [Condition]) {
        self.name = name
        self.disease = disease
        self.within = within
        self.from = from
        self.conditions = conditions
    }
}

/// What an observation must be to satisfy one condition of a criterion.
package enum Condition: Sendable, Equatable {
    /// A value of a score: its total, Mayo's endoscopy, or an item by name.
    case score(Instrument, item: String, Threshold)
    /// A measured concentration; `method` and `unit` of `nil` accept any, `unit` is a stored unit.
    case assay(AssayTarget, method: AssayMethod?, unit: Unit?, Threshold)
    /// An adverse event with this action taken.
    case adverseEvent(AdverseEventAction?, drug: DrugSelector, minimumGrade: Int, serious: Bool?)

    /// The item that stands for the total of a score.
    package static let totalItem = "total"
    /// The item that stands for the endoscopic part of a Mayo score.
    package static let endoscopyItem = "endoscopy"
}

/// Which analyte an assay condition means.
package enum AssayTarget: Sendable, Equatable {
    /// This one.
    case analyte(Analyte)
    /// The trough level of the drug that the patient was randomised to.
    case studyDrug
    /// The antibodies against the drug that the patient was randomised to.
    case antiStudyDrug
}

/// Which drug an adverse event must have acted upon.
package enum DrugSelector: Sendable, Equatable {
    /// Any, or none.
    case any
    /// The drug of the randomisation.
    case studyDrug
    /// The drug of this name.
    case named(String)
}

/// A comparison with a number in stored units.
package struct Threshold: Sendable, BitwiseCopyable, Equatable {
    /// The four comparisons of the protocol file.
    package enum Relation: String, Sendable, BitwiseCopyable, CaseIterable {
        case atLeast = "at-least"
        case above
        case below
        case atMost = "at-most"
    }

    /// How a value is compared.
    package var relation: Relation
    /// The number that it is compared with.
    package var limit: Double

    /// A threshold from its parts.
    package init(_ relation: Relation, _ limit: Double) {
        self.relation = relation
        self.limit = limit
    }

    /// Whether a value satisfies the comparison; with a comparator, `value` is a limit of quantification.
    ///
    /// A value below L satisfies `below x` and `at-most x` when L ≤ x, one above U satisfies `above x` and `at-least x`
    /// when U ≥ x; neither ever satisfies a comparison that looks the other way.
    package func isSatisfied(by value: Double, comparator: Comparator? = nil) -> Bool {
        switch (comparator, relation) {
        case (nil, .atLeast): value >= limit
        case (nil, .above): value > limit
        case (nil, .below): value < limit
        case (nil, .atMost): value <= limit
        case (.below, .below), (.below, .atMost): value <= limit
        case (.above, .above), (.above, .atLeast): value >= limit
        case (.below, .above), (.below, .atLeast), (.above, .below), (.above, .atMost): false
        }
    }
}
