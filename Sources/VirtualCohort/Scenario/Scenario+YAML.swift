import Trial

extension Scenario {
    /// The scenario as a file, with the unit, status and source of each number.
    package var yaml: String {
        var text = "name: \(Self.quoted(name))\narms:\n"
        for arm in arms {
            let drug = arm.infliximabShare.map { ", infliximabShare: \($0)" } ?? ""
            text += "  - {name: \(Self.quoted(arm.name)), azathioprine: \(arm.azathioprine), "
            text += "share: \(arm.share), size: \(arm.size)\(drug)}\n"
        }
        var group = ""
        for parameter in Parameter.all {
            if parameter.group != group {
                group = parameter.group
                text += "\n\(group):\n"
                if group == "visits" { text += "  days: [\(visits.days.map(String.init).joined(separator: ", "))]\n" }
                if group == "retention" { text += "  stopAfterFailure: \(retention.stopAfterFailure)\n" }
            }
            let value = self[keyPath: parameter.place]
            let unit = parameter.unit.isEmpty ? "" : "\(parameter.unit), "
            text += "  \(parameter.key): \(value)  # \(unit)\(parameter.status.rawValue): \(parameter.source)\n"
        }
        return text
    }

    /// A text in quotes, so that none is read as something else; what JSON escapes YAML reads alike.
    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        CanonicalJSON.append(string: text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
