/// How text for people may look.
package struct Style: Sendable, Equatable {
    /// Whether colours and weights are set with ANSI escape sequences.
    package var usesColor: Bool
    /// Whether characters beyond ASCII may be used.
    package var usesUnicode: Bool
    /// How many columns a line may have; from 40 to 400.
    package var width: Int

    /// A style from its parts; a width out of bounds becomes the nearest possible one.
    package init(usesColor: Bool = false, usesUnicode: Bool = true, width: Int = 80) {
        self.usesColor = usesColor
        self.usesUnicode = usesUnicode
        self.width = min(max(width, Limits.textWidth.lowerBound), Limits.textWidth.upperBound)
    }

    /// What a piece of text is, which decides its colour.
    enum Role: Equatable {
        case plain
        case heading
        /// Less important than what stands around it.
        case faint
        /// About the group of this number.
        case group(Int)
    }

    /// Between the limits of an interval.
    var rangeDash: String { usesUnicode ? "–" : "-" }
    /// Stands for what is not estimable, or not there.
    package var absent: String { usesUnicode ? "–" : "-" }
    /// Before a number that is a lower limit only.
    var atLeast: String { usesUnicode ? "≥ " : ">= " }
    /// Before a number that is an upper limit only.
    var atMost: String { usesUnicode ? "≤ " : "<= " }
    /// The statistic of the log-rank test.
    var chiSquared: String { usesUnicode ? "χ²" : "chi-squared" }
    /// The estimator's name.
    var kaplanMeier: String { usesUnicode ? "Kaplan–Meier" : "Kaplan-Meier" }
    /// Stands for the end of a text that was cut.
    var ellipsis: String { usesUnicode ? "…" : "..." }

    /// A text in lines that fit, each with its end.
    package func paragraph(_ text: String) -> String {
        text.printable(self).wrapped(to: width).map { $0 + "\n" }.joined()
    }

    /// Gives text the colour of its role; blank text needs none.
    func paint(_ text: String, _ role: Role) -> String {
        guard usesColor, role != .plain, !text.allSatisfy({ $0 == " " }) else { return text }
        return "\u{1B}[\(code(of: role))m\(text)\u{1B}[0m"
    }

    /// The parameter of "select graphic rendition" (ECMA-48, 8.3.117).
    ///
    /// The colours of groups begin with blue and yellow, which people who confuse red and green can tell apart.
    private func code(of role: Role) -> String {
        switch role {
        case .plain: "0"
        case .heading: "1"
        case .faint: "2"
        case .group(let number): ["94", "33", "35", "36", "31", "32"][number % 6]
        }
    }
}
