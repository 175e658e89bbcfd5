extension String {
    /// This text in quotes for a message: control characters by number, and cut where it is long.
    package var quoted: String {
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
    package func suggestion(from words: [String]) -> String {
        guard utf8.count <= Self.greatestShownLength else { return "" }
        let own = Array(lowercased().unicodeScalars)
        let distances = words.map { (word: $0, distance: Self.distance(own, Array($0.lowercased().unicodeScalars))) }
        guard let nearest = distances.min(by: { $0.distance < $1.distance }),
            nearest.distance <= max(1, own.count / 3)
        else { return "" }
        return " Did you mean \(nearest.word.quoted)?"
    }

    /// Words to follow the refusal of a name that equals one of these: that it is spelled in other code points, if so.
    ///
    /// Such names are refused like those of the same bytes. A fold would tell them apart, and no reader of its outcomes.
    package func otherSpelling(among names: [String]) -> String {
        names.contains { $0.utf8.elementsEqual(utf8) } ? "" : ", once in other code points for the same letters"
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
    package var joinedAsChoice: String {
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
