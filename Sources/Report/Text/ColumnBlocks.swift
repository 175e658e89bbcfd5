/// Columns under two lines of heading, in as many blocks below each other as the width asks for.
///
/// Each block begins with the first column, which is aligned left; the others are aligned right.
struct ColumnBlocks {
    /// One column.
    struct Column {
        /// The two lines of its heading.
        var heads: (upper: String, lower: String)
        /// What stands below, line by line.
        var cells: [String]
        /// The colour of the upper line of the heading.
        var role = Style.Role.plain

        var width: Int { ([heads.upper, heads.lower] + cells).map(\.displayWidth).max() ?? 0 }

        /// Columns with the same number of lines as one, under one upper heading.
        static func joined(_ columns: [Column], under upper: String = "", role: Style.Role = .plain) -> Column {
            let texts = columns.map { column in
                ([column.heads.lower] + column.cells).map { $0.alignedRight(column.width) }
            }
            let lines = (texts.first ?? []).indices.map { line in
                texts.map { $0[line] }.joined(separator: TextColumns.gap)
            }
            return Column(heads: (upper, lines.first ?? ""), cells: Array(lines.dropFirst()), role: role)
        }
    }

    /// What every block begins with.
    var first: Column
    /// The other columns.
    var columns: [Column]

    /// The blocks as lines; a column that is wider than the style allows has a block of its own.
    func lines(_ style: Style) -> [String] {
        var lines: [String] = []
        var rest = columns[...]
        while !rest.isEmpty {
            var taken = TextColumns.indent.count + first.width
            var block: [Column] = []
            while let next = rest.first, block.isEmpty || taken + TextColumns.gap.count + next.width <= style.width {
                taken += TextColumns.gap.count + next.width
                block.append(next)
                rest.removeFirst()
            }
            if !lines.isEmpty { lines.append("") }
            lines += text(of: block, style)
        }
        return lines
    }

    private func text(of block: [Column], _ style: Style) -> [String] {
        var text = TextColumns()
        if block.contains(where: { !$0.heads.upper.isEmpty }) {
            text.append(
                [TextColumns.Cell(first.heads.upper, .faint)] + block.map { TextColumns.Cell($0.heads.upper, $0.role) })
        }
        text.append(
            [TextColumns.Cell(first.heads.lower, .faint)] + block.map { TextColumns.Cell($0.heads.lower, .faint) })
        for row in first.cells.indices {
            text.append([TextColumns.Cell(first.cells[row])] + block.map { TextColumns.Cell($0.cells[row]) })
        }
        return text.lines(firstWidth: first.width, style)
    }
}
