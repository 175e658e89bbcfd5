/// What a load test found.
package struct LoadResult: Sendable {
    /// What was asked for.
    package let plan: LoadPlan
    /// When the first event was to be sent, in microseconds since 1970.
    package let startedAt: Int64
    /// For how many seconds events were sent: those asked for, or fewer where the test was stopped.
    package let seconds: Double
    /// Whether the test was stopped early.
    package let isStopped: Bool
    /// What became of the events.
    package let tally: LoadTally
    /// The events a second that were to be sent after the ramp; over the whole where it was stopped within the ramp.
    package let offeredPerSecond: Double
    /// The events a second that became durable in that time.
    package let achievedPerSecond: Double
    /// The seconds in which events were due and could not be sent, because as many as may be were in flight or unseen.
    package let stalledSeconds: Double
    /// The seconds in which events were due and had not been made yet.
    package let starvedSeconds: Double
    /// From the intended time until durable.
    ///
    /// Every event that did not fail is in it; one that was never acknowledged counts with how long it had waited at
    /// the end.
    package let append: LatencyHistogram
    /// From the intended time until visible, in the same way.
    package let visible: LatencyHistogram
    /// What went wrong, in the order in which it first did, each with how often.
    package let messages: [(text: String, count: Int)]
    /// Second by second, until nothing was waited for any longer.
    package let perSecond: [LoadSecond]
    /// The latencies of each second.
    package let intervals: [LoadInterval]
    /// The first patient none of whose events were sent.
    package let firstUnusedPatient: UInt64

    /// A result from its parts.
    package init(
        plan: LoadPlan, startedAt: Int64, seconds: Double, isStopped: Bool, tally: LoadTally, offeredPerSecond: Double,
        achievedPerSecond: Double, stalledSeconds: Double, starvedSeconds: Double, append: LatencyHistogram,
        visible: LatencyHistogram, messages: [(text: String, count: Int)], perSecond: [LoadSecond],
        intervals: [LoadInterval], firstUnusedPatient: UInt64
    ) {
        self.plan = plan
        self.startedAt = startedAt
        self.seconds = seconds
        self.isStopped = isStopped
        self.tally = tally
        self.offeredPerSecond = offeredPerSecond
        self.achievedPerSecond = achievedPerSecond
        self.stalledSeconds = stalledSeconds
        self.starvedSeconds = starvedSeconds
        self.append = append
        self.visible = visible
        self.messages = messages
        self.perSecond = perSecond
        self.intervals = intervals
        self.firstUnusedPatient = firstUnusedPatient
    }

    /// The latencies of a stage.
    package func latencies(_ stage: LoadStage) -> LatencyHistogram { stage == .append ? append : visible }

    /// The part of the test after the ramp, in seconds; all of it where there is nothing after the ramp.
    package var steady: Range<Double> { seconds > plan.rampSeconds ? plan.rampSeconds..<seconds : 0..<seconds }
}

/// How many events went which way.
package struct LoadTally: Sendable, Equatable {
    /// The events whose intended time came.
    package var offered = 0
    /// Those that were sent.
    package var sent = 0
    /// Those that became durable.
    package var acknowledged = 0
    /// Those that became visible.
    package var visible = 0
    /// Those that were refused or whose batch failed.
    package var failed = 0
    /// The looks at the checkpoints that failed.
    package var failedLooks = 0
    /// The most events that were durable and not yet visible at any moment.
    package var maxLag = 0

    /// Nothing yet.
    package init() {}

    /// What went wrong: events that failed, and looks at the checkpoints.
    package var errors: Int { failed + failedLooks }
    /// The events that were due and for which there was no room until the end.
    package var notSent: Int { offered - sent }
    /// The events that were sent and got no answer until the end.
    package var notAcknowledged: Int { sent - acknowledged - failed }
    /// The events that became durable and did not become visible until the end.
    package var notVisible: Int { acknowledged - visible }
    /// The events that are durable and not yet visible.
    package var lag: Int { acknowledged - visible }
}
