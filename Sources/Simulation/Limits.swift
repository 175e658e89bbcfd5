/// The bounds of everything that grows with a simulation.
package enum Limits {
    /// The patients that one simulation may have: subjects have ten digits.
    package static let patients = 1...9_999_999_999
    /// The trials that one simulation may have; the results of each are kept.
    package static let trials = 1...1_000_000
    /// The patients of one arm of one trial.
    package static let trialSize = 1...100_000
    /// The actors that make patients side by side.
    package static let workers = 1...256
    /// The parts that a simulation may be divided into.
    package static let parts = 1...100_000
    /// The patients whose events a worker holds at a time when it folds them.
    static let patientsPerFold = 64
    /// The patients after which a worker reports progress and looks whether it should stop.
    static let patientsPerChunk = 2048
    /// The patients whose event lines are spelled at a time.
    static let patientsPerLines = 256
    /// The patients of one slice whose histories go to the log at a time: somewhat fewer events than one segment holds.
    static let patientsPerHistories = 512
    /// The patients that are spread over slices at a time.
    static let patientsPerWindow = 1 << 20
    /// The chunks of events for each worker that wait for being written.
    static let chunksAhead = 2
    /// The endpoints that a partial result may have.
    static let greatestEndpoints = 1000
    /// The patients or events that a partial result may be of: all whole numbers up to it are exact as doubles.
    static let greatestTotal = 1 << 53
    /// The greatest length of a partial result, in bytes.
    static let partialSize = 1 << 30
}
