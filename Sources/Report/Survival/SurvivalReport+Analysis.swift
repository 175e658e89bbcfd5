package import Projection
import Survival

extension SurvivalReport {
    /// Analyses the outcomes of a replay.
    ///
    /// - Throws: `ReportError` where the options do not fit the protocol, or outcomes cannot be read.
    package init(_ result: ReplayResult, options: Options = Options()) async throws(ReportError) {
        try self.init(try await Cohort(result), events: result.events, patients: result.patients, options: options)
    }

    /// Analyses the results of one replay, side by side.
    ///
    /// - Throws: `ReportError` where the options do not fit one of the protocols.
    package static func reports(
        _ results: [ReplayResult], options: Options
    ) async throws(ReportError) -> [SurvivalReport] {
        let reports = await withTaskGroup(of: (Int, Result<SurvivalReport, ReportError>).self) { group in
            for (number, result) in results.enumerated() {
                group.addTask {
                    do throws(ReportError) {
                        return (number, .success(try await SurvivalReport(result, options: options)))
                    } catch {
                        return (number, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        var inOrder: [SurvivalReport] = []
        for number in results.indices { if let report = reports[number] { inOrder.append(try report.get()) } }
        return inOrder
    }

    /// Analyses a cohort.
    ///
    /// - Parameters:
    ///   - cohort: the randomised patients.
    ///   - events: how many events the outcomes were folded from.
    ///   - patients: how many patients have events, randomised or not.
    ///   - options: what is reported, and how.
    /// - Throws: `ReportError` where the options do not fit the cohort, or a day is negative.
    package init(
        _ cohort: Cohort, events: Int, patients: Int, options: Options = Options()
    ) throws(ReportError) {
        if let endpoint = options.endpoint, !cohort.endpoints.contains(endpoint) {
            throw .unknownEndpoint(endpoint, known: cohort.endpoints)
        }
        if let month = options.months.first(where: { !Limits.months.contains($0) }) {
            throw .invalidMonth(month)
        }
        let groups = Groups(cohort, by: options.grouping)
        var endpoints: [EndpointSurvival] = []
        for (number, name) in cohort.endpoints.enumerated() where options.endpoint.map({ $0 == name }) ?? true {
            do throws(SurvivalInputError) {
                endpoints.append(
                    try EndpointSurvival(
                        name, days: cohort.days[number], isEvent: cohort.isEvent[number], groups, options))
            } catch {
                throw .invalidTimes(endpoint: name, error)
            }
        }
        self.init(
            protocolName: cohort.protocolName, events: events, patients: patients, randomised: cohort.count,
            grouping: options.grouping, limits: options.limits, endpoints: endpoints)
    }
}

extension EndpointSurvival {
    /// Analyses one endpoint; a column each for the days and for whether the endpoint was met.
    init(
        _ name: String, days: [Double], isEvent: [Bool], _ groups: Groups, _ options: SurvivalReport.Options
    ) throws(SurvivalInputError) {
        guard !days.isEmpty else {
            self.init(name: name, groups: [], logRank: nil, cox: nil, warnings: [])
            return
        }
        let sample = try RightCensoredSample(times: days, status: isEvent)
        let count = groups.names.count
        let curves = try KaplanMeier.curves(sample, groups: groups.members, groupCount: count)
        let described = zip(groups.names, curves).compactMap { name, curve in
            curve.map { GroupSurvival(name: name, $0, options) }
        }
        guard count > 1 else {
            self.init(name: name, groups: described, logRank: nil, cox: nil, warnings: [])
            return
        }
        let hazards = try HazardComparison(
            endpoint: name, days: days, isEvent: isEvent, groups, level: options.limits.level)
        self.init(
            name: name, groups: described,
            logRank: try LogRank(sample, groups: groups.members, groupCount: count).test,
            cox: hazards.comparison, warnings: hazards.warnings)
    }
}

extension GroupSurvival {
    /// Reads off a curve what the options ask for.
    init(name: String, _ curve: KaplanMeier, _ options: SurvivalReport.Options) {
        self.init(
            name: name, curve: curve, median: curve.median(limits: options.limits),
            months: options.months.map { month in
                let day = Double(AtMonth.day(of: month))
                return AtMonth(month: month, estimate: curve.estimate(at: day, limits: options.limits))
            })
    }
}
