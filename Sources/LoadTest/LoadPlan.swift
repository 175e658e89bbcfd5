package import VirtualCohort

/// How much is sent, how fast, and of whom.
package struct LoadPlan: Sendable {
    /// The events a second after the ramp.
    package private(set) var rate: Double
    /// For how many seconds events are sent, the ramp included.
    package let seconds: Double
    /// For how many seconds the rate grows from nothing.
    package let rampSeconds: Double
    /// How many patients are active at a time.
    package let patients: Int
    /// What patients are made from.
    package let scenario: Scenario
    /// The seed of the patients.
    package let seed: UInt64
    /// The first patient, counted from 0.
    package private(set) var firstPatient: UInt64
    /// For how many seconds after the last event one waits for answers and visibility.
    package private(set) var drainSeconds: Double
    /// How many batches may wait for their answers at a time.
    package let batchesInFlight: Int
    /// How many events may be in flight or durable and not yet visible; no more are sent until some are seen.
    package let unseenEvents: Int

    /// A plan from its parts.
    ///
    /// - Throws: ``LoadError`` where a number is out of bounds.
    package init(
        rate: Double, seconds: Double, rampSeconds: Double = 0, patients: Int, scenario: Scenario = Scenario(),
        seed: UInt64 = 1, firstPatient: UInt64 = 0, drainSeconds: Double = 10,
        batchesInFlight: Int = Limits.batchesInFlight, unseenEvents: Int = Limits.possibleUnseenEvents.upperBound
    ) throws(LoadError) {
        try Self.check("rate", rate, Limits.rate, "events a second")
        try Self.check("duration", seconds, Limits.seconds, "seconds")
        try Self.check("ramp", rampSeconds, 0...seconds, "seconds, no longer than the duration")
        try Self.check("number of patients", patients, Limits.patients)
        try Self.check("wait after the last event", drainSeconds, Limits.drainSeconds, "seconds")
        try Self.check("number of batches in flight", batchesInFlight, Limits.possibleBatchesInFlight)
        try Self.check("number of events not yet visible", unseenEvents, Limits.possibleUnseenEvents)
        self.rate = rate
        self.seconds = seconds
        self.rampSeconds = rampSeconds
        self.patients = patients
        self.scenario = scenario
        self.seed = seed
        self.firstPatient = firstPatient
        self.drainSeconds = drainSeconds
        self.batchesInFlight = batchesInFlight
        self.unseenEvents = unseenEvents
    }

    /// The same plan at another rate, with patients that were not sent before, and a longer wait for the projection.
    func trial(rate: Double, firstPatient: UInt64) -> LoadPlan {
        var plan = self
        plan.rate = rate
        plan.firstPatient = firstPatient
        plan.drainSeconds = max(drainSeconds, Limits.settleSeconds)
        return plan
    }

    private static func check<Number: Comparable>(
        _ name: String, _ value: Number, _ range: ClosedRange<Number>, _ unit: String = ""
    ) throws(LoadError) {
        guard !range.contains(value) else { return }
        let bounds = "\(plain(range.lowerBound)) to \(plain(range.upperBound))"
        throw LoadError(
            "The \(name) is \(plain(value)); expected \(bounds)\(unit.isEmpty ? "" : " " + unit).")
    }

    private static func plain(_ value: some Comparable) -> String {
        if let number = value as? Double, number.magnitude < 1e15, number == number.rounded() {
            return "\(Int(number))"
        }
        return "\(value)"
    }
}

/// A load test that cannot be run as it was asked for.
package struct LoadError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What, where and what was expected.
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
