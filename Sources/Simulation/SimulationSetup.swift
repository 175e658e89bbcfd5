import Crypto
package import Trial
package import VirtualCohort

/// What is simulated: everything on which the result depends.
package struct SimulationSetup: Sendable, Equatable {
    /// How much is simulated.
    package enum Size: Sendable, Equatable {
        /// One cohort of so many patients.
        case patients(Int)
        /// So many trials, each of the arms' sizes.
        case trials(Int)

        /// The number of patients or trials.
        package var count: Int {
            switch self {
            case .patients(let count), .trials(let count): count
            }
        }
    }

    /// What patients are made from.
    package let scenario: Scenario
    /// The seed.
    package let seed: UInt64
    /// What counts as failure.
    package let trial: TrialProtocol
    /// How much is simulated.
    package let size: Size

    /// A setup from its parts.
    package init(_ scenario: Scenario, seed: UInt64, _ trial: TrialProtocol, _ size: Size) {
        self.scenario = scenario
        self.seed = seed
        self.trial = trial
        self.size = size
    }

    /// How patients are put into arms.
    package var allocation: Allocation {
        switch size {
        case .patients: .cohort(shares: scenario.arms.map(\.share))
        case .trials: .trials(sizes: scenario.arms.map(\.size))
        }
    }

    /// The patients or trials of part `part` of `parts`, counted from 1: stretches of nearly equal length that together
    /// are all of them.
    package func range(ofPart part: Int, of parts: Int) -> Range<Int> {
        size.count * (part - 1) / parts..<size.count * part / parts
    }

    /// SHA-256 over everything the result depends on: partial results fit together only where it is the same.
    package var digest: String {
        var hash = SHA256()
        for text in [scenario.yaml, "\(trial)", "\(seed)", "\(size)"] {
            hash.update(data: Array(text.utf8))
            hash.update(data: [0])
        }
        return hash.finalize().hexadecimalText
    }
}
