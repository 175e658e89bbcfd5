/// The bounds of everything that grows with a load test.
package enum Limits {
    /// The events a second that may be asked for.
    package static let rate = 1.0...10_000_000
    /// The seconds that one test may send; each second leaves two histograms of a few kilobytes.
    package static let seconds = 1.0...10_800
    /// The patients that may be active at a time.
    package static let patients = 1...100_000_000
    /// The seconds for which a test may wait for what was sent.
    package static let drainSeconds = 0.0...600
    /// The batches that may be in flight at a time, where nothing else is asked for: those of a second.
    package static let batchesInFlight = 512
    /// The batches that may be asked to be in flight at a time.
    package static let possibleBatchesInFlight = 1...4_096
    /// The events of one batch, which only what waited for its turn reaches.
    package static let eventsPerBatch = 10_000
    /// The events that may be sent and not yet visible, 16 bytes each: at least a batch.
    package static let possibleUnseenEvents = eventsPerBatch...4_000_000
    /// The trials of one search for the highest rate.
    package static let trials = 24
    /// The messages of errors that are kept, each with how often it came.
    package static let messages = 10
    /// The characters of a message that are kept.
    static let messageLength = 400
    /// The conditions that one test may have.
    package static let conditions = 32

    /// The stretches into which a patient's events are divided; every patient has one turn in each round.
    static let rounds = 6
    /// The patients whose turns are interleaved event by event.
    static let patientsPerGroup = 64
    /// The patients made at a time, half a millisecond's work, between which others get the thread.
    static let patientsPerStep = 8
    /// The groups' turns, some thousand events each, that are made ahead.
    package static let turnsAhead = 32

    /// The least time between two batches, in nanoseconds: what comes due meanwhile goes together.
    static let tick: Int64 = 2_000_000
    /// The longest sleep, in nanoseconds, after which one looks whether to stop.
    static let longestSleep: Int64 = 50_000_000
    /// How long what is due may still be sent after the last intended time, in nanoseconds.
    static let grace: Int64 = 2_000_000_000
    /// The pause between two looks at the checkpoints where nothing announces them, in nanoseconds.
    static let checkpointPause: Int64 = 5_000_000
    /// The least time between two looks at the checkpoints, in nanoseconds.
    static let leastCheckpointPause: Int64 = 1_000_000
    /// The pause after checkpoints could not be read, in nanoseconds.
    static let pauseAfterError: Int64 = 200_000_000
    /// The seconds for which a search waits after each trial until the projection has caught up.
    static let settleSeconds = 60.0
    /// Latencies that histograms tell apart, in microseconds: 1 µs to 1 hour.
    static let latency: ClosedRange<Int64> = 1...3_600_000_000
}
