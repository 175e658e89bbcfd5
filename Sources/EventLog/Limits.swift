/// Every bound of this module, in one place.
package enum Limits {
    /// The most events that one commit takes in.
    package static let eventsPerCommit = 10_000
    /// The most subjects whose numbers a lane remembers, about 100 bytes each.
    static let rememberedSubjects = 500_000
    /// How often a transaction is sent again after a lost connection, a deadlock or a serialisation failure.
    static let attempts = 12
    /// The pause before the first repetition; it doubles up to ``longestPause``.
    static let firstPause = Duration.milliseconds(50)
    /// The longest pause between repetitions.
    static let longestPause = Duration.seconds(5)
    /// The number of slices of a study where nothing else is asked for.
    package static let defaultSlices = 64
    /// The greatest number of slices of a study.
    package static let greatestSlices = 1024
    /// The most sources whose numbers an appender remembers.
    static let rememberedSources = 10_000
    /// How many events a page of `tail` or `export` holds at most.
    static let eventsPerPage = 5_000
}
