import ArgumentParser
import Foundation
import Projection
import Report

/// What `replay` and `merge` leave of results: outcome files, and the summary.
struct ReplayOutput {
    /// One for each protocol.
    let results: [ReplayResult]
    /// What was replayed, where it is not the whole study.
    var slices: ReplaySummary.Slices?
    /// What the user called each protocol; may be empty with a single one.
    let names: [String]
    /// The files for outcome lines: none, or one for each protocol.
    let outcomes: [String]
    /// Table or JSON.
    let format: OutputFormat
    /// Whether nothing but data is written.
    let isQuiet: Bool
    /// When the work began, in microseconds since 1970.
    let began: Int64

    /// Refuses a file for outcome lines that is named twice, in whatever way, or is one of those that are read.
    static func check(_ outcomes: [String], besides inputs: [String]) throws {
        let read = Set(inputs.map(place))
        var written: Set<String> = []
        for path in outcomes {
            guard written.insert(place(path)).inserted else {
                throw ValidationError("--outcomes names \(path) twice; expected another file for each protocol.")
            }
            if path != "-", read.contains(place(path)) {
                throw ValidationError("--outcomes names \(path), which is read; expected another file.")
            }
        }
    }

    /// Where a path leads.
    private static func place(_ path: String) -> String {
        path == "-" ? path : URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }

    /// Writes all of it.
    func write(_ context: Context) async throws -> ExitStatus {
        let digests = slices == nil ? try await ReplayResult.digests(of: results) : nil
        let seconds = Double(context.now - began) / 1e6
        for (result, path) in zip(results, outcomes) { try await OutcomeFile.write(result, to: path, context) }
        let summary = ReplaySummary(of: slices, results: results, digests: digests, names: names, seconds: seconds)
        // With the outcomes on standard output, what people read goes to the other stream.
        let isAside = outcomes.contains("-") && format == .table
        if isAside, isQuiet { return .done }
        let stream = isAside ? context.errors : context.output
        await stream.write(format == .json ? summary.json() : summary.table(context.style))
        return .done
    }
}

/// Writes outcome lines to a file, which appears under its name only when it is complete.
enum OutcomeFile {
    static func write(_ result: ReplayResult, to path: String, _ context: Context) async throws {
        guard path != "-" else {
            try await eachPiece(of: result) { await context.output.write($0) }
            return
        }
        try await WholeFile.write(to: path) { file in try await eachPiece(of: result) { try await file.write($0) } }
    }

    /// Hands over the lines, some hundred kilobytes at a time.
    private static func eachPiece(of result: ReplayResult, _ body: ([UInt8]) async throws -> Void) async throws {
        var order = try await result.order()
        while let page = try await order.nextPage() {
            var piece: [UInt8] = []
            for patient in page {
                piece += patient.line(result)
                piece.append(UInt8(ascii: "\n"))
            }
            try await body(piece)
        }
    }
}
