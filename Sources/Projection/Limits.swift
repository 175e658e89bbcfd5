/// The bounds of what a replay takes.
package enum Limits {
    /// How many protocols one replay folds under: working memory and results grow with each.
    package static let protocols = 64
    /// How many outcome lines are spelled at a time for digests, of all results together.
    static let linesPerStretch = 1_024
    /// For how many bytes of an outcome line room is made beforehand: most are shorter.
    static let bytesPerLine = 512
    /// How many such stretches are spelled side by side, while as many are hashed.
    static let stretchesAhead = 4
    /// How many bytes of outcomes a replay keeps in memory for each protocol, of all shards together; more than that goes into a
    /// temporary file.
    static let outcomesInMemory = 4 << 20
    /// For no more protocols than so many.
    static let protocolsInMemory = 8
    /// In how many blocks a run in that file comes back: one of each run is in memory while runs are joined.
    static let blocksPerRun = 32
    /// How many patients a block has at least: reading smaller ones would cost more than their memory is worth.
    static let leastPatientsPerBlock = 64
    /// The events, patients or findings that one slice of a partial replay may count: sums over all slices stay whole numbers.
    static let greatestCount = 1 << 48
    /// The greatest length of a partial replay, in bytes: offsets of 32 bits reach every text in it.
    package static let partSize = Int(UInt32.max)
}
