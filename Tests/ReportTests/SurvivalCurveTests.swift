import Report
import Survival
import TestData
import Testing
import Trial

@Suite("Survival curves in a terminal")
struct SurvivalCurveTests {
    @Test("a small trial in braille")
    func braille() throws {
        let endpoint = try Cohort.small.report().endpoints[0]
        #expect(
            SurvivalCurve(endpoint, Style(width: 48), height: 12).text() == """
                clinical-failure
                ⠒⠒⠒ monotherapy   ⠶⠶⠶ combination
                 100 % ┤⠶⠶⠶⠶⠶⡶⠶⠶⠶⠶⠶⠶⢶⡆
                  80 % ┤     ⠧⠤⠤⠤⠤⡄ ⢸⣧⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤⣤
                  60 % ┤          ⣇⣀⣀⣀⣀⡀
                  40 % ┤               ⡇
                  20 % ┤               ⠉⠉⠉⠉⠉⡇
                   0 % ┼─────────┬────────┬─⠃──────┬────────┬
                months 0         6        12       18       24
                at risk
                ⠒⠒⠒    4         3        1        0        0
                ⠶⠶⠶    4         4        3        2        2

                """)
    }

    @Test("a small trial in ASCII")
    func ascii() throws {
        let endpoint = try Cohort.small.report().endpoints[0]
        #expect(
            SurvivalCurve(endpoint, Style(usesUnicode: false, width: 48), height: 12).text() == """
                clinical-failure
                *** monotherapy   ooo combination
                 100 % +******ooooooo
                  80 % +     ****** ooooooooooooooooooooooooo
                  60 % +          *
                  40 % +          ******
                  20 % +               ******
                   0 % +---------+--------+-*------+--------+
                months 0         6        12       18       24
                at risk
                ***    4         3        1        0        0
                ooo    4         4        3        2        2

                """)
    }

    @Test("a trial of two arms at the usual size")
    func trial() throws {
        let endpoint = try Cohort.trial.report().endpoints[0]
        #expect(
            SurvivalCurve(endpoint).text() == """
                clinical-failure                            ⠒⠒⠒ monotherapy   ⠶⠶⠶ combination
                 100 % ┤⠶⠶⠶⠶⣶⣶⢶⣦⣤⣤⣤⣤⣤⣤⣀⣀⣀⣀⣀⣀⡀
                       │     ⠈⠉⠙⠒⠲⠤⢤⣀⡉⠉⠉⠉⠉⠉⠙⠛⠛⠛⠛⠛⠛⠻⠷⠶⠶⠶⠶⠶⣶⣤⣤⣤⣤⣤⣤⣄⣀⣀⣀⣀⣀⣀
                       │             ⠉⠉⠧⠤⣄⣀⡀                   ⠈⠉⠉⠉⠉⠉⠉⠛⠛⠛⠛⠛⠛⢻⣧⣤⣤⣤⣤⣤⣤⣀⣀⣀⣀⣀⣀⡀
                  75 % ┤                   ⠉⠙⠒⠲⠤⢤⣀⣀                                ⠉⠉⠉⠉⠉⠉⠙⠛⠛⠛
                       │                          ⠈⠉⠓⠒⠦⠤⣄⣀⡀
                       │                                  ⠉⠙⠒⠲⠤⢤⣀⣀
                  50 % ┤ ·   ·   ·   ·   ·   ·   ·   ·   ·   ·   ⠈⠉⠧⠤⣄⣀⡀ ·   ·   ·   ·   ·
                       │                                               ⠉⠉⠓⠲⠤⢤⣀⣀
                       │                                                      ⠈⠉⠙⠒⠦⠤⣄⣀⡀
                  25 % ┤                                                              ⠉⠉⠓⠲⠤⠤⠤
                       │
                       │
                   0 % ┼────────┬────────┬───────┬────────┬───────┬────────┬────────┬───────┬
                months 0        3        6       9        12      15       18       21      24
                at risk
                ⠒⠒⠒    45       41       36      32       27      23       18       14      10
                ⠶⠶⠶    45       44       43      42       40      39       38       36      35

                """)
    }

    @Test("a curve goes down by the events and ends with its last observation")
    func steps() throws {
        let cohort = Cohort(["half": ([200], [400]), "short": ([100], [200])])
        let style = Style(usesUnicode: false, width: 51)
        let lines = SurvivalCurve(try cohort.report().endpoints[0], style, height: 14).text().lines
        // Forty columns for 400 days, and two rows for 25 %.
        let rows = lines[1...9].map { String($0.dropFirst(8)) }
        #expect(rows[0] == String(repeating: "*", count: 21))
        #expect(rows[1...3] == Array(repeating: blank(10) + "o" + blank(9) + "*", count: 3)[...])
        #expect(rows[4] == " .   .   ." + String(repeating: "o", count: 10) + String(repeating: "*", count: 20))
        #expect(rows[5...7] == ["", "", ""])
    }

    private func blank(_ count: Int) -> String { String(repeating: " ", count: count) }

    @Test("a plot keeps to its width and height", arguments: UInt64(1)...80)
    func size(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        let arms = (1...Int.random(in: 1...8, using: &generator)).map { "arm \($0)" }
        let endpoint = try Cohort.random(arms: arms, using: &generator).report().endpoints[0]
        let width = Int.random(in: 40...140, using: &generator)
        let height = Int.random(in: 20...50, using: &generator)
        for usesUnicode in [true, false] {
            let style = Style(usesUnicode: usesUnicode, width: width)
            let text = SurvivalCurve(endpoint, style, height: height).text()
            #expect(text.lines.count <= height, "seed \(seed)")
            for line in text.lines { #expect(line.count <= width, "seed \(seed): \(line)") }
            #expect(usesUnicode || text.utf8.allSatisfy { $0 < 0x80 }, "seed \(seed)")
            let colored = SurvivalCurve(
                endpoint, Style(usesColor: true, usesUnicode: usesUnicode, width: width), height: height
            ).text()
            #expect(colored.withoutColor == text, "seed \(seed)")
        }
    }

    @Test("the numbers at risk are those of the curves, at months that were reached")
    func atRisk() throws {
        for lastDay in Array(1...40) + Array(480...490) + [729, 730, 731, 5_000] { try checkAtRisk(lastDay: lastDay) }
    }

    private func checkAtRisk(lastDay: Int) throws {
        let endpoint = try Cohort(["a": (Array(1...lastDay), [])]).report().endpoints[0]
        let lines = SurvivalCurve(endpoint).text().lines
        let heads = try #require(lines.first { $0.hasPrefix("months") })
        let months = heads.dropFirst(6).split(separator: " ").compactMap { Int($0) }
        let counts = try #require(lines.last).dropFirst(3).split(separator: " ").compactMap {
            Int($0.replacing(",", with: ""))
        }
        #expect(months.allSatisfy { GroupSurvival.AtMonth.day(of: $0) <= lastDay })
        #expect(counts == months.map { lastDay - max(1, GroupSurvival.AtMonth.day(of: $0)) + 1 })
        let axis = try #require(lines.first { $0.contains("0 % ┼") })
        #expect(axis.filter { $0 == "┬" }.count >= months.count - 2)
    }

    @Test("groups have distinct marks, and more than six are not drawn")
    func manyGroups() throws {
        var cohort = Cohort(protocolName: "p", arms: [], endpoints: ["e"])
        for number in 0..<9 {
            cohort.append(
                arm: "arm \(number)", disease: nil, drug: .infliximab,
                followUps: [Cohort.FollowUp(day: 100 * number + 50, isEvent: number % 2 == 0)])
        }
        let endpoint = try cohort.report().endpoints[0]
        for usesUnicode in [true, false] {
            let lines = SurvivalCurve(endpoint, Style(usesUnicode: usesUnicode), height: 30).text().lines
            #expect(lines.last == "3 more groups not drawn")
            let swatches = lines.dropLast().suffix(6).map { $0.prefix(3) }
            #expect(Set(swatches).count == 6)
            let legend = lines[0...2].joined(separator: " ")
            for (number, swatch) in swatches.enumerated() { #expect(legend.contains("\(swatch) arm \(number)")) }
            #expect(!legend.contains("arm 6"))
        }
    }

    @Test("without patients there is only the name")
    func empty() throws {
        let cohort = Cohort(protocolName: "p", arms: ["a"], endpoints: ["e"])
        #expect(SurvivalCurve(try cohort.report().endpoints[0]).text() == "e\nno randomised patients\n")
    }

    @Test("patients who are all followed for no day make a plot too")
    func dayZero() throws {
        let endpoint = try Cohort(["a": ([0], [0])]).report().endpoints[0]
        #expect(SurvivalCurve(endpoint).text().lines.contains { $0.hasPrefix("months 0") })
    }
}
