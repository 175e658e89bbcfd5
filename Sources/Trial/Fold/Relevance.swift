/// Which events may make a difference to an outcome under any of some protocols.
///
/// Most events of a history satisfy no condition: doses, assays that no condition asks for, values on the harmless side of
/// every threshold. A history without them has the same outcomes, once it is known what a ``Survey`` asks of all events
/// (``LeftOut``). A rule may keep too much and never too little, whatever the drug and the disease: the fold decides.
package struct Relevance: Sendable {
    /// Conditions on assays, by the analyte's number, each once.
    private var assayTests = [[CompiledProtocol.AssayTest]](repeating: [], count: Analyte.allCases.count + 1)
    /// Conditions on scores, by the instrument's number, each once.
    private var scoreTests = [[CompiledProtocol.ScoreTest]](repeating: [], count: Instrument.allCases.count + 1)
    /// Conditions on items of scores, each once.
    private var itemTests: [ItemTest] = []

    /// A condition on an item of a score.
    private struct ItemTest: Sendable, Equatable {
        var name: [UInt8]
        var threshold: Threshold
    }

    /// What may matter to protocols.
    package init(_ protocols: [CompiledProtocol]) {
        for conditions in protocols.flatMap(\.conditions) {
            for analyte in Analyte.allCases.map(\.rawValue) {
                for index in conditions.assayTests.indices(of: analyte) {
                    add(conditions.assayTests[index], for: Int(analyte))
                }
            }
            for instrument in Instrument.allCases.map(\.rawValue) {
                for index in conditions.scoreTests.indices(of: instrument) {
                    let test = conditions.scoreTests[index]
                    add(test, named: Array(conditions.itemNames[test.itemName.indices]), for: Int(instrument))
                }
            }
        }
    }

    private mutating func add(_ test: CompiledProtocol.AssayTest, for analyte: Int) {
        let isKnown = assayTests[analyte].contains {
            $0.method == test.method && $0.unit == test.unit && $0.threshold == test.threshold
        }
        if !isKnown { assayTests[analyte].append(test) }
    }

    private mutating func add(_ test: CompiledProtocol.ScoreTest, named name: [UInt8], for instrument: Int) {
        let isKnown = scoreTests[instrument].contains {
            $0.readsTotal == test.readsTotal && $0.readsEndoscopy == test.readsEndoscopy
                && $0.threshold == test.threshold
        }
        if !isKnown { scoreTests[instrument].append(test) }
        let item = ItemTest(name: name, threshold: test.threshold)
        if !itemTests.contains(item) { itemTests.append(item) }
    }

    /// What decides whether an event matters: one rule for all events that differ in value, time, name and detail alone.
    package struct Rule: Sendable, BitwiseCopyable {
        /// What a value is multiplied by before it is compared.
        package fileprivate(set) var factor = 1.0
        /// Values up to this one matter.
        package fileprivate(set) var low = -Double.infinity
        /// Values from this one on matter.
        package fileprivate(set) var high = Double.infinity
        /// The drug that the event says was given, as a bit.
        package fileprivate(set) var given: UInt16 = 0
        /// The drug whose level or antibodies were assayed, as a bit.
        package fileprivate(set) var assayed: UInt16 = 0
        /// Whether the event's detail may make it matter where its value does not, see ``Relevance/detailMatters(_:)``.
        package fileprivate(set) var asksForDetail = false

        /// Whether no value matters.
        package var isNever: Bool { low == -.infinity && high == .infinity }
    }

    /// The rule for events with the words and small numbers of this one.
    package func rule(for event: EventRecord) -> Rule {
        var rule = Rule()
        switch event.kind {
        case .dose:
            rule.given = 1 << UInt16(event.code)
        case .assay:
            if let drug = Analyte(rawValue: event.code)?.drug { rule.assayed = 1 << UInt16(drug.rawValue) }
            narrow(&rule, toAssay: event)
        case .score:
            narrow(&rule, toScore: event)
        default:
            rule.low = .infinity
        }
        return rule
    }

    /// Sets the bounds beyond which an assay may satisfy a condition.
    private func narrow(_ rule: inout Rule, toAssay event: EventRecord) {
        let conversion = AssayConversion.table[AssayConversion.index(analyte: event.code, unit: event.unit)]
        rule.factor = conversion.factor
        for test in assayTests[Int(event.code)]
        where (test.method == 0 || test.method == event.qualifier)
            && (test.unit == 0 || test.unit == conversion.storedUnit)
        {
            switch (Comparator(rawValue: event.level), test.threshold.looksDown) {
            case (.above, true), (.below, false): break
            default: rule.keep(test.threshold)
            }
        }
    }

    /// Sets the bounds beyond which the total of a score may satisfy a condition.
    private func narrow(_ rule: inout Rule, toScore event: EventRecord) {
        for test in scoreTests[Int(event.code)] {
            if test.readsTotal { rule.keep(test.threshold) }
            if test.readsEndoscopy, test.threshold.isSatisfied(by: Double(event.level)) { rule.low = .infinity }
            rule.asksForDetail = true
        }
    }

    /// Whether the detail of a score may satisfy a condition, whichever the instrument.
    package func detailMatters(_ detail: Span<UInt8>) -> Bool {
        for test in itemTests {
            guard let answer = PlainItems.item(named: test.name.span, in: detail) else { return true }
            if let value = answer.value, test.threshold.isSatisfied(by: Double(value)) { return true }
        }
        return false
    }
}

extension Relevance.Rule {
    /// Lets values matter that may satisfy a threshold.
    fileprivate mutating func keep(_ threshold: Threshold) {
        if threshold.looksDown { low = max(low, threshold.limit) } else { high = min(high, threshold.limit) }
    }
}

extension Threshold {
    /// Whether smaller values satisfy it.
    fileprivate var looksDown: Bool { relation == .below || relation == .atMost }
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
