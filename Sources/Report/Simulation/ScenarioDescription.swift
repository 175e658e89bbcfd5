package import VirtualCohort

/// A scenario for people and programs: every value with its unit, its status and its source.
package struct ScenarioDescription: Sendable {
    private let scenario: Scenario
    private let defaults = Scenario()

    /// Describes a scenario.
    package init(_ scenario: Scenario) { self.scenario = scenario }

    /// The description as text for people.
    package func table(_ style: Style = Style()) -> String {
        var lines = [style.paint("scenario \(scenario.identifier)", .heading)]
        if let builtIn = Scenario.builtIn(scenario.name), builtIn == scenario {
            lines += Scenario.purpose(ofBuiltIn: scenario.name).wrapped(to: style.width - 2).map { "  " + $0 }
        }
        lines += ["", style.paint("arms", .heading)]
        for arm in scenario.arms {
            let treatment = arm.azathioprine ? "anti-TNF with azathioprine" : "anti-TNF alone"
            let drug = arm.infliximabShare.map { ", infliximab in \(style.percent($0)) %" } ?? ""
            let line =
                "\(arm.name.printable(style)): \(treatment), share \(Figure(arm.share).significant(4)), "
                + "\(style.count(arm.size)) in a trial\(drug)"
            lines += line.wrapped(to: style.width - 2).map { "  " + $0 }
        }
        lines += ["", style.paint("visits", .heading)]
        let days = scenario.visits.days.map(String.init).joined(separator: ", ")
        lines += "days \(days) after randomisation (assumed)".wrapped(to: style.width - 2).map { "  " + $0 }
        lines.append(
            "  the anti-TNF is \(scenario.retention.stopAfterFailure ? "" : "not ")stopped after failure (assumed)")
        var group = ""
        for parameter in Parameter.all {
            if parameter.group != group {
                group = parameter.group
                lines += ["", style.paint(group, .heading)]
            }
            lines += self.lines(of: parameter, style)
        }
        let count = Parameter.all.count { $0.status == .assumed }
        let summary = "\(count) of these \(Parameter.all.count) values are assumptions; --set NAME=VALUE changes one."
        lines += [""] + summary.wrapped(to: style.width).map { style.paint($0, .faint) }
        return lines.map { $0 + "\n" }.joined()
    }

    private func lines(of parameter: Parameter, _ style: Style) -> [String] {
        let value = scenario[keyPath: parameter.place]
        let spelled = Figure(value).significant(6) + (parameter.unit.isEmpty ? "" : " " + parameter.unit)
        let usual = defaults[keyPath: parameter.place]
        let source =
            value == usual
            ? parameter.source : "changed; the default \(Figure(usual).significant(6)): \(parameter.source)"
        let head = "  " + parameter.key.alignedLeft(Self.keyWidth) + "  " + spelled.alignedLeft(20) + "  "
        return [head + parameter.status.rawValue]
            + source.printable(style).wrapped(to: style.width - 4).map { "    " + style.paint($0, .faint) }
    }

    /// The width of the longest key.
    private static let keyWidth = Parameter.all.map(\.key.count).max() ?? 0

    /// The values as JSON objects, one on a line.
    package func ndjson() -> String {
        var writer = JSONWriter()
        for parameter in Parameter.all {
            write(parameter, to: &writer)
            writer.endLine()
        }
        return writer.text
    }

    /// The scenario as one JSON object on one line.
    package func json() -> String {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("scenario", scenario.identifier)
            writer.key("arms")
            writer.array(scenario.arms) { writer, arm in
                writer.object { writer in
                    writer.member("name", arm.name)
                    writer.member("azathioprine", arm.azathioprine)
                    writer.member("share", arm.share)
                    writer.member("size", arm.size)
                    writer.member("infliximabShare", arm.infliximabShare)
                }
            }
            writer.key("visitDays")
            writer.numbers(scenario.visits.days.map(Double.init))
            writer.member("stopAfterFailure", scenario.retention.stopAfterFailure)
            writer.key("parameters")
            writer.array(Parameter.all) { write($1, to: &$0) }
        }
        writer.endLine()
        return writer.text
    }

    private func write(_ parameter: Parameter, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("name", parameter.name)
            writer.member("value", scenario[keyPath: parameter.place])
            writer.member("unit", parameter.unit)
            writer.member("status", parameter.status.rawValue)
            writer.member("source", parameter.source)
            writer.member("default", defaults[keyPath: parameter.place])
        }
    }
}
