/// JSON as it will be written, with its keys in order.
indirect enum JSONValue {
    case text(String)
    case number(Double)
    case whole(Int)
    case flag(Bool)
    case null
    case object([(key: String, value: JSONValue)])
}

extension JSONValue {
    /// The shortest spelling.
    var plain: String {
        switch self {
        case .text(let text): quoted(text)
        case .number(let number): JSONValue.shortest(number)
        case .whole(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .null: "null"
        case .object(let members):
            "{" + members.map { quoted($0.key) + ":" + $0.value.plain }.joined(separator: ",") + "}"
        }
    }

    /// Another spelling of the same value: other key order, white space, escapes and number notation.
    func spelled(_ random: inout SplitMix64) -> String {
        switch self {
        case .text(let text):
            return JSONValue.escaped(text, &random)
        case .number(let number):
            let text = JSONValue.shortest(number)
            guard text.utf8.count < 10, !text.contains("e") else { return text }
            return random.pick([text, text + "e0", text + "E+00", text.contains(".") ? text + "00" : text + ".0"])
        case .whole, .flag, .null:
            return plain
        case .object(let members):
            var parts: [String] = []
            for member in random.shuffled(members) {
                let gap = random.chance(30) ? " " : ""
                parts.append(gap + quoted(member.key) + gap + ":" + gap + member.value.spelled(&random) + gap)
            }
            return "{" + parts.joined(separator: ",") + "}"
        }
    }

    private static func shortest(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private static func escaped(_ text: String, _ random: inout SplitMix64) -> String {
        // Scalar by scalar: a quotation mark before a combining mark would be one Character with it.
        var out = "\""
        for scalar in text.unicodeScalars {
            if scalar == "/" && random.chance(30) {
                out += "\\/"
            } else if scalar == "\"" || scalar == "\\" || scalar.value < 0x20 {
                out += String(String.UnicodeScalarView(quoted(String(scalar)).unicodeScalars.dropFirst().dropLast()))
            } else if scalar.value < 0x1_0000 && random.chance(15) {
                let digits = String(scalar.value, radix: 16, uppercase: random.chance(50))
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
