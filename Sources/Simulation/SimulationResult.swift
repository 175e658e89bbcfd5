import Trial
import VirtualCohort

/// The result of a simulation, or of a stretch of it.
package struct SimulationResult: Sendable, Equatable {
    /// What came out.
    package enum Content: Sendable, Equatable {
        /// A cohort's counts.
        case cohort(CohortTally)
        /// Each trial's results, in order, and how many patients and events they had.
        case trials([TrialResult], patients: Int, events: Int)
    }

    /// Which simulation this belongs to.
    package let header: Header
    /// The patients or trials that are in it, counted from 0.
    package let range: Range<Int>
    /// What came out.
    package let content: Content

    /// What all parts of a simulation share.
    package struct Header: Sendable, Equatable, Codable {
        /// The digest of the setup.
        package let setup: String
        /// The scenario's identifier.
        package let scenario: String
        /// The seed.
        package let seed: UInt64
        /// The protocol's name.
        package let trial: String
        /// The names of the arms, the reference first.
        package let arms: [String]
        /// The names of the endpoints.
        package let endpoints: [String]
        /// The last day of follow-up.
        package let horizon: Int
        /// How many patients, or trials, the whole simulation has.
        package let count: Int
        /// Whether it consists of trials.
        package let isTrials: Bool

        /// The header of a setup's results.
        package init(_ setup: SimulationSetup) {
            self.setup = setup.digest
            scenario = setup.scenario.identifier
            seed = setup.seed
            trial = setup.trial.name
            arms = setup.scenario.arms.map(\.name)
            endpoints = setup.trial.endpoints.map(\.name)
            horizon = setup.horizon
            count = setup.size.count
            if case .trials = setup.size { isTrials = true } else { isTrials = false }
        }
    }

    /// A result from its parts.
    package init(_ header: Header, _ range: Range<Int>, _ content: Content) {
        self.header = header
        self.range = range
        self.content = content
    }

    /// Whether everything is in it.
    package var isWhole: Bool { range == 0..<header.count }

    /// How many patients were made.
    package var patients: Int {
        switch content {
        case .cohort(let tally): tally.patients
        case .trials(_, let patients, _): patients
        }
    }

    /// How many events they have.
    package var events: Int {
        switch content {
        case .cohort(let tally): tally.events
        case .trials(_, _, let events): events
        }
    }
}

/// Why partial results do not make one result.
package enum MergeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Nothing was given.
    case nothing
    /// A part is of another simulation: its place among those given, and what is different.
    case otherSimulation(part: Int, difference: String)
    /// Patients or trials are in two parts.
    case overlap(Range<Int>, unit: String)
    /// Patients or trials are in no part, between others.
    case gap(Range<Int>, unit: String)

    /// What is wrong and what was expected.
    package var description: String {
        switch self {
        case .nothing: "No partial results were given; expected one or more."
        case .otherSimulation(_, let difference):
            "It belongs to another simulation: \(difference). Expected parts of one simulation."
        case .overlap(let range, let unit):
            "The \(unit) \(range.lowerBound + 1) to \(range.upperBound) are in more than one part; expected each once."
        case .gap(let range, let unit):
            "The \(unit) \(range.lowerBound + 1) to \(range.upperBound) are in no part; expected a stretch without gaps."
        }
    }
}

extension SimulationResult {
    /// Joins parts of one simulation, given in any order, into the result of one run over all that is in them.
    package static func merging(_ parts: [SimulationResult]) throws(MergeError) -> SimulationResult {
        guard let first = parts.first else { throw .nothing }
        for (place, part) in parts.enumerated() where part.header != first.header {
            throw .otherSimulation(part: place, difference: part.header.difference(from: first.header))
        }
        let unit = first.header.isTrials ? "trials" : "patients"
        // A stretch of no patients, from a division into more parts than there are patients, says nothing.
        let stretches = parts.filter { !$0.range.isEmpty }.sorted { $0.range.lowerBound < $1.range.lowerBound }
        guard var whole = stretches.first else { return first }
        for part in stretches.dropFirst() {
            if part.range.lowerBound < whole.range.upperBound {
                throw .overlap(part.range.clamped(to: whole.range), unit: unit)
            }
            if part.range.lowerBound > whole.range.upperBound {
                throw .gap(whole.range.upperBound..<part.range.lowerBound, unit: unit)
            }
            whole = SimulationResult(
                first.header, whole.range.lowerBound..<part.range.upperBound, whole.content.joined(with: part.content))
        }
        return whole
    }
}

extension SimulationResult.Content {
    /// This and what follows it.
    fileprivate func joined(with next: Self) -> Self {
        switch (self, next) {
        case (.cohort(var tally), .cohort(let other)):
            tally.add(other)
            return .cohort(tally)
        case (.trials(let results, let patients, let events), .trials(let others, let morePatients, let moreEvents)):
            return .trials(results + others, patients: patients + morePatients, events: events + moreEvents)
        case (.cohort, .trials), (.trials, .cohort):
            preconditionFailure("Parts with one header have content of one kind.")
        }
    }
}

extension SimulationResult.Header {
    /// The first thing that is different, as a phrase.
    fileprivate func difference(from other: Self) -> String {
        if isTrials != other.isTrials { return isTrials ? "trials, not a cohort" : "a cohort, not trials" }
        if scenario != other.scenario { return "the scenario \"\(scenario)\", not \"\(other.scenario)\"" }
        if seed != other.seed { return "the seed \(seed), not \(other.seed)" }
        if count != other.count { return "\(count) in all, not \(other.count)" }
        if trial != other.trial { return "the protocol \"\(trial)\", not \"\(other.trial)\"" }
        return "another content of the scenario or the protocol"
    }
}
