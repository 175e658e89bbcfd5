import StrictYAML

/// Why a scenario cannot be changed as asked, as a sentence that says what was found and what was expected.
package struct ScenarioError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The sentence.
    package let description: String
}

extension Scenario {
    /// Changes one value, given as `group.name=value`.
    ///
    /// - Throws: Where there is no such value, or it cannot be what is given.
    package mutating func set(_ assignment: String) throws(ScenarioError) {
        let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            throw ScenarioError(
                description: "\(assignment.quoted) is no assignment; expected NAME=VALUE, such as "
                    + "immunogenicity.azathioprineHazardRatio=0.39.")
        }
        let (name, text) = (parts[0], parts[1])
        if name == Self.stopAfterFailureName {
            guard let value = Bool(text) else {
                throw ScenarioError(description: "\(name) is \(text.quoted); expected true or false.")
            }
            retention.stopAfterFailure = value
            return
        }
        guard let parameter = Parameter.all.first(where: { $0.name == name }) else {
            throw ScenarioError(
                description: "There is no parameter \(name.quoted); expected one that simulate --describe lists."
                    + name.suggestion(from: Parameter.all.map(\.name) + [Self.stopAfterFailureName]))
        }
        guard let value = Double(decimal: text), parameter.range.contains(value),
            !parameter.isWhole || value == value.rounded()
        else {
            throw ScenarioError(description: "\(name) is \(text.quoted); expected \(parameter.expectedValue).")
        }
        var changed = self
        changed[keyPath: parameter.place] = value
        if let contradiction = changed.contradiction { throw ScenarioError(description: contradiction + ".") }
        self = changed
    }

    private static let stopAfterFailureName = "retention.stopAfterFailure"

    /// What cannot be true of several values together, `nil` where all fit.
    var contradiction: String? {
        let limits = [
            ("assays.level", assays.levelLowerUgPerML, assays.levelUpperUgPerML),
            ("assays.sensitive", assays.sensitiveLowerNgPerML, assays.sensitiveUpperNgPerML),
            ("assays.tolerant", assays.tolerantLowerAUPerML, assays.tolerantUpperAUPerML),
        ]
        for (assay, lower, upper) in limits where lower >= upper {
            return "the limits of quantification \(assay)… are \(lower) and \(upper); "
                + "expected the lower one to be smaller"
        }
        return nil
    }

    /// Whether a text can be the name of a scenario: letters, digits, `.`, `_` and `-`.
    package static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= ScenarioFile.greatestNameLength
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

extension Parameter {
    /// What it is, for a message of the reader of files, which adds the range.
    var expectation: String { unit.isEmpty ? name : "\(name) in \(unit)" }

    /// What a value must be, for a message.
    var expectedValue: String {
        let lower = Self.spelling(range.lowerBound)
        let upper = Self.spelling(range.upperBound)
        return "a\(isWhole ? " whole" : "") number from \(lower) to \(upper)\(unit.isEmpty ? "" : " in \(unit)")"
    }

    private static func spelling(_ bound: Double) -> String {
        bound == bound.rounded() && abs(bound) < 1e15 ? String(Int(bound)) : String(bound)
    }
}
