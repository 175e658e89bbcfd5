extension String {
    /// How many columns of a terminal the text takes.
    var displayWidth: Int { reduce(0) { $0 + $1.displayWidth } }

    /// The text with everything replaced that would not print as itself: controls and invisible format characters,
    /// which could move the cursor or turn the direction of writing, and without Unicode all that is not ASCII.
    package func printable(_ style: Style) -> String {
        var result = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            if scalar.isASCII {
                result.append(scalar.value < 0x20 || scalar.value == 0x7F ? "?" : scalar)
            } else if !style.usesUnicode {
                result.append("?")
            } else {
                result.append(scalar.isPrintable ? scalar : "\u{FFFD}")
            }
        }
        return String(result)
    }

    /// The text, cut where it is wider than so many columns.
    func cut(to width: Int, _ style: Style) -> String {
        guard displayWidth > width else { return self }
        var result = ""
        var taken = style.ellipsis.displayWidth
        for character in self {
            taken += character.displayWidth
            guard taken <= width else { break }
            result.append(character)
        }
        return result + style.ellipsis
    }

    /// The text with spaces before it, so many columns wide at least.
    func alignedRight(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - displayWidth)) + self
    }

    /// The text with spaces after it, so many columns wide at least.
    func alignedLeft(_ width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - displayWidth))
    }

    /// The text as one word for ``wrapped(to:)``, which turns it back.
    var unbroken: String { String(map { $0 == " " ? Self.noBreak : $0 }) }

    private static let noBreak: Character = "\u{A0}"

    /// The words of the text in lines of at most so many columns; a longer word has a line of its own.
    package func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if line.displayWidth + 1 + String(word).displayWidth <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        if !line.isEmpty { lines.append(line) }
        return lines.map { line in String(line.map { $0 == Self.noBreak ? " " : $0 }) }
    }
}

extension Character {
    /// How many columns the character takes: 2 where it is wide, 0 where it only marks its neighbour.
    fileprivate var displayWidth: Int {
        if isASCII { return 1 }
        if unicodeScalars.contains(where: \.isWide) { return 2 }
        return unicodeScalars.contains { !$0.takesNoColumn } ? 1 : 0
    }
}

extension Unicode.Scalar {
    /// Whether the scalar shows, or joins those that do.
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        // Joiners shape letters and emoji; all other format characters only hide or reorder.
        case .format: value == 0x200C || value == 0x200D
        default: true
        }
    }

    fileprivate var takesNoColumn: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: true
        default: false
        }
    }

    /// Whether terminals give the scalar two columns: the wide and full-width blocks of UAX #11, and emoji.
    fileprivate var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            true
        case 0xFE0F: true
        default: properties.isEmojiPresentation
        }
    }
}
