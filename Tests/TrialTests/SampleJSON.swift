import TestData

/// One key and value of an object.
struct SampleMember {
    var key: String
    var value: SampleJSON
}

/// A JSON value that can be spelled in many ways.
indirect enum SampleJSON {
    case text(String)
    /// The decimal number `digits` · 10^`exponent`.
    case number(digits: Int, exponent: Int)
    case flag(Bool)
    case null
    case members([SampleMember])

    /// An object of these keys and values.
    static func object(_ members: [(key: String, value: SampleJSON)]) -> SampleJSON {
        .members(members.map { SampleMember(key: $0.key, value: $0.value) })
    }

    /// The plain spelling: no white space, keys as they stand, few escapes.
    var plain: String {
        switch self {
        case .text(let text): Self.quote(text)
        case .number(let digits, let exponent): exponent == 0 ? "\(digits)" : "\(digits)e\(exponent)"
        case .flag(let flag): flag ? "true" : "false"
        case .null: "null"
        case .members(let members):
            "{" + members.map { "\(Self.quote($0.key)):\($0.value.plain)" }.joined(separator: ",") + "}"
        }
    }

    /// One of the many other spellings of the same value.
    func respelled(_ random: inout SeededRandom) -> String {
        switch self {
        case .text(let text): return Self.quote(text, &random)
        case .number(let digits, let exponent): return Self.spell(digits, exponent, &random)
        case .flag, .null: return plain
        case .members(let members):
            var spelled: [String] = []
            for member in members.shuffled(using: &random) {
                let key = Self.quote(member.key, &random)
                let (before, after) = (Self.blank(&random), Self.blank(&random))
                spelled.append(
                    "\(Self.blank(&random))\(key)\(before):\(after)\(member.value.respelled(&random))\(Self.blank(&random))"
                )
            }
            return "{" + (spelled.isEmpty ? Self.blank(&random) : spelled.joined(separator: ",")) + "}"
        }
    }

    private static func blank(_ random: inout SeededRandom) -> String {
        random.chance(3)
            ? String(
                (0..<Int.random(in: 1...3, using: &random)).map { _ in random.pick([" ", "\t", "\r", "\n"]) }.joined())
            : ""
    }

    private static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case "\u{0}"..<"\u{20}": quoted += escape(scalar)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func quote(_ text: String, _ random: inout SeededRandom) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" || scalar.value < 0x20 || random.chance(5) {
                let short: [Unicode.Scalar: String] = [
                    "\"": "\\\"", "\\": "\\\\", "/": "\\/", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\u{8}": "\\b",
                    "\u{C}": "\\f",
                ]
                if let spelled = short[scalar], random.chance(2) {
                    quoted += spelled
                } else {
                    quoted += escape(scalar, isUpper: random.chance(2))
                }
            } else {
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func escape(_ scalar: Unicode.Scalar, isUpper: Bool = false) -> String {
        String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16, uppercase: isUpper)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    /// The same decimal number with its dot, zeros and exponent moved about.
    private static func spell(_ digits: Int, _ exponent: Int, _ random: inout SeededRandom) -> String {
        var text = String(digits)
        var power = exponent
        if digits == 0 { return random.pick(["0", "0.0", "0e7", "-0", "0.000E-3", "-0.0"]) }
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            text += "0"
            power -= 1
        }
        let letter = random.pick(["e", "E"])
        if random.chance(2) {
            let places = Int.random(in: 1...text.count + 2, using: &random)
            let padded = String(repeating: "0", count: max(0, places + 1 - text.count)) + text
            text = String(padded.dropLast(places)) + "." + padded.suffix(places)
            power += places
        }
        if power == 0, random.chance(2) { return text }
        let sign = power >= 0 ? random.pick(["", "+"]) : "-"
        return text + letter + sign + random.pick(["", "0", "00"]) + String(abs(power))
    }
}
