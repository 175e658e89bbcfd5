/// How a value is held against a threshold.
enum Relation: String, CaseIterable {
    case atLeast = "at-least"
    case above
    case below
    case atMost = "at-most"
}

/// A relation with its threshold.
struct Comparison: Equatable {
    var relation: Relation
    var threshold: Double
}

/// What an observation has to be to satisfy a condition.
///
/// What is `nil` is not asked for.
enum Condition: Equatable {
    case score(instrument: String, item: String, Comparison)
    case assay(name: String, method: String?, unit: String?, Comparison)
    case adverseEvent(action: String?, drug: String?, minGrade: Int?, serious: Bool?)
}

/// Conditions that together make an endpoint.
struct Criterion: Equatable {
    var name: String
    var disease: String?
    /// Days that the conditions may lie apart; 0 is the same day.
    var within: Int
    /// The first day on which observations are looked at.
    var from: Int
    var conditions: [Condition]
}

/// A named endpoint with its criteria in the protocol's order.
struct Endpoint: Equatable {
    var name: String
    var criteria: [Criterion]
}

/// What a treatment stop that is not for an adverse event does to the endpoints.
enum StopStrategy: String, CaseIterable {
    case ignore
    case event
    case censor
}

/// The trial protocol.
struct ProtocolDefinition: Equatable {
    var name: String
    var arms: [String]
    /// The last day of follow-up.
    var horizon: Int
    var treatmentStop: StopStrategy
    var endpoints: [Endpoint]
}
