import VirtualCohort

extension Simulation {
    /// How patients are spread over slices.
    package struct Slices: Sendable {
        /// How many slices there are.
        let count: Int
        /// The slice of a subject, counted from 0.
        let slice: @Sendable (ArraySlice<UInt8>) -> Int

        /// A rule from its parts.
        package init(count: Int, slice: @escaping @Sendable (ArraySlice<UInt8>) -> Int) {
            self.count = count
            self.slice = slice
        }
    }

    /// Simulates a stretch of patients and hands over whole histories, slice by slice.
    ///
    /// Each slice is one worker's, and its patients come in ascending order. While histories are being handed over, the
    /// worker makes the next ones.
    ///
    /// - Parameter handOver: called by several workers at the same time, each with its own number.
    package func run(
        _ range: Range<Int>, by slices: Slices, progress: @escaping Progress = { _ in },
        _ handOver: @escaping @Sendable (_ worker: Int, SimulatedHistories) async throws -> Void
    ) async throws -> SimulationResult {
        let windows = Chunks(range, of: Limits.patientsPerWindow)
        var tally = setup.emptyTally
        for number in 0..<windows.count {
            let patients = Self.patients(windows[number], by: slices)
            try await withThrowingTaskGroup(of: CohortTally.self) { group in
                for worker in 0..<workers {
                    group.addTask(name: "worker \(worker)") {
                        try await histories(worker, patients, progress) { try await handOver(worker, $0) }
                    }
                }
                for try await part in group { tally.add(part) }
            }
        }
        return SimulationResult(SimulationResult.Header(setup), range, .cohort(tally))
    }

    /// By slice the patients of a window, ascending.
    private static func patients(_ window: Range<Int>, by slices: Slices) -> [[UInt64]] {
        var patients = [[UInt64]](repeating: [], count: slices.count)
        for index in window {
            patients[slices.slice(CohortSimulator.subject(of: UInt64(index))[...])].append(UInt64(index))
        }
        return patients
    }

    /// Makes the histories of one worker's slices.
    private func histories(
        _ number: Int, _ patients: [[UInt64]], _ progress: @escaping Progress,
        _ handOver: @escaping @Sendable (SimulatedHistories) async throws -> Void
    ) async throws -> CohortTally {
        // Two, so that one makes patients while the other one's batch is being handed over.
        let makers = [Worker(setup, compiled), Worker(setup, compiled)]
        var jobs: [(slice: Int, patients: [UInt64])] = []
        for slice in stride(from: number, to: patients.count, by: workers) {
            let chunks = Chunks(0..<patients[slice].count, of: Limits.patientsPerHistories)
            for chunk in 0..<chunks.count { jobs.append((slice, Array(patients[slice][chunks[chunk]]))) }
        }
        var tally = setup.emptyTally
        var made: SimulatedHistories?
        for (number, job) in jobs.enumerated() {
            try Task.checkCancellation()
            let maker = makers[number % 2]
            let finished = made
            async let next = maker.histories(job.patients, slice: job.slice)
            if let finished { try await handOver(finished) }
            let histories = await next
            tally.add(histories.tally)
            progress(job.patients.count)
            made = histories
        }
        if let made { try await handOver(made) }
        return tally
    }
}
