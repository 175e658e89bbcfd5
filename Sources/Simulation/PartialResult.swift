import Crypto
import Foundation
import Trial
import VirtualCohort

/// A result as a file that a job of an array leaves for `trough merge`.
///
/// Text: the words `trough-partial 2`; the header as JSON; the stretch, patients and events; a line for each count that is
/// not zero, or for each trial; and the SHA-256 of all that, so that a torn or changed file is found. Numbers are spelled
/// so that they read back as the same bits, `nan` where a trial has none. In version 1 an estimate that a trial has not was
/// the last one that it has.
package enum PartialResult {
    private static let magic = "trough-partial 2"
    /// What files of any version begin with.
    private static let anyMagic = "trough-partial "
    /// The greatest length of such a file, in bytes.
    package static let greatestSize = Limits.partialSize

    /// Whether bytes are meant to be a partial result, of whatever version, whole or not.
    package static func isMeant(by bytes: [UInt8]) -> Bool { bytes.starts(with: anyMagic.utf8) }

    /// The bytes of a result.
    package static func encode(_ result: SimulationResult) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = magic + "\n" + String(decoding: try encoder.encode(result.header), as: UTF8.self) + "\n"
        text += "\(result.range.lowerBound) \(result.range.upperBound) \(result.patients) \(result.events)\n"
        switch result.content {
        case .cohort(let tally):
            for (place, count) in tally.filled { text += "\(place) \(count)\n" }
        case .trials(let trials, _, _):
            for trial in trials {
                let numbers = trial.endpoints.flatMap { $0.survival + $0.medianDays + [$0.logRankP] }
                text += numbers.map { ($0 ?? .nan).description }.joined(separator: " ") + "\n"
            }
        }
        return Array(text.utf8) + Array("sha256 \(digest(of: text))\n".utf8)
    }

    private static func digest(of text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).hexadecimalText
    }

    /// The result that a file holds.
    ///
    /// - Throws: ``PartialResultError`` where the file is none, torn or changed.
    package static func decode(_ bytes: [UInt8]) throws(PartialResultError) -> SimulationResult {
        guard let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(anyMagic) else {
            throw PartialResultError(
                "is no partial result; expected one that \"trough simulate --partial\" or \"trough replay --partial\" wrote."
            )
        }
        guard text.hasPrefix(magic + "\n") else {
            throw PartialResultError(
                "is a partial result of another version; expected one that this version's \"trough simulate\" wrote.")
        }
        guard text.hasSuffix("\n"),
            let start = text.dropLast().lastIndex(of: "\n"),
            case let body = String(text[...start]), text[start...].dropFirst() == "sha256 \(digest(of: body))\n"
        else {
            throw PartialResultError(
                "is torn or was changed: its checksum does not fit; expected the file as \"trough simulate\" wrote it.")
        }
        guard let result = parse(body.split(separator: "\n").dropFirst()) else {
            throw PartialResultError("has contents that do not fit together; expected the file of the same version.")
        }
        return result
    }

    private static func parse(_ lines: ArraySlice<Substring>) -> SimulationResult? {
        guard let headerLine = lines.first,
            let header = try? JSONDecoder().decode(SimulationResult.Header.self, from: Data(headerLine.utf8)),
            let numbers = lines.dropFirst().first.map({ $0.split(separator: " ").compactMap { Int($0) } }),
            header.isPlausible, numbers.count == 4, 0 <= numbers[0], numbers[0] <= numbers[1],
            numbers[1] <= header.count, (0...Limits.greatestTotal).contains(numbers[2]),
            (0...Limits.greatestTotal).contains(numbers[3])
        else { return nil }
        let range = numbers[0]..<numbers[1]
        let rows = lines.dropFirst(2)
        if header.isTrials {
            let trials = rows.compactMap { trial($0, header) }
            guard trials.count == range.count, trials.count == rows.count else { return nil }
            return SimulationResult(header, range, .trials(trials, patients: numbers[2], events: numbers[3]))
        }
        let filled = rows.compactMap { row -> (place: Int, count: Int)? in
            let parts = row.split(separator: " ").compactMap { Int($0) }
            return parts.count == 2 ? (parts[0], parts[1]) : nil
        }
        guard filled.count == rows.count, numbers[2] == range.count,
            let tally = CohortTally(
                arms: header.arms.count, endpoints: header.endpoints.count, horizon: header.horizon,
                patients: numbers[2], events: numbers[3], filled: filled)
        else { return nil }
        return SimulationResult(header, range, .cohort(tally))
    }

    private static func trial(_ row: Substring, _ header: SimulationResult.Header) -> TrialResult? {
        let words = row.split(separator: " ")
        let numbers = words.compactMap { Double($0) }
        guard numbers.count == words.count else { return nil }
        let arms = header.arms.count
        let width = 2 * arms + 1
        guard numbers.count == width * header.endpoints.count else { return nil }
        return TrialResult(
            endpoints: header.endpoints.indices.map { endpoint in
                let own = numbers[endpoint * width..<(endpoint + 1) * width]
                let p = numbers[(endpoint + 1) * width - 1]
                return EndpointResult(
                    survival: own.prefix(arms).map { $0.isNaN ? nil : $0 },
                    medianDays: Array(own.dropFirst(arms).prefix(arms)), logRankP: p.isNaN ? nil : p)
            })
    }
}

extension SimulationResult.Header {
    /// Whether a simulation can have these numbers, so that nothing made from them is too large.
    fileprivate var isPlausible: Bool {
        (0...VisitParameters.lastDay).contains(horizon) && (1...ScenarioFile.greatestArms).contains(arms.count)
            && (1...Limits.greatestEndpoints).contains(endpoints.count)
            && (isTrials ? Limits.trials : Limits.patients).contains(count)
    }
}

/// Why a file is no partial result, as the end of a sentence that begins with its name.
package struct PartialResultError: Error, Equatable, Sendable {
    /// What is wrong and what was expected.
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
