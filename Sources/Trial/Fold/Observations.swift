/// Reads events as observations and holds them against conditions.
extension CompiledProtocol.Test {
    /// Whether an assay of the right analyte satisfies the condition.
    func isSatisfied(byAssay record: EventRecord) -> Bool {
        guard case .assay(_, let method, let unit, let threshold) = condition else { return false }
        if let method, record.qualifier != method.rawValue { return false }
        let conversion = AssayConversion.table[AssayConversion.index(analyte: record.code, unit: record.unit)]
        if let unit, conversion.storedUnit != unit.rawValue { return false }
        return threshold.isSatisfied(
            by: record.value * conversion.factor, comparator: Comparator(rawValue: record.level))
    }

    /// Whether a score of the right instrument satisfies the condition, by its total, endoscopy or items.
    func isSatisfied(byScore record: EventRecord, in batch: EventBatch) throws(DetailError) -> Bool {
        guard case .score(let instrument, let item, let threshold) = condition else { return false }
        if item == Condition.totalItem, threshold.isSatisfied(by: record.value) { return true }
        if item == Condition.endoscopyItem, instrument == .mayo, threshold.isSatisfied(by: Double(record.level)) {
            return true
        }
        guard !record.detail.isEmpty else { return false }
        for sent in try EventDetail.items(of: record, in: batch) where sent.name.elementsEqual(item.utf8) {
            return threshold.isSatisfied(by: Double(sent.value))
        }
        return false
    }

    /// Whether an adverse event satisfies the condition.
    func isSatisfied(byAdverseEvent record: EventRecord, in batch: EventBatch) throws(DetailError) -> Bool {
        guard case .adverseEvent(let action, let drug, let minimumGrade, let serious) = condition else { return false }
        if let action, record.code != action.rawValue { return false }
        if record.level < minimumGrade { return false }
        if let serious, (record.qualifier == 1) != serious { return false }
        let wanted: String
        switch drug {
        case .any: return true
        case .studyDrug: wanted = studyDrug.name
        case .named(let name): wanted = name
        }
        guard let acted = try EventDetail.adverseEventDrug(of: record, in: batch) else { return false }
        return acted.elementsEqual(wanted.utf8)
    }
}

/// The factor and stored unit of every analyte and unit, as a flat table.
enum AssayConversion {
    /// One way to read an assay: multiply by the factor, and the result is in the stored unit.
    struct Entry: Sendable {
        var factor: Double
        var storedUnit: Int16
    }

    private static let unitCount = 20

    /// The place of an analyte and a unit in the table, by their stored numbers.
    static func index(analyte: Int16, unit: Int16) -> Int { Int(analyte) * unitCount + Int(unit % 100) }

    /// All ways, by ``index(analyte:unit:)``; a pair that validation refuses has the factor 0 and no unit.
    static let table: [Entry] = {
        var table = [Entry](
            repeating: Entry(factor: 0, storedUnit: 0), count: (Analyte.allCases.count + 1) * unitCount)
        for analyte in Analyte.allCases {
            for unit in Unit.allCases {
                guard let conversion = analyte.conversion(from: unit) else { continue }
                table[index(analyte: analyte.rawValue, unit: unit.rawValue)] = Entry(
                    factor: conversion.factor, storedUnit: conversion.stored.rawValue)
            }
        }
        return table
    }()
}
