package import Projection
package import Trial

/// The randomised patients of a trial as statistics see them, in columns.
package struct Cohort: Sendable {
    /// How long a patient was followed for one endpoint.
    package struct FollowUp: Sendable, Equatable {
        /// Whole days since randomisation.
        package var day: Int
        /// Whether the endpoint was met on that day; otherwise it is censored.
        package var isEvent: Bool

        /// A follow-up from its parts.
        package init(day: Int, isEvent: Bool) {
            self.day = day
            self.isEvent = isEvent
        }
    }

    /// The name of the protocol that made the outcomes.
    package let protocolName: String
    /// The arms that the protocol names, in its order.
    package let protocolArms: [String]
    /// The names of the endpoints, in the protocol's order.
    package let endpoints: [String]
    /// The names of the arms that occur.
    private(set) var arms = NameTable()
    /// For each patient the number of the arm.
    private(set) var armNumbers: [Int32] = []
    /// For each patient the disease.
    private(set) var diseases: [Disease?] = []
    /// For each patient the study drug.
    private(set) var drugs: [Drug] = []
    /// For each endpoint a column of days.
    private(set) var days: [[Double]]
    /// For each endpoint a column that tells whether it was met.
    private(set) var isEvent: [[Bool]]

    /// A cohort without patients.
    package init(protocolName: String, arms: [String], endpoints: [String]) {
        self.protocolName = protocolName
        protocolArms = arms
        self.endpoints = endpoints
        days = Array(repeating: [], count: endpoints.count)
        isEvent = Array(repeating: [], count: endpoints.count)
    }

    /// The randomised patients of a replay.
    ///
    /// - Throws: `ReportError` where outcomes were put aside and cannot be read.
    package init(_ result: ReplayResult) async throws(ReportError) {
        self.init(
            protocolName: result.trial.name, arms: result.trial.arms, endpoints: result.trial.endpoints.map(\.name))
        try await result.eachPage { page throws(ReportError) in
            for patient in page {
                let subject = patient.subject(result)
                append(
                    arm: subject.arm, disease: subject.disease, drug: subject.drug,
                    followUps: subject.times.lazy.map { FollowUp(day: Int($0.day), isEvent: $0.isEvent) })
            }
        }
    }

    /// How many patients there are.
    package var count: Int { armNumbers.count }

    /// Adds a patient.
    ///
    /// - Parameters:
    ///   - arm: the name of the arm, which need not be one of the protocol's.
    ///   - disease: the disease, `nil` where it is not known.
    ///   - drug: the study drug.
    ///   - followUps: one for each endpoint, in order.
    package mutating func append(
        arm: String, disease: Disease?, drug: Drug, followUps: some Collection<FollowUp>
    ) {
        precondition(followUps.count == endpoints.count, "A patient has one follow-up for each endpoint.")
        armNumbers.append(arms.intern(Array(arm.utf8).span))
        diseases.append(disease)
        drugs.append(drug)
        for (endpoint, followUp) in followUps.enumerated() {
            days[endpoint].append(Double(followUp.day))
            isEvent[endpoint].append(followUp.isEvent)
        }
    }
}

extension ReplayResult {
    /// Hands over the randomised patients in the order of their subjects' bytes, some thousand at a time.
    ///
    /// - Throws: `ReportError` where outcomes were put aside and cannot be read, and what `body` throws.
    func eachPage(_ body: ([OrderedPatient]) throws(ReportError) -> Void) async throws(ReportError) {
        var order = try await Self.reading { () throws(SpillError) in try await self.order() }
        while let page = try await Self.reading({ () throws(SpillError) in try await order.nextPage() }) {
            try body(page)
        }
    }

    private static func reading<Value>(
        _ body: () async throws(SpillError) -> Value
    ) async throws(ReportError) -> Value {
        do throws(SpillError) { return try await body() } catch { throw .spilled(error) }
    }
}
