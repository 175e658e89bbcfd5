/// The conditions of protocols that some patients may satisfy, in which events they look for what.
struct RelevantConditions: Sendable {
    /// Conditions on assays, by the analyte's number, each once, with the first day on which it counts.
    private var assayTests = [[CompiledProtocol.AssayTest]](repeating: [], count: Analyte.allCases.count + 1)
    /// Conditions on scores, by the instrument's number, each once, with the first day on which it counts.
    private var scoreTests = [[CompiledProtocol.ScoreTest]](repeating: [], count: Instrument.allCases.count + 1)
    /// Conditions on adverse events, each once, with the first day on which it counts.
    private var adverseEventTests: [CompiledProtocol.AdverseEventTest] = []
    /// Conditions on items of scores, each once.
    private var itemTests: [ItemTest] = []

    /// A condition on an item of a score.
    private struct ItemTest: Sendable, Equatable {
        var name: [UInt8]
        var threshold: Threshold
    }

    /// Adds the conditions of one variant of a protocol.
    mutating func add(_ conditions: CompiledProtocol.Conditions) {
        for test in conditions.adverseEventTests { add(test) }
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

    private mutating func add(_ test: CompiledProtocol.AssayTest, for analyte: Int) {
        let known = assayTests[analyte].firstIndex {
            $0.method == test.method && $0.unit == test.unit && $0.threshold == test.threshold
        }
        guard let known else { return assayTests[analyte].append(test) }
        assayTests[analyte][known].place.from = min(assayTests[analyte][known].place.from, test.place.from)
    }

    private mutating func add(_ test: CompiledProtocol.ScoreTest, named name: [UInt8], for instrument: Int) {
        let item = ItemTest(name: name, threshold: test.threshold)
        if !itemTests.contains(item) { itemTests.append(item) }
        let known = scoreTests[instrument].firstIndex {
            $0.readsTotal == test.readsTotal && $0.readsEndoscopy == test.readsEndoscopy
                && $0.threshold == test.threshold
        }
        guard let known else { return scoreTests[instrument].append(test) }
        scoreTests[instrument][known].place.from = min(scoreTests[instrument][known].place.from, test.place.from)
    }

    private mutating func add(_ test: CompiledProtocol.AdverseEventTest) {
        // All asks that differ only in the drug are one here.
        let known = adverseEventTests.firstIndex { $0.condition.asksTheSameOfEvents(as: test.condition) }
        guard let known else { return adverseEventTests.append(test) }
        adverseEventTests[known].place.from = min(adverseEventTests[known].place.from, test.place.from)
    }

    /// The rule for events with the words and small numbers of this one.
    func rule(for event: EventRecord) -> Relevance.Rule {
        var rule = Relevance.Rule()
        switch event.kind {
        case .dose:
            rule.given = 1 << UInt16(event.code)
        case .assay:
            if let drug = Analyte(rawValue: event.code)?.drug { rule.assayed = 1 << UInt16(drug.rawValue) }
            narrow(&rule, toAssay: event)
        case .score:
            narrow(&rule, toScore: event)
        case .adverseEvent:
            for test in adverseEventTests where test.maySatisfy(event) {
                rule.low = .infinity
                rule.from = min(rule.from, test.place.from)
            }
        default:
            rule.low = .infinity
            rule.from = .min
        }
        return rule
    }

    /// Sets the bounds beyond which an assay may satisfy a condition.
    private func narrow(_ rule: inout Relevance.Rule, toAssay event: EventRecord) {
        let conversion = AssayConversion.table[AssayConversion.index(analyte: event.code, unit: event.unit)]
        rule.factor = conversion.factor
        for test in assayTests[Int(event.code)]
        where (test.method == 0 || test.method == event.qualifier)
            && (test.unit == 0 || test.unit == conversion.storedUnit)
        {
            switch (Comparator(rawValue: event.level), test.threshold.looksDown) {
            case (.above, true), (.below, false): break
            default: rule.keep(test.threshold, from: test.place.from)
            }
        }
    }

    /// Sets the bounds beyond which the total of a score may satisfy a condition.
    private func narrow(_ rule: inout Relevance.Rule, toScore event: EventRecord) {
        for test in scoreTests[Int(event.code)] {
            if test.readsTotal { rule.keep(test.threshold, from: test.place.from) }
            if test.readsEndoscopy, test.threshold.isSatisfied(by: Double(event.level)) { rule.low = .infinity }
            rule.asksForDetail = true
            rule.from = min(rule.from, test.place.from)
        }
    }

    /// Whether the detail of a score may satisfy a condition, whichever the instrument.
    func detailMatters(_ detail: Span<UInt8>) -> Bool {
        for test in itemTests {
            guard let answer = PlainItems.item(named: test.name.span, in: detail) else { return true }
            if let value = answer.value, test.threshold.isSatisfied(by: Double(value)) { return true }
        }
        return false
    }
}

extension Relevance.Rule {
    /// Lets values matter that may satisfy a threshold from a day on.
    fileprivate mutating func keep(_ threshold: Threshold, from day: Int) {
        from = min(from, day)
        if threshold.looksDown { low = max(low, threshold.limit) } else { high = min(high, threshold.limit) }
    }
}

extension Threshold {
    /// Whether smaller values satisfy it.
    fileprivate var looksDown: Bool { relation == .below || relation == .atMost }
}

extension Condition {
    /// Whether two conditions on adverse events ask the same, whatever the drug that was acted upon.
    fileprivate func asksTheSameOfEvents(as other: Condition) -> Bool {
        guard case .adverseEvent(let action, _, let grade, let serious) = self,
            case .adverseEvent(let otherAction, _, let otherGrade, let otherSerious) = other
        else { return false }
        return action == otherAction && grade == otherGrade && serious == otherSerious
    }
}
