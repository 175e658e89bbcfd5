import Foundation
import TestData

/// Runs the appender processes of one stream, each again until it has come to its end.
struct ChaosAppender: Sendable {
    /// What the runs told together.
    struct Told: Sendable {
        /// Lines that they said they had stored.
        var stored = 0
        /// Whether each run said at its end what it did.
        var isComplete = true
        /// How many processes there were.
        var processes = 0
    }

    let schedule: ChaosSchedule
    let runs: [ChaosSchedule.AppenderRun]
    let program: TroughProgram
    let study: String
    let processes: ChaosProcesses
    let began: ContinuousClock.Instant

    /// A run that never came to its end.
    struct Endless: Error {
        var last: Finished
    }

    /// Appends everything; the last lines come when all faults are under way, and again until they have hit.
    func run() async throws -> Told {
        var told = Told()
        for (number, run) in runs.enumerated() {
            if number == runs.count - 1 {
                try await Task.sleep(until: began.advanced(by: .seconds(schedule.lastFault + 0.05)))
            }
            try await finish(run, &told)
        }
        // Some faults wait for an appender; lines that are sent again change nothing.
        while processes.pendingFaults > 0 {
            guard let run = runs.last else { break }
            try await finish(run, &told)
            try await Task.sleep(for: .milliseconds(50))
        }
        return told
    }

    /// Runs a process on these lines, and another one, until one has come to its end.
    private func finish(_ run: ChaosSchedule.AppenderRun, _ told: inout Told) async throws {
        let deadline = ContinuousClock.now.advanced(by: .seconds(60))
        while true {
            let process = try program.start(
                [
                    "append", "-o", "json", "--study", study, "--slices", String(schedule.slices),
                    "--connections", String(run.connections), "--patience", "20",
                ], input: run.pieces == 1 ? run.lines.map { $0 + "\n" }.joined() : nil)
            processes.began(process, as: .appender)
            told.processes += 1
            if run.pieces > 1 { await feed(run, to: process) }
            let finished = try await process.finish()
            let (wasKilled, wasAsked) = processes.ended(process)
            let summary = finished.output.isEmpty ? nil : try JSONObject(finished.output)
            if let summary { told.stored += try summary.whole("ok") } else { told.isComplete = false }
            switch finished.status {
            case 0, 1:
                // One that was asked to end may have finished before, or been asked too early to hear it.
                if try summary?.whole("lines") == run.lines.count { return try check(finished, run) }
                if !wasAsked { processes.fail("append left lines unread: \(finished.output) \(finished.errors)") }
            case 128 + SIGKILL where wasKilled: break
            case 128 + SIGTERM where wasAsked: break
            case 3 where schedule.faults.contains(where: { $0.kind.maySpoilConnections }): break
            default: processes.fail("append ended with \(finished.status): \(finished.errors)")
            }
            guard ContinuousClock.now < deadline else { throw Endless(last: finished) }
            try await Task.sleep(for: .milliseconds(finished.status == 3 ? 200 : 20))
        }
    }

    private func feed(_ run: ChaosSchedule.AppenderRun, to process: Running) async {
        let length = max(1, (run.lines.count + run.pieces - 1) / run.pieces)
        for start in stride(from: 0, to: run.lines.count, by: length) {
            let piece = run.lines[start..<min(run.lines.count, start + length)]
            // A process that has ended cannot be fed; why it ended is seen afterwards.
            guard (try? await process.feed(piece.map { $0 + "\n" }.joined())) != nil else { return }
            try? await Task.sleep(for: .seconds(run.pause))
        }
    }

    private func check(_ finished: Finished, _ run: ChaosSchedule.AppenderRun) throws {
        let summary = try JSONObject(finished.output)
        let decided = try summary.whole("ok") + summary.whole("duplicates") + summary.whole("rejected")
        let refused = run.lines.count(where: schedule.refused.contains)
        if decided != run.lines.count {
            processes.fail("append decided about \(decided) of \(run.lines.count) lines: \(finished.output)")
        }
        if try summary.whole("rejected") != refused || finished.status != (refused > 0 ? 1 : 0) {
            processes.fail("append was to refuse \(refused) lines: \(finished.status), \(finished.output)")
        }
    }
}
