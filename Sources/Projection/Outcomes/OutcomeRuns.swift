import Trial

/// A slice that was folded, or a stretch of its patients.
struct FoldedSlice: Sendable {
    /// The slice's number within the study.
    let index: Int
    /// The outcomes under each protocol.
    private(set) var outcomes: [SliceOutcomes]

    /// Lets outcomes refer to arms and sources by their numbers in tables that several slices share.
    mutating func renumber(_ names: inout SharedNames) {
        var randomised = outcomes[0].randomised
        randomised.renumber(&names.arms)
        for number in outcomes.indices {
            outcomes[number].randomised = randomised
            outcomes[number].renumber(&names.sources)
        }
    }
}

/// The outcomes that a shard has folded: in memory, and where that is not to hold all of them, in runs in a temporary file.
struct OutcomeRuns: Sendable {
    /// What is counted under one protocol.
    struct Totals: Sendable {
        var events = 0
        var patients = 0
        var randomised = 0
        var findings: [Finding.Code: Int] = [:]

        mutating func add(_ other: Totals) {
            events += other.events
            patients += other.patients
            randomised += other.randomised
            findings.merge(other.findings, uniquingKeysWith: +)
        }
    }

    private let protocols: [TrialProtocol]
    /// Where the rest goes, and how much stays; without it all stays.
    private let space: SpillSpace?
    /// What is in memory.
    private(set) var folded: [FoldedSlice] = []
    private(set) var totals: [Totals]
    private var bytes = 0
    private var file: SpillFile?
    private var names = SharedNames()
    private var spilled: [[SpillFile.Extent]] = []

    /// Nothing yet.
    init(_ protocols: [TrialProtocol], _ space: SpillSpace? = nil) {
        self.protocols = protocols
        self.space = space
        totals = protocols.map { _ in Totals() }
    }

    /// Adds outcomes, and puts all aside where that makes too many.
    mutating func add(_ slice: FoldedSlice) async throws(SpillError) {
        keep(slice)
        if let space, bytes > space.bytes { try await spill(space) }
    }

    /// Adds outcomes, which stay in memory.
    mutating func keep(_ slice: FoldedSlice) {
        for (number, outcomes) in slice.outcomes.enumerated() {
            totals[number].add(
                Totals(
                    events: outcomes.events, patients: outcomes.patients, randomised: outcomes.randomised.entries.count,
                    findings: outcomes.findingCounts))
        }
        bytes += slice.outcomes.reduce(slice.outcomes[0].randomised.size) { $0 + $1.size }
        folded.append(slice)
    }

    /// Writes what is in memory, each slice as a run.
    private mutating func spill(_ space: SpillSpace) async throws(SpillError) {
        let file = if let file { file } else { try await SpillFile.make(in: space.folder) }
        self.file = file
        // Taken out one by one, so that no column is copied where numbers change.
        while var slice = folded.popLast() {
            slice.renumber(&names)
            let stretch = OutcomeStretch(sorting: slice.outcomes, protocols: protocols)
            let patients = max(Limits.leastPatientsPerBlock, stretch.count / Limits.blocksPerRun)
            let blocks = stride(from: 0, to: stretch.count, by: patients).map { start in
                OutcomeBlock(stretch, start..<min(start + patients, stretch.count)).bytes
            }
            spilled.append(try await file.append(blocks))
        }
        bytes = 0
    }

    private var inMemory: [OutcomeRun] {
        folded.map { .memory(OutcomeStretch(sorting: $0.outcomes, protocols: protocols)) }
    }

    /// All of it in runs.
    func runs() -> [OutcomeRun] {
        guard let file else { return inMemory }
        let tables = SpilledRun.Tables(names, protocols)
        return spilled.map { .spilled(SpilledRun(file: file, blocks: $0, tables: tables)) } + inMemory
    }
}

extension ReplayResult {
    /// Joins outcomes that are in memory, slice by slice, each under all protocols: a result for each protocol.
    static func results(
        _ slices: [[SliceOutcomes]], protocols: [TrialProtocol], shards: Int
    ) -> [ReplayResult] {
        var runs = OutcomeRuns(protocols)
        for outcomes in slices { runs.keep(FoldedSlice(index: 0, outcomes: outcomes)) }
        return results([runs], protocols: protocols, shards: shards)
    }
}
