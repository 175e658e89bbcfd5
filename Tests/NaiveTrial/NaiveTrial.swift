/// A second, slow and literal implementation of the endpoint rules, against which tests hold the engine.
///
/// It is written sentence by sentence from the rules and shares no code with the engine. It reads valid lines only.
package enum NaiveTrial {
    /// Why lines or a protocol could not be read.
    package enum Failure: Error, Equatable {
        /// The line that is not an event in the event format.
        case line(String)
        /// The text that is not a time of RFC 3339.
        case time(String)
        /// What was expected of the protocol.
        case protocolText(String)
    }

    /// An oddity that the rules accept and report.
    package struct Finding: Equatable, Sendable, CustomStringConvertible {
        /// A stable code such as `dose-before-randomisation`.
        package var code: String
        /// Source of the event that is odd; empty for `never-enrolled`.
        package var source: String
        /// Name of that event within its source; empty for `never-enrolled`.
        package var id: String

        /// Makes a finding.
        package init(code: String, source: String, id: String) {
            self.code = code
            self.source = source
            self.id = id
        }

        /// Whether all three are the same bytes.
        package static func == (one: Finding, other: Finding) -> Bool {
            sameBytes(one.code, other.code) && sameBytes(one.source, other.source) && sameBytes(one.id, other.id)
        }

        /// The finding in one line, for messages of tests.
        package var description: String { "\(code) (\(source), \(id))" }
    }

    /// The outcome lines of all randomised patients, sorted by the bytes of their subjects, with `"findings":[]`.
    ///
    /// - Parameters:
    ///   - eventLines: lines of the event format in the order of recording.
    ///   - protocolYAML: the protocol.
    ///   - until: RFC 3339; what happened after it is dropped.
    ///   - asOfCount: how many of the lines had been recorded; all when `nil`.
    /// - Throws: `Failure` for what cannot be read.
    package static func outcomeLines(
        eventLines: [String],
        protocolYAML: String,
        until: String? = nil,
        asOfCount: Int? = nil
    ) throws(Failure) -> [String] {
        let definition = try ProtocolDefinition(yaml: protocolYAML)
        let cut = try instant(until)
        var lines: [String] = []
        for patient in try patients(of: recordedLines(eventLines, asOfCount: asOfCount)) {
            guard let history = History(of: patient, until: cut) else { continue }
            lines.append(outcomeLine(subject: patient.subject, history, definition))
        }
        return lines
    }

    /// The findings of every patient of whom anything was recorded, sorted by the bytes of their subjects.
    ///
    /// Patients without findings are listed with none. Within a patient findings are sorted by code, source and id.
    /// - Throws: `Failure` for what cannot be read.
    package static func findings(
        eventLines: [String],
        protocolYAML: String,
        until: String? = nil,
        asOfCount: Int? = nil
    ) throws(Failure) -> [(subject: String, findings: [Finding])] {
        let definition = try ProtocolDefinition(yaml: protocolYAML)
        let cut = try instant(until)
        var all: [(subject: String, findings: [Finding])] = []
        for patient in try patients(of: recordedLines(eventLines, asOfCount: asOfCount)) {
            all.append((patient.subject, allFindings(of: patient, definition, until: cut)))
        }
        return all
    }

    private static func instant(_ text: String?) throws(Failure) -> Instant? {
        guard let text else { return nil }
        return try Instant(text)
    }
}
