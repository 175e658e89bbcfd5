/// Which events may make a difference to an outcome under any of some protocols.
///
/// Most events of a history satisfy no condition: doses, assays that no condition asks for, values on the harmless side of
/// every threshold. A history without them has the same outcomes, once it is known what a ``Survey`` asks of all events
/// (``LeftOut``). A rule may keep too much and never too little: the fold decides. Of a patient whose study drug and disease
/// are known less matters, and nothing before the days that count.
package struct Relevance: Sendable {
    /// Conditions whatever the study drug and the disease.
    private var any = RelevantConditions()
    /// By number of a variant: its conditions.
    private var variants: [RelevantConditions] = []

    /// How many different patients there are to protocols, by study drug and disease.
    package var variantCount: Int { variants.count }

    /// What may matter to protocols, of which there is at least one.
    package init(_ protocols: [CompiledProtocol]) {
        for compiled in protocols {
            for (number, conditions) in compiled.conditions.enumerated() {
                if number == variants.count { variants.append(RelevantConditions()) }
                any.add(conditions)
                variants[number].add(conditions)
            }
        }
    }

    /// The number of the variant for patients with these study drug and disease, by the numbers of the words; `nil` where
    /// the drug is none.
    package static func variantNumber(drug: Int16, disease: Int16) -> Int? {
        Drug(rawValue: drug).map { CompiledProtocol.variantNumber(drug: $0, disease: Disease(rawValue: disease)) }
    }

    /// What decides whether an event matters: one rule for all events that differ in value, time, name and detail alone.
    package struct Rule: Sendable, BitwiseCopyable {
        /// What a value is multiplied by before it is compared.
        package internal(set) var factor = 1.0
        /// Values up to this one matter.
        package internal(set) var low = -Double.infinity
        /// Values from this one on matter.
        package internal(set) var high = Double.infinity
        /// The drug that the event says was given, as a bit.
        package internal(set) var given: UInt16 = 0
        /// The drug whose level or antibodies were assayed, as a bit.
        package internal(set) var assayed: UInt16 = 0
        /// The first day, counted from randomisation, on which the event may matter; the greatest number where neither value
        /// nor detail can make it matter, and the least where it may on all days.
        package internal(set) var from = Int.max
        /// Whether the event's detail may make it matter where its value does not, see ``Relevance/detailMatters(_:)``.
        package internal(set) var asksForDetail = false

        /// Whether no value matters.
        package var isNever: Bool { low == -.infinity && high == .infinity }
    }

    /// The rule for events with the words and small numbers of this one, whoever the patient is.
    package func rule(for event: EventRecord) -> Rule { any.rule(for: event) }

    /// The rules for events with the words and small numbers of these, of patients of a variant, or whoever the patient is.
    package func rules(for events: [EventRecord], ofVariant number: Int? = nil) -> [Rule] {
        let conditions = number.map { variants[$0] } ?? any
        return events.map { conditions.rule(for: $0) }
    }

    /// Whether the detail of a score may satisfy a condition, whichever the instrument and whoever the patient is.
    package func detailMatters(_ detail: Span<UInt8>) -> Bool { any.detailMatters(detail) }
}

/// What is known of all events of a history from which those were left out that do not matter.
package struct LeftOut: Sendable, BitwiseCopyable {
    /// The drugs that doses say were given, a bit for each.
    package let given: UInt16
    /// The drugs that were assayed, a bit for each.
    package let assayed: UInt16
    /// When the last event happened, whether it was left out or not; `nil` where there is none.
    package let lastTime: Int64?

    /// What is known, from its parts.
    package init(given: UInt16, assayed: UInt16, lastTime: Int64?) {
        self.given = given
        self.assayed = assayed
        self.lastTime = lastTime
    }
}
