extension CompiledProtocol.AssayTest {
    /// Whether an assay of the right analyte satisfies the condition.
    ///
    /// - Parameter conversions: ``AssayConversion/table``.
    func isSatisfied(by record: EventRecord, _ conversions: Span<AssayConversion.Entry>) -> Bool {
        if method != 0, record.qualifier != method { return false }
        let conversion = conversions[AssayConversion.index(analyte: record.code, unit: record.unit)]
        if unit != 0, conversion.storedUnit != unit { return false }
        return threshold.isSatisfied(
            by: record.value * conversion.factor, comparator: Comparator(rawValue: record.level))
    }
}

extension CompiledProtocol.ScoreTest {
    /// Whether a score of the right instrument satisfies the condition, by its total, endoscopy or items.
    func isSatisfied(
        by record: EventRecord, in arena: Span<UInt8>, itemNames: [UInt8], _ memo: inout DetailMemo
    ) throws(DetailError) -> Bool {
        if readsTotal, threshold.isSatisfied(by: record.value) { return true }
        if readsEndoscopy, threshold.isSatisfied(by: Double(record.level)) { return true }
        guard !record.detail.isEmpty else { return false }
        // A condition asks for one item, whatever the drug and disease.
        let sent = try memo.answer(to: place.slot, about: record.detail) { () throws(DetailError) in
            try EventDetail.item(named: itemNames.span.extracting(itemName.indices), of: record, in: arena)
        }
        return sent.map { threshold.isSatisfied(by: Double($0)) } ?? false
    }
}

extension CompiledProtocol.AdverseEventTest {
    /// Whether an adverse event with these words and small numbers may satisfy the condition.
    func maySatisfy(_ record: EventRecord) -> Bool {
        guard case .adverseEvent(let action, _, let minimumGrade, let serious) = condition else { return false }
        if let action, record.code != action.rawValue { return false }
        if record.level < minimumGrade { return false }
        if let serious, (record.qualifier == 1) != serious { return false }
        return true
    }

    /// Whether an adverse event satisfies the condition.
    func isSatisfied(by record: EventRecord, in arena: Span<UInt8>) throws(DetailError) -> Bool {
        guard maySatisfy(record), case .adverseEvent(_, let drug, _, _) = condition else { return false }
        let wanted: String
        switch drug {
        case .any: return true
        case .studyDrug: wanted = studyDrug.name
        case .named(let name): wanted = name
        }
        guard let acted = try EventDetail.adverseEventDrug(of: record, in: arena) else { return false }
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
