import Report
import Survival
import TestData
import Trial

extension Cohort {
    /// A cohort with one endpoint; in each arm the days of the events, and those of censoring.
    init(
        _ arms: KeyValuePairs<String, (events: [Int], censored: [Int])>, protocolArms: [String]? = nil,
        endpoint: String = "clinical-failure"
    ) {
        self.init(protocolName: "roblin-2020", arms: protocolArms ?? arms.map(\.key), endpoints: [endpoint])
        for (arm, days) in arms {
            for day in days.events { add(arm, FollowUp(day: day, isEvent: true)) }
            for day in days.censored { add(arm, FollowUp(day: day, isEvent: false)) }
        }
    }

    /// Two arms of four patients: the figures of the tests were computed with R 4.2.2 and its package survival 3.5-3.
    static let small = Cohort([
        "monotherapy": (events: [100, 200, 300, 400], censored: []),
        "combination": (events: [250], censored: [500, 730, 730]),
    ])

    /// Forty-five patients in each of two arms: 10 and 35 of them without failure at two years.
    static let trial = Cohort([
        "monotherapy": (events: (1...35).map { $0 * 20 }, censored: Array(repeating: 730, count: 10)),
        "combination": (events: (1...10).map { $0 * 70 }, censored: Array(repeating: 730, count: 35)),
    ])

    /// A cohort of random size with random arms, days and outcomes.
    static func random(arms: [String], using generator: inout SeededRandom) -> Cohort {
        var cohort = Cohort(
            protocolName: "roblin-2020", arms: arms, endpoints: ["clinical-failure", "pharmacokinetic-failure"])
        let longest = Int.random(in: 1...1_500, using: &generator)
        let share = Double.random(in: 0...1, using: &generator)
        for _ in 0..<Int.random(in: 0...120, using: &generator) {
            let followUps = cohort.endpoints.map { _ in
                FollowUp(day: Int.random(in: 0...longest, using: &generator), isEvent: generator.unit() < share)
            }
            cohort.append(
                arm: arms.randomElement(using: &generator) ?? "none",
                disease: [.crohn, .ulcerativeColitis, nil].randomElement(using: &generator) ?? nil,
                drug: Bool.random(using: &generator) ? .infliximab : .adalimumab, followUps: followUps)
        }
        return cohort
    }

    /// The report of this cohort alone.
    func report(_ options: SurvivalReport.Options = SurvivalReport.Options()) throws -> SurvivalReport {
        try SurvivalReport(self, events: 4_500, patients: count, options: options)
    }

    private mutating func add(_ arm: String, _ followUp: FollowUp) {
        append(arm: arm, disease: .crohn, drug: .infliximab, followUps: [followUp])
    }
}

extension String {
    /// The lines of a text that ends with a line feed.
    var lines: [Substring] { split(separator: "\n", omittingEmptySubsequences: false).dropLast() }

    /// The text without what sets colours.
    var withoutColor: String { replacing(/\u{1B}\[[0-9]+m/, with: "") }
}

/// Whether two numbers are equal but for rounding.
func isClose(_ value: Double?, _ expected: Double, within tolerance: Double = 1e-8) -> Bool {
    guard let value else { return false }
    return abs(value - expected) <= tolerance * max(abs(expected), 1e-300)
}
