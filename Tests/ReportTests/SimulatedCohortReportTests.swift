import Report
import Simulation
import Survival
import Testing
import Trial
import VirtualCohort

/// The report of counts against the report of the same patients one by one.
@Suite("The report of a simulated cohort", .timeLimit(.minutes(2)))
struct SimulatedCohortReportTests {
    private static let setups = [
        SimulationSetup(Scenario(), seed: 81, .roblin2020, .patients(1_000)), Self.threeArms,
        // So few that limits and hazard ratios are not estimable in places.
        SimulationSetup(Scenario(), seed: 83, .roblin2020, .patients(6)),
    ]

    /// An arm more, of which there is nobody among the first patients of so small a share.
    private static var threeArms: SimulationSetup {
        var scenario = Scenario()
        scenario.arms = [
            Arm(name: "first", azathioprine: false, share: 0.25, size: 10),
            Arm(name: "second, \"quoted\"", azathioprine: true, share: 0.75, size: 10),
            Arm(name: "nobody", azathioprine: true, share: 0, size: 10),
        ]
        scenario.retention.dropOutsPerYear = 0.5
        return SimulationSetup(scenario, seed: 82, .roblin2020, .patients(300))
    }

    /// The patients, made and folded one by one.
    private func cohort(_ setup: SimulationSetup) throws -> (cohort: Cohort, events: Int) {
        var cohort = Cohort(
            protocolName: setup.trial.name, arms: setup.scenario.arms.map(\.name),
            endpoints: setup.trial.endpoints.map(\.name))
        var simulator = CohortSimulator(setup.scenario, seed: setup.seed, setup.allocation)
        var fold = PatientFold(CompiledProtocol(setup.trial), until: nil)
        var history = PatientHistory()
        var events = 0
        for patient in 0..<UInt64(setup.size.count) {
            var batch = EventBatch()
            var members: [Range<Int>] = []
            simulator.append(patient..<patient + 1, to: &batch, members: &members)
            let places = batch.records.indices.map { Int32($0) }
            try history.load(places[...], of: &batch, until: nil)
            let outcome = try fold.outcome(of: history, in: batch)
            let randomisation = try #require(outcome.randomisation)
            cohort.append(
                arm: String(decoding: randomisation.arm, as: UTF8.self), disease: randomisation.disease,
                drug: randomisation.drug,
                followUps: outcome.endpoints.map { Cohort.FollowUp(day: $0.day, isEvent: $0.isEvent) })
            events += batch.records.count
        }
        return (cohort, events)
    }

    @Test("has figure by figure what the report of the same patients has", arguments: setups, [0.95, 0.9])
    func sameFigures(_ setup: SimulationSetup, level: Double) async throws {
        let options = SurvivalReport.Options(
            months: [0, 6, 12, 18, 24, 30], limits: ConfidenceLimits(.log, level: level))
        let result = try await Simulation(setup, workers: 2).run(0..<setup.size.count)
        guard case .cohort(let tally) = result.content else {
            Issue.record("a cohort was asked for")
            return
        }
        let found = try SurvivalReport(tally, of: result.header, options: options)
        let (cohort, events) = try cohort(setup)
        let expected = try SurvivalReport(cohort, events: events, patients: cohort.count, options: options)
        #expect(found.protocolName == expected.protocolName)
        #expect(found.events == expected.events)
        #expect([found.patients, found.randomised] == [expected.patients, expected.randomised])
        #expect(found.warnings == expected.warnings)
        #expect(found.endpoints.map(\.name) == expected.endpoints.map(\.name))
        for (one, other) in zip(found.endpoints, expected.endpoints) {
            #expect(one.groups.map(\.name) == other.groups.map(\.name))
            for (group, wanted) in zip(one.groups, other.groups) { compare(group, wanted) }
            #expect(one.logRank?.degreesOfFreedom == other.logRank?.degreesOfFreedom)
            #expect(same(one.logRank?.statistic, other.logRank?.statistic))
            #expect(same(one.logRank?.p, other.logRank?.p))
            #expect(one.cox?.reference == other.cox?.reference)
            #expect(one.cox?.terms.map(\.name) == other.cox?.terms.map(\.name))
            for (term, wanted) in zip(one.cox?.terms ?? [], other.cox?.terms ?? []) {
                #expect(same(term.estimate?.coefficient, wanted.estimate?.coefficient))
                #expect(same(term.estimate?.standardError, wanted.estimate?.standardError))
                #expect(same(term.estimate?.lower, wanted.estimate?.lower))
                #expect(same(term.estimate?.upper, wanted.estimate?.upper))
                #expect(same(term.estimate?.p, wanted.estimate?.p))
            }
        }
        #expect(found.table() == expected.table())
    }

    private func compare(_ group: GroupSurvival, _ wanted: GroupSurvival) {
        #expect([group.count, group.events, group.censored] == [wanted.count, wanted.events, wanted.censored])
        #expect(group.median == wanted.median)
        #expect(group.months.map(\.day) == wanted.months.map(\.day))
        for (month, expected) in zip(group.months, wanted.months) {
            let (one, other) = (month.estimate, expected.estimate)
            #expect(one.atRisk == other.atRisk, "\(group.name), month \(month.month)")
            #expect(same(one.survival, other.survival), "\(group.name), month \(month.month)")
            #expect(same(one.standardError, other.standardError), "\(group.name), month \(month.month)")
            #expect(same(one.lower, other.lower), "\(group.name), month \(month.month)")
            #expect(same(one.upper, other.upper), "\(group.name), month \(month.month)")
        }
    }

    /// Whether two numbers are the same but for the last digits, which may depend on the order of sums.
    private func same(_ one: Double?, _ other: Double?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one == other || abs(one - other) <= 1e-9 * max(abs(one), abs(other))
    }

    @Test("of nobody has endpoints without groups or none, and no figures")
    func nobody() async throws {
        let setup = SimulationSetup(Scenario(), seed: 84, .roblin2020, .patients(10))
        let result = try await Simulation(setup, workers: 1).run(3..<3)
        guard case .cohort(let tally) = result.content else { return }
        let report = try SurvivalReport(tally, of: result.header)
        #expect(report.endpoints.allSatisfy { $0.groups.isEmpty })
        #expect(report.json(of: result.header, result.range).contains(#""patients":0"#))
    }
}
