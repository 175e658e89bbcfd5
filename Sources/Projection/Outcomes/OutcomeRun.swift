import Trial

/// Randomised patients in the order of their subjects' bytes, with what became of them under each protocol.
final class OutcomeStretch: Sendable {
    /// Under each protocol the outcomes and their lines.
    let lines: [SliceLines]
    /// The patients in order, as numbers among the entries.
    let order: [RandomisedPatients.Ordered]

    /// What folding gave, of which there is one for each protocol, put in order.
    convenience init(sorting outcomes: [SliceOutcomes], protocols: [TrialProtocol]) {
        let words = zip(outcomes, protocols).map { outcomes, trial in
            LineWords(trial, arms: outcomes.randomised.arms, sources: outcomes.arena.sources)
        }
        self.init(outcomes, words, order: outcomes[0].randomised.sorted)
    }

    /// What lies in order already.
    convenience init(ordered outcomes: [SliceOutcomes], _ words: [LineWords]) {
        self.init(outcomes, words, order: outcomes[0].randomised.ordered)
    }

    private init(_ outcomes: [SliceOutcomes], _ words: [LineWords], order: [RandomisedPatients.Ordered]) {
        lines = zip(outcomes, words).map { SliceLines($0, $1, first: outcomes[0]) }
        self.order = order
    }

    /// How many patients there are.
    var count: Int { order.count }

    /// The patient at a place in the order, as a number among the entries.
    func entry(at place: Int) -> Int { Int(order[place].entry) }

    /// The subject of an entry.
    func subject(of entry: Int) -> ArraySlice<UInt8> { lines[0].outcomes.randomised.subject(entry) }
}

/// Outcomes of a replay that lie in the order of their subjects' bytes, in memory or in a file.
enum OutcomeRun: Sendable {
    /// All of them at hand.
    case memory(OutcomeStretch)
    /// Put aside.
    case spilled(SpilledRun)

    /// How many stretches the run has.
    var count: Int {
        switch self {
        case .memory: 1
        case .spilled(let run): run.blocks.count
        }
    }

    /// Stretches of several runs, each by its number among those of its run, which follow each other in the order of
    /// subjects.
    ///
    /// Those of one file are read together: to wait for a file's queue takes longer than a block does.
    static func stretches(_ wanted: [(run: OutcomeRun, number: Int)]) async throws(SpillError) -> [OutcomeStretch] {
        var found: [OutcomeStretch?] = wanted.map { if case .memory(let stretch) = $0.run { stretch } else { nil } }
        let aside = wanted.indices.compactMap { place in
            if case .spilled(let run) = wanted[place].run {
                (place: place, run: run, block: run.blocks[wanted[place].number])
            } else {
                nil
            }
        }
        for own in Dictionary(grouping: aside, by: { ObjectIdentifier($0.run.file) }).values {
            let stretches = try await own[0].run.stretches(own.map(\.block))
            for (place, stretch) in zip(own.map(\.place), stretches) { found[place] = stretch }
        }
        return found.compactMap(\.self)
    }
}

/// A run that was put aside, block by block.
struct SpilledRun: Sendable {
    /// What all blocks of a file refer to.
    final class Tables: Sendable {
        let names: SharedNames
        /// For each endpoint of each protocol in how many ways it may end.
        let statuses: [[Int]]
        let words: [LineWords]

        init(_ names: SharedNames, _ protocols: [TrialProtocol]) {
            self.names = names
            statuses = protocols.map { trial in
                trial.endpoints.map { SliceOutcomes.Time.statuses(criteria: $0.criteria.count).count }
            }
            words = protocols.map { LineWords($0, arms: names.arms, sources: names.sources) }
        }
    }

    let file: SpillFile
    let blocks: [SpillFile.Extent]
    let tables: Tables

    /// Takes blocks of the file back.
    fileprivate func stretches(_ blocks: [SpillFile.Extent]) async throws(SpillError) -> [OutcomeStretch] {
        try await file.blocks(blocks) { [tables] in OutcomeStretch(block: $0, tables) }
    }
}
