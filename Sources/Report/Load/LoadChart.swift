/// A drawing of curves as a picture that stands in the text of a page (SVG within HTML).
struct LoadChart {
    /// One curve.
    struct Curve {
        /// What the legend calls it.
        let name: String
        /// The class that gives it colour and dashes.
        let style: String
        /// The corners, ascending in x; a gap where y is unknown.
        let points: [(x: Double, y: Double?)]
    }

    /// What the picture is called, and what it shows for those who do not see it.
    let title: String
    let description: String
    /// What stands at the axes.
    let xLabel: String
    let yLabel: String
    let x: ChartScale
    let y: ChartScale
    let curves: [Curve]

    private static let width = 760
    private static let height = 300
    /// The room between the picture's edges and the axes.
    private static let (left, right, top, bottom) = (76, 16, 34, 44)

    private static var plotWidth: Double { Double(width - left - right) }
    private static var plotHeight: Double { Double(height - top - bottom) }

    /// The picture; the name must be unlike those of all other pictures of the page.
    func svg(name: String) -> String {
        """
        <svg viewBox="0 0 \(Self.width) \(Self.height)" role="img" aria-labelledby="\(name)-title \(name)-text">
        <title id="\(name)-title">\(Markup.escaped(title))</title>
        <desc id="\(name)-text">\(Markup.escaped(description))</desc>
        \((axes + legend + curves.map(path)).joined(separator: "\n"))
        </svg>

        """
    }

    private var axes: [String] {
        let (width, bottom) = (Self.width - Self.right, Self.height - Self.bottom)
        var parts: [String] = []
        for tick in y.ticks {
            let place = Self.vertical(tick.place)
            parts.append("<line class=\"grid\" x1=\"\(Self.left)\" y1=\"\(place)\" x2=\"\(width)\" y2=\"\(place)\"/>")
            parts.append(
                "<text class=\"end\" x=\"\(Self.left - 8)\" y=\"\(place)\" dy=\"4\">\(Markup.escaped(tick.label))</text>"
            )
        }
        for tick in x.ticks {
            let place = Self.horizontal(tick.place)
            parts.append("<line class=\"grid\" x1=\"\(place)\" y1=\"\(Self.top)\" x2=\"\(place)\" y2=\"\(bottom)\"/>")
            parts.append(
                "<text class=\"middle\" x=\"\(place)\" y=\"\(bottom + 16)\">\(Markup.escaped(tick.label))</text>")
        }
        let middle = Self.horizontal(0.5)
        parts.append(
            "<text class=\"middle\" x=\"\(middle)\" y=\"\(Self.height - 8)\">\(Markup.escaped(xLabel))</text>")
        let side = Self.vertical(0.5)
        parts.append(
            "<text class=\"middle\" x=\"14\" y=\"\(side)\" transform=\"rotate(-90 14 \(side))\">"
                + "\(Markup.escaped(yLabel))</text>")
        return parts
    }

    private var legend: [String] {
        curves.enumerated().flatMap { number, curve in
            let start = Self.left + number * (Self.width - Self.left - Self.right) / max(1, curves.count)
            return [
                "<line class=\"\(curve.style)\" x1=\"\(start)\" y1=\"16\" x2=\"\(start + 28)\" y2=\"16\"/>",
                "<text x=\"\(start + 34)\" y=\"20\">\(Markup.escaped(curve.name))</text>",
            ]
        }
    }

    private func path(_ curve: Curve) -> String {
        var steps: [String] = []
        var isAfterGap = true
        for (number, point) in curve.points.enumerated() {
            guard let height = point.y else {
                isAfterGap = true
                continue
            }
            let place = "\(Self.horizontal(x.place(of: point.x))) \(Self.vertical(y.place(of: height)))"
            steps.append((isAfterGap ? "M" : "L") + place)
            // A point between two gaps would be no line at all; a line of no length shows its round ends.
            let isLast = number + 1 == curve.points.count || curve.points[number + 1].y == nil
            if isAfterGap && isLast { steps.append("L" + place) }
            isAfterGap = false
        }
        return steps.isEmpty ? "" : "<path class=\"\(curve.style)\" d=\"\(steps.joined())\"/>"
    }

    private static func horizontal(_ place: Double) -> String {
        Figure(Double(left) + place * plotWidth).fixed(1)
    }

    private static func vertical(_ place: Double) -> String {
        Figure(Double(height - bottom) - place * plotHeight).fixed(1)
    }
}

/// Text within HTML that is XML as well.
enum Markup {
    /// A text with what has a meaning in markup spelled out.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.printable(Style()) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }

    /// A table with a caption; the first cell of each row heads it.
    static func table(_ caption: String, _ head: [String], _ rows: [[String]]) -> String {
        let heads = head.map { "<th scope=\"col\">\(escaped($0))</th>" }.joined()
        let lines = rows.map { row in
            row.enumerated().map { place, cell in
                place == 0 ? "<th scope=\"row\">\(escaped(cell))</th>" : "<td>\(escaped(cell))</td>"
            }.joined()
        }
        return """
            <table>
            <caption>\(escaped(caption))</caption>
            <thead><tr>\(heads)</tr></thead>
            <tbody>
            \(lines.map { "<tr>\($0)</tr>" }.joined(separator: "\n"))
            </tbody>
            </table>

            """
    }

    /// Paragraphs.
    static func paragraphs(_ texts: [String]) -> String { texts.map { "<p>\(escaped($0))</p>\n" }.joined() }
}
