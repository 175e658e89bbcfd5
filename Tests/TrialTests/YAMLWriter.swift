import TestData
import Trial

/// Writes a protocol as YAML whose every choice of style is random and without meaning.
struct YAMLWriter {
    private indirect enum Value {
        case scalar(String)
        case list([Value])
        case mapping([(String, Value)])
    }

    private var random: SeededRandom

    /// The protocol as a YAML document.
    static func text(of value: TrialProtocol, random: inout SeededRandom) -> String {
        var writer = YAMLWriter(random: random)
        let text = writer.block(writer.tree(of: value), indent: 0)
        random = writer.random
        return text
    }

    // MARK: The tree, with defaults left out or not, and keys in any order.

    private mutating func tree(of value: TrialProtocol) -> Value {
        var fields: [(String, Value)] = [
            ("name", text(value.name)),
            ("arms", .list(value.arms.map { text($0) })),
            ("horizon", number(Double(value.horizon))),
        ]
        if value.treatmentStop != .ignore || random.chance(2) {
            fields.append(("intercurrent", .mapping([("treatment-stop", text(value.treatmentStop.rawValue))])))
        }
        var endpoints: [(String, Value)] = []
        for endpoint in value.endpoints {
            endpoints.append((spelled(endpoint.name), .list(endpoint.criteria.map { tree(of: $0) })))
        }
        fields.append(("endpoints", .mapping(endpoints)))
        return shuffled(fields)
    }

    private mutating func tree(of criterion: Criterion) -> Value {
        var fields = [("name", text(criterion.name))]
        if let disease = criterion.disease { fields.append(("disease", text(disease.name))) }
        if criterion.within > 0 || random.chance(2) { fields.append(("within", number(Double(criterion.within)))) }
        if criterion.from > 0 || random.chance(2) { fields.append(("from", number(Double(criterion.from)))) }
        fields.append(("all", .list(criterion.conditions.map { tree(of: $0) })))
        return shuffled(fields)
    }

    private mutating func tree(of condition: Condition) -> Value {
        switch condition {
        case .score(let instrument, let item, let threshold):
            var fields = [("score", text(instrument.name)), tree(of: threshold)]
            if item != Condition.totalItem || random.chance(2) { fields.append(("item", text(item))) }
            return shuffled(fields)
        case .assay(let target, let method, let unit, let threshold):
            var fields = [("assay", text(target.name)), tree(of: threshold)]
            if let method { fields.append(("method", text(method.name))) }
            if let unit {
                let spellings = Unit.allCases.filter { $0.canonical == unit }
                fields.append(("unit", text(spellings[random.below(spellings.count)].name)))
            }
            return shuffled(fields)
        case .adverseEvent(let action, let drug, let minimumGrade, let serious):
            var fields: [(String, Value)] = []
            if let action { fields.append(("action", text(action.name))) }
            if let serious { fields.append(("serious", .scalar(serious ? "true" : "false"))) }
            if minimumGrade > 1 || random.chance(2) { fields.append(("min-grade", number(Double(minimumGrade)))) }
            switch drug {
            case .any: if fields.isEmpty || random.chance(2) { fields.append(("drug", text("any"))) }
            case .studyDrug: fields.append(("drug", text("study-drug")))
            case .named(let name): fields.append(("drug", text(name)))
            }
            return .mapping([("adverse-event", shuffled(fields))])
        }
    }

    private mutating func tree(of threshold: Threshold) -> (String, Value) {
        (threshold.relation.rawValue, number(threshold.limit))
    }

    private mutating func shuffled(_ fields: [(String, Value)]) -> Value {
        .mapping(fields.shuffled(using: &random))
    }

    // MARK: Scalars.

    private mutating func text(_ string: String) -> Value { .scalar(spelled(string)) }

    private mutating func spelled(_ string: String) -> String {
        let plain = string.utf8.allSatisfy { $0 == UInt8(ascii: "-") || isAlphanumeric($0) }
        if plain, string != "null", !string.hasPrefix("-"), random.chance(2) { return string }
        if random.chance(2) { return "'" + string.replacing("'", with: "''") + "'" }
        var quoted = "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case _ where random.chance(5):
                let digits = String(scalar.value, radix: 16)
                quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private func isAlphanumeric(_ byte: UInt8) -> Bool {
        let scalar = Unicode.Scalar(byte)
        return scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
    }

    private mutating func number(_ value: Double) -> Value {
        guard let whole = Int(exactly: value) else { return .scalar("\(value)") }
        let spellings = ["\(whole)", "\(whole).", "\(whole).0", "\(whole)e0", "\(whole)0e-1", "\(whole)00E-02"]
        let signed = whole >= 0 && random.chance(4) ? "+\(whole)" : spellings[random.below(spellings.count)]
        return .scalar(whole == 0 ? "0" : signed)
    }

    // MARK: Block and flow style.

    private mutating func block(_ value: Value, indent: Int) -> String {
        let margin = String(repeating: " ", count: indent)
        var text = ""
        switch value {
        case .scalar(let scalar):
            return margin + scalar + "\n"
        case .list(let elements):
            for element in elements {
                text += noise(margin)
                if isFlow(element) {
                    text += margin + "- " + flow(element) + "\n"
                } else {
                    // The element's own first line stands after the dash.
                    let inner = block(element, indent: indent + 2).drop { $0 == "\n" }
                    let starts = inner.hasPrefix(margin + "  ") && !inner.drop { $0 == " " }.hasPrefix("#")
                    text += margin + (starts ? "- " + inner.dropFirst(indent + 2) : "-\n" + inner)
                }
            }
        case .mapping(let fields):
            for (key, element) in fields {
                text += noise(margin)
                if isFlow(element) {
                    text += margin + key + ": " + flow(element) + (random.chance(6) ? "   # why" : "") + "\n"
                } else {
                    text += margin + key + ":\n" + block(element, indent: indent + 1 + random.below(3))
                }
            }
        }
        return text
    }

    private mutating func isFlow(_ value: Value) -> Bool {
        if case .scalar = value { return true }
        return random.chance(4)
    }

    private mutating func flow(_ value: Value) -> String {
        let gap = random.chance(3) ? " " : ""
        let comma = random.chance(3) ? " , " : ", "
        switch value {
        case .scalar(let scalar):
            return scalar
        case .list(let elements):
            return "[" + gap + elements.map { flow($0) }.joined(separator: comma) + gap + "]"
        case .mapping(let fields):
            return "{" + gap + fields.map { $0.0 + ": " + flow($0.1) }.joined(separator: comma) + gap + "}"
        }
    }

    private mutating func noise(_ margin: String) -> String {
        switch random.below(12) {
        case 0: "\n"
        case 1: margin + "# a comment: [with, signs}\n"
        default: ""
        }
    }
}
