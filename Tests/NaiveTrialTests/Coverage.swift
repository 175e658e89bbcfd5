import Foundation

@testable import NaiveTrial

/// Counts, over many generated trials, how often each construct and each result occurs.
///
/// Everything is counted from the finished lines and the rules, never from what the generator meant to do.
struct Coverage {
    private(set) var counts: [String: Int] = [:]

    mutating func count(_ construct: String, _ times: Int = 1) {
        counts[construct, default: 0] += times
    }

    /// Adds the constructs of the trial of one seed.
    mutating func add(seed: UInt64) throws {
        let trial = CaseGenerator(seed: seed).trial()
        let definition = try ProtocolDefinition(yaml: trial.protocolYAML)
        count("treatment-stop: \(definition.treatmentStop)")
        if trial.protocolYAML == NaiveTrial.defaultProtocolYAML { count("default protocol") }
        add(definition)
        let lines = recordedLines(trial.eventLines, asOfCount: trial.asOfCount)
        if lines.count < trial.eventLines.count { count("as-of leaves lines out") }
        for line in lines { try addLine(line) }
        let cut = try trial.until.map { text in try Instant(text) }
        let known = try patients(of: lines)
        count("trials of \(known.count) patients")
        count("lines sent again", lines.count - known.reduce(0) { $0 + $1.events.count + $1.corrections.count })
        let asRecorded = try patients(of: trial.eventLines)
        for patient in asRecorded where patient.events.count + patient.corrections.count == PatientDraft.mostEvents {
            count("patient of 40 events")
        }
        for patient in known {
            addCorrections(patient, all: asRecorded.first { sameBytes($0.subject, patient.subject) } ?? patient)
            addEvents(patient, cut)
            for finding in allFindings(of: patient, definition, until: cut) { count("finding: \(finding.code)") }
            guard let history = History(of: patient, until: cut) else {
                count("not randomised")
                continue
            }
            addHistory(history, definition)
            for endpoint in definition.endpoints { addOutcome(endpoint, history, definition) }
        }
    }

    private mutating func add(_ definition: ProtocolDefinition) {
        count("\(definition.endpoints.count) endpoints")
        for criterion in definition.endpoints.flatMap(\.criteria) {
            count("within \(criterion.within)")
            count("from \(criterion.from)")
            count("\(criterion.conditions.count) conditions")
            if criterion.disease != nil { count("disease-bound criterion") }
            for condition in criterion.conditions {
                switch condition {
                case .score(let instrument, let item, let comparison):
                    count("condition on \(instrument) \(item) \(comparison.relation)")
                case .assay(let name, let method, let unit, let comparison):
                    count("condition on assay \(name)")
                    count("assay condition \(comparison.relation)")
                    if method != nil { count("condition with method") }
                    if unit != nil { count("condition with unit") }
                case .adverseEvent(let action, let drug, let minGrade, let serious):
                    count("condition on action \(action ?? "any")")
                    count("condition on adverse event of \(drug ?? "no drug asked")")
                    if minGrade != nil { count("condition with min-grade") }
                    if let serious { count("condition with serious \(serious)") }
                }
            }
        }
    }

    private mutating func addLine(_ line: String) throws {
        let parsed = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
        let data = parsed["data"] as? [String: Any] ?? [:]
        count("type \(parsed["type"] as? String ?? "")")
        if line.contains("\\u") { count("line with \\u escapes") }
        if line.contains("\\/") { count("line with \\/") }
        if parsed["station"] != nil { count("extension attribute") }
        if line.contains("e0,") || line.contains("E+00") { count("number with exponent") }
        if let unit = data["unit"] as? String, let analyte = data["analyte"] as? String {
            if unit.contains("\u{B5}") || unit.contains("\u{3BC}") { count("unit with a micro sign") }
            let stored = storedUnit(of: analyte, sentIn: unit)
            count("assay \(analyte) factor \(stored?.factor ?? 0)")
            if unit == "AU/mL" { count("assay in AU/mL") }
            if let comparator = data["comparator"] as? String { count("comparator \(comparator)") }
        }
        let time = parsed["time"] as? String ?? ""
        if !time.hasSuffix("Z") {
            count("time with offset")
            let localDate = dateNumber(
                year: Int(time.prefix(4)) ?? 0,
                month: Int(time.dropFirst(5).prefix(2)) ?? 0,
                day: Int(time.dropFirst(8).prefix(2)) ?? 0
            )
            if try Instant(time).utcDate != localDate { count("local date is not the UTC date") }
        }
        let inDay = try Instant(time).microseconds % Instant.microsecondsPerDay
        if inDay == 0 { count("at UTC midnight") }
        if inDay == 1 { count("a microsecond after UTC midnight") }
        if inDay == Instant.microsecondsPerDay - 1 { count("a microsecond before UTC midnight") }
        if data["items"] != nil { count("score with items") }
    }
}

/// The name of a kind of fact.
func kind(_ fact: Fact) -> String {
    switch fact {
    case .enrolment: "enrolment"
    case .randomisation: "randomisation"
    case .dose: "dose"
    case .assay: "assay"
    case .score: "score"
    case .adverseEvent: "adverse event"
    case .treatmentStop: "treatment stop"
    case .withdrawal: "withdrawal"
    case .completion: "completion"
    }
}
