/// Text for tables: its width on a terminal, and cutting, padding and wrapping to a width.
enum PatientText {
    /// What stands in a cell for which nothing is known.
    static let missing = "·"

    /// Bytes as text that is safe on a terminal: what would move the cursor, hide text or turn its direction is
    /// replaced by U+FFFD.
    static func shown(_ bytes: some Collection<UInt8>) -> String {
        if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return String(decoding: bytes, as: UTF8.self) }
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text.append("\u{FFFD}")
            default: text.append(scalar)
            }
        }
        return String(text)
    }

    /// How many columns a text takes on a terminal.
    static func columns(_ text: String) -> Int {
        text.utf8.allSatisfy { $0 < 0x80 } ? text.utf8.count : text.reduce(0) { $0 + columns($1) }
    }

    private static func columns(_ character: Character) -> Int {
        character.unicodeScalars.contains { scalar in
            scalar.properties.isEmojiPresentation || wide.contains { $0.contains(scalar.value) }
        } ? 2 : 1
    }

    /// The blocks of wide and full-width characters of Unicode's East Asian Width (UAX #11).
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
        0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    /// The text, cut to a width where it is longer, with `…` at its end.
    static func fitted(_ text: String, to width: Int) -> String {
        guard columns(text) > width else { return text }
        var cut = ""
        var room = max(0, width - 1)
        for character in text {
            room -= columns(character)
            if room < 0 { break }
            cut.append(character)
        }
        return width > 0 ? cut + "…" : ""
    }

    /// The text cut and filled with spaces to exactly a width.
    static func padded(_ text: String, to width: Int, toTheRight: Bool = false) -> String {
        let cut = fitted(text, to: width)
        let fill = String(repeating: " ", count: max(0, width - columns(cut)))
        return toTheRight ? fill + cut : cut + fill
    }

    /// The text in lines of at most a width, broken at spaces, and within a word only where it is longer than a line.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, columns(line) + 1 + columns(String(word)) <= width {
                line += " " + word
                continue
            }
            if !line.isEmpty { lines.append(line) }
            line = String(word)
            while columns(line) > max(2, width) {
                let head = prefix(of: line, max(2, width))
                lines.append(head)
                line.removeFirst(head.count)
            }
        }
        if !line.isEmpty || lines.isEmpty { lines.append(line) }
        return lines
    }

    private static func prefix(of text: String, _ width: Int) -> String {
        var room = width
        return String(
            text.prefix { character in
                room -= columns(character)
                return room >= 0
            })
    }

    /// A heading, drawn out with a line to a width.
    static func rule(_ text: String, to width: Int) -> String {
        let head = fitted("── \(text) ", to: width)
        return head + String(repeating: "─", count: max(0, width - columns(head)))
    }

    /// A measured value in about three significant digits, for tables: `224`, `12.4`, `5.1`, `0.35`.
    static func short(_ value: Double) -> String {
        guard value > 0, value < 1e6 else { return plain(value) }
        let scale: Double = value >= 100 ? 1 : value >= 10 ? 10 : 100
        let rounded = (value * scale).rounded() / scale
        return plain(rounded == 0 ? value : rounded)
    }

    /// A number in its shortest spelling that reads back the same, without a fraction where it has none.
    static func plain(_ value: Double) -> String {
        Int(exactly: value).map(String.init) ?? String(value)
    }
}
