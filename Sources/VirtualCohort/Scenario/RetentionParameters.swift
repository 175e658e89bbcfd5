/// What makes patients stop a drug or leave the trial.
package struct RetentionParameters: Sendable, Equatable {
    /// Adverse events that stop a drug, per month in monotherapy; assumed.
    package var adverseEventStopsPerMonth = 0.0015
    /// Adverse events that stop a drug, per month with azathioprine; assumed, at most 0.003.
    package var azathioprineAdverseEventStopsPerMonth = 0.0015
    /// With azathioprine, the share of these stops that are of azathioprine and not of the anti-TNF; assumed.
    package var azathioprineStopShare = 0.5
    /// Adverse events that stop nothing, per year; assumed.
    package var otherAdverseEventsPerYear = 0.6
    /// Withdrawals that have nothing to do with the disease, per year: 3 to 5 %; assumed.
    package var dropOutsPerYear = 0.03
    /// Whether a site stops the anti-TNF at the visit at which the patient has failed by its scores.
    package var stopAfterFailure = false

    static let table: [Parameter] = [
        Parameter(
            "retention.adverseEventStopsPerMonth", \.retention.adverseEventStopsPerMonth, "1/month", .assumed,
            "trial unknown", 0...10),
        Parameter(
            "retention.azathioprineAdverseEventStopsPerMonth", \.retention.azathioprineAdverseEventStopsPerMonth,
            "1/month", .assumed, "at most 0.003", 0...10),
        Parameter(
            "retention.azathioprineStopShare", \.retention.azathioprineStopShare, "", .assumed, "either drug alike",
            0...1),
        Parameter(
            "retention.otherAdverseEventsPerYear", \.retention.otherAdverseEventsPerYear, "1/year", .assumed,
            "mild events", 0...20),
        Parameter("retention.dropOutsPerYear", \.retention.dropOutsPerYear, "1/year", .assumed, "3 to 5 %", 0...10),
    ]
}
