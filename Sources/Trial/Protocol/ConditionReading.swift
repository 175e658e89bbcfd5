internal import StrictYAML

extension Condition {
    private static let kinds = ["score", "assay", "adverse-event"]
    private static let scoreKeys = ["score", "item"] + Threshold.keys
    private static let assayKeys = ["assay", "method", "unit"] + Threshold.keys
    private static let allKeys = kinds + ["item", "method", "unit"] + Threshold.keys

    /// A condition of a criterion: a mapping with exactly one of the three kinds.
    init(reading node: YAMLNode) throws(YAMLRefusal) {
        let fields = try node.fields(Self.allKeys)
        let given = fields.entries.filter { Self.kinds.contains($0.name) }
        guard let kind = given.first else {
            throw node.refusal("found a condition without a kind; expected one of \(Self.kinds.joinedAsChoice)")
        }
        if given.count > 1 {
            throw given[1].key.refusal(
                "found both \(kind.name.quoted) and \(given[1].name.quoted) in one condition; "
                    + "expected exactly one of \(Self.kinds.joinedAsChoice)")
        }
        switch kind.name {
        case "score":
            try fields.expectOnly(Self.scoreKeys, for: "a score condition")
            self = try Self.score(fields, instrument: kind.value)
        case "assay":
            try fields.expectOnly(Self.assayKeys, for: "an assay condition")
            self = try Self.assay(fields, target: kind.value)
        default:
            try fields.expectOnly([kind.name], for: "an adverse-event condition")
            self = try Self.adverseEvent(kind.value)
        }
    }

    private static func score(_ fields: YAMLFields, instrument: YAMLNode) throws(YAMLRefusal) -> Condition {
        let instrument = try instrument.term(Instrument.self, "instrument")
        var item = totalItem
        if let node = fields["item"] {
            item = try node.name(of: "an item")
            if item == endoscopyItem, instrument != .mayo {
                throw node.refusal(
                    "\(instrument.name) has no item \(item.quoted), only \(Instrument.mayo.name) has; "
                        + "expected \(totalItem.quoted) or another item of \(instrument.name)")
            }
        }
        return .score(instrument, item: item, try Threshold(reading: fields))
    }

    private static func assay(_ fields: YAMLFields, target node: YAMLNode) throws(YAMLRefusal) -> Condition {
        let words = AssayTarget.allTargets.map(\.name)
        let word = try node.text(words.map(\.quoted).joinedAsChoice)
        guard let target = AssayTarget.allTargets.first(where: { $0.name == word }) else {
            throw node.unknown("analyte", word, choices: words)
        }
        let method = try fields["method"]?.term(AssayMethod.self, "method")
        if let node = fields["method"], !target.isAntibody {
            let antibodies = AssayTarget.allTargets.filter(\.isAntibody).map(\.name.quoted)
            throw node.refusal(
                "the assay of \(target.name.quoted) has no method; "
                    + "expected a method only for \(antibodies.joinedAsChoice)")
        }
        let unit: Unit? = if let node = fields["unit"] { try Self.unit(node, of: target) } else { nil }
        return .assay(target, method: method, unit: unit, try Threshold(reading: fields))
    }

    /// The unit in which values of the target are kept; a spelling with the micro sign is the plain one.
    private static func unit(_ node: YAMLNode, of target: AssayTarget) throws(YAMLRefusal) -> Unit {
        let choices = target.storedUnits.map(\.name.quoted).joinedAsChoice
        let word = try node.text(choices)
        guard let unit = Unit(named: word.utf8.span) else {
            throw node.refusal(
                "unknown unit \(word.quoted) of \(target.name.quoted); expected \(choices)",
                question: word.suggestion(from: target.storedUnits.map(\.name)))
        }
        guard target.storedUnits.contains(unit.canonical) else {
            throw node.refusal("values of \(target.name.quoted) are not kept in \(word.quoted); expected \(choices)")
        }
        return unit.canonical
    }

    private static func adverseEvent(_ node: YAMLNode) throws(YAMLRefusal) -> Condition {
        let keys = ["action", "drug", "min-grade", "serious"]
        let fields = try node.fields(keys)
        guard !fields.entries.isEmpty else {
            throw node.refusal("the mapping is empty; expected one or more of \(keys.joined(separator: ", "))")
        }
        var drug = DrugSelector.any
        if let node = fields["drug"] {
            switch try node.name(of: "a drug") {
            case "any": drug = .any
            case AssayTarget.studyDrug.name: drug = .studyDrug
            case let name: drug = .named(name)
            }
        }
        return .adverseEvent(
            try fields["action"]?.term(AdverseEventAction.self, "action"),
            drug: drug,
            minimumGrade: try fields["min-grade"]?.wholeNumber(in: 1...5, "the least grade") ?? 1,
            serious: try fields["serious"]?.boolean("whether the event is serious"))
    }
}

extension Threshold {
    /// The keys of the four comparisons.
    fileprivate static let keys = Relation.allCases.map(\.rawValue)

    /// The only comparison of a condition.
    fileprivate init(reading fields: YAMLFields) throws(YAMLRefusal) {
        let given = fields.entries.filter { Self.keys.contains($0.name) }
        guard let comparison = given.first, let relation = Relation(rawValue: comparison.name) else {
            throw fields.owner.refusal("found no comparison; expected \(Self.keys.joinedAsChoice) with a number")
        }
        if given.count > 1 {
            throw given[1].key.refusal(
                "found both \(comparison.name.quoted) and \(given[1].name.quoted) in one condition; "
                    + "expected one comparison, and a further condition for a second")
        }
        self.init(relation, try comparison.value.number("a finite decimal number for \(comparison.name.quoted)"))
    }
}
