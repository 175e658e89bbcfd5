/// Every bound of this module, in one place.
package enum Limits {
    /// The most series that are kept at a time; a histogram is one, and has about twenty lines of text.
    package static let series = 4_096

    /// The upper bounds of a timer's buckets, in seconds.
    package static let durationBounds: [Double] = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]
    /// The upper bounds of an aggregating recorder's buckets, in whatever it records.
    package static let recorderBounds: [Double] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000,
    ]

    /// The most bytes of a head, or of what follows the body, that are kept before it is complete.
    static let headBytes = 16_384
    /// The most headers of a request.
    static let headFields = 128
    /// The most that is read from a connection at a time, in bytes.
    static let readBytes = 4_096
    /// The parts in which a client takes an answer, in bytes: it may be slow if it takes one in time.
    static let answerPartBytes = 65_536
    /// The time from a request's head until its answer begins, with the reading of its body.
    static let answerWait = Duration.seconds(10)
    /// How long a readiness question may take before it counts as a no.
    static let readinessWait = Duration.seconds(5)
    /// How long a connection may go without a whole head, or take nothing; longer than Prometheus pauses between two scrapes.
    package static let idleWait = Duration.seconds(90)
    /// How long a client may keep its side open after the last answer.
    static let leavingWait = Duration.seconds(1)
    /// The most connections at a time; one more is closed.
    package static let waitingConnections = 64
}
