/// Rows whose columns line up although they are printed one after another: widths are settled before the first.
///
/// Every cell is made safe for a terminal.
package struct FixedColumns: Sendable {
    /// One column.
    package struct Column: Sendable {
        /// What stands above the column.
        let head: String
        /// Whether its cells are numbers, which are aligned right and never cut, as a part of one is another number.
        let isNumber: Bool
        /// How many columns of a terminal it takes.
        fileprivate(set) var width: Int

        /// A column of text, aligned left, of which cells that are wider than it are cut.
        package static func text(_ head: String, width: Int = 0) -> Column {
            Column(head: head, isNumber: false, width: max(width, head.displayWidth))
        }

        /// A column of numbers.
        package static func number(_ head: String, width: Int = 0) -> Column {
            Column(head: head, isNumber: true, width: max(width, head.displayWidth))
        }
    }

    private var columns: [Column]
    private let gap: String
    private let style: Style

    /// Columns that are at least as wide as their heads, with so much space between two of them.
    package init(_ columns: [Column], gap: Int = 1, _ style: Style) {
        self.columns = columns
        self.gap = String(repeating: " ", count: gap)
        self.style = style
    }

    /// The heads, as a line with its end.
    package var head: String { line(columns.map(\.head)) }

    /// Makes columns as wide as their cells in a row to come, of which the last ones may be left out.
    package mutating func widen(for cells: some Sequence<String>) {
        for (index, cell) in zip(columns.indices, cells) {
            columns[index].width = max(columns[index].width, cell.printable(style).displayWidth)
        }
    }

    /// Makes the widest columns of text narrower until a row fits the style's width, or all of them are narrow.
    package mutating func narrow() {
        var excess = columns.reduce(gap.count * (columns.count - 1)) { $0 + $1.width } - style.width
        while excess > 0 {
            let texts = columns.indices.filter { !columns[$0].isNumber && columns[$0].width > Limits.narrowColumn }
            guard let widest = texts.max(by: { columns[$0].width < columns[$1].width }) else { return }
            columns[widest].width -= 1
            excess -= 1
        }
    }

    /// A row, as a line with its end.
    package func line(_ cells: [String]) -> String {
        var line = zip(columns, cells).map { column, cell in
            let cell = cell.printable(style)
            return column.isNumber
                ? cell.alignedRight(column.width) : cell.cut(to: column.width, style).alignedLeft(column.width)
        }.joined(separator: gap)
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}
