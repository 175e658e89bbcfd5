extension String {
    /// This text in quotes for a message: control characters by number, and cut where it is long.
    var quoted: String {
        var shown = ""
        for character in self.prefix(Self.greatestShownLength) {
            if let control = character.unicodeScalars.first(where: \.isControl) {
                shown += "<\(control.codePoint)>"
            } else {
                shown.append(character)
            }
        }
        return "\"\(shown)\(count > Self.greatestShownLength ? "…" : "")\""
    }

    /// A question to follow a sentence where one of these words is nearly this one, else nothing.
    func suggestion(from words: [String]) -> String {
        guard utf8.count <= Self.greatestShownLength else { return "" }
        let own = Array(lowercased().unicodeScalars)
        let distances = words.map { (word: $0, distance: Self.distance(own, Array($0.lowercased().unicodeScalars))) }
        guard let nearest = distances.min(by: { $0.distance < $1.distance }),
            nearest.distance <= max(1, own.count / 3)
        else { return "" }
        return " Did you mean \(nearest.word.quoted)?"
    }

    private static let greatestShownLength = 64

    /// How many scalars must be added, removed, replaced or swapped with their neighbour to turn one text into the other
    /// (optimal string alignment).
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var least = Swift.min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = Swift.min(least, beforeLast[j - 1] + 1) }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}

extension [String] {
    /// The words as a choice: `a, b or c`.
    var joinedAsChoice: String {
        guard let last, count > 1 else { return joined() }
        return dropLast().joined(separator: ", ") + " or " + last
    }
}

extension Unicode.Scalar {
    /// The number in Unicode's notation, such as `U+0009`.
    var codePoint: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
    }

    /// Whether this steers a terminal or breaks a line instead of being seen.
    var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}

extension Double {
    /// The number of a decimal spelling, `nil` for any other.
    ///
    /// A sign, digits, a fraction and an exponent are known. A leading zero is not, since YAML 1.1 reads `010` as eight
    /// and YAML 1.2 as ten; nor are `0x1F`, `1:30`, `1_000`, `.inf` and `.nan`.
    init?(decimal text: String) {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = rest.prefix(while: Self.isDigit)
        guard whole.count <= 1 || whole.first != UInt8(ascii: "0") else { return nil }
        rest = rest[whole.endIndex...]
        var digits = whole.count
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: Self.isDigit)
            digits += fraction.count
            rest = rest[fraction.endIndex...]
        }
        guard digits > 0 else { return nil }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            guard let first = rest.first, Self.isDigit(first) else { return nil }
            rest = rest.drop(while: Self.isDigit)
        }
        guard rest.isEmpty else { return nil }
        self.init(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
