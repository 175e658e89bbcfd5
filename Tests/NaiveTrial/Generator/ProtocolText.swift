extension ProtocolDefinition {
    /// The protocol as YAML, with defaults either left out or written.
    func yaml(_ random: inout SplitMix64) -> String {
        var lines = ["name: \(name)", "arms: [\(arms.joined(separator: ", "))]", "horizon: \(horizon)"]
        if treatmentStop != .ignore || random.chance(50) {
            lines.append("intercurrent: {treatment-stop: \(treatmentStop.rawValue)}")
        }
        lines.append("endpoints:")
        for endpoint in endpoints {
            lines.append("  \(endpoint.name):")
            for criterion in endpoint.criteria {
                lines.append("    - \(criterion.yaml(&random))")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Criterion {
    func yaml(_ random: inout SplitMix64) -> String {
        var parts = ["name: \(name)"]
        if let disease { parts.append("disease: \(disease)") }
        if within != 0 || random.chance(50) { parts.append("within: \(within)") }
        if from != 0 || random.chance(50) { parts.append("from: \(from)") }
        var all: [String] = []
        for condition in conditions { all.append(condition.yaml(&random)) }
        parts.append("all: [" + all.joined(separator: ", ") + "]")
        return "{" + parts.joined(separator: ", ") + "}"
    }
}

extension Condition {
    func yaml(_ random: inout SplitMix64) -> String {
        var parts: [String] = []
        switch self {
        case .score(let instrument, let item, let comparison):
            parts.append("score: \(instrument)")
            if item != "total" || random.chance(50) { parts.append("item: \(item)") }
            parts.append(comparison.yaml)
        case .assay(let name, let method, let unit, let comparison):
            parts.append("assay: \(name)")
            if let method { parts.append("method: \(method)") }
            if let unit { parts.append("unit: \(unit)") }
            parts.append(comparison.yaml)
        case .adverseEvent(let action, let drug, let minGrade, let serious):
            var asked: [String] = []
            if let action { asked.append("action: \(action)") }
            if let drug { asked.append("drug: \(drug)") }
            if let minGrade { asked.append("min-grade: \(minGrade)") }
            if let serious { asked.append("serious: \(serious)") }
            parts.append("adverse-event: {" + asked.joined(separator: ", ") + "}")
        }
        return "{" + parts.joined(separator: ", ") + "}"
    }
}

extension Comparison {
    var yaml: String {
        "\(relation.rawValue): \(JSONValue.number(threshold).plain)"
    }
}
