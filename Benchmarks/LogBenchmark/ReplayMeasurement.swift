import EventLog
import Postgres
import Projection
import Trial

/// Folding a log into outcomes against reading the same rows and throwing them away.
struct ReplayMeasurement {
    let server: BenchmarkServer
    /// The database whose log is replayed, and how many events it holds.
    let database: String
    let events: Int

    /// Runs every variant once in each round, each time beginning with another one.
    ///
    /// A first round warms the caches.
    func run(rounds: Int) async throws -> Section {
        try await server.execute(["VACUUM (FREEZE, ANALYZE) trough.event", "CHECKPOINT"], in: database)
        let reader = try await openReader()
        let unit = "events/s"
        var replay1 = Series(name: "replay, 1 shard", unit: unit)
        var replay2 = Series(name: "replay, 2 shards", unit: unit)
        var read1 = Series(name: "rows read and dropped, 1 connection", unit: unit)
        var read2 = Series(name: "rows read and dropped, 2 connections", unit: unit)
        let (_, digest) = try await replay(reader, shards: 1)
        for round in 0..<rounds {
            for turn in 0..<4 {
                let shards = (round + turn) % 4 < 2 ? 1 : 2
                if (round + turn) % 2 == 0 {
                    let rate = try await read(reader, connections: shards)
                    if shards == 1 { read1.samples.append(rate) } else { read2.samples.append(rate) }
                } else {
                    let (rate, again) = try await replay(reader, shards: shards)
                    guard again == digest else { throw Failure("Two replays of one log differ: \(digest), \(again).") }
                    if shards == 1 { replay1.samples.append(rate) } else { replay2.samples.append(rate) }
                }
            }
        }
        return Section(
            title: "replay",
            lines: [
                Line(replay1), Line(replay2), Line(read1), Line(read2),
                Line(replay1.ratio(to: read1, named: "replay (1) / rows read (1)"), .atLeast(0.85)),
                Line(replay2.ratio(to: read2, named: "replay (2) / rows read (2)"), .atLeast(0.85)),
            ])
    }

    private func openReader() async throws -> LogReader {
        let connection = try await Connection.open(server.configuration(database))
        let reader = try await connection.perform { session throws(LogError) in
            try LogReader(Studies.open("main", session), session)
        }
        await connection.close()
        return reader
    }

    /// The rate of what `trough replay` does between opening the study and printing, and the digest of the outcomes.
    private func replay(_ reader: LogReader, shards: Int) async throws -> (rate: Double, digest: String) {
        var digest = ""
        let time = try await elapsedSeconds {
            let replay = Replay(at: server.configuration(database), CompiledProtocol(.roblin2020), shards: shards)
            let result = try await replay.run(reader)
            guard result.events == events else { throw Failure("\(result.events) of \(events) events were replayed.") }
            digest = result.digest()
        }
        return (Double(events) / time, digest)
    }

    /// The rate at which the rows arrive that a replay asks for, slices shared out in the same way.
    private func read(_ reader: LogReader, connections: Int) async throws -> Double {
        let url = server.url(database)
        let queries = reader.heads.map(LogReader.replayQuery)
        let settings = LogReader.settings.map { "SET \($0.key) = \($0.value)" }
        let time = try await elapsedSeconds {
            let rows = try await withThrowingTaskGroup(of: Int.self) { group in
                for first in 0..<connections {
                    group.addTask {
                        try await onThread("read") {
                            let connection = try BareConnection(url)
                            for setting in settings { try connection.execute(setting) }
                            return try stride(from: first, to: queries.count, by: connections)
                                .reduce(0) { $0 + (try connection.copyOut(queries[$1])) }
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            guard rows == events else { throw Failure("\(rows) of \(events) rows were read.") }
        }
        return Double(events) / time
    }
}
