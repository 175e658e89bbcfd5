import Foundation

/// A report as a bar chart: one SVG without scripts, fonts or files beside it, for light and dark pages.
struct BarChart {
    private let report: Report

    init(_ report: Report) { self.report = report }

    private enum Size {
        static let width = 800.0
        static let margin = 16.0
        /// Where bars begin and how far they may go.
        static let bars = 306.0
        static let barsWidth = 290.0
        static let row = 22.0
        static let bar = 12.0
        static let heading = 40.0
    }

    /// The whole picture.
    var svg: String {
        var y = Size.margin
        var body = ""
        body += text("Benchmarks", x: Size.margin, y: y + 14, "title")
        y += 22
        for line in report.circumstances + report.workloads {
            body += text(line, x: Size.margin, y: y + 12, "muted")
            y += 16
        }
        body += legend(&y)
        if !report.comparisons.isEmpty {
            body += group("Against the limit", report.comparisons.map { ChartRow($0) }, &y)
        }
        for section in report.sections {
            let rows = ChartRow.rows(of: section)
            guard !rows.isEmpty else { continue }
            body += group(section.title.prefix(1).uppercased() + section.title.dropFirst(), rows, &y)
        }
        y += Size.margin
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(number(Size.width))" height="\(number(y))" \
            viewBox="0 0 \(number(Size.width)) \(number(y))" role="img">
            <title>Benchmarks: rates, and ratios to limits and targets</title>
            <style>\(Self.style)</style>
            <rect class="page" width="100%" height="100%"/>
            \(body)</svg>

            """
    }

    /// What bars, lines and colours mean.
    private func legend(_ y: inout Double) -> String {
        var body = ""
        y += 10
        let entries = [
            ("rate", "rate, on a scale that its group shares, one for each unit"),
            ("relative", "over its target, or over 1 where there is none: the line; bars end at twice that"),
            ("missed", "target missed, also marked with !"),
        ]
        for (name, meaning) in entries {
            body += rectangle(x: Size.margin, y: y + 3, width: 22, height: 9, name)
            body += text(meaning, x: Size.margin + 30, y: y + 12, "muted")
            y += 17
        }
        let middle = y + 7.5
        body += line(x1: Size.margin, y1: middle, x2: Size.margin + 22, y2: middle, "range")
        body += text("from the least to the greatest round", x: Size.margin + 30, y: y + 12, "muted")
        y += 17
        return body
    }

    private func group(_ title: String, _ rows: [ChartRow], _ y: inout Double) -> String {
        y += Size.heading
        var body = text(title, x: Size.margin, y: y - 10, "heading")
        for row in rows {
            body += bar(row, y)
            y += Size.row
        }
        return body
    }

    private func bar(_ row: ChartRow, _ y: Double) -> String {
        func x(_ share: Double) -> Double { Size.bars + share * Size.barsWidth }
        let middle = y + Size.row / 2
        let baseline = middle + 4.5
        let top = middle - Size.bar / 2
        var body = text(row.label, x: Size.margin, y: baseline, "text")
        body += rectangle(x: Size.bars, y: top, width: Size.barsWidth, height: Size.bar, "room")
        body += rectangle(
            x: Size.bars, y: top, width: row.end * Size.barsWidth, height: Size.bar,
            row.isMissed ? "missed" : row.kind.rawValue)
        if row.range.lowerBound < row.range.upperBound {
            body += line(x1: x(row.range.lowerBound), y1: middle, x2: x(row.range.upperBound), y2: middle, "range")
        }
        if let mark = row.mark { body += line(x1: x(mark), y1: y + 1, x2: x(mark), y2: y + Size.row - 1, "mark") }
        if row.isCut { body += text("\u{203A}", x: x(1) + 1, y: baseline, "text") }
        body += text((row.isMissed ? "! " : "") + row.value, x: x(1) + 12, y: baseline, "value")
        if !row.note.isEmpty { body += text(row.note, x: Size.width - Size.margin, y: baseline, "note") }
        return body
    }

    private func text(_ content: String, x: Double, y: Double, _ name: String) -> String {
        "<text class=\"\(name)\" x=\"\(number(x))\" y=\"\(number(y))\">\(Self.escaped(content))</text>\n"
    }

    private func rectangle(x: Double, y: Double, width: Double, height: Double, _ name: String) -> String {
        "<rect class=\"\(name)\" x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
            + "height=\"\(number(height))\" rx=\"2\"/>\n"
    }

    private func line(x1: Double, y1: Double, x2: Double, y2: Double, _ name: String) -> String {
        "<line class=\"\(name)\" x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" "
            + "y2=\"\(number(y2))\"/>\n"
    }

    private func number(_ value: Double) -> String { String(format: "%g", (value * 10).rounded() / 10) }

    /// Text as XML has it; control characters, which XML knows no spelling for, become spaces.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case _ where scalar.value < 0x20 || (0xFFFE...0xFFFF).contains(scalar.value): result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let style = """

        text { font: 12.5px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2328; }
        .title { font-size: 17px; font-weight: 600; } .heading { font-size: 14.5px; font-weight: 600; }
        .muted, .note { fill: #59636e; } .note { text-anchor: end; } .value { font-weight: 600; }
        .page { fill: #ffffff; } .room { fill: #f0f2f5; }
        .rate { fill: #9dbfe0; } .relative { fill: #3f7cbf; } .missed { fill: #d0573f; }
        .mark { stroke: #1f2328; stroke-width: 2; } .range { stroke: #59636e; stroke-width: 1.5; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; } .muted, .note { fill: #9198a1; } .page { fill: #0d1117; } .room { fill: #1b222b; }
          .rate { fill: #3d6590; } .relative { fill: #5b9bdf; } .missed { fill: #e0715b; }
          .mark { stroke: #f0f6fc; } .range { stroke: #b9c2cc; }
        }

        """
}
