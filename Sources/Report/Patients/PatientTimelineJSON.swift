import Projection
import Trial

extension PatientTimeline {
    /// Appends the timeline as one object, ended by a line feed.
    ///
    /// Keys in this order: `subject`, `arm`, `disease`, `drug`, `phase`, `events` (those that stand), `voided` (those
    /// that corrections took out), `outcomes` and `findings` as in the outcome line. Each event has `day`, `time`,
    /// `type`, `data`, `source`, `id`, `evidenceFor` (names of endpoints) and `correction`, which is `null` or has
    /// `source`, `id`, `time`, `reason` and what stood `before`.
    package func appendJSON(to output: inout [UInt8]) {
        output.append(text: "{\"subject\":")
        CanonicalJSON.append(string: state.subject.span, to: &output)
        PatientJSON.append(",\"arm\":", bytes: state.arm, to: &output)
        PatientJSON.append(",\"disease\":", text: state.disease?.name, to: &output)
        PatientJSON.append(",\"drug\":", text: state.drug?.name, to: &output)
        PatientJSON.append(",\"phase\":", text: state.phase.rawValue, to: &output)
        append(",\"events\":[", entries.filter { !$0.isVoid }, to: &output)
        append("],\"voided\":[", entries.filter(\.isVoid), to: &output)
        output.append(text: "],\"outcomes\":{")
        for (index, verdict) in verdicts.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(verdict, to: &output)
        }
        output.append(text: "},\"findings\":[")
        for (index, oddity) in oddities.enumerated() {
            PatientJSON.append(index > 0 ? ",{\"code\":" : "{\"code\":", text: oddity.code.rawValue, to: &output)
            if let name = oddity.event?.name { append(",", name, to: &output) }
            output.append(UInt8(ascii: "}"))
        }
        output.append(text: "]}\n")
    }

    private func append(_ key: String, _ entries: [Entry], to output: inout [UInt8]) {
        output.append(text: key)
        for (index, entry) in entries.enumerated() {
            PatientJSON.append(index > 0 ? ",{\"day\":" : "{\"day\":", whole: entry.day, to: &output)
            append(",\"time\":", entry.fact, to: &output)
            append(",", entry.name, to: &output)
            output.append(text: ",\"evidenceFor\":[")
            for (place, endpoint) in entry.evidenceFor.enumerated() {
                if place > 0 { output.append(UInt8(ascii: ",")) }
                CanonicalJSON.append(string: verdicts[endpoint].endpoint, to: &output)
            }
            output.append(text: "],\"correction\":")
            append(entry.revision, to: &output)
            output.append(UInt8(ascii: "}"))
        }
    }

    private func append(_ revision: PatientRevision?, to output: inout [UInt8]) {
        guard let revision else { return output.append(text: "null") }
        append("{", revision.name, to: &output)
        PatientJSON.append(",\"time\":", text: Instant.text(revision.time), to: &output)
        PatientJSON.append(",\"reason\":", bytes: revision.reason, to: &output)
        append(",\"before\":{\"time\":", revision.before, to: &output)
        output.append(text: "}}")
    }

    private func append(_ key: String, _ fact: Fact, to output: inout [UInt8]) {
        PatientJSON.append(key, text: Instant.text(fact.time), to: &output)
        PatientJSON.append(",\"type\":", text: fact.kind.name, to: &output)
        output.append(text: ",\"data\":")
        output.append(fact.data.span)
    }

    private func append(_ key: String, _ name: PatientEventName, to output: inout [UInt8]) {
        PatientJSON.append(key + "\"source\":", bytes: name.source, to: &output)
        PatientJSON.append(",\"id\":", bytes: name.id, to: &output)
    }

    private func append(_ verdict: Verdict, to output: inout [UInt8]) {
        CanonicalJSON.append(string: verdict.endpoint, to: &output)
        PatientJSON.append(":{\"status\":", text: verdict.isEvent ? "event" : "censored", to: &output)
        PatientJSON.append(",\"day\":", whole: verdict.day, to: &output)
        PatientJSON.append(",\"cause\":", text: verdict.cause, to: &output)
        output.append(text: ",\"evidence\":[")
        for (index, evidence) in verdict.evidence.enumerated() {
            append(index > 0 ? ",{" : "{", entries[evidence.entry].name, to: &output)
            output.append(UInt8(ascii: "}"))
        }
        output.append(text: "]}")
    }
}
