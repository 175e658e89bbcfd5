import Foundation
import Measuring

/// Append and replay against the Python library `eventsourcing`: the same lines, the same server, the same rules.
///
/// Both write 10,000 events a commit into a new database, and fold what is there into outcome lines, which must be the
/// same, line by line. Ours are whole commands; the peer's clock starts when Python has imported everything.
struct PeerMeasurement {
    let server: BenchmarkServer
    let program: TroughProgram
    let peer: EventSourcingPeer
    /// The file of event lines, and how many there are.
    let lines: String
    let events: Int

    private static let ourDatabase = "ours"
    private static let peerDatabase = "peer"

    /// Runs both sides once in each round, each time beginning with the other one.
    func run(rounds: Int, into report: inout Report) async throws {
        var ours = Sides(name: "trough", peak: 0)
        var theirs = Sides(name: "eventsourcing", peak: 0)
        for round in 0..<rounds {
            for turn in 0..<2 {
                if (round + turn) % 2 == 0 { try await measureOurs(&ours) } else { try await measurePeer(&theirs) }
            }
            try check()
        }
        let append = ours.append.ratio(to: theirs.append, named: "append, trough / eventsourcing")
        let replay = ours.replay.ratio(to: theirs.replay, named: "replay, trough / eventsourcing")
        report.add(
            Section(
                title: "Python library eventsourcing",
                lines: [
                    Line(ours.append), Line(theirs.append), Line(append), Line(ours.replay), Line(theirs.replay),
                    Line(replay), Line(Series(name: "peak memory, trough", unit: "MB", samples: [ours.peak])),
                    Line(Series(name: "peak memory, eventsourcing", unit: "MB", samples: [theirs.peak])),
                ]),
            Comparison("append (2)", ours.append, against: "eventsourcing", theirs.append, peakMegabytes: ours.peak),
            Comparison("replay (2)", ours.replay, against: "eventsourcing", theirs.replay, peakMegabytes: ours.peak))
    }

    /// What one side gave.
    private struct Sides {
        var append: Series
        var replay: Series
        var peak: Double

        init(name: String, peak: Double) {
            append = Series(name: "append, \(name)", unit: "events/s")
            replay = Series(name: "replay, \(name)", unit: "events/s")
            self.peak = peak
        }
    }

    private var ourOutcomes: String { server.folder + "/ours.ndjson" }
    private var peerOutcomes: String { server.folder + "/peer.ndjson" }

    private func measureOurs(_ side: inout Sides) async throws {
        try await server.makeLog(Self.ourDatabase)
        let append = try await AppendMeasurement.append(
            lines, to: Self.ourDatabase, connections: 2, events, server, program)
        try await rest(Self.ourDatabase)
        let replay = try await program.run([
            "replay", "--database", server.url(Self.ourDatabase), "--shards", "2", "--output", "json", "--outcomes",
            ourOutcomes,
        ])
        guard replay.output.contains("\"events\":\(events),") else {
            throw Failure("Not all of \(events) events were replayed: \(replay.output)")
        }
        try await server.drop(Self.ourDatabase)
        side.append.samples.append(Double(events) / append.seconds)
        side.replay.samples.append(Double(events) / replay.seconds)
        side.peak = max(side.peak, append.peakMegabytes, replay.peakMegabytes)
    }

    private func measurePeer(_ side: inout Sides) async throws {
        try await server.execute(["CREATE DATABASE \(Self.peerDatabase)", "CHECKPOINT"])
        let append = try await peer.append(lines, to: server.url(Self.peerDatabase))
        try await rest(Self.peerDatabase)
        let replay = try await peer.replay(server.url(Self.peerDatabase), into: peerOutcomes)
        guard append.events == events, replay.events == events else {
            throw Failure("The peer stored \(append.events) and replayed \(replay.events) of \(events) events.")
        }
        try await server.drop(Self.peerDatabase)
        side.append.samples.append(append.rate)
        side.replay.samples.append(replay.rate)
        side.peak = max(side.peak, append.peakMegabytes, replay.peakMegabytes)
    }

    /// Lets the server come to rest between writing and reading, with what a reader's plan needs.
    private func rest(_ database: String) async throws {
        try await server.execute(["VACUUM (ANALYZE)", "CHECKPOINT"], in: database)
    }

    /// Both must have come to the same outcomes, evidence included.
    ///
    /// Findings are not the peer's business.
    private func check() throws {
        let ours = try Self.outcomes(ourOutcomes)
        let theirs = try Self.outcomes(peerOutcomes)
        guard ours.count == theirs.count else {
            throw Failure("There are \(ours.count) outcomes of ours and \(theirs.count) of the peer's.")
        }
        guard !ours.isEmpty else { throw Failure("Nobody was randomised, so that there is nothing to compare.") }
        for (one, other) in zip(ours, theirs) where one != other {
            throw Failure("The peer comes to another outcome:\n\(one)\n\(other)")
        }
    }

    /// Outcome lines, each up to its findings, which come last.
    private static func outcomes(_ path: String) throws -> [Substring] {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        return text.split(separator: "\n").map { line in
            line.range(of: #","findings":"#, options: .backwards).map { line[..<$0.lowerBound] } ?? line
        }
    }
}
