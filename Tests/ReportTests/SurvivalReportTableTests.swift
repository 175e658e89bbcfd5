import Report
import Survival
import TestData
import Testing

@Suite("Reports for people")
struct SurvivalReportTableTests {
    @Test("the table of a trial")
    func trial() throws {
        #expect(
            try Cohort.trial.report().table() == """
                roblin-2020: 90 patients, 90 randomised, 4,500 events

                clinical-failure

                  survival in %, 95 % confidence interval below
                  arm           n  events    month 6   month 12   month 18   month 24
                  monotherapy  45      35       80.0       60.0       40.0       22.2
                                           65.1–89.1  44.3–72.6  25.8–53.8  11.5–35.1
                  combination  45      10       95.6       88.9       84.4       77.8
                                           83.4–98.9  75.3–95.2  70.1–92.3  62.6–87.4

                  median time to the event
                  monotherapy  460 days (320–580), 15.1 months (10.5–19.1)
                  combination  not reached

                  log-rank     χ² = 29.0 on 1 degree of freedom, p = 7.4e-08

                  hazard ratio against monotherapy
                  combination  0.18 (0.09–0.36), p = 1.6e-06

                Kaplan–Meier estimates with 95 % limits (log-log); log-rank test; Cox regression
                with Efron's ties, Wald's p. Month m is day floor(30.4375 m) after
                randomisation. – means not estimable.

                """)
    }

    @Test("what is not estimable is said so")
    func notEstimable() throws {
        let table = try Cohort(["a": ([], [400, 500]), "b": ([], [600])]).report().table()
        #expect(table.contains("  log-rank  not estimable\n"))
        #expect(table.contains("  hazard ratio against a\n  b         not estimable\n"))
        #expect(table.contains("  a         not reached\n"))
        let small = try Cohort.small.report().table()
        #expect(small.contains("  monotherapy  250 days (≥ 100), 8.2 months (≥ 3.3)\n"))
        #expect(small.contains("  combination  not reached (≥ 250 days, ≥ 8.2 months)\n"))
    }

    @Test("where a curve has a value and no limits, that is said where they would stand")
    func withoutLimits() throws {
        // Nobody has an event: the limits of what is still 100 % end with the first who is not followed any more.
        let table = try Cohort(["a": ([], [400, 500, 800]), "b": ([600], [700, 800])]).report().table()
        let row = try #require(table.lines.firstIndex { $0.hasPrefix("  a  ") })
        #expect(table.lines[row].split(separator: " ").suffix(4) == ["100.0", "100.0", "100.0", "100.0"])
        #expect(table.lines[row + 1].split(separator: " ") == ["100.0–100.0", "100.0–100.0", "–", "–"], "\(table)")
    }

    @Test("a single group is not compared, and nobody makes no table")
    func withoutComparison() throws {
        let single = try Cohort(["a": ([10], [20])]).report().table()
        #expect(!single.contains("log-rank") && !single.contains("hazard") && !single.contains("Cox"))
        let none = Cohort(protocolName: "p", arms: ["a"], endpoints: ["e"])
        #expect(
            try none.report().table() == "p: 0 patients, 0 randomised, 4,500 events\n\ne\n  no randomised patients\n")
    }

    @Test("no line is wider than the style says", arguments: UInt64(1)...80)
    func width(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        let names = ["monotherapy", "combination", "日本語の腕", "an arm with a name that is longer than its column"]
        let cohort = Cohort.random(
            arms: Array(names.shuffled(using: &generator).prefix(Int.random(in: 1...4, using: &generator))),
            using: &generator)
        let months = (0..<Int.random(in: 0...14, using: &generator)).map { _ in
            Int.random(in: 0...240, using: &generator)
        }
        let width = Int.random(in: 40...120, using: &generator)
        let report = try cohort.report(SurvivalReport.Options(months: months))
        for usesUnicode in [true, false] {
            let table = report.table(Style(usesUnicode: usesUnicode, width: width))
            for line in table.lines { #expect(columns(line) <= width, "seed \(seed): \(line)") }
            #expect(table.lines.allSatisfy { $0.last != " " }, "seed \(seed)")
            #expect(usesUnicode || table.utf8.allSatisfy { $0 < 0x80 }, "seed \(seed)")
        }
    }

    @Test("long names have lines of their own, and those too long for a line are cut")
    func longNames() throws {
        let long = String(repeating: "azathioprine and adalimumab ", count: 4)
        let table = try Cohort(["mono": ([10, 20], [30]), long: ([15], [730])]).report().table()
        #expect(table.lines.allSatisfy { $0.count <= 80 })
        #expect(table.contains("\n  azathioprine and adalimumab azathioprine and adalimumab azathioprine and"))
        #expect(table.contains("…\n"))
    }

    @Test("months that do not fit side by side go below")
    func manyMonths() throws {
        let months = Array(1...12)
        let table = try Cohort.trial.report(SurvivalReport.Options(months: months)).table()
        for month in months { #expect(table.contains("month \(month)")) }
        #expect(table.lines.allSatisfy { $0.count <= 80 })
    }

    @Test("colours change nothing but the colours")
    func colours() throws {
        let report = try Cohort.trial.report()
        let colored = report.table(Style(usesColor: true))
        #expect(colored.contains("\u{1B}[1mclinical-failure\u{1B}[0m\n"))
        #expect(colored.withoutColor == report.table())
        #expect(!report.table().contains("\u{1B}"))
    }

    @Test("a name with control characters cannot write to the terminal")
    func escape() throws {
        let report = try Cohort(["a\u{1B}[2J\nb": ([10], [20]), "c": ([5], [9])]).report()
        let text = report.table() + SurvivalCurve(report.endpoints[0]).text()
        #expect(!text.contains("\u{1B}"))
        #expect(text.contains("a?[2J?b"))
    }

    /// The columns of a line; the wide characters of these tests are all Chinese or Japanese.
    private func columns(_ line: Substring) -> Int {
        line.unicodeScalars.reduce(0) { $0 + ((0x3000...0x9FFF).contains($1.value) ? 2 : 1) }
    }
}
