package import Projection
package import Trial

/// The projected states of a study's patients, in the order of their subjects' bytes.
package struct PatientList: Sendable {
    /// The patients who pass the filter.
    package let states: [PatientState]
    /// How many patients there are before filtering.
    package let total: Int
    let trial: TrialProtocol

    /// A list of the patients who pass a filter, out of all of a study's.
    ///
    /// - Throws: ``PatientFilterError`` where the filter names an arm or endpoint that does not exist.
    package init(
        _ states: [PatientState], protocol trial: TrialProtocol, filter: PatientFilter = PatientFilter()
    ) throws(PatientFilterError) {
        try filter.check(states, protocol: trial)
        total = states.count
        self.trial = trial
        self.states = states.filter(filter.matches).sorted { $0.subject.lexicographicallyPrecedes($1.subject) }
    }

    /// Appends one object per patient and line, each ended by a line feed.
    package func appendNDJSON(to output: inout [UInt8]) {
        for state in states {
            PatientJSON.append(state, to: &output)
            output.append(UInt8(ascii: "\n"))
        }
    }

    /// Appends one array of the same objects as ``appendNDJSON(to:)`` writes, ended by a line feed.
    package func appendJSON(to output: inout [UInt8]) {
        output.append(UInt8(ascii: "["))
        for (index, state) in states.enumerated() {
            output.append(text: index > 0 ? ",\n" : "\n")
            PatientJSON.append(state, to: &output)
        }
        output.append(text: states.isEmpty ? "]\n" : "\n]\n")
    }

    /// Appends a table of comma-separated values after RFC 4180, except that lines end in a line feed alone: a header,
    /// then one line per patient; what is not known is empty.
    package func appendCSV(to output: inout [UInt8]) {
        Self.append(
            row: Self.columns
                + trial.endpoints.flatMap { endpoint in
                    ["status", "day", "cause"].map { "\(endpoint.name).\($0)" }
                }, to: &output)
        for state in states { Self.append(row: row(state), to: &output) }
    }

    /// The names of the columns of comma-separated values before those of the endpoints.
    private static let columns =
        ["subject", "phase", "arm", "disease", "drug", "randomised", "day"]
        + ["drug", "amount", "unit", "day"].map { "dose.\($0)" }
        + measurementColumns("trough")
        + AssayMethod.allCases.flatMap { measurementColumns($0.name) + ["\($0.name).status"] }
        + ["instrument", "total", "endoscopy", "day"].map { "score.\($0)" }
        + measurementColumns("calprotectin")
        + ["findings"]

    private static func measurementColumns(_ name: String) -> [String] {
        ["value", "comparator", "unit", "day"].map { "\(name).\($0)" }
    }

    private func row(_ state: PatientState) -> [String] {
        func text(_ number: Int?) -> String { number.map(String.init) ?? "" }
        func measurement(_ result: PatientState.Measurement?) -> [String] {
            guard let result else { return ["", "", "", ""] }
            return [
                PatientText.plain(result.value), result.comparator?.name ?? "", result.unit.name,
                text(result.occasion.day),
            ]
        }
        var row = [
            String(decoding: state.subject, as: UTF8.self), state.phase.rawValue,
            state.arm.map { String(decoding: $0, as: UTF8.self) } ?? "", state.disease?.name ?? "",
            state.drug?.name ?? "", state.randomisedOn.map(Instant.dateText) ?? "", text(state.day),
        ]
        let dose = state.lastDose
        row += [
            dose?.drug.name ?? "", dose.map { PatientText.plain($0.amount) } ?? "", dose?.unit.name ?? "",
            text(dose?.occasion.day),
        ]
        row += measurement(state.trough)
        for method in AssayMethod.allCases {
            let antibodies = state.antibodies.first { $0.method == method }
            row += measurement(antibodies?.last)
            row.append(antibodies?.isPositive.map(PatientJSON.status) ?? "")
        }
        let score = state.score
        row += [score?.instrument.name ?? "", text(score?.total), text(score?.endoscopy), text(score?.occasion.day)]
        row += measurement(state.calprotectin)
        row.append(text(state.findings))
        for index in trial.endpoints.indices {
            guard state.outcomes.indices.contains(index) else {
                row += ["", "", ""]
                continue
            }
            let outcome = state.outcomes[index]
            row += [outcome.isEvent ? "event" : "censored", text(outcome.day), outcome.cause]
        }
        return row
    }

    private static func append(row: [String], to output: inout [UInt8]) {
        for (index, field) in row.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            if field.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) {
                output.append(UInt8(ascii: "\""))
                for byte in field.utf8 {
                    if byte == UInt8(ascii: "\"") { output.append(byte) }
                    output.append(byte)
                }
                output.append(UInt8(ascii: "\""))
            } else {
                output.append(text: field)
            }
        }
        output.append(text: "\r\n")
    }
}
