import Trial

/// The outcomes of a cohort as counts: for each arm, endpoint and day, who failed and who was censored.
///
/// Counts are whole numbers, so that tallies of parts add up to exactly the tally of the whole, in any order, and the
/// memory does not grow with the patients.
package struct CohortTally: Sendable, Equatable {
    /// The number of arms.
    package let arms: Int
    /// The number of endpoints.
    package let endpoints: Int
    /// The number of days, from randomisation on.
    package let days: Int
    /// How many patients were made.
    package private(set) var patients = 0
    /// How many events they have.
    package private(set) var events = 0
    private var counts: [Int]

    /// An empty tally.
    ///
    /// - Parameter horizon: the last day on which anything can end.
    package init(arms: Int, endpoints: Int, horizon: Int) {
        self.arms = arms
        self.endpoints = endpoints
        days = horizon + 1
        counts = [Int](repeating: 0, count: arms * endpoints * 2 * days)
    }

    private func index(_ arm: Int, _ endpoint: Int, isEvent: Bool, _ day: Int) -> Int {
        ((arm * endpoints + endpoint) * 2 + (isEvent ? 1 : 0)) * days + day
    }

    /// Counts a patient.
    mutating func add(_ outcome: PatientOutcome, arm: Int, events: Int) {
        patients += 1
        self.events += events
        for (endpoint, end) in outcome.endpoints.enumerated() {
            counts[index(arm, endpoint, isEvent: end.isEvent, end.day)] += 1
        }
    }

    /// Adds the counts of another part of the same simulation.
    package mutating func add(_ other: CohortTally) {
        precondition(other.counts.count == counts.count, "Only tallies of one shape add up.")
        patients += other.patients
        events += other.events
        for place in counts.indices { counts[place] += other.counts[place] }
    }

    /// How many of an arm failed on each day, from day 0 on.
    package func failures(arm: Int, endpoint: Int) -> [Int] { column(arm, endpoint, isEvent: true) }

    /// How many of an arm were censored on each day, from day 0 on.
    package func censored(arm: Int, endpoint: Int) -> [Int] { column(arm, endpoint, isEvent: false) }

    private func column(_ arm: Int, _ endpoint: Int, isEvent: Bool) -> [Int] {
        let start = index(arm, endpoint, isEvent: isEvent, 0)
        return Array(counts[start..<start + days])
    }
}

extension CohortTally {
    /// The counts that are not zero, each with its place, for a partial result.
    var filled: [(place: Int, count: Int)] {
        counts.indices.filter { counts[$0] != 0 }.map { ($0, counts[$0]) }
    }

    /// Restores a tally of a simulation with so many patients; `nil` where the numbers are not those of one.
    ///
    /// - Parameter filled: the counts that are not zero, in the order of their places.
    init?(
        arms: Int, endpoints: Int, horizon: Int, patients: Int, events: Int, filled: [(place: Int, count: Int)]
    ) {
        self.init(arms: arms, endpoints: endpoints, horizon: horizon)
        self.patients = patients
        self.events = events
        var next = 0
        var total = 0
        for (place, count) in filled {
            guard (next..<counts.count).contains(place), count > 0, count <= patients else { return nil }
            counts[place] = count
            total += count
            next = place + 1
        }
        // Every patient ends once in each endpoint.
        guard total == patients * endpoints else { return nil }
    }
}
