import Foundation

/// How numbers of a report are spelled.
package enum Figure {
    /// Whether less of this unit is better because it is time.
    package static func isTime(_ unit: String) -> Bool { unit == "s" || unit == "ms" }
    /// Whether this unit is a rate.
    package static func isRate(_ unit: String) -> Bool { unit.hasSuffix("/s") }

    /// Rates in thousands or millions, ratios and points with two decimals, memory in megabytes, times in seconds.
    package static func spelled(_ value: Double, _ unit: String) -> String {
        switch unit {
        case "ratio", "points": String(format: "%.2f", value)
        case "bytes": String(format: "%.1f", value)
        case "MB": String(format: "%.0f MB", value)
        case "s": String(format: "%.1f s", value)
        case "ms": String(format: "%.1f ms", value)
        default:
            switch value {
            case ..<99_950: String(format: "%.1fk", value / 1e3)
            case ..<999_500: String(format: "%.0fk", value / 1e3)
            default: String(format: "%.2fM", value / 1e6)
            }
        }
    }

    /// The least and the greatest, as `[1.0, 1.2]`.
    package static func range(_ series: Series) -> String {
        "[\(spelled(series.least, series.unit)), \(spelled(series.greatest, series.unit))]"
    }

    /// Fills up with spaces behind.
    static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// Fills up with spaces in front.
    static func lead(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
