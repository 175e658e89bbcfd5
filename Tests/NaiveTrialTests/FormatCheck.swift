import Foundation

@testable import NaiveTrial

/// Why a generated line does not keep to the event format; nothing when it does.
///
/// Written from the table of the event format alone, so that the generator is not its own judge.
func formatFault(_ text: String) throws -> String? {
    guard text.utf8.count <= 65_536,
        let line = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    else { return "not one object" }
    let attributes = ["specversion", "id", "source", "type", "subject", "time", "data"]
    if let missing = attributes.first(where: { line[$0] == nil }) { return "\(missing) is missing" }
    guard line["specversion"] as? String == "1.0" else { return "specversion" }
    guard let id = line["id"] as? String, (1...128).contains(id.utf8.count) else { return "id" }
    guard let source = line["source"] as? String, (1...256).contains(source.utf8.count),
        URL(string: source) != nil, source.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return "source" }
    guard let subject = line["subject"] as? String, (1...64).contains(subject.utf8.count) else { return "subject" }
    guard (id + subject).unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    else { return "a control character in id or subject" }
    for key in line.keys where !attributes.contains(key) && !(key == "station" && line[key] is String) {
        return "unknown attribute \(key)"
    }
    guard let type = line["type"] as? String, let data = line["data"] as? [String: Any] else { return "type or data" }
    if type == "trough.correction.v1" { return try correctionFault(data, of: Identity(source: source, id: id)) }
    return try factFault(type, line["time"], data)
}

private func correctionFault(_ data: [String: Any], of name: Identity) throws -> String? {
    guard Set(data.keys) == ["corrects", "reason", "replacement"], let corrects = data["corrects"] as? [String: Any],
        Set(corrects.keys) == ["source", "id"], let source = corrects["source"] as? String,
        let id = corrects["id"] as? String, let reason = data["reason"] as? String,
        (1...500).contains(reason.utf8.count)
    else { return "correction" }
    if Identity(source: source, id: id) == name { return "corrects itself" }
    if data["replacement"] is NSNull { return nil }
    guard let replacement = data["replacement"] as? [String: Any],
        Set(replacement.keys) == ["type", "time", "data"], let type = replacement["type"] as? String,
        type != "trough.correction.v1", let inner = replacement["data"] as? [String: Any]
    else { return "replacement" }
    return try factFault(type, replacement["time"], inner)
}

private func factFault(_ type: String, _ time: Any?, _ data: [String: Any]) throws -> String? {
    let year2026 = dateNumber(year: 2026, month: 1, day: 1)
    guard let time = time as? String, try Instant(time).utcDate < year2026 else { return "time" }
    switch type {
    case "trough.enrolment.v1":
        let optional = ["birthYear", "weightKg", "hlaDQA105", "firstDrug"]
        return keyFault(data, ["disease", "sex"], optional) ?? choiceFault(data, "disease", ["CD", "UC"])
            ?? choiceFault(data, "sex", ["F", "M"])
            ?? (data["firstDrug"] == nil ? nil : choiceFault(data, "firstDrug", ["infliximab", "adalimumab"]))
    case "trough.randomisation.v1":
        return keyFault(data, ["arm", "drug"], []) ?? choiceFault(data, "drug", ["infliximab", "adalimumab"])
    case "trough.dose.v1":
        return keyFault(data, ["drug", "amount", "unit", "route"], [])
            ?? choiceFault(data, "drug", ["infliximab", "adalimumab", "azathioprine"])
            ?? rangeFault(data, "amount", 0.001...1000) ?? choiceFault(data, "unit", ["mg", "mg/kg", "mg/kg/day"])
            ?? choiceFault(data, "route", ["IV", "SC", "PO"])
    case "trough.assay.v1":
        return assayFault(data)
    case "trough.score.v1":
        return scoreFault(data)
    case "trough.adverse-event.v1":
        let drug =
            data["action"] as? String == "none"
            ? nil : choiceFault(data, "drug", ["infliximab", "adalimumab", "azathioprine"])
        return keyFault(data, ["term", "grade", "serious", "action"], ["drug"]) ?? rangeFault(data, "grade", 1...5)
            ?? choiceFault(data, "action", ["none", "reduced", "interrupted", "withdrawn"]) ?? drug
    case "trough.treatment-stop.v1":
        let reasons = ["adverse-event", "lack-of-efficacy", "patient-decision", "physician-decision", "other"]
        return keyFault(data, ["drug", "reason"], []) ?? choiceFault(data, "reason", reasons)
    case "trough.withdrawal.v1":
        let reasons = ["consent-withdrawn", "lost-to-follow-up", "death", "other"]
        return keyFault(data, ["reason"], []) ?? choiceFault(data, "reason", reasons)
    case "trough.completion.v1":
        return keyFault(data, [], [])
    default:
        return "unknown type \(type)"
    }
}

private func assayFault(_ data: [String: Any]) -> String? {
    let analyte = data["analyte"] as? String ?? ""
    let isAntibody = analyte == "anti-infliximab" || analyte == "anti-adalimumab"
    if let fault = keyFault(data, ["analyte", "value", "unit"] + (isAntibody ? ["method"] : []), ["comparator"]) {
        return fault
    }
    let units = [
        "infliximab": ["ug/mL", "mg/L", "ng/mL"], "adalimumab": ["ug/mL", "mg/L", "ng/mL"],
        "anti-infliximab": ["ng/mL", "ug/L", "ug/mL", "AU/mL"], "anti-adalimumab": ["ng/mL", "ug/L", "ug/mL", "AU/mL"],
        "calprotectin": ["ug/g", "mg/kg"], "crp": ["mg/L", "mg/dL"], "albumin": ["g/L", "g/dL"],
        "6-tgn": ["pmol/8e8RBC"],
    ]
    let unit = (data["unit"] as? String)?.replacing("\u{B5}", with: "u").replacing("\u{3BC}", with: "u") ?? ""
    guard units[analyte]?.contains(unit) == true else { return "unit \(unit) of \(analyte)" }
    return rangeFault(data, "value", 0...1e9)
        ?? (data["comparator"] == nil ? nil : choiceFault(data, "comparator", ["<", ">"]))
        ?? (isAntibody ? choiceFault(data, "method", ["drug-sensitive", "drug-tolerant"]) : nil)
}

private func scoreFault(_ data: [String: Any]) -> String? {
    let isMayo = data["instrument"] as? String == "Mayo"
    let highest = ["HBI": 100.0, "Mayo": 12, "partial-Mayo": 9]
    guard let most = highest[data["instrument"] as? String ?? ""] else { return "instrument" }
    if let fault = keyFault(data, ["instrument", "total"] + (isMayo ? ["endoscopy"] : []), ["items"])
        ?? rangeFault(data, "total", 0...most) ?? (isMayo ? rangeFault(data, "endoscopy", 0...3) : nil)
    {
        return fault
    }
    guard let items = data["items"] as? [String: Any] else { return nil }
    var sum = 0
    for item in items.values {
        guard let whole = item as? Int, whole >= 0 else { return "an item that is not a whole number" }
        sum += whole
    }
    return sum == data["total"] as? Int ? nil : "items that do not add up"
}

private func keyFault(_ data: [String: Any], _ required: [String], _ optional: [String]) -> String? {
    let keys = Set(data.keys)
    guard keys.isSuperset(of: required), keys.isSubset(of: required + optional) else { return "keys \(keys)" }
    return nil
}

private func choiceFault(_ data: [String: Any], _ key: String, _ choices: [String]) -> String? {
    guard let value = data[key] as? String, choices.contains(value) else { return key }
    return nil
}

private func rangeFault(_ data: [String: Any], _ key: String, _ range: ClosedRange<Double>) -> String? {
    guard let value = (data[key] as? NSNumber)?.doubleValue, range.contains(value) else { return key }
    return nil
}
