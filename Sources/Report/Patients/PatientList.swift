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

    /// How the list is spelled for programs.
    package enum Spelling: Sendable {
        /// One array of objects, ended by a line feed.
        case json
        /// One object per patient and line, each ended by a line feed.
        case ndjson
        /// Comma-separated values after RFC 4180: a header, then one record per patient; what is not known is empty.
        case csv
    }

    /// A page of the list, some thousand patients, so that its text need not lie in memory as a whole.
    ///
    /// - Returns: `nil` behind the last page; there is one at least.
    package func page(_ number: Int, as spelling: Spelling) -> [UInt8]? {
        let start = number * Limits.patientsPerPage
        guard start < max(1, states.count) else { return nil }
        let own = states[start..<min(start + Limits.patientsPerPage, states.count)]
        switch spelling {
        case .json: return json(own)
        case .ndjson:
            var text: [UInt8] = []
            for state in own {
                PatientJSON.append(state, to: &text)
                text.append(UInt8(ascii: "\n"))
            }
            return text
        case .csv:
            var table = CSVText()
            if start == 0 {
                let endpoints = trial.endpoints.flatMap { endpoint in
                    ["status", "day", "cause"].map { "\(endpoint.name).\($0)" }
                }
                table.append((Self.columns + endpoints).map(CSVText.Field.text))
            }
            for state in own { table.append(row(state).map(CSVText.Field.text)) }
            return table.bytes
        }
    }

    /// The part of the array that has some of the patients, with its brackets where they are the first or the last.
    private func json(_ own: ArraySlice<PatientState>) -> [UInt8] {
        var text: [UInt8] = []
        if own.startIndex == 0 { text.append(UInt8(ascii: "[")) }
        for (index, state) in zip(own.indices, own) {
            text.append(text: index > 0 ? ",\n" : "\n")
            PatientJSON.append(state, to: &text)
        }
        if own.endIndex == states.count { text.append(text: states.isEmpty ? "]\n" : "\n]\n") }
        return text
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
}
