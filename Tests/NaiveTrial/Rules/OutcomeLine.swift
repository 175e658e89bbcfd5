/// A JSON string in which only the quotation mark, the reverse solidus and control characters are escaped.
func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": out += "\\\""
        case "\\": out += "\\\\"
        case "\u{08}": out += "\\b"
        case "\u{09}": out += "\\t"
        case "\u{0A}": out += "\\n"
        case "\u{0C}": out += "\\f"
        case "\u{0D}": out += "\\r"
        case "\u{00}"..."\u{1F}":
            let digits = String(scalar.value, radix: 16)
            out += "\\u00" + (digits.count == 1 ? "0" + digits : digits)
        default: out.unicodeScalars.append(scalar)
        }
    }
    return out + "\""
}

/// One piece of evidence.
func written(_ identity: Identity) -> String {
    "{\"source\":" + quoted(identity.source) + ",\"id\":" + quoted(identity.id) + "}"
}

/// The outcome of one endpoint, with its name.
func written(_ outcome: EndpointOutcome, of endpoint: Endpoint) -> String {
    quoted(endpoint.name)
        + ":{\"status\":" + quoted(outcome.isEvent ? "event" : "censored")
        + ",\"day\":" + String(outcome.day)
        + ",\"cause\":" + quoted(outcome.cause)
        + ",\"evidence\":[" + outcome.evidence.map { written($0) }.joined(separator: ",") + "]}"
}

/// The outcome line of a randomised patient in the form that is digested, without findings.
func outcomeLine(subject: String, _ history: History, _ definition: ProtocolDefinition) -> String {
    let outcomes = definition.endpoints.map { written(outcome($0, history, definition), of: $0) }
    return "{\"subject\":" + quoted(subject)
        + ",\"arm\":" + quoted(history.randomisation.arm)
        + ",\"disease\":" + (history.enrolment.map { quoted($0.disease) } ?? "null")
        + ",\"drug\":" + quoted(history.studyDrug)
        + ",\"outcomes\":{" + outcomes.joined(separator: ",")
        + "},\"findings\":[]}"
}
