import EventLog
import Foundation
import Report
import Trial

/// Keeps count of what was decided about each line, and reports it.
struct AppendLedger {
    private(set) var lines = 0
    private(set) var ok = 0
    private(set) var duplicates = 0
    private(set) var rejected = 0
    private var commits = 0
    private var through = 0
    private var taken = 0
    private var failure: AppendFailure?
    private var shown = 0

    private let files: [String]
    private let format: OutputFormat
    private let rejects: RejectsFile?
    private let isDryRun: Bool
    private let began: Int64

    /// How many refused lines are shown on standard error where they are written to no file.
    private static let mostShown = 20
    /// How many bytes of refused lines are about written at once: all those of one piece, unless they are very long.
    private static let mostSpelled = 4 << 20

    init(files: [String], format: OutputFormat, rejects: RejectsFile?, isDryRun: Bool, began: Int64) {
        self.files = files
        self.format = format
        self.rejects = rejects
        self.isDryRun = isDryRun
        self.began = began
    }

    /// Notes that a piece is on its way into the log.
    mutating func take(_ piece: ParsedLines) { taken = piece.through }

    /// Notes that the log did not take the whole piece that was on its way.
    mutating func lose(_ failure: AppendFailure) { self.failure = failure }

    /// Says what was stored and what was not, when the work ends before its time.
    func tellOfFailure(_ context: Context) async {
        if taken == 0 { return }
        var words = "trough: \(counted(lines, "line")) decided before the failure: \(ok) stored, "
        words += "\(counted(duplicates, "duplicate")), \(rejected) refused."
        if taken > lines { words += " " + fateOfLast }
        await context.errors.write(words + " Sending the same lines again is harmless.\n")
    }

    /// What became of the lines that were on their way, as far as it is known.
    private var fateOfLast: String {
        let isOne = taken == lines + 1
        let last =
            isOne
            ? "line \(taken), which was on its way," : "lines \(lines + 1) to \(taken), which were on their way,"
        guard let failure, failure.isCertain else {
            return "For \(last) nothing is certain; later ones are not stored."
        }
        let stored = failure.decisions.count { $0 == .stored || $0 == .duplicate }
        if stored == 0 { return "L\(last.dropFirst()) and later ones are not stored." }
        return
            "Of \(last) \(stored) \(stored == 1 ? "is" : "are") in the log and the others are not; later ones are not "
            + "stored."
    }

    /// Records the decisions about a piece of the input; without decisions (a dry run) every parsed line is accepted.
    mutating func record(_ piece: ParsedLines, _ decisions: [Decision]?, _ context: Context) async throws {
        var refused = piece.refused
        for (index, decision) in (decisions ?? []).enumerated() {
            switch decision {
            case .stored: ok += 1
            case .duplicate: duplicates += 1
            case .conflict: refused.append((piece.lines[index], Self.conflict(piece, index)))
            }
        }
        if decisions == nil { ok += piece.lines.count }
        if decisions?.contains(.stored) == true { commits += 1 }
        lines += piece.count
        rejected += refused.count
        through = piece.through
        refused.sort { ($0.line.file, $0.line.number) < ($1.line.file, $1.line.number) }
        try await report(refused, of: piece, context)
        if format == .ndjson { await context.output.write(object(at: context.now, withProgress: true) + "\n") }
    }

    /// Reports the totals.
    func finish(_ context: Context) async throws {
        try await rejects?.close()
        if rejects == nil, rejected > shown {
            let more = rejected - shown
            await context.errors.write(
                "trough: \(counted(more, "more line")) \(more == 1 ? "was" : "were") refused; --rejects FILE writes them "
                    + "all.\n")
        }
        switch format {
        case .json: await context.output.write(object(at: context.now, withProgress: false) + "\n")
        case .ndjson:
            if lines == 0 { await context.output.write(object(at: context.now, withProgress: true) + "\n") }
        case .table, .csv:
            await context.output.write(summary(at: context.now))
        }
    }

    /// Tells of a piece's refused lines: into the file for them, or the first ones on standard error.
    private mutating func report(
        _ refused: [(line: ParsedLines.Line, refusal: Refusal)], of piece: ParsedLines, _ context: Context
    ) async throws {
        if let rejects {
            var rest = refused[...]
            while !rest.isEmpty { try await rejects.write(spelled(&rest, of: piece)) }
            return
        }
        let told = refused.prefix(Self.mostShown - shown)
        shown += told.count
        let sentences = told.map { line, refusal in
            let column = refusal.column.map { ":\($0)" } ?? ""
            let place = "\(files[line.file]):\(line.number)\(column)"
            // As a whole: neither a file's name nor anything from the line may look like a line of the program's own.
            return "\(place): \(refusal.code.rawValue): \(refusal.message)".printable(Style()) + "\n"
        }
        await context.errors.write(sentences.joined())
    }

    /// Takes refused lines from the front and spells them for the file, as many as are written at once.
    private func spelled(
        _ rest: inout ArraySlice<(line: ParsedLines.Line, refusal: Refusal)>, of piece: ParsedLines
    ) -> [UInt8] {
        var objects: [UInt8] = []
        while objects.count < Self.mostSpelled, let (line, refusal) = rest.popFirst() {
            RejectsFile.append(
                file: files[line.file], line: line.number, refusal, text: piece.text[line.text], to: &objects)
        }
        return objects
    }

    private static func conflict(_ piece: ParsedLines, _ index: Int) -> Refusal {
        let record = piece.events.records[index]
        let source = String(decoding: piece.events.sources[Int(record.source)], as: UTF8.self)
        let id = String(decoding: piece.events.bytes(record.id), as: UTF8.self)
        return Refusal(
            .conflict,
            "Another event is stored under the same subject, source \"\(source)\" and id \"\(id)\" with other content; "
                + "nothing of it was changed. State what is true in a trough.correction.v1.")
    }

    private func object(at now: Int64, withProgress: Bool) -> String {
        let seconds = (Double(now - began) / 1000).rounded() / 1000
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("lines", lines)
            writer.member("ok", ok)
            writer.member("duplicates", duplicates)
            writer.member("rejected", rejected)
            writer.member("commits", commits)
            writer.member("seconds", seconds)
            if withProgress { writer.member("committedThrough", through) }
        }
        return writer.text
    }

    private func summary(at now: Int64) -> String {
        let seconds = max(1e-6, Double(now - began) / 1e6)
        let rate = Int(Double(lines) / seconds)
        if isDryRun {
            return "\(counted(lines, "line")): \(ok) good, \(rejected) refused; nothing is stored by --dry-run\n"
        }
        return
            "\(counted(lines, "line")): \(ok) stored, \(counted(duplicates, "duplicate")), \(rejected) refused; "
            + "\(counted(commits, "commit")) in \(String(format: "%.2f", seconds)) s, \(rate)/s\n"
    }
}
