import Testing

@testable import Report

@Suite("Numbers for people")
struct FigureTests {
    @Test(
        "decimals are rounded by the digits of the number",
        arguments: [
            (0.0, 1, "0.0"), (22.25, 1, "22.3"), (99.95, 1, "100.0"), (99.949, 1, "99.9"), (0.04, 1, "0.0"),
            (0.05, 1, "0.1"), (0.95, 0, "1"), (0.4, 0, "0"), (548, 0, "548"), (548, 2, "548.00"), (-0.04, 1, "0.0"),
            (-1.25, 1, "-1.3"), (1e22, 0, "10000000000000000000000"), (1.5e-7, 8, "0.00000015"), (9.996, 2, "10.00"),
            (0.999, 2, "1.00"), (0.0049, 2, "0.00"), (123_456.789, 1, "123456.8"),
        ] as [(Double, Int, String)])
    func fixed(value: Double, decimals: Int, expected: String) {
        #expect(Figure(value).fixed(decimals) == expected)
    }

    // The spellings are those of R's format.pval(p, digits = 2), one value at a time.
    @Test(
        "p values are spelled as in R",
        arguments: [
            (8.726e-9, "p = 8.7e-09"), (0.0013111, "p = 0.0013"), (0.031, "p = 0.031"), (0.5, "p = 0.5"),
            (1, "p = 1"), (0.99, "p = 0.99"), (0.996, "p = 1"), (1e-4, "p = 1e-04"), (1.3e-4, "p = 0.00013"),
            (9.96e-5, "p = 1e-04"), (9.9e-5, "p = 9.9e-05"), (2.3e-16, "p = 2.3e-16"), (0.05, "p = 0.05"),
            (0.0949, "p = 0.095"), (1.234e-5, "p = 1.2e-05"), (1e-16, "p < 2e-16"), (0, "p < 2e-16"),
        ] as [(Double, String)])
    func pValues(p: Double, expected: String) {
        #expect(Style().pValue(p) == expected)
    }

    @Test(
        "ratios have two decimals where that says enough",
        arguments: [
            (0.17444, "0.17"), (0.0095, "0.01"), (0.00123, "0.0012"), (12.345, "12.35"), (999.99, "999.99"),
            (1_234, "1234"), (3.6e9, "3.6e+09"), (1e-12, "1e-12"), (.infinity, "–"),
        ] as [(Double, String)])
    func ratios(value: Double, expected: String) {
        #expect(Style().ratio(value) == expected)
    }

    @Test("counts have commas between thousands")
    func counts() {
        #expect([0, 999, 1_000, 1_234_567].map(Style().count) == ["0", "999", "1,000", "1,234,567"])
    }

    @Test("the width of text is that of a terminal's cells")
    func widths() {
        #expect("combination".displayWidth == 11)
        #expect("cafe\u{301}".displayWidth == 4)
        #expect("日本語".displayWidth == 6)
        #expect("👩‍🔬 α".displayWidth == 4)
    }

    @Test("names cannot move the cursor or turn the direction of writing")
    func printable() {
        #expect("a\u{1B}[2Jb\tc".printable(Style()) == "a?[2Jb?c")
        #expect("a\u{202E}b\u{9B}c".printable(Style()) == "a\u{FFFD}b\u{FFFD}c")
        #expect("é日".printable(Style(usesUnicode: false)) == "??")
    }
}
