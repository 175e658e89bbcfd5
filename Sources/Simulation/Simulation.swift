import Trial
import VirtualCohort

/// Simulates a cohort or trials with worker actors side by side.
///
/// The result depends on the setup alone, not on the number of workers.
package struct Simulation: Sendable {
    /// What is simulated.
    package let setup: SimulationSetup
    /// How many workers make patients side by side.
    package let workers: Int
    let compiled: CompiledProtocol

    /// A simulation.
    package init(_ setup: SimulationSetup, workers: Int) {
        self.setup = setup
        self.workers = workers
        compiled = CompiledProtocol(setup.trial)
    }

    /// What a run tells while it works: so many more patients are done; called from several threads.
    package typealias Progress = @Sendable (Int) -> Void

    /// Simulates a stretch of patients or trials and keeps only outcomes.
    ///
    /// - Parameter range: which ones, counted from 0.
    /// - Throws: CancellationError where the task was cancelled.
    package func run(_ range: Range<Int>, progress: @escaping Progress = { _ in }) async throws -> SimulationResult {
        let header = SimulationResult.Header(setup)
        switch setup.size {
        case .patients: return SimulationResult(header, range, .cohort(try await tally(range, progress)))
        case .trials: return SimulationResult(header, range, try await trials(range, progress))
        }
    }

    private func tally(_ range: Range<Int>, _ progress: @escaping Progress) async throws -> CohortTally {
        let chunks = Chunks(range, of: Limits.patientsPerChunk)
        return try await withThrowingTaskGroup(of: CohortTally.self) { group in
            for number in 0..<workers {
                group.addTask(name: "worker \(number)") {
                    let worker = Worker(setup, compiled)
                    var tally = setup.emptyTally
                    for chunk in stride(from: number, to: chunks.count, by: workers) {
                        try Task.checkCancellation()
                        tally.add(await worker.tally(chunks[chunk]))
                        progress(chunks[chunk].count)
                        // With a worker on every thread of the pool, a signal would else never be heard.
                        await Task.yield()
                    }
                    return tally
                }
            }
            return try await group.reduce(into: setup.emptyTally) { $0.add($1) }
        }
    }

    private func trials(
        _ range: Range<Int>, _ progress: @escaping Progress
    ) async throws -> SimulationResult.Content {
        let chunks = Chunks(range, of: max(1, Limits.patientsPerChunk / max(1, setup.allocation.trialSize)))
        var parts = [SimulatedTrials?](repeating: nil, count: chunks.count)
        try await withThrowingTaskGroup(of: [SimulatedTrials].self) { group in
            for number in 0..<workers {
                group.addTask(name: "worker \(number)") {
                    let worker = Worker(setup, compiled)
                    var parts: [SimulatedTrials] = []
                    for chunk in stride(from: number, to: chunks.count, by: workers) {
                        try Task.checkCancellation()
                        let (results, patients, events) = await worker.results(ofTrials: chunks[chunk])
                        parts.append(
                            SimulatedTrials(chunk: chunk, results: results, patients: patients, events: events))
                        progress(patients)
                        await Task.yield()
                    }
                    return parts
                }
            }
            for try await done in group { for part in done { parts[part.chunk] = part } }
        }
        let ordered = parts.compactMap(\.self)
        return .trials(
            ordered.flatMap(\.results), patients: ordered.reduce(0) { $0 + $1.patients },
            events: ordered.reduce(0) { $0 + $1.events })
    }

    /// The results of one chunk of trials.
    private struct SimulatedTrials: Sendable {
        let chunk: Int
        let results: [TrialResult]
        let patients: Int
        let events: Int
    }

    /// Simulates a stretch of patients and hands their event lines over, chunk after chunk in the order of patients.
    ///
    /// While a chunk is being handed over, the next ones are made; no more than a bounded number waits.
    package func spell(
        _ range: Range<Int>, progress: @escaping Progress = { _ in },
        _ handOver: (SimulatedLines) async throws -> Void
    ) async throws -> SimulationResult {
        let chunks = Chunks(range, of: Limits.patientsPerLines)
        let makers = (0..<workers).map { _ in Worker(setup, compiled) }
        var tally = setup.emptyTally
        try await withThrowingTaskGroup(of: (chunk: Int, made: SimulatedLines).self) { group in
            var next = 0
            func startNext() {
                guard next < chunks.count else { return }
                let (chunk, maker) = (next, makers[next % workers])
                group.addTask { (chunk, await maker.lines(chunks[chunk])) }
                next += 1
            }
            for _ in 0..<workers * Limits.chunksAhead { startNext() }
            var waiting: [Int: SimulatedLines] = [:]
            var turn = 0
            while let (chunk, made) = try await group.next() {
                try Task.checkCancellation()
                waiting[chunk] = made
                while let made = waiting.removeValue(forKey: turn) {
                    startNext()
                    try await handOver(made)
                    tally.add(made.tally)
                    progress(made.patients.count)
                    turn += 1
                }
            }
        }
        return SimulationResult(SimulationResult.Header(setup), range, .cohort(tally))
    }
}

/// A stretch of whole numbers cut into pieces of one length, the last of which may be shorter.
struct Chunks: Sendable {
    private let range: Range<Int>
    private let length: Int

    init(_ range: Range<Int>, of length: Int) {
        self.range = range
        self.length = length
    }

    var count: Int { (range.count + length - 1) / length }

    subscript(number: Int) -> Range<Int> {
        let start = range.lowerBound + number * length
        return start..<min(start + length, range.upperBound)
    }
}
