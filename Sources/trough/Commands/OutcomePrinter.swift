import LiveProjection
import Report

/// Spells outcomes one a line.
struct OutcomePrinter: Sendable {
    let format: OutputFormat
    /// Whether these are changes, with the delay from recording to projection.
    let isOfChanges: Bool
    /// The rows of the table.
    private var columns: FixedColumns
    /// What stands in a cell where there is nothing.
    private let absent: String

    /// A printer of the outcomes as they are, or of changes as they come.
    ///
    /// Changes that are still to come have columns of fixed widths: names of the default protocol and of virtual patients
    /// fit, and a row has 80 columns.
    init(format: OutputFormat, isOfChanges: Bool, _ style: Style) {
        self.format = format
        self.isOfChanges = isOfChanges
        absent = style.absent
        columns = FixedColumns(
            isOfChanges
                ? [
                    .text("subject", width: 12), .text("endpoint", width: 23), .text("status", width: 8),
                    .number("day", width: 4), .text("cause", width: 18), .number("delay", width: 10),
                ]
                : [
                    .text("subject"), .text("endpoint"), .text("status"), .number("day"), .text("cause"), .text("arm"),
                ], style)
    }

    /// Makes the table's columns wide enough for outcomes that are to be printed.
    mutating func widen(for outcomes: [OutcomeReading.Outcome]) {
        for outcome in outcomes { columns.widen(for: cells(of: outcome)) }
    }

    /// Makes the table's columns as narrow as the output asks for.
    mutating func narrow() { columns.narrow() }

    /// What stands above all lines; empty in NDJSON.
    var head: String {
        switch format {
        case .csv:
            let names = ["subject", "arm", "endpoint", "status", "day", "cause", "evidence"]
            return Self.record((names + (isOfChanges ? ["delay_ms"] : [])).map(CSVText.Field.text))
        case .table: return columns.head
        default: return ""
        }
    }

    /// One outcome.
    func line(_ outcome: OutcomeReading.Outcome) -> String {
        switch format {
        case .csv:
            var fields: [CSVText.Field] = [
                .text(outcome.subject), .text(outcome.arm), .text(outcome.endpoint), .text(outcome.status.rawValue),
                .whole(outcome.day), .text(outcome.cause), .text(outcome.evidence),
            ]
            if isOfChanges { fields.append(.number(outcome.roundedDelay)) }
            return Self.record(fields)
        case .table:
            return columns.line(cells(of: outcome))
        default:
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("subject", outcome.subject)
                writer.member("endpoint", outcome.endpoint)
                writer.member("status", outcome.status.rawValue)
                if let day = outcome.day { writer.member("day", day) } else { writer.null("day") }
                writer.member("cause", outcome.cause)
                writer.member("evidence", json: outcome.evidence)
                writer.member("delayMilliseconds", outcome.roundedDelay)
            }
            writer.endLine()
            return writer.text
        }
    }

    private func cells(of outcome: OutcomeReading.Outcome) -> [String] {
        [
            outcome.subject, outcome.endpoint, outcome.status.rawValue, outcome.day.map(String.init) ?? absent,
            outcome.cause,
            isOfChanges ? "\(outcome.roundedDelay) ms" : outcome.arm,
        ]
    }

    private static func record(_ fields: [CSVText.Field]) -> String {
        var table = CSVText()
        table.append(fields)
        return String(decoding: table.bytes, as: UTF8.self)
    }
}

extension OutcomeReading.Outcome {
    /// The delay in milliseconds, to a tenth.
    fileprivate var roundedDelay: Double { (delayMilliseconds * 10).rounded() / 10 }
}
