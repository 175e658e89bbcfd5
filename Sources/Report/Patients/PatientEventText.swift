import Projection
import Trial

/// Says what an event is, in words for people.
enum PatientEventText {
    /// What happened, without the word for the kind of event: `adalimumab 160 mg SC`, `adalimumab trough 5.1 ug/mL`,
    /// `Mayo 7 (endoscopy 2)`; nothing for a completion.
    static func what(_ record: EventRecord, in batch: EventBatch) throws(DetailError) -> String {
        switch record.kind {
        case .enrolment: try enrolment(record, in: batch)
        case .randomisation:
            PatientText.shown(try EventDetail.arm(of: record, in: batch.arena.span)) + ", "
                + word(record.code, Drug.self)
        case .dose:
            word(record.code, Drug.self) + " " + PatientText.plain(record.value) + " " + word(record.unit, Unit.self)
                + " " + word(record.qualifier, Route.self)
        case .assay: assay(record)
        case .score: try score(record, in: batch)
        case .adverseEvent: try adverseEvent(record, in: batch)
        case .treatmentStop:
            PatientText.shown(try EventDetail.treatmentStopDrug(of: record, in: batch.arena.span)) + ", "
                + word(record.code, TreatmentStopReason.self)
        case .withdrawal: word(record.code, WithdrawalReason.self)
        case .completion: ""
        case .correction: record.code == 0 ? "voids an event" : "replaces an event"
        }
    }

    /// A measured value in few digits, with its comparator: `5.1` or `<0.3`.
    static func short(_ result: PatientState.Measurement) -> String {
        (result.comparator?.name ?? "") + PatientText.short(result.value)
    }

    private static func assay(_ record: EventRecord) -> String {
        var text = word(record.code, Analyte.self)
        if let analyte = Analyte(rawValue: record.code), analyte.drug != nil, !analyte.isAntibody { text += " trough" }
        if let comparator = Comparator(rawValue: record.level) { text += " " + comparator.name }
        text += " " + PatientText.plain(record.value) + " " + word(record.unit, Unit.self)
        if let method = AssayMethod(rawValue: record.qualifier) { text += " (\(method.name))" }
        return text
    }

    private static func score(_ record: EventRecord, in batch: EventBatch) throws(DetailError) -> String {
        var parts: [String] = []
        if record.code == Instrument.mayo.rawValue { parts.append("endoscopy \(record.level)") }
        for item in try EventDetail.items(of: record, in: batch.arena.span) {
            let name = PatientText.shown(item.name)
            // Mayo's endoscopy may stand among the items too.
            if name != Condition.endoscopyItem || parts.isEmpty { parts.append("\(name) \(item.value)") }
        }
        let text = word(record.code, Instrument.self) + " " + PatientText.plain(record.value)
        return parts.isEmpty ? text : text + " (\(parts.joined(separator: ", ")))"
    }

    private static func adverseEvent(_ record: EventRecord, in batch: EventBatch) throws(DetailError) -> String {
        let (term, drug) = try EventDetail.adverseEvent(of: record, in: batch.arena.span)
        var text = PatientText.shown(term) + ", grade \(record.level)"
        if record.qualifier != 0 { text += ", serious" }
        if record.code == AdverseEventAction.none.rawValue { return text + ", no action" }
        return text + ", " + (drug.map { PatientText.shown($0) + " " } ?? "")
            + word(record.code, AdverseEventAction.self)
    }

    private static func enrolment(_ record: EventRecord, in batch: EventBatch) throws(DetailError) -> String {
        let detail = try EventDetail.enrolment(of: record, in: batch.arena.span)
        var parts = [word(record.code, Disease.self)]
        if let sex = Sex(rawValue: record.qualifier) { parts.append(sex == .female ? "female" : "male") }
        if let year = detail.birthYear { parts.append("born \(year)") }
        if let weight = detail.weightKg { parts.append("\(PatientText.plain(weight)) kg") }
        if let albumin = detail.albuminGPerL { parts.append("albumin \(PatientText.plain(albumin)) g/L") }
        if let crp = detail.crpMgPerL { parts.append("crp \(PatientText.plain(crp)) mg/L") }
        if let years = detail.diseaseDurationYears { parts.append("ill for \(PatientText.plain(years)) years") }
        if let carries = detail.hlaDQA105 { parts.append("HLA-DQA1*05 " + (carries ? "carrier" : "absent")) }
        if let drug = detail.firstDrug { parts.append("first drug \(drug.name)") }
        return parts.joined(separator: ", ")
    }

    private static func word<Term: VocabularyTerm>(_ number: Int16, _ terms: Term.Type) -> String {
        Term(rawValue: number)?.name ?? "\(Term.domain) \(number)"
    }
}
