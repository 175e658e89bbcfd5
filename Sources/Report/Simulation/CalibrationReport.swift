package import Simulation

/// What a calibration found, for people and programs.
package struct CalibrationReport: Sendable {
    private let fit: Calibration.Fit

    /// Reports a fit.
    package init(_ fit: Calibration.Fit) { self.fit = fit }

    /// The fit as text for people.
    package func table(_ style: Style = Style()) -> String {
        var parameters = TextColumns()
        parameters.append(["parameter", "prior", "start", "fitted"].map { TextColumns.Cell($0, .faint) })
        for (parameter, value) in zip(CalibratedParameter.all, fit.values) {
            let numbers = [parameter.prior, value.start, value.fitted].map { Figure($0).significant(5) }
            parameters.append([TextColumns.Cell(parameter.name)] + numbers.map { TextColumns.Cell($0) })
        }
        var targets = TextColumns()
        targets.append(["survival, %", "day", "target", "start", "fitted"].map { TextColumns.Cell($0, .faint) })
        for (target, value) in zip(CalibrationTarget.all, fit.survival) {
            let numbers = [target.survival, value.start, value.fitted].map { style.percent($0) }
            targets.append(
                [TextColumns.Cell(Self.label(of: target)), TextColumns.Cell(String(target.day))]
                    + numbers.map { TextColumns.Cell($0) })
        }
        let costs = fit.costs.map { Figure($0).significant(4) }.joined(separator: ", ")
        let lines =
            parameters.lines(firstWidth: 46, style) + [""] + targets.lines(firstWidth: 46, style)
            + ["", "  cost after each step: \(costs)"]
        return lines.map { $0 + "\n" }.joined()
    }

    private static func label(of target: CalibrationTarget) -> String {
        let endpoint = target.endpoint == 0 ? "clinical" : "pharmacokinetic"
        let arm = target.azathioprine ? "combination" : "monotherapy"
        return "\(endpoint), \(arm)" + (target.patients == .all ? "" : ", \(target.patients.rawValue)")
    }

    /// The fit as one JSON object on one line.
    package func json() -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("parameters")
            writer.array(Array(zip(CalibratedParameter.all, fit.values))) { writer, pair in
                writer.object { writer in
                    writer.member("name", pair.0.name)
                    writer.member("prior", pair.0.prior)
                    writer.member("start", pair.1.start)
                    writer.member("fitted", pair.1.fitted)
                    writer.member("source", pair.0.source)
                }
            }
            writer.key("targets")
            writer.array(Array(zip(CalibrationTarget.all, fit.survival))) { writer, pair in
                writer.object { writer in
                    writer.member("name", Self.label(of: pair.0))
                    writer.member("day", pair.0.day)
                    writer.member("target", pair.0.survival)
                    writer.member("start", pair.1.start)
                    writer.member("fitted", pair.1.fitted)
                    writer.member("source", pair.0.source)
                }
            }
            writer.key("costs")
            writer.numbers(fit.costs)
        }
        writer.endLine()
        return writer.text
    }
}
