import TestData
import Testing
import Trial
import VirtualCohort

@Suite("A virtual patient is a pure function of scenario, seed and index")
struct PurityTests {
    private static let seed: UInt64 = 20_200_131

    /// The scenarios that exercise all events, and the default one as it is.
    private static let scenarios = [Scenario(), Scenario().eventful]

    @Test("made alone, first, last, in any lane, in chunks of any size and in any order", arguments: scenarios)
    func company(_ scenario: Scenario) throws {
        let together = try SpelledPatient.make(scenario, seed: Self.seed, scenario.cohort, 0..<64)
        #expect(together.count == 64)
        for index in 0..<64 as Range<UInt64> {
            let alone = try SpelledPatient.make(scenario, seed: Self.seed, scenario.cohort, index..<index + 1)
            #expect(alone == [together[Int(index)]], "index \(index)")
        }
        var random = SeededRandom(seed: 61)
        var simulator = CohortSimulator(scenario, seed: Self.seed, scenario.cohort)
        // One simulator, whose memory has other patients in it each time.
        for _ in 0..<60 {
            let first = random.below(64)
            let last = first + random.below(64 - first) + 1
            let stretch = try SpelledPatient.make(with: &simulator, UInt64(first)..<UInt64(last))
            #expect(stretch == Array(together[first..<last]), "\(first)..<\(last)")
        }
    }

    @Test("made into a batch that other patients fill, in chunks out of order")
    func sharedBatch() throws {
        let scenario = Scenario().eventful
        let together = try SpelledPatient.make(scenario, seed: Self.seed, scenario.cohort, 0..<50)
        var batch = EventBatch()
        var members: [Range<Int>] = []
        var simulator = CohortSimulator(scenario, seed: Self.seed, scenario.cohort)
        for chunk in [40..<50, 0..<3, 3..<4, 20..<40, 4..<20] as [Range<UInt64>] {
            simulator.append(chunk, to: &batch, members: &members)
        }
        let spelled = try SpelledPatient.spell(batch, members)
        let places = [Array(40..<50), Array(0..<4), Array(20..<40), Array(4..<20)].joined()
        #expect(spelled == places.map { together[$0] })
        #expect(members.map(\.count).reduce(0, +) == batch.records.count)
    }

    @Test("nothing is made of an empty range")
    func emptyRange() throws {
        #expect(try SpelledPatient.make(Scenario(), seed: 1, Scenario().cohort, 7..<7).isEmpty)
    }

    @Test("large indices have patients of their own")
    func largeIndices() throws {
        let scenario = Scenario()
        let first: UInt64 = 9_999_999_990
        let patients = try SpelledPatient.make(scenario, seed: 3, scenario.cohort, first..<first + 9)
        #expect(patients.map(\.subject) == (first + 1...first + 9).map { "V\($0)" })
        // 2^32 patients further on no random number comes again.
        let one = try SpelledPatient.make(scenario, seed: 3, scenario.cohort, 0..<8)
        let other = try SpelledPatient.make(scenario, seed: 3, scenario.cohort, 1 << 32..<(1 << 32) + 8)
        for (left, right) in zip(one, other) {
            #expect(left.lines[0] != right.lines[0].replacing(right.subject, with: left.subject))
        }
    }

    @Test("other seeds have other patients", arguments: [1, 2, 43, 1 << 32, UInt64.max] as [UInt64])
    func seeds(seed: UInt64) throws {
        let scenario = Scenario()
        let one = try SpelledPatient.make(scenario, seed: 42, scenario.cohort, 0..<16)
        let other = try SpelledPatient.make(scenario, seed: seed, scenario.cohort, 0..<16)
        for (left, right) in zip(one, other) {
            #expect(left.subject == right.subject)
            // The sources name the seeds; without them the events are still others.
            let plain = [(left, "/42/"), (right, "/\(seed)/")].map { patient, seed in
                patient.lines.map { $0.replacing(seed, with: "/") }
            }
            #expect(plain[0] != plain[1])
            #expect(Set(plain[0]).intersection(plain[1]).isEmpty)
        }
    }

    @Test("trials and a cohort have the same patient where it is in the same arm, and the same person elsewhere")
    func allocations() throws {
        let scenario = Scenario().eventful
        let count: UInt64 = 180
        let cohort = try SpelledPatient.make(scenario, seed: 8, scenario.cohort, 0..<count)
        let trials = try SpelledPatient.make(scenario, seed: 8, scenario.trials, 0..<count)
        var same = 0
        for index in 0..<count {
            let (left, right) = (cohort[Int(index)], trials[Int(index)])
            if scenario.cohort.arm(of: index) == scenario.trials.arm(of: index) {
                #expect(left == right, "index \(index)")
                same += 1
            } else {
                // Enrolment and screening come before the arm is known.
                #expect(left.lines.prefix(3) == right.lines.prefix(3), "index \(index)")
                #expect(left != right, "index \(index)")
            }
        }
        #expect((60...120).contains(same))
    }

    @Test("what a change of the scenario does not concern stays the same")
    func unconcerned() throws {
        let scenario = Scenario()
        var other = scenario
        other.immunogenicity.azathioprineHazardRatio = 0.39
        let one = try SpelledPatient.make(scenario, seed: 9, scenario.cohort, 0..<80)
        let two = try SpelledPatient.make(other, seed: 9, scenario.cohort, 0..<80)
        for index in 0..<80 as Range<UInt64> where scenario.cohort.arm(of: index) == 0 {
            // Only the identifier in the sources tells the scenarios apart in monotherapy.
            let renamed = two[Int(index)].lines.map { $0.replacing(other.identifier, with: scenario.identifier) }
            #expect(one[Int(index)].lines == renamed, "index \(index)")
        }
    }
}
