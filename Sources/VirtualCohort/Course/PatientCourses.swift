/// The whole course of eight patients: who they are, what happens to them, what is found at their visits.
struct PatientCourses: Sendable {
    private let scenario: Scenario
    private let visits: Visits
    private var trajectory: Trajectory
    /// The findings of each visit, the one at randomisation first.
    private(set) var findings: [VisitFindings] = []
    /// The day from which on the anti-TNF is not given.
    private(set) var stopDay = Lanes(repeating: .infinity)
    /// The day on which the site stopped the anti-TNF because the patient had failed; infinite where it did not.
    private(set) var failureStopDay = Lanes(repeating: .infinity)

    init(_ scenario: Scenario) {
        self.scenario = scenario
        visits = Visits(scenario)
        trajectory = Trajectory(scenario)
    }

    /// Follows a group through the trial.
    mutating func run(_ group: PatientGroup, _ retention: Retention) {
        stopDay = retention.antiTNFStopDay
        failureStopDay = Lanes(repeating: .infinity)
        follow(group)
        guard scenario.retention.stopAfterFailure else { return }
        for visit in findings {
            let stops =
                visit.hasFailed(crohn: group.crohn) .& (visit.day .>= VisitParameters.firstFailureDay)
                .& (visit.day .< stopDay) .& (visit.day .< retention.withdrawalDay)
            failureStopDay = visit.day.where(stops .& (visit.day .< failureStopDay), else: failureStopDay)
        }
        let stops = failureStopDay .< stopDay
        guard any(stops) else { return }
        // Up to the stop nothing changes, so that the visit that caused it is found again.
        stopDay = failureStopDay.where(stops, else: stopDay)
        follow(group)
    }

    private mutating func follow(_ group: PatientGroup) {
        trajectory.run(group, stopDay: stopDay)
        findings.removeAll(keepingCapacity: true)
        for number in 0..<visits.count {
            findings.append(visits.findings(number, of: group, trajectory, stopDay: stopDay))
        }
    }
}
