import TestData
import Testing

@testable import Report

@Suite("Columns of settled widths")
struct FixedColumnsTests {
    private static let columns = [
        FixedColumns.Column.text("name", width: 6), .number("n"), .text("cause", width: 7), .number("share", width: 6),
    ]

    @Test("Texts are aligned left and cut, numbers are aligned right and stay whole, and no line ends in blanks")
    func cells() {
        let columns = FixedColumns(Self.columns, Style())
        #expect(columns.head == "name   n cause    share\n")
        #expect(columns.line(["abc", "1", "horizon", "0.5"]) == "abc    1 horizon    0.5\n")
        #expect(columns.line(["abcdefg", "1234", "last-contact", "5"]) == "abcde… 1234 last-c…      5\n")
        #expect(FixedColumns([.number("n"), .text("last", width: 9)], Style()).line(["1", "x"]) == "1 x\n")
        let apart = FixedColumns(Self.columns, gap: 3, Style())
        #expect(apart.line(["a", "1", "b", "2"]) == "a        1   b              2\n")
    }

    @Test("Widths are those of the terminal: wide characters take two, marks none")
    func width() {
        let columns = FixedColumns(Self.columns, Style())
        #expect(columns.line(["患者", "1", "x", "2"]) == "患者   1 x            2\n")
        #expect(columns.line(["患者患者", "1", "x", "2"]) == "患者…  1 x            2\n")
        #expect(columns.line(["e\u{301}", "1", "x", "2"]) == "e\u{301}      1 x            2\n")
        let ascii = FixedColumns(Self.columns, Style(usesUnicode: false))
        #expect(ascii.line(["患者", "1", "x", "2"]) == "??     1 x            2\n")
    }

    @Test("What would move the cursor or turn the direction of writing is replaced in every cell")
    func hostile() {
        let columns = FixedColumns(Self.columns, Style())
        #expect(
            columns.line(["a\u{1B}[2J", "1\n", "x\u{7}", "\u{202E}2"]) == "a?[2J  1? x?          \u{FFFD}2\n")
    }

    @Test("Columns grow to the widest cell that is to come, and narrowed ones fit the width, the widest first")
    func measured() throws {
        let seed: UInt64 = 78
        var random = SeededRandom(seed: seed)
        for turn in 0..<300 {
            func text(_ most: Int) -> String {
                String(repeating: ["x", "患", "é"][random.below(3)], count: random.below(most))
            }
            let rows = (0..<1 + random.below(6)).map { _ in
                [text(40), "\(random.below(100_000))", text(60), "\(random.below(9))"]
            }
            let style = Style(width: 40 + random.below(100))
            var columns = FixedColumns(Self.columns, style)
            for row in rows { columns.widen(for: row) }
            for row in rows {
                let line = columns.line(row)
                try #require(!line.contains("…"), "seed \(seed), turn \(turn): \(line)")
                for cell in row { try #require(line.contains(cell), "seed \(seed), turn \(turn): \(line)") }
            }
            try #require(Set(rows.map { columns.line($0).displayWidth }).count == 1, "seed \(seed), turn \(turn)")
            columns.narrow()
            for row in rows {
                let width = columns.line(row).displayWidth - 1
                try #require(width <= style.width, "seed \(seed), turn \(turn): \(width)")
            }
        }
    }
}
