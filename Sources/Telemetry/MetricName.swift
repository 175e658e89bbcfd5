/// Names as the exposition format allows them.
enum MetricName {
    /// A metric's name: letters, digits, underscores and colons, and no digit at the beginning.
    static func legal(_ label: String) -> String { spell(label, allowingColon: true) }

    /// A label's name: the same without colons.
    static func legalLabel(_ name: String) -> String { spell(name, allowingColon: false) }

    /// The name of a counter, which ends in `_total`.
    static func counter(_ label: String) -> String {
        let name = legal(label)
        return name.hasSuffix("_total") ? name : name + "_total"
    }

    private static func spell(_ text: String, allowingColon: Bool) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case ":" where allowingColon: name.unicodeScalars.append(scalar)
            case "0"..."9":
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(scalar)
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }
}
