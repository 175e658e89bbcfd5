import Simulation
import TestData
import Testing
import Trial
import VirtualCohort

/// What a simulation gives, however the work is divided.
@Suite("The division of work changes nothing", .timeLimit(.minutes(5)))
struct DivisionTests {
    /// A cohort that fills several chunks of a worker, and trials of arms that are not alike.
    private static let setups = [
        SimulationSetup(Scenario().eventful, seed: 11, .roblin2020, .patients(5_000)),
        SimulationSetup(Scenario.named("early-antibodies").sized(7, 5), seed: 12, .roblin2020, .trials(400)),
    ]

    @Test("one, two and eight workers give the same bytes", arguments: setups)
    func workers(_ setup: SimulationSetup) async throws {
        let one = try await setup.run(workers: 1)
        #expect(one.isWhole)
        #expect(one.patients == (one.header.isTrials ? 4_800 : 5_000))
        #expect(one.events > 20 * one.patients)
        let bytes = try PartialResult.encode(one)
        for workers in [2, 8] {
            let other = try await setup.run(workers: workers)
            #expect(other == one, "\(workers) workers")
            #expect(try PartialResult.encode(other) == bytes, "\(workers) workers")
        }
    }

    @Test(
        "parts of random divisions, merged in random order, are the whole, also after a way through files",
        arguments: setups)
    func randomDivisions(_ setup: SimulationSetup) async throws {
        let whole = try await setup.run()
        let bytes = try PartialResult.encode(whole)
        for seed: UInt64 in 1...4 {
            var random = SeededRandom(seed: seed)
            let most = max(1, setup.size.count / random.pick([2, 5, 12]))
            var parts: [SimulationResult] = []
            for stretch in random.cut(Array(0..<setup.size.count), into: 1...most) {
                let range = stretch[0]..<stretch[0] + stretch.count
                parts.append(try await setup.run(range, workers: random.pick([1, 2, 3])))
            }
            parts.shuffle(using: &random)
            #expect(try SimulationResult.merging(parts) == whole, "seed \(seed), \(parts.map(\.range))")
            let read = try parts.map { try PartialResult.decode(try PartialResult.encode($0)) }
            #expect(read == parts, "seed \(seed)")
            let merged = try SimulationResult.merging(read)
            #expect(try PartialResult.encode(merged) == bytes, "seed \(seed), \(parts.map(\.range))")
        }
    }

    @Test("merging parts of parts is merging parts", arguments: setups)
    func partsOfParts(_ setup: SimulationSetup) async throws {
        let count = setup.size.count
        let cuts = [0, count / 7, count / 3, count / 2, count]
        var parts: [SimulationResult] = []
        for (start, end) in zip(cuts, cuts.dropFirst()) { parts.append(try await setup.run(start..<end)) }
        let left = try SimulationResult.merging([parts[1], parts[0]])
        let right = try SimulationResult.merging([parts[3], parts[2]])
        #expect(!left.isWhole)
        #expect(left.range == 0..<count / 3)
        let whole = try SimulationResult.merging([right, left])
        #expect(try await setup.run() == whole)
        #expect(whole.isWhole)
    }

    @Test("the parts of any number of parts are all patients, each once, in stretches of nearly equal length")
    func ranges() {
        for count in [1, 2, 15, 16, 17, 1_000, 9_999_999_999] {
            let setup = SimulationSetup(Scenario(), seed: 1, .roblin2020, .patients(count))
            for parts in [1, 2, 3, 16, 100] {
                let ranges = (1...parts).map { setup.range(ofPart: $0, of: parts) }
                #expect(ranges.first?.lowerBound == 0)
                #expect(ranges.last?.upperBound == count)
                #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
                let lengths = ranges.map(\.count)
                #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1, "\(count) in \(parts)")
            }
        }
    }

    @Test("more parts than patients leave empty ones, which merge as well")
    func emptyParts() async throws {
        let setup = SimulationSetup(Scenario(), seed: 5, .roblin2020, .patients(3))
        var parts: [SimulationResult] = []
        for part in 1...8 { parts.append(try await setup.run(setup.range(ofPart: part, of: 8))) }
        #expect(parts.count { $0.range.isEmpty } == 5)
        let read = try parts.map { try PartialResult.decode(try PartialResult.encode($0)) }
        #expect(try await setup.run() == SimulationResult.merging(read))
    }

    @Test("the same setup has the same digest, and each change another one")
    func digests() {
        let base = SimulationSetup(Scenario(), seed: 1, .roblin2020, .patients(90))
        #expect(base.digest == SimulationSetup(Scenario(), seed: 1, .roblin2020, .patients(90)).digest)
        var scenario = Scenario()
        scenario.markers.crpBaseMgPerL *= 1.000001
        var later = TrialProtocol.roblin2020
        later.horizon = 365
        let others = [
            SimulationSetup(scenario, seed: 1, .roblin2020, .patients(90)),
            SimulationSetup(Scenario(), seed: 2, .roblin2020, .patients(90)),
            SimulationSetup(Scenario(), seed: 1, later, .patients(90)),
            SimulationSetup(Scenario(), seed: 1, .roblin2020, .patients(91)),
            SimulationSetup(Scenario(), seed: 1, .roblin2020, .trials(90)),
            SimulationSetup(Scenario().sized(45, 46), seed: 1, .roblin2020, .patients(90)),
        ]
        #expect(Set(others.map(\.digest) + [base.digest]).count == others.count + 1)
    }
}
