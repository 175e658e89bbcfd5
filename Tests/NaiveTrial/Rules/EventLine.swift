import Foundation

/// One line of the event format, taken apart.
struct EventLine {
    enum Content {
        case fact(Fact)
        case correction(target: Identity, replacement: (time: Instant, fact: Fact)?)
    }

    var subject: String
    var identity: Identity
    var time: Instant
    var content: Content

    /// Reads a line that keeps to the event format.
    ///
    /// - Throws: `NaiveTrial.Failure.line` when what the endpoint rules need is not there.
    init(_ text: String) throws(NaiveTrial.Failure) {
        let parsed: Any
        do { parsed = try JSONSerialization.jsonObject(with: Data(text.utf8)) } catch { throw .line(text) }
        guard let line = parsed as? [String: Any], let data = line["data"] as? [String: Any],
            let type = line["type"] as? String, let subject = line["subject"] as? String,
            let source = line["source"] as? String, let id = line["id"] as? String,
            let time = line["time"] as? String
        else { throw .line(text) }
        self.subject = subject
        identity = Identity(source: source, id: id)
        self.time = try Instant(time)
        if type != "trough.correction.v1" {
            guard let fact = readFact(type: type, data: data) else { throw .line(text) }
            content = .fact(fact)
            return
        }
        guard let target = data["corrects"] as? [String: Any], let targetSource = target["source"] as? String,
            let targetID = target["id"] as? String
        else { throw .line(text) }
        let named = Identity(source: targetSource, id: targetID)
        guard let replacement = data["replacement"] as? [String: Any] else {
            guard data["replacement"] is NSNull else { throw .line(text) }
            content = .correction(target: named, replacement: nil)
            return
        }
        guard let newType = replacement["type"] as? String, let newTime = replacement["time"] as? String,
            let newData = replacement["data"] as? [String: Any], let fact = readFact(type: newType, data: newData)
        else { throw .line(text) }
        content = .correction(target: named, replacement: (try Instant(newTime), fact))
    }
}

func readFact(type: String, data: [String: Any]) -> Fact? {
    switch type {
    case "trough.enrolment.v1":
        guard let disease = data["disease"] as? String else { return nil }
        return .enrolment(disease: disease, firstDrug: data["firstDrug"] as? String)
    case "trough.randomisation.v1":
        guard let arm = data["arm"] as? String, let drug = data["drug"] as? String else { return nil }
        return .randomisation(arm: arm, drug: drug)
    case "trough.dose.v1":
        guard let drug = data["drug"] as? String else { return nil }
        return .dose(drug: drug)
    case "trough.assay.v1":
        return readAssay(data).map(Fact.assay)
    case "trough.score.v1":
        return readScore(data).map(Fact.score)
    case "trough.adverse-event.v1":
        return readAdverseEvent(data).map(Fact.adverseEvent)
    case "trough.treatment-stop.v1":
        guard let reason = data["reason"] as? String else { return nil }
        return .treatmentStop(reason: reason)
    case "trough.withdrawal.v1":
        return .withdrawal
    case "trough.completion.v1":
        return .completion
    default:
        return nil
    }
}

/// The double nearest to a number of a line.
///
/// Foundation on Linux reads 17 digits or more as a decimal number and converts that to a double several units in the
/// last place off; the digits themselves are kept, so they are read once more.
func nearestDouble(_ number: Any?) -> Double? {
    guard let number = number as? NSNumber else { return nil }
    return Double(number.stringValue)
}

func readAssay(_ data: [String: Any]) -> Assay? {
    guard let analyte = data["analyte"] as? String, let value = nearestDouble(data["value"]),
        let unit = data["unit"] as? String, let stored = storedUnit(of: analyte, sentIn: unit)
    else { return nil }
    return Assay(
        analyte: analyte,
        method: data["method"] as? String,
        unit: stored.unit,
        value: value * stored.factor,
        comparator: data["comparator"] as? String,
    )
}

func readScore(_ data: [String: Any]) -> Score? {
    guard let instrument = data["instrument"] as? String, let total = nearestDouble(data["total"])
    else { return nil }
    var items: [(name: String, value: Double)] = []
    for (name, value) in data["items"] as? [String: Any] ?? [:] {
        guard let number = nearestDouble(value) else { return nil }
        items.append((name, number))
    }
    let endoscopy = nearestDouble(data["endoscopy"])
    return Score(instrument: instrument, total: total, endoscopy: endoscopy, items: items)
}

func readAdverseEvent(_ data: [String: Any]) -> AdverseEvent? {
    guard let action = data["action"] as? String, let grade = (data["grade"] as? NSNumber)?.intValue,
        let serious = data["serious"] as? Bool
    else { return nil }
    return AdverseEvent(action: action, drug: data["drug"] as? String, grade: grade, serious: serious)
}
