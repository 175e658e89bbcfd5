import Testing

@testable import NaiveTrial

/// That the generator's awkward constructs really occur, and every result with them.
@Suite struct CoverageTests {
    static let seeds: Range<UInt64> = 0..<2000

    @Test("2,000 seeds bring every construct and every result, each at least so often")
    func coverage() async throws {
        var counts: [String: Int] = [:]
        try await withThrowingTaskGroup(of: [String: Int].self) { group in
            for part in UInt64(0)..<4 {
                group.addTask { try await Self.counted(part) }
            }
            for try await part in group { counts.merge(part, uniquingKeysWith: +) }
        }
        for (least, constructs) in Self.required {
            for construct in constructs {
                #expect(counts[construct, default: 0] >= least, "\(construct)")
            }
        }
        #expect(counts["trials of 5 patients"] == nil)
    }

    @concurrent
    private static func counted(_ part: UInt64) async throws -> [String: Int] {
        var coverage = Coverage()
        for seed in seeds where seed % 4 == part { try coverage.add(seed: seed) }
        return coverage.counts
    }

    static let kinds = [
        "enrolment", "randomisation", "dose", "assay", "score", "adverse event", "treatment stop", "withdrawal",
        "completion",
    ]

    static let required: [(Int, [String])] = results + constructs + boundaries

    /// Each cause, each reason of censoring, each finding.
    static let results: [(Int, [String])] = [
        (
            400,
            ["completion", "horizon", "last-contact", "treatment-stop", "withdrawal"].map { "censored: \($0)" }
                + ["event: criterion 1", "event: treatment-stop", "randomised", "not randomised"]
        ),
        (150, ["censored: cut", "event: criterion 2", "event: criterion 3", "event on day 0"]),
        (
            300,
            [
                "assay-of-drug-never-given", "correction-of-correction", "correction-without-target",
                "dose-before-randomisation", "never-enrolled", "second-enrolment", "second-randomisation",
                "unknown-arm",
            ].map { "finding: \($0)" }
        ),
        (
            25,
            [
                "several criteria hold on the same day", "stop and criterion on the same day",
                "stop before a criterion", "met on the day after the limit",
            ]
        ),
        (
            10,
            ["completion", "cut", "horizon", "treatment-stop", "withdrawal"]
                .map { "event on the day of the limit by \($0)" }
                + ["completion", "horizon", "treatment-stop", "withdrawal"].map { "met after the limit by \($0)" }
        ),
        (
            100,
            [
                "last contact a day before the limit", "last contact on the day of the limit",
                "evidence of different events", "evidence chosen among several", "evidence chosen between equal times",
                "evidence on the edge of the window", "satisfied again after the event",
            ]
        ),
        (
            3,
            [
                "horizon = completion", "horizon = cut", "horizon = treatment-stop", "horizon = withdrawal",
                "withdrawal = completion", "withdrawal = treatment-stop", "withdrawal = cut",
                "completion = treatment-stop", "completion = cut", "treatment-stop = cut",
            ].map { "equal limits: \($0)" }
        ),
    ]

    /// What protocols and lines are made of.
    static let constructs: [(Int, [String])] = [
        (
            200,
            ["treatment-stop: ignore", "treatment-stop: event", "treatment-stop: censor", "default protocol"]
                + (1...3).flatMap { ["\($0) endpoints", "\($0) conditions"] }
                + [0, 1, 7, 28].map { "within \($0)" } + [0, 14, 84].map { "from \($0)" }
                + ["disease-bound criterion", "criterion of the other disease", "condition with method"]
                + ["condition with unit", "condition with min-grade", "condition with serious true"]
                + ["condition with serious false", "as-of leaves lines out", "lines sent again"]
                + ["any", "study-drug", "azathioprine", "infliximab", "no drug asked"]
                .map { "condition on adverse event of \($0)" }
                + ["none", "reduced", "interrupted", "withdrawn"].map { "condition on action \($0)" }
                + ["study-drug", "anti-study-drug", "infliximab", "anti-adalimumab", "calprotectin", "crp", "6-tgn"]
                .map { "condition on assay \($0)" }
                + Relation.allCases.map { "assay condition \($0)" }
                + (1...4).map { "trials of \($0) patients" }
        ),
        (
            100,
            Relation.allCases.flatMap { relation in
                ["HBI total", "HBI pain", "Mayo total", "Mayo endoscopy", "Mayo bleeding", "partial-Mayo total"]
                    .map { "condition on \($0) \(relation)" }
            } + ["patient of 40 events", "enrolled after randomisation", "enrolments of different diseases"]
        ),
        (
            200,
            [
                "infliximab factor 0.001", "adalimumab factor 1.0", "anti-infliximab factor 1000.0",
                "anti-adalimumab factor 1.0", "crp factor 10.0", "albumin factor 10.0", "calprotectin factor 1.0",
                "6-tgn factor 1.0", "in AU/mL", "by the other method", "in the other unit", "of the study drug",
            ].map { "assay \($0)" }
                + ["comparator <", "comparator >", "unit with a micro sign", "number with exponent"]
                + ["line with \\u escapes", "line with \\/", "extension attribute", "score with items"]
                + ["time with offset", "local date is not the UTC date", "at UTC midnight"]
                + ["a microsecond after UTC midnight", "a microsecond before UTC midnight"]
                + ["randomised, not enrolled"]
        ),
        (
            250,
            [
                "correction of a correction", "correction without target", "voided", "replaced", "moved in time",
                "corrections of one event with equal times", "corrections of one event with different times",
            ]
        ),
        (30, kinds.flatMap { ["voided \($0)", "type changed to \($0)"] }),
        (100, ["correction recorded before its target", "correction after the cut"]),
        (20, ["corrected to after the cut", "corrected to before the cut", "arm with control characters"]),
        (20, ["arm in another normal form"]),
    ]

    /// What lies at, just before and just after something.
    static let boundaries: [(Int, [String])] = [
        (
            100,
            [0, 1, 7, 28].flatMap {
                ["apart by exactly the window \($0)", "apart by a day more than the window \($0)"]
            } + [1, 7, 28].map { "apart by a day less than the window \($0)" }
                + [14, 84].flatMap { day in
                    ["the day before", "on the day", "the day after"].map { "satisfied \($0) from \(day)" }
                } + ["within the window, but one before from"]
        ),
        (20, ["met on the day from 14", "met on the day from 84"]),
        (
            60,
            Relation.allCases.flatMap { relation in
                ["at", "under", "over"].flatMap {
                    ["assay = \($0), condition \(relation)", "score \($0), condition \(relation)"]
                }
            }
        ),
        (
            20,
            Relation.allCases.flatMap { relation in
                ["at", "under", "over"].flatMap {
                    ["assay < \($0), condition \(relation)", "assay > \($0), condition \(relation)"]
                }
            }
        ),
        (
            10,
            Relation.allCases.flatMap { relation in
                ["an ulp under", "an ulp over"].map { "assay = \($0), condition \(relation)" }
            }
        ),
        (100, ["grade at min-grade", "grade just under min-grade", "adverse event with the other seriousness"]),
        (100, ["adverse event with another action", "adverse event of another drug"]),
        (50, ["adverse event without the drug asked for", "adverse event without drug, any asked for"]),
        (
            200,
            kinds.filter { $0 != "randomisation" }.map { "\($0) on a negative day" }
                + ["event on the day of the limit", "event on the day after the limit", "event after the horizon"]
                + ["event after the withdrawal", "event after the completion", "events dropped by the cut"]
                + ["event at the very moment of the cut"]
        ),
        (10, kinds.filter { $0 != "randomisation" }.map { "\($0) on day 0 before the randomisation" }),
        (50, ["event a microsecond after the cut"]),
        (
            100,
            ["adverse-event", "lack-of-efficacy", "patient-decision", "physician-decision", "other"]
                .map { "treatment stop: \($0)" }
        ),
        (1000, ["tie in time", "tie decided by the id", "tie decided by the source"]),
        (100, ["tie: byte order is not UTF-16 order", "tie: byte order is not case-blind order"]),
        (100, ["tie: byte order is not numeric order", "tie of canonically equal ids"]),
        (100, ["tie: the ids alone would decide otherwise", "tie: source and id run together would decide otherwise"]),
        (10, ["tie: byte order is not Swift's order"]),
    ]
}
