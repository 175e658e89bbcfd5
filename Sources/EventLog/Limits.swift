/// Every bound of this module, in one place.
package enum Limits {
    /// The most events that one commit takes in.
    package static let eventsPerCommit = 10_000
    /// The most rows that one statement inserts together with COMMIT; more go by a COPY, which costs a round trip more.
    package static let insertedRows = 256
    /// The most subjects whose numbers a lane remembers, about 100 bytes each.
    static let rememberedSubjects = 500_000
    /// How long appended work is tried again while the database is away, where nothing else is asked for.
    package static let patience = Duration.seconds(300)
    /// How often a transaction fails by a deadlock, a serialisation failure or another's lock before it is given up.
    static let contentions = 12
    /// The pause before the first repetition; it doubles up to ``longestPause``.
    static let firstPause = Duration.milliseconds(50)
    /// The longest pause between repetitions.
    static let longestPause = Duration.seconds(1)
    /// How long an append that cannot be cancelled waits for a lock, a ring for another, and an upgrade for a table.
    static let lockPatienceMilliseconds = 200
    /// How often an upgrade of the tables is tried while others use them.
    static let upgradeAttempts = 60
    /// The pause before an upgrade is tried again.
    static let upgradePause = Duration.milliseconds(500)
    /// How often in a row the number of works doubles whose heads are locked first, since others had moved them.
    static let distrustDoublings = 6
    /// The longest time for which no ring is tried after one that failed.
    static let longestBellPause = Duration.seconds(10)
    /// The number of slices of a study where nothing else is asked for.
    package static let defaultSlices = 64
    /// The greatest number of slices of a study.
    package static let greatestSlices = 1024
    /// The most sources whose numbers an appender remembers, and a lane as found right.
    static let rememberedSources = 10_000
    /// How long a follower that is not woken waits before it looks again, where nothing else is asked for.
    package static let pollInterval = Duration.milliseconds(500)
    /// The most notifications that are taken off the connection before a follower looks at the heads.
    static let drainedNotifications = 10_000
    /// How long a copy of the log that is behind is waited for, before it is refused.
    static let copyPatience = Duration.seconds(10)
    /// The pause before such a copy is asked again.
    static let copyPause = Duration.milliseconds(250)
    /// How many events a page of `tail` or `export` holds at most.
    static let eventsPerPage = 5_000
    /// From how many subjects on a reader of pages forgets those that it has looked up.
    static let subjectsOfPages = 5_000
    /// How many segments the reader of pages keeps open, some 10 MB each.
    static let segmentsOfPages = 1
    /// How many segments a live reader keeps open, some 10 MB each.
    static let segmentsOfLiveReader = 2
    /// How many segments a lane keeps open in which it looks up names, some 3 MB each.
    static let segmentsOfLane = 8
    /// How many names in such segments a lane remembers, 4 bytes each, so that it need not open a segment for events that
    /// are new.
    static let sealedNamesOfLane = 1 << 23
    /// The widest stretch of numbers of sources that is looked up by place, 4 bytes each.
    static let sourcesByPlace = 1 << 20
    /// The greatest position that a slice is believed to have: sums over all slices of a study stay whole numbers.
    static let greatestPosition: Int64 = 1 << 48
    /// The bytes of texts from which on a stretch of several batches is too long for one segment.
    package static let textsPerSegment = 256 << 20
    /// The most events for which room is made before they are read.
    static let reservedEvents: Int64 = 1 << 24
    /// How many bytes of a segment the server is asked for at a time: 32 of the chunks in which it stores them.
    static let pieceBytes = 32 * 1996
    /// How many positions a check of the chain reads at a time; two such stretches are in memory for each shard.
    package static let positionsPerStretch: Int64 = 10_000
    /// How many bytes of a batch are gathered before they are hashed: so few that they stay in the nearest cache.
    static let hashedBytes = 1 << 14
    /// How many names of events a check of the chain remembers at a time, 16 bytes each for each shard.
    ///
    /// A slice with more events is read once more for every further so many.
    package static let rememberedNames: Int64 = 1 << 22
}
