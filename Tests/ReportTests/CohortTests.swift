import Report
import Survival
import Testing
import Trial

@testable import Projection

@Suite("Cohorts from replays")
struct CohortTests {
    @Test("every randomised patient of a replay is in the report, with the arm, disease, drug and times")
    func replay() async throws {
        let endpoints = ["clinical-failure", "pharmacokinetic-failure"].map { Endpoint(name: $0, criteria: []) }
        let trial = TrialProtocol(
            name: "roblin-2020", arms: ["monotherapy", "combination"], horizon: 730, treatmentStop: .ignore,
            endpoints: endpoints)
        let slices = [
            slice([
                ("B", "combination", .crohn, .infliximab, [(730, false), (300, true)]),
                ("D", "monotherapy", nil, .adalimumab, [(200, true), (730, false)]),
            ]),
            slice([("A", "monotherapy", .ulcerativeColitis, .infliximab, [(90, true), (14, true)])]),
        ]
        let result = ReplayResult.results(slices.map { [$0] }, protocols: [trial], shards: 2)[0]
        let report = try await SurvivalReport(result)
        #expect(report.protocolName == "roblin-2020")
        #expect((report.events, report.patients, report.randomised) == (70, 6, 3))
        #expect(report.endpoints.map(\.name) == endpoints.map(\.name))
        let clinical = report.endpoints[0].groups
        #expect(clinical.map(\.name) == ["monotherapy", "combination"])
        #expect(clinical.map { $0.curve.steps.map(\.time) } == [[90, 200], [730]])
        #expect(clinical.map(\.events) == [2, 0])
        let drugs = try await SurvivalReport(result, options: SurvivalReport.Options(grouping: .drug)).endpoints[1]
            .groups
        #expect(drugs.map { $0.curve.steps.map(\.time) } == [[14, 300], [730]])
        let diseases = try await SurvivalReport(result, options: SurvivalReport.Options(grouping: .disease)).endpoints[
            0]
        #expect(diseases.groups.map(\.name) == ["CD", "UC", "unknown"])
    }

    private func slice(
        _ patients: [(subject: String, arm: String, Disease?, Drug, times: [(day: Int32, isEvent: Bool)])]
    ) -> SliceOutcomes {
        var slice = SliceOutcomes()
        let noBytes: [UInt8] = []
        for (subject, arm, disease, drug, times) in patients {
            slice.randomised.append(
                subject: Array(subject.utf8)[...], arm: Array(arm.utf8), disease: disease, drug: drug)
            var results = EndpointResults()
            for time in times {
                results.append(
                    time.isEvent ? .event(criterion: 0) : .censored(.horizon), day: Int(time.day), evidence: [])
            }
            slice.add(results, [], of: nil, noBytes.span)
        }
        // Others were never randomised.
        for _ in patients.count..<3 { slice.add(EndpointResults(), [], of: nil, noBytes.span) }
        slice.events = 35
        return slice
    }
}
