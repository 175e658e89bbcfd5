import Foundation
package import Projection
import Trial

/// What a replay came to: counts, rate, and the digest of the outcomes under each protocol.
///
/// The digest is of the outcomes of a study. Where only some of its slices were replayed there is none: that of their
/// outcomes could pass for the study's.
package struct ReplaySummary: Sendable {
    /// Slices of a study, counted from 0.
    package struct Slices: Sendable {
        let numbers: Range<Int>
        /// How many the study has.
        let count: Int

        /// Some of a study's slices, `nil` where they are all of them.
        package init?(_ numbers: Range<Int>, of count: Int) {
            if numbers == 0..<count { return nil }
            (self.numbers, self.count) = (numbers, count)
        }

        /// The slices of a part, which says which they are even where they are all.
        fileprivate init(of part: ReplayPart) { (numbers, count) = (part.slices, part.origin.sliceCount) }

        fileprivate var text: String {
            let last = numbers.count == 1 ? "" : "-\(numbers.upperBound - 1)"
            return "\(numbers.lowerBound)\(last) of \(count), counted from 0"
        }
    }

    private let results: [ReplayResult]
    /// One for each result; `nil` where slices are named.
    private let digests: [String?]
    /// The slices that were replayed, where they are not the study's or are a part for merging.
    private let slices: Slices?
    /// What the user called each protocol; may be empty with a single one.
    private let names: [String]
    private let seconds: Double

    /// A summary from its parts.
    ///
    /// - Parameters:
    ///   - slices: those that were replayed, where they are not all.
    ///   - results: one for each protocol, at least one, all of one replay.
    ///   - digests: the digests of the results, in the same order; `nil` where not all slices were replayed.
    ///   - names: what the user called each protocol, in the same order.
    ///   - seconds: how long the replay took, the digests included.
    package init(
        of slices: Slices? = nil, results: [ReplayResult], digests: [String]?, names: [String], seconds: Double
    ) {
        self.results = results
        self.digests = digests ?? results.map { _ in nil }
        self.slices = slices
        self.names = names
        self.seconds = seconds
    }

    /// What a part of a replay holds, which has no digest: that is of all outcomes, once the parts are merged.
    ///
    /// - Parameters:
    ///   - shards: how many shards were to fold the part, each of which has one slice at least.
    ///   - seconds: how long that took.
    package init(of part: ReplayPart, shards: Int, seconds: Double) {
        results = part.results(shards: min(shards, part.slices.count))
        digests = results.map { _ in nil }
        slices = Slices(of: part)
        names = part.origin.protocols.map(\.file)
        self.seconds = seconds
    }

    private var rate: Int { Int((Double(results[0].events) / max(seconds, 1e-6)).rounded()) }

    /// One JSON object on a line; with several protocols an array of such objects.
    ///
    /// Each object of an array begins with the file and the name of its protocol. Time and rate are those of the one
    /// replay.
    package func json() -> String {
        var writer = JSONWriter()
        if results.count == 1 {
            write(0, to: &writer)
        } else {
            writer.array(Array(results.indices)) { write($1, to: &$0) }
        }
        writer.endLine()
        return writer.text
    }

    private func write(_ number: Int, to writer: inout JSONWriter) {
        let result = results[number]
        writer.object { writer in
            if results.count > 1 {
                writer.member("file", names[number])
                writer.member("protocol", result.trial.name)
            }
            if let slices {
                writer.member("firstSlice", slices.numbers.lowerBound)
                writer.member("lastSlice", slices.numbers.upperBound - 1)
            }
            writer.member("events", result.events)
            writer.member("patients", result.patients)
            writer.member("randomised", result.randomised)
            writer.member("seconds", (seconds * 1e6).rounded() / 1e6)
            writer.member("eventsPerSecond", rate)
            writer.member("shards", result.shards)
            if let digest = digests[number] { writer.member("digest", digest) } else { writer.null("digest") }
            writer.member("findings", result.findings)
        }
    }

    /// The summary as text for people; with several protocols a row for each.
    package func table(_ style: Style = Style()) -> String {
        let result = results[0]
        let measured =
            "time        \(String(format: "%.3f", seconds)) s, \(rate) events/s, \(counted(result.shards, "shard"))\n"
        let read = """
            \(slices.map { "slices      \($0.text)\n" } ?? "")events      \(result.events)
            patients    \(result.patients), \(result.randomised) randomised

            """
        if results.count > 1 { return read + measured + "\n" + rows(style) }
        var text = "protocol    \(result.trial.name.printable(style))\n" + read + measured
        text += "digest      \(digests[0] ?? style.absent)\nfindings    \(result.findings)\n"
        for code in Finding.Code.allCases {
            if let count = result.findingCounts[code] { text += "            \(count) × \(code.rawValue)\n" }
        }
        return text
    }

    private static let shownDigits = 16

    private func rows(_ style: Style) -> String {
        var columns = TextColumns()
        columns.append(["file", "protocol", "findings", "digest"].map { TextColumns.Cell($0, .faint) })
        let widest = style.width / 4
        let shown = names.map { $0.printable(style).cut(to: widest, style) }
        for (number, result) in results.enumerated() {
            columns.append([
                TextColumns.Cell(shown[number]),
                TextColumns.Cell(result.trial.name.printable(style).cut(to: widest, style)),
                TextColumns.Cell(String(result.findings)),
                TextColumns.Cell(
                    digests[number].map { $0.prefix(Self.shownDigits) + style.ellipsis } ?? style.absent),
            ])
        }
        let width = (shown.map(\.displayWidth) + [4]).max() ?? 4
        return columns.lines(firstWidth: width, style).map { $0 + "\n" }.joined()
    }
}
