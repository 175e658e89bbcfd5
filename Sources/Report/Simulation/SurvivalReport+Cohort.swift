package import Simulation
import Survival

extension SurvivalReport {
    /// Analyses a simulated cohort, arm by arm, from its counts.
    ///
    /// - Throws: `ReportError` where the counts cannot be analysed.
    package init(
        _ tally: CohortTally, of header: SimulationResult.Header, options: Options = Options()
    ) throws(ReportError) {
        var endpoints: [EndpointSurvival] = []
        for (number, name) in header.endpoints.enumerated() where tally.patients > 0 {
            do throws(SurvivalInputError) {
                endpoints.append(try EndpointSurvival(name, tally, endpoint: number, arms: header.arms, options))
            } catch {
                throw .invalidTimes(endpoint: name, error)
            }
        }
        self.init(
            protocolName: header.trial, events: tally.events, patients: tally.patients, randomised: tally.patients,
            grouping: .arm, limits: options.limits, endpoints: endpoints)
    }

    /// A simulated cohort's report as one JSON object on one line: which simulation, then the members of ``json()``.
    package func json(of header: SimulationResult.Header, _ range: Range<Int>) -> String {
        var writer = JSONWriter()
        writer.object { writer in
            header.write(range, to: &writer)
            writeMembers(to: &writer)
        }
        writer.endLine()
        return writer.text
    }
}

extension EndpointSurvival {
    /// Analyses one endpoint of a cohort; arms without patients are left out.
    fileprivate init(
        _ name: String, _ tally: CohortTally, endpoint: Int, arms: [String], _ options: SurvivalReport.Options
    ) throws(SurvivalInputError) {
        let columns = arms.indices.map { arm in
            (
                failures: tally.failures(arm: arm, endpoint: endpoint),
                censored: tally.censored(arm: arm, endpoint: endpoint)
            )
        }
        let present = arms.indices.filter { arm in
            columns[arm].failures.contains { $0 > 0 } || columns[arm].censored.contains { $0 > 0 }
        }
        let sample = try CountedSample(
            times: (0..<tally.days).map(Double.init), events: present.map { columns[$0].failures },
            censored: present.map { columns[$0].censored })
        let names = present.map { arms[$0] }
        let groups = zip(names, KaplanMeier.curves(sample)).compactMap { name, curve in
            curve.map { GroupSurvival(name: name, $0, options) }
        }
        guard groups.count > 1 else {
            self.init(name: name, groups: groups, logRank: nil, cox: nil, warnings: [])
            return
        }
        let hazards = HazardComparison(endpoint: name, sample, names: names, level: options.limits.level)
        self.init(
            name: name, groups: groups, logRank: LogRank(sample).test, cox: hazards.comparison,
            warnings: hazards.warnings)
    }
}
