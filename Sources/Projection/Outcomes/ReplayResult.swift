package import Trial

/// The outcomes of a study, joined from its slices: the same whatever the number of slices and shards.
///
/// Outcomes lie in runs, in memory or put aside in a temporary file, which are joined in the order of subjects whenever
/// they are asked for.
package struct ReplayResult: Sendable {
    /// The protocol that was folded.
    package let trial: TrialProtocol
    /// How many shards folded.
    package let shards: Int
    /// How many events were read.
    package let events: Int
    /// How many patients have events.
    package let patients: Int
    /// How many patients were randomised and so have outcomes.
    package let randomised: Int
    /// How many times each finding occurs, those of patients who were never randomised included.
    package let findingCounts: [Finding.Code: Int]
    /// What all results of a replay share.
    let runs: [OutcomeRun]
    /// Which of the replay's protocols it is.
    let number: Int

    /// Joins what shards gave: a result for each protocol.
    static func results(_ shares: [OutcomeRuns], protocols: [TrialProtocol], shards: Int) -> [ReplayResult] {
        let runs = shares.flatMap { $0.runs() }
        return protocols.enumerated().map { number, trial in
            var totals = OutcomeRuns.Totals()
            for share in shares { totals.add(share.totals[number]) }
            return ReplayResult(
                trial: trial, shards: shards, events: totals.events, patients: totals.patients,
                randomised: totals.randomised, findingCounts: totals.findings, runs: runs, number: number)
        }
    }

    /// How many findings there are in all.
    package var findings: Int { findingCounts.values.reduce(0, +) }

    /// The randomised patients in the order of their subjects' bytes: the same for all results of a replay.
    ///
    /// - Throws: ``SpillError`` where outcomes were put aside and cannot be read.
    package func order() async throws(SpillError) -> SubjectOrder { try await SubjectOrder(runs) }

    /// Hands over every outcome line, without its line feed, in the order of the subjects' bytes; the replay must have
    /// kept what lines name.
    ///
    /// - Throws: ``SpillError`` where outcomes were put aside and cannot be read.
    package func eachLine(_ body: (ArraySlice<UInt8>) -> Void) async throws(SpillError) {
        var order = try await order()
        while let page = try await order.nextPage() {
            for patient in page { body(patient.line(self)) }
        }
    }

    /// Hands over every randomised patient, in the order of the subjects' bytes.
    ///
    /// - Throws: ``SpillError`` where outcomes were put aside and cannot be read.
    package func eachSubject(_ body: (Subject) -> Void) async throws(SpillError) {
        var order = try await order()
        while let page = try await order.nextPage() {
            for patient in page { body(patient.subject(self)) }
        }
    }

    /// One randomised patient, as statistics see it.
    package struct Subject: Sendable {
        /// The subject's bytes.
        package let name: ArraySlice<UInt8>
        /// The name of the arm.
        package let arm: String
        /// The disease, `nil` where the patient was not enrolled.
        package let disease: Disease?
        /// The study drug.
        package let drug: Drug
        /// One time for each endpoint, in the protocol's order.
        package let times: ArraySlice<SliceOutcomes.Time>
    }
}
