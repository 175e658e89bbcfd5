package import Projection
package import Trial

/// The outcomes of one trial under two protocols, a and b, held against each other.
package struct OutcomeComparison: Sendable {
    /// One of the two protocols.
    package struct Side: Sendable, Equatable {
        /// What the user called it.
        package let file: String
        /// Its name.
        package let name: String
    }

    /// A patient whose outcome differs in status, day, cause or evidence.
    package struct Difference: Sendable, Equatable {
        /// The subject.
        package let subject: String
        /// The name of the arm.
        package let arm: String
        /// The disease, `nil` where the patient was not enrolled.
        package let disease: Disease?
        /// The study drug.
        package let drug: Drug
        /// The outcome under each protocol.
        package let a: SpelledOutcome, b: SpelledOutcome
    }

    /// One group of patients under both protocols.
    package struct Group: Sendable, Equatable {
        /// The group's survival under each protocol.
        package let a: GroupSurvival, b: GroupSurvival
        /// Patients who meet the endpoint under b alone.
        package fileprivate(set) var gained = 0
        /// Patients who meet the endpoint under a alone.
        package fileprivate(set) var lost = 0
        /// Patients who meet it under both or neither, on another day, by another cause or other events.
        package fileprivate(set) var changed = 0

        /// The name of the group.
        package var name: String { a.name }
        /// How many patients the group has.
        package var count: Int { a.count }
    }

    /// One endpoint that both protocols have.
    package struct Comparison: Sendable {
        /// The name of the endpoint.
        package let name: String
        /// The groups, in the order of the report under a.
        package fileprivate(set) var groups: [Group]
        /// The patients whose outcome differs, in the order of their subjects' bytes.
        package fileprivate(set) var differences: [Difference] = []
    }

    /// The two protocols.
    package let a: Side, b: Side
    /// How many events the outcomes were folded from.
    package let events: Int
    /// How many patients have events, randomised or not.
    package let patients: Int
    /// How many patients were randomised.
    package let randomised: Int
    /// What divides the patients into groups.
    package let grouping: Grouping
    /// The endpoints that both protocols have, in the order of a.
    package private(set) var endpoints: [Comparison]
    /// The names of endpoints that only one of the protocols has.
    package let onlyInA: [String], onlyInB: [String]

    /// Compares two results of one replay, whose outcomes were spelled.
    ///
    /// - Parameters:
    ///   - a: the outcomes under the first protocol.
    ///   - b: the outcomes under the second protocol.
    ///   - files: what the user called the protocols.
    ///   - options: which endpoint, what groups and which months.
    /// - Throws: `ReportError` where the options do not fit both protocols, or these have no endpoint in common.
    package init(
        _ a: ReplayResult, _ b: ReplayResult, files: (a: String, b: String), options: SurvivalReport.Options
    ) async throws(ReportError) {
        let (namesA, namesB) = (a.trial.endpoints.map(\.name), b.trial.endpoints.map(\.name))
        let both = namesA.filter(namesB.contains)
        if both.isEmpty { throw .noCommonEndpoint(namesA, namesB) }
        if let endpoint = options.endpoint, !both.contains(endpoint) {
            throw .unknownEndpoint(endpoint, known: both)
        }
        self.a = Side(file: files.a, name: a.trial.name)
        self.b = Side(file: files.b, name: b.trial.name)
        (events, patients, randomised) = (a.events, a.patients, a.randomised)
        grouping = options.grouping
        onlyInA = namesA.filter { !both.contains($0) }
        onlyInB = namesB.filter { !both.contains($0) }
        let cohort = try await Cohort(a)
        let reportA = try SurvivalReport(cohort, events: a.events, patients: a.patients, options: options)
        let reportB = try await SurvivalReport(b, options: options)
        endpoints = reportA.endpoints.compactMap { endpoint in
            reportB.endpoints.first { $0.name == endpoint.name }.map { Comparison(endpoint, $0) }
        }
        try await look(through: a, b, Groups(cohort, by: options.grouping).members)
    }

    /// What is not compared, a sentence each.
    package var warnings: [String] {
        let only = onlyInA.map { ($0, a.file) } + onlyInB.map { ($0, b.file) }
        return only.map { "Only \($1) has the endpoint \"\($0)\", which is not compared." }
    }

    /// Finds the patients whose outcomes differ; `members` has for each patient the number of the group.
    private mutating func look(
        through a: ReplayResult, _ b: ReplayResult, _ members: [Int]
    ) async throws(ReportError) {
        let places = endpoints.map { endpoint in
            (
                a: a.trial.endpoints.firstIndex { $0.name == endpoint.name } ?? 0,
                b: b.trial.endpoints.firstIndex { $0.name == endpoint.name } ?? 0
            )
        }
        var number = 0
        try await a.eachPage { page throws(ReportError) in
            for patient in page {
                do throws(DetailError) {
                    try compare(patient, a, b, places, group: members[number])
                } catch {
                    throw .unreadableOutcome(error.message)
                }
                number += 1
            }
        }
    }

    private mutating func compare(
        _ patient: OrderedPatient, _ a: ReplayResult, _ b: ReplayResult, _ places: [(a: Int, b: Int)], group: Int
    ) throws(DetailError) {
        let (lineA, lineB) = (patient.line(a), patient.line(b))
        // Under nearly the same protocols nearly all lines are the same.
        if lineA == lineB, places.allSatisfy({ $0.a == $0.b }) { return }
        let outcomesA = try SpelledOutcome.outcomes(in: lineA)
        let outcomesB = try SpelledOutcome.outcomes(in: lineB)
        for (endpoint, place) in places.enumerated() where outcomesA[place.a] != outcomesB[place.b] {
            let subject = patient.subject(a)
            let difference = Difference(
                subject: String(decoding: subject.name, as: UTF8.self), arm: subject.arm, disease: subject.disease,
                drug: subject.drug, a: try SpelledOutcome(outcomesA[place.a]),
                b: try SpelledOutcome(outcomesB[place.b]))
            endpoints[endpoint].add(difference, group: group)
        }
    }
}

extension OutcomeComparison.Comparison {
    /// An endpoint in which nobody differs yet.
    ///
    /// The same patients are in both reports, so that they have the same groups, if in another order.
    fileprivate init(_ a: EndpointSurvival, _ b: EndpointSurvival) {
        name = a.name
        groups = a.groups.map { group in
            OutcomeComparison.Group(
                a: group, b: b.groups.first { $0.name.utf8.elementsEqual(group.name.utf8) } ?? group)
        }
    }

    fileprivate mutating func add(_ difference: OutcomeComparison.Difference, group: Int) {
        switch (difference.a.isEvent, difference.b.isEvent) {
        case (false, true): groups[group].gained += 1
        case (true, false): groups[group].lost += 1
        case (true, true), (false, false): groups[group].changed += 1
        }
        differences.append(difference)
    }
}
