/// A closed list of words that events may use, each with the stable number under which the log stores it.
///
/// The numbers are part of the stored format: a word may be added, a number is never given to another word.
/// The schema holds the same list in its table `vocabulary`, and the log compares the two before it works.
package protocol VocabularyTerm: RawRepresentable<Int16>, CaseIterable, Sendable {
    /// The name of the list in the table `vocabulary`.
    static var domain: String { get }
    /// The word as it stands in an event line.
    var name: String { get }
}

extension VocabularyTerm {
    /// The term with this spelling, compared byte for byte, or `nil` where the list has no such word.
    package init?(named bytes: borrowing Span<UInt8>) {
        for term in Self.allCases where term.name.hasSameBytes(as: bytes) {
            self = term
            return
        }
        return nil
    }

    /// All words of the list, quoted and joined for a message: `"CD" or "UC"`.
    package static var choices: String {
        let words = Self.allCases.map { "\"\($0.name)\"" }
        guard let last = words.last, words.count > 1 else { return words.joined() }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension String {
    /// Whether the UTF-8 of this string is exactly these bytes.
    ///
    /// Swift's `==` on strings follows canonical equivalence, so that two different byte sequences can be equal;
    /// identities in the log are bytes.
    package func hasSameBytes(as bytes: borrowing Span<UInt8>) -> Bool {
        utf8.span.hasSameBytes(as: bytes)
    }
}

/// What happened: the type of an event.
package enum EventKind: Int16, VocabularyTerm, BitwiseCopyable {
    case enrolment = 1
    case randomisation = 2
    case dose = 3
    case assay = 4
    case score = 5
    case adverseEvent = 6
    case treatmentStop = 7
    case withdrawal = 8
    case completion = 9
    case correction = 10

    /// The list's name in the table `vocabulary`.
    package static let domain = "kind"

    /// The full type as it stands in an event line, such as `trough.assay.v1`.
    package var name: String {
        switch self {
        case .enrolment: "trough.enrolment.v1"
        case .randomisation: "trough.randomisation.v1"
        case .dose: "trough.dose.v1"
        case .assay: "trough.assay.v1"
        case .score: "trough.score.v1"
        case .adverseEvent: "trough.adverse-event.v1"
        case .treatmentStop: "trough.treatment-stop.v1"
        case .withdrawal: "trough.withdrawal.v1"
        case .completion: "trough.completion.v1"
        case .correction: "trough.correction.v1"
        }
    }

    /// The bare word between `trough.` and `.v1`, such as `adverse-event`.
    package var word: String {
        String(name.dropFirst("trough.".count).dropLast(".v1".count))
    }
}

/// The whole vocabulary, as the schema must hold it.
package enum Vocabulary {
    /// One word of one list.
    package struct Entry: Hashable, Sendable {
        /// The list, such as `drug`.
        package var domain: String
        /// The number under which rows store the word.
        package var code: Int16
        /// The word as it stands in an event line.
        package var name: String

        /// An entry from its three parts.
        package init(domain: String, code: Int16, name: String) {
            self.domain = domain
            self.code = code
            self.name = name
        }
    }

    /// Every word that a stored event may refer to, list by list.
    package static let entries: [Entry] =
        entries(of: EventKind.self) + entries(of: Disease.self) + entries(of: Sex.self) + entries(of: Drug.self)
        + entries(of: Route.self) + entries(of: Analyte.self) + entries(of: Unit.self) + entries(of: Comparator.self)
        + entries(of: AssayMethod.self) + entries(of: Instrument.self) + entries(of: AdverseEventAction.self)
        + entries(of: TreatmentStopReason.self) + entries(of: WithdrawalReason.self)

    private static func entries<Term: VocabularyTerm>(of term: Term.Type) -> [Entry] {
        Term.allCases.map { Entry(domain: Term.domain, code: $0.rawValue, name: $0.name) }
    }
}
