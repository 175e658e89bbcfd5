import EventLog
import Measuring
import Postgres
import Projection
import Trial

/// Folding a log into outcomes against reading the same rows and throwing them away, and folding it under eight
/// protocols against folding it under one.
struct ReplayMeasurement {
    let server: BenchmarkServer
    let program: TroughProgram
    /// The database whose log is replayed, and how many events it holds.
    let database: String
    let events: Int

    /// Runs every variant once in each round, each time beginning with another one.
    ///
    /// A first round warms the caches.
    func run(rounds: Int, into report: inout Report) async throws {
        try await server.execute(["VACUUM (FREEZE, ANALYZE) trough.event"], in: database)
        try await server.settle()
        let reader = try await openReader()
        let unit = "events/s"
        var replay1 = Series(name: "replay, 1 shard", unit: unit)
        var replay2 = Series(name: "replay, 2 shards", unit: unit)
        var read1 = Series(name: "rows read and dropped, 1 connection", unit: unit)
        var read2 = Series(name: "rows read and dropped, 2 connections", unit: unit)
        var eight2 = Series(name: "replay under 8 protocols, 2 shards", unit: unit)
        let protocols = try Self.eightProtocols()
        var eight: [Expected] = []
        for trial in protocols { eight.append(Expected(trial, try await digests(reader, [trial], shards: 1)[0])) }
        let one = eight.filter { $0.trial == .roblin2020 }
        for round in 0..<rounds {
            for turn in 0..<5 {
                switch (round + turn) % 5 {
                case 0: read1.samples.append(try await read(reader, connections: 1))
                case 1: replay1.samples.append(try await replay(reader, one, shards: 1))
                case 2: read2.samples.append(try await read(reader, connections: 2))
                case 3: replay2.samples.append(try await replay(reader, one, shards: 2))
                default: eight2.samples.append(try await replay(reader, eight, shards: 2))
                }
            }
        }
        let peak = try await peak()
        report.add(
            Section(
                title: "replay",
                lines: [
                    Line(replay1), Line(replay2), Line(read1), Line(read2), Line(eight2),
                    Line(replay1.ratio(to: read1, named: "replay (1) / rows read (1)"), .atLeast(0.85)),
                    Line(replay2.ratio(to: read2, named: "replay (2) / rows read (2)"), .atLeast(0.85)),
                    // Rates the other way round are times.
                    Line(replay2.ratio(to: eight2, named: "time of 8 protocols / time of one (2)"), .below(3)),
                    Line(Series(name: "peak memory of replay", unit: "MB", samples: [peak])),
                ]),
            Comparison("replay of rows (2)", replay2, against: "rows read (2)", read2, peakMegabytes: peak))
    }

    /// The most memory that the command holds for the same replay, in megabytes.
    private func peak() async throws -> Double {
        try await program.run([
            "replay", "--database", server.url(database), "--shards", "2", "--output", "json",
        ]).peakMegabytes
    }

    /// The default protocol and seven with another threshold.
    private static func eightProtocols() throws -> [TrialProtocol] {
        try ProtocolSweep(
            .roblin2020, ["clinical-failure.crohn-activity.calprotectin=100:450:50"], atMost: 8
        ).points.map(\.trial)
    }

    private func openReader() async throws -> LogReader {
        let connection = try await Connection.open(server.configuration(database))
        let reader = try await connection.perform { session throws(LogError) in
            try LogReader(Studies.open("main", session), session)
        }
        await connection.close()
        return reader
    }

    /// A protocol, and the digest of the first replay under it alone.
    private struct Expected {
        var trial: TrialProtocol
        var digest: String

        init(_ trial: TrialProtocol, _ digest: String) { (self.trial, self.digest) = (trial, digest) }
    }

    /// The rate of a replay, which must give the digests of replays under each protocol alone.
    private func replay(_ reader: LogReader, _ expected: [Expected], shards: Int) async throws -> Double {
        var found: [String] = []
        let time = try await elapsedSeconds {
            found = try await digests(reader, expected.map(\.trial), shards: shards)
        }
        guard found == expected.map(\.digest) else { throw Failure("Two replays of one log differ: \(found).") }
        return Double(events) / time
    }

    /// What `trough replay` does between opening the study and printing.
    private func digests(_ reader: LogReader, _ protocols: [TrialProtocol], shards: Int) async throws -> [String] {
        let replay = Replay(
            at: server.configuration(database), protocols.map(CompiledProtocol.init), shards: shards)
        var digests: [String] = []
        for result in try await replay.run(reader) {
            guard result.events == events else { throw Failure("\(result.events) of \(events) events were replayed.") }
            digests.append(try await result.digest())
        }
        return digests
    }

    /// The rate at which the rows arrive that a replay asks for, slices shared out in the same way.
    private func read(_ reader: LogReader, connections: Int) async throws -> Double {
        let url = server.url(database)
        let queries = reader.heads.map { LogReader.replayQuery($0) }
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
