/// The bounds of what a replay takes.
package enum Limits {
    /// How many protocols one replay folds under: working memory and results grow with each.
    package static let protocols = 64
    /// How many outcome lines are spelled at a time for digests, of all results together, some 400 bytes each.
    static let linesPerStretch = 1_024
    /// How many such stretches are spelled side by side, while as many are hashed.
    static let stretchesAhead = 4
    /// How many bytes of outcomes a replay keeps in memory, of all shards together; more than that goes into a temporary file.
    package static let outcomesInMemory = 4 << 20
    /// How many bytes of outcomes go into such a file, and come back, at a time: of each run one such block is in memory, so
    /// that a hundredth of what was put aside is, however many protocols there are.
    static let spilledBlock = 32 << 10
    /// The events, patients or findings that one slice of a partial replay may count: sums over all slices stay whole numbers.
    static let greatestCount = 1 << 48
    /// The greatest length of a partial replay, in bytes: offsets of 32 bits reach every text in it.
    package static let partSize = Int(UInt32.max)
}
