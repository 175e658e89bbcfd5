/// Every bound of this module, in one place.
package enum Limits {
    /// The most new events that a step takes in, besides one slice that is read whole; each may bring the history of its
    /// patient along.
    static let eventsPerStep = 5_000
    /// From so many events behind on, a slice may be read whole instead of patient by patient.
    static let smallestCatchUp: Int64 = 1024
    /// The most parked patients that a step tries again.
    static let retriedPerStep = 1_000
    /// The most patients that one statement writes.
    static let patientsPerStatement = 5_000
    /// The most events that a worker remembers, of about 100 bytes each, where nothing else is asked for.
    package static let rememberedEvents = 1_500_000
    /// How long a shard waits for a notification before it looks for itself, in milliseconds.
    static let pollMilliseconds = 250
    /// How long one who watches outcomes waits for a notification before looking again, in milliseconds.
    static let watchMilliseconds = 500
    /// The longest time that a shard may spend on one step before its worker counts as hung.
    static let longestStep = Duration.seconds(120)
    /// The longest time for which a shard may hear nothing from the database before its worker counts as hung.
    static let longestSilence = Duration.seconds(10)
    /// How long a worker without heartbeat keeps its slices, where nothing else is asked for.
    package static let lease = Duration.seconds(3)
    /// The most outcome lines or changes that are read at once.
    static let rowsPerPage = 5_000
    /// How often a worker says how far it is while much is to be done.
    static let reportInterval = Duration.seconds(5)
    /// A lag of fewer events is not spoken of.
    static let eventsWorthReporting: Int64 = 20_000
}
