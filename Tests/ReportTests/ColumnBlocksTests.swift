import TestData
import Testing

@testable import Report

@Suite("Columns in blocks")
struct ColumnBlocksTests {
    @Test("Every cell stands once, in the row of its first cell and under its heading, and no line is too wide")
    func layout() throws {
        let seed: UInt64 = 77
        var random = SeededRandom(seed: seed)
        for turn in 0..<300 {
            let (count, rows) = (1 + random.below(8), 1 + random.below(5))
            func cell(_ name: String) -> String { name + String(repeating: "x", count: random.below(9)) }
            let first = ColumnBlocks.Column(heads: ("", cell("head")), cells: (0..<rows).map { cell("row\($0)|") })
            let columns = (0..<count).map { column in
                ColumnBlocks.Column(
                    heads: (cell("u\(column)|"), cell("l\(column)|")),
                    cells: (0..<rows).map { cell("c\(column)r\($0)|") })
            }
            let style = Style(width: 40 + random.below(80))
            let lines = ColumnBlocks(first: first, columns: columns).lines(style)
            try #require(lines.allSatisfy { $0.displayWidth <= style.width }, "seed \(seed), turn \(turn)")
            for (number, column) in columns.enumerated() {
                let end = try place(of: "l\(number)|", in: lines)
                try #require(lines[end.line].contains(first.heads.lower), "seed \(seed), turn \(turn)")
                try #require(try place(of: "u\(number)|", in: lines).line == end.line - 1, "seed \(seed), turn \(turn)")
                for row in 0..<rows {
                    let found = try place(of: "c\(number)r\(row)|", in: lines)
                    try #require(found.line == end.line + 1 + row, "seed \(seed), turn \(turn)")
                    try #require(lines[found.line].contains("row\(row)|"), "seed \(seed), turn \(turn)")
                    let right = { (place: (line: Int, column: Int), text: String) in place.column + text.count }
                    try #require(
                        right(found, column.cells[row]) == right(end, column.heads.lower), "seed \(seed), turn \(turn)")
                }
            }
        }
    }

    /// The only line with a text, and the column at which it begins there.
    private func place(of text: String, in lines: [String]) throws -> (line: Int, column: Int) {
        let found = lines.indices.filter { lines[$0].contains(text) }
        try #require(found.count == 1, "\(text) in \(lines)")
        let range = try #require(lines[found[0]].firstRange(of: text))
        return (found[0], lines[found[0]].distance(from: lines[found[0]].startIndex, to: range.lowerBound))
    }

    @Test("Columns joined under one heading keep their cells aligned")
    func joined() {
        let column = ColumnBlocks.Column.joined(
            [
                ColumnBlocks.Column(heads: ("", "events"), cells: ["5", "1,234"]),
                ColumnBlocks.Column(heads: ("", "month 24"), cells: ["22.3", "100.0"]),
            ], under: "monotherapy")
        #expect(column.heads == ("monotherapy", "events  month 24"))
        #expect(column.cells == ["     5      22.3", " 1,234     100.0"])
    }
}
