/// What the trial reported: survival without failure at 24 months (Roblin and others, Gut 2020;69:1206-1212).
package struct PublishedResult: Sendable, Equatable {
    /// The endpoint's name in the protocol.
    package let endpoint: String
    /// The share without failure in monotherapy.
    package let monotherapy: Double
    /// The share without failure with azathioprine.
    package let combination: Double

    /// What azathioprine added.
    package var difference: Double { combination - monotherapy }

    /// The trial's two endpoints.
    package static let all = [
        PublishedResult(endpoint: "clinical-failure", monotherapy: 0.22, combination: 0.77),
        PublishedResult(endpoint: "pharmacokinetic-failure", monotherapy: 0.22, combination: 0.78),
    ]
}
