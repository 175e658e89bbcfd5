/// Rows of text whose columns line up.
///
/// The first column is aligned left, the others right. A first cell that is wider than the column may be gets a line of
/// its own above the rest of its row.
struct TextColumns {
    /// One piece of text.
    struct Cell {
        var text: String
        var role: Style.Role

        init(_ text: String, _ role: Style.Role = .plain) {
            self.text = text
            self.role = role
        }
    }

    /// What stands before every line.
    static let indent = "  "
    /// What stands between two columns.
    static let gap = "  "

    private var rows: [[Cell]] = []

    /// Adds a row, which need not fill all columns.
    mutating func append(_ row: [Cell]) {
        rows.append(row)
    }

    /// The rows as lines, with a first column of at most so many text columns.
    func lines(firstWidth: Int, _ style: Style) -> [String] {
        var widths = [firstWidth]
        for row in rows {
            while widths.count < row.count { widths.append(0) }
            for (column, cell) in row.enumerated().dropFirst() {
                widths[column] = max(widths[column], cell.text.displayWidth)
            }
        }
        let room = style.width - Self.indent.count
        return rows.flatMap { row in
            var row = row
            var lines: [String] = []
            if let first = row.first, first.text.displayWidth > firstWidth {
                lines.append(Self.indent + style.paint(first.text.cut(to: room, style), first.role))
                row[0] = Cell("")
            }
            lines.append(line(of: row, widths, style))
            return lines
        }
    }

    private func line(of row: [Cell], _ widths: [Int], _ style: Style) -> String {
        var line = Self.indent
        var pending = ""
        for (column, cell) in row.enumerated() {
            let blank = String(repeating: " ", count: max(0, widths[column] - cell.text.displayWidth))
            if column > 0 { pending += Self.gap + blank }
            if !cell.text.isEmpty {
                line += pending + style.paint(cell.text, cell.role)
                pending = ""
            }
            if column == 0 { pending += blank }
        }
        return line.allSatisfy { $0 == " " } ? "" : line
    }
}
