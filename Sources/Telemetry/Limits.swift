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

    /// The greatest body of a request that is held in memory; a longer one is read and dropped as it comes.
    static let requestBodyBytes = 4_096
    /// The time for one answer, in seconds, with the reading of the request's body.
    static let answerSeconds = 10.0
    /// How long a readiness question may take before it counts as a no.
    static let readinessWait = Duration.seconds(5)
    /// How long a connection may send and take nothing; longer than Prometheus pauses between two scrapes.
    package static let idleWait = Duration.seconds(90)
    /// The most connections that wait for their client; one more is closed.
    package static let waitingConnections = 64
    /// The time to wait until the server listens, in seconds; it takes some milliseconds.
    static let listeningSeconds = 60.0
}
