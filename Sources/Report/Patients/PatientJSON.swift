import Projection
import Trial

/// Writes what is said of a patient as JSON: no white space, keys in a fixed order, `null` for what is not known.
enum PatientJSON {
    /// Appends the state of a patient as one object.
    static func append(_ state: PatientState, to output: inout [UInt8]) {
        output.append(text: "{\"subject\":")
        CanonicalJSON.append(string: state.subject.span, to: &output)
        append(",\"phase\":", text: state.phase.rawValue, to: &output)
        append(",\"arm\":", bytes: state.arm, to: &output)
        append(",\"disease\":", text: state.disease?.name, to: &output)
        append(",\"drug\":", text: state.drug?.name, to: &output)
        append(",\"randomised\":", text: state.randomisedOn.map(Instant.dateText), to: &output)
        append(",\"day\":", whole: state.day, to: &output)
        append(",\"lastDose\":", state.lastDose, to: &output) { dose, output in
            append("{\"drug\":", text: dose.drug.name, to: &output)
            append(",\"amount\":", number: dose.amount, to: &output)
            append(",\"unit\":", text: dose.unit.name, to: &output)
            append(dose.occasion, to: &output)
        }
        append(",\"trough\":", state.trough, to: &output, measurement)
        output.append(text: ",\"antibodies\":{")
        for (index, method) in AssayMethod.allCases.enumerated() {
            let antibodies = state.antibodies.first { $0.method == method }
            append("\(index > 0 ? "," : "")\"\(method.name)\":", antibodies, to: &output) { antibodies, output in
                measurement(antibodies.last, to: &output)
                append(",\"status\":", text: antibodies.isPositive.map(status), to: &output)
            }
        }
        append("},\"score\":", state.score, to: &output) { score, output in
            append("{\"instrument\":", text: score.instrument.name, to: &output)
            append(",\"total\":", whole: score.total, to: &output)
            append(",\"endoscopy\":", whole: score.endoscopy, to: &output)
            append(score.occasion, to: &output)
        }
        append(",\"calprotectin\":", state.calprotectin, to: &output, measurement)
        append(",\"outcomes\":{", state.outcomes, to: &output)
        append("},\"findings\":", whole: state.findings, to: &output)
        output.append(UInt8(ascii: "}"))
    }

    /// The word for whether an antibody result reaches its threshold.
    static func status(_ isPositive: Bool) -> String { isPositive ? "positive" : "negative" }

    private static func measurement(_ result: PatientState.Measurement, to output: inout [UInt8]) {
        append("{\"value\":", number: result.value, to: &output)
        append(",\"comparator\":", text: result.comparator?.name, to: &output)
        append(",\"unit\":", text: result.unit.name, to: &output)
        append(result.occasion, to: &output)
    }

    private static func append(_ occasion: PatientState.Occasion, to output: inout [UInt8]) {
        append(",\"day\":", whole: occasion.day, to: &output)
        append(",\"date\":", text: Instant.dateText(ofDay: occasion.dayNumber), to: &output)
    }

    private static func append(_ key: String, _ outcomes: [PatientState.Outcome], to output: inout [UInt8]) {
        output.append(text: key)
        for (index, outcome) in outcomes.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            CanonicalJSON.append(string: outcome.endpoint, to: &output)
            append(":{\"status\":", text: outcome.isEvent ? "event" : "censored", to: &output)
            append(",\"day\":", whole: outcome.day, to: &output)
            append(",\"cause\":", text: outcome.cause, to: &output)
            output.append(UInt8(ascii: "}"))
        }
    }

    /// Appends an object whose last brace is still to come, or `null`.
    private static func append<Value>(
        _ key: String, _ value: Value?, to output: inout [UInt8], _ body: (Value, inout [UInt8]) -> Void
    ) {
        output.append(text: key)
        guard let value else { return output.append(text: "null") }
        body(value, &output)
        output.append(UInt8(ascii: "}"))
    }

    /// Appends punctuation and key as they are, then a text or `null`.
    static func append(_ key: String, text: String?, to output: inout [UInt8]) {
        append(key, bytes: text.map { Array($0.utf8) }, to: &output)
    }

    /// Appends punctuation and key as they are, then the text of these bytes or `null`.
    static func append(_ key: String, bytes: [UInt8]?, to output: inout [UInt8]) {
        output.append(text: key)
        guard let bytes else { return output.append(text: "null") }
        CanonicalJSON.append(string: bytes.span, to: &output)
    }

    /// Appends punctuation and key as they are, then a whole number or `null`.
    static func append(_ key: String, whole number: Int?, to output: inout [UInt8]) {
        output.append(text: key)
        guard let number else { return output.append(text: "null") }
        CanonicalJSON.append(whole: number, to: &output)
    }

    /// Appends a number; one that overflowed when it was brought to its stored unit has no spelling and is `null`.
    private static func append(_ key: String, number: Double, to output: inout [UInt8]) {
        output.append(text: key)
        guard number.isFinite else { return output.append(text: "null") }
        CanonicalJSON.append(number: number, to: &output)
    }
}
