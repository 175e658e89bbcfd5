import Simulation
import Testing
import Trial
import VirtualCohort

/// Partial results that do not make one result.
@Suite("Merging refuses what does not fit together", .timeLimit(.minutes(5)))
struct MergeErrorTests {
    private static let setup = SimulationSetup(Scenario(), seed: 41, .roblin2020, .patients(60))

    private func refusal(_ parts: [SimulationResult]) throws -> MergeError {
        let error = try #require(throws: MergeError.self) { try SimulationResult.merging(parts) }
        // What was found and what was expected, in sentences.
        #expect(error.description.hasSuffix("."))
        #expect(error.description.contains("xpected "))
        return error
    }

    @Test("nothing")
    func nothing() throws { #expect(try refusal([]) == .nothing) }

    @Test("a gap between parts, wherever it is, and whatever their order")
    func gap() async throws {
        let parts = [
            try await Self.setup.run(0..<10), try await Self.setup.run(10..<25), try await Self.setup.run(40..<60),
        ]
        let error = try refusal([parts[2], parts[0], parts[1]])
        #expect(error == .gap(25..<40, unit: "patients"))
        #expect(error.description.contains("The patients 26 to 40 are in no part"))
        #expect(try refusal([parts[0], parts[2]]) == .gap(10..<40, unit: "patients"))
    }

    @Test("an overlap: a part twice, a patient twice, a part within another")
    func overlap() async throws {
        let whole = try await Self.setup.run(10..<40)
        let cases: [(Range<Int>, Range<Int>)] = [
            (10..<40, 10..<40), (39..<60, 39..<40), (15..<20, 15..<20), (0..<11, 10..<11), (0..<60, 10..<40),
        ]
        for (range, shared) in cases {
            let other = try await Self.setup.run(range)
            for parts in [[whole, other], [other, whole]] {
                let error = try refusal(parts)
                #expect(error == .overlap(shared, unit: "patients"), "\(range)")
                #expect(error.description.contains("The patients \(shared.lowerBound + 1) to \(shared.upperBound) are"))
            }
        }
    }

    @Test("gaps and overlaps of trials are said of trials")
    func trials() async throws {
        let setup = SimulationSetup(Scenario().sized(2, 2), seed: 41, .roblin2020, .trials(9))
        let parts = [try await setup.run(0..<3), try await setup.run(5..<9)]
        #expect(try refusal(parts) == .gap(3..<5, unit: "trials"))
        #expect(try refusal([parts[0], parts[0]]) == .overlap(0..<3, unit: "trials"))
    }

    @Test("parts of another seed, scenario, value, protocol, size or kind, each named, with the part's place")
    func otherSimulations() async throws {
        var changed = Scenario()
        changed.immunogenicity.azathioprineHazardRatio = 0.14
        var (renamed, stricter) = (TrialProtocol.roblin2020, TrialProtocol.roblin2020)
        renamed.name = "mine"
        stricter.endpoints[0].criteria[0].within = 27
        let others: [(SimulationSetup, String)] = [
            (SimulationSetup(Scenario(), seed: 42, .roblin2020, .patients(60)), "the seed 42, not 41"),
            (
                SimulationSetup(.named("pants-hr"), seed: 41, .roblin2020, .patients(60)),
                "the scenario \"pants-hr\", not \"roblin-2020\""
            ),
            (
                SimulationSetup(changed, seed: 41, .roblin2020, .patients(60)),
                "the scenario \"\(changed.identifier)\", not \"roblin-2020\""
            ),
            (SimulationSetup(Scenario(), seed: 41, .roblin2020, .patients(61)), "61 in all, not 60"),
            (SimulationSetup(Scenario(), seed: 41, renamed, .patients(60)), "the protocol \"mine\""),
            (SimulationSetup(Scenario(), seed: 41, stricter, .patients(60)), "another content"),
            (
                SimulationSetup(Scenario().sized(2, 2), seed: 41, .roblin2020, .trials(60)), "trials, not a cohort"
            ),
        ]
        let first = try await Self.setup.run(0..<30)
        for (setup, difference) in others {
            let other = try await setup.run(30..<40)
            let error = try refusal([first, try await Self.setup.run(30..<40), other])
            guard case .otherSimulation(let part, let words) = error else {
                Issue.record("\(difference): \(error)")
                continue
            }
            #expect(part == 2)
            #expect(words.contains(difference), "\(words)")
            #expect(throws: MergeError.self) { try SimulationResult.merging([other, first]) }
        }
    }

    @Test("what is missing at the ends is no error: the result says that it is not whole")
    func ends() async throws {
        let parts = [try await Self.setup.run(20..<40), try await Self.setup.run(10..<20)]
        let merged = try SimulationResult.merging(parts)
        #expect(merged.range == 10..<40)
        #expect(!merged.isWhole)
        #expect(merged.patients == 30)
    }
}
