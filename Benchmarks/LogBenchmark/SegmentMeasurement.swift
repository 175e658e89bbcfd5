import EventLog
import Foundation
import Measuring
import Postgres
import Projection
import Segments
import Trial

/// Folding packed history against reading the same blocks and throwing them away, against folding rows, and from a cache;
/// and writing a virtual cohort as packed history against only making it.
struct SegmentMeasurement {
    let server: BenchmarkServer
    let program: TroughProgram
    /// How many virtual patients there are, some 106 events each.
    let patients: Int

    private static let database = "packed"
    private static let study = "cohort"
    /// So many patients are also written as rows.
    private static let patientsInRows = 20_000

    /// Runs every variant once in each round, each time beginning with another one.
    func run(rounds: Int, into report: inout Report) async throws {
        try await server.makeLog(Self.database)
        let cohort = try await write()
        try await writeRows()
        let reader = try await openReader(Self.study)
        let protocols = try await eightProtocols()
        let bytes = try await storedBytes()
        let folder = server.folder + "/cache"
        let cache = ["--cache", folder]
        let expected = try await replay(Self.study, shards: 2).digest
        guard try await replay(Self.study, shards: 2, cache).digest == expected else {
            throw Failure("The cache gives another digest.")
        }
        try await server.settle()
        let unit = "events/s"
        var replay1 = Series(name: "segments replayed, 1 shard", unit: unit)
        var replay2 = Series(name: "segments replayed, 2 shards", unit: unit)
        var cache2 = Series(name: "from the cache, 2 shards", unit: unit)
        var eight2 = Series(name: "from the cache under 8 protocols", unit: unit)
        var rows2 = Series(name: "rows replayed, 2 shards", unit: unit)
        var blocks1 = Series(name: "blocks read and dropped, 1 connection", unit: unit)
        var blocks2 = Series(name: "blocks read and dropped, 2 connections", unit: unit)
        for round in 0..<rounds {
            for turn in 0..<7 {
                switch (round + turn) % 7 {
                case 0: replay1.samples.append(try await rate(Self.study, shards: 1, expected))
                case 1: blocks1.samples.append(try await read(reader, connections: 1))
                case 2: replay2.samples.append(try await rate(Self.study, shards: 2, expected))
                case 3: blocks2.samples.append(try await read(reader, connections: 2))
                case 4: cache2.samples.append(try await rate(Self.study, shards: 2, expected, cache))
                case 5: eight2.samples.append(try await rate(Self.study, shards: 2, expected, cache + protocols))
                default: rows2.samples.append(try await rate("rows", shards: 2, nil))
                }
            }
        }
        let peak = try await peak(Self.study)
        let cachedPeak = try await self.peak(Self.study, cache)
        let tenth = Series(name: "peak memory, a tenth of them", unit: "MB", samples: [try await peakOfTenth()])
        try FileManager.default.removeItem(atPath: folder)
        let perEvent = Series(name: "bytes stored an event", unit: "bytes", samples: [bytes / Double(reader.events)])
        let peaks = Series(
            name: "peak memory, \(Figure.spelled(Double(reader.events), unit)) events", unit: "MB", samples: [peak])
        try await server.drop(Self.database)
        report.add(
            Section(
                title: "packed history",
                lines: [
                    Line(replay1), Line(replay2, .atLeast(25e6)), Line(cache2, .atLeast(60e6)),
                    Line(eight2), Line(rows2), Line(blocks1), Line(blocks2),
                    Line(replay1.ratio(to: blocks1, named: "segments (1) / blocks read (1)")),
                    Line(replay2.ratio(to: blocks2, named: "segments (2) / blocks read (2)"), .atLeast(0.4)),
                    Line(replay2.ratio(to: rows2, named: "segments (2) / rows (2)"), .atLeast(8)),
                    Line(cache2.ratio(to: eight2, named: "time of 8 protocols / time of one"), .below(3)),
                    Line(peaks, .below(300)), Line(tenth),
                    Line(peaks.ratio(to: tenth, named: "memory of all / of a tenth"), .below(1.15)),
                    Line(perEvent, .below(12)),
                ]),
            Comparison("replay of segments (2)", replay2, against: "blocks read (2)", blocks2, peakMegabytes: peak),
            Comparison("replay from cache (2)", cache2, against: "blocks read (2)", blocks2, peakMegabytes: cachedPeak),
            Comparison(
                "simulate and fold (2)", cohort.made, against: "blocks read (2)", blocks2,
                peakMegabytes: cohort.peakMegabytes))
        report.add(cohort.section)
    }

    /// What writing the cohort gave.
    private struct Cohort {
        var section: Section
        /// How fast it is made and folded without being kept, and the memory that takes.
        var made: Series
        var peakMegabytes: Double
    }

    /// Makes the cohort, and measures it against making it without keeping it.
    private func write() async throws -> Cohort {
        var made = Series(name: "simulate --to none", unit: "events/s")
        var written = Series(name: "simulate --to log", unit: "events/s")
        let arguments = ["simulate", "--patients", "\(patients)", "--seed", "3", "--output", "json", "--quiet"]
        let database = ["--to", "log", "--study", Self.study, "--database", server.url(Self.database)]
        let none = try await program.run(arguments)
        let log = try await program.run(arguments + database)
        let events = Double(try await openReader(Self.study).events)
        made.samples.append(events / none.seconds)
        written.samples.append(events / log.seconds)
        let section = Section(
            title: "writing a virtual cohort",
            lines: [Line(made), Line(written), Line(written.ratio(to: made, named: "to log / to none"), .atLeast(0.7))])
        return Cohort(section: section, made: made, peakMegabytes: none.peakMegabytes)
    }

    /// A smaller cohort as event lines, appended like a site's.
    private func writeRows() async throws {
        let file = server.folder + "/cohort.ndjson"
        let count = min(patients, Self.patientsInRows)
        _ = try await program.run(["simulate", "--patients", "\(count)", "--seed", "3", "--to", file, "--quiet"])
        _ = try await program.run([
            "append", file, "--study", "rows", "--database", server.url(Self.database), "--quiet",
        ])
        try FileManager.default.removeItem(atPath: file)
        try await server.execute(["VACUUM (FREEZE, ANALYZE)"], in: Self.database)
    }

    private func openReader(_ study: String) async throws -> LogReader {
        let connection = try await Connection.open(server.configuration(Self.database))
        let reader = try await connection.perform { session throws(LogError) in
            try LogReader(Studies.open(study, session), session)
        }
        await connection.close()
        return reader
    }

    /// What the program says of a replay.
    private struct Said: Decodable {
        var digest: String
        var events: Int
        var seconds: Double
    }

    /// Replays with the program, as its users do; of several protocols the first one's result.
    private func replay(_ study: String, shards: Int, _ options: [String] = []) async throws -> Said {
        let output = try await program.run(
            [
                "replay", "--study", study, "--database", server.url(Self.database), "--shards", "\(shards)",
                "--output",
                "json", "--quiet",
            ] + options
        ).output
        let decoder = JSONDecoder()
        if options.contains("--protocol") { return try decoder.decode([Said].self, from: Data(output.utf8))[0] }
        return try decoder.decode(Said.self, from: Data(output.utf8))
    }

    private func rate(
        _ study: String, shards: Int, _ expected: String?, _ options: [String] = []
    ) async throws -> Double {
        let said = try await replay(study, shards: shards, options)
        guard expected ?? said.digest == said.digest else { throw Failure("Two replays of one log differ.") }
        return Double(said.events) / said.seconds
    }

    /// The built-in protocol and seven others, as options of the program.
    private func eightProtocols() async throws -> [String] {
        let text = try await program.run(["protocol", "show"]).output
        var options = ["--protocol", "default"]
        for limit in [150, 200, 300, 350, 400, 450, 500] {
            let file = server.folder + "/calprotectin-\(limit).yaml"
            let changed = text.replacingOccurrences(
                of: "calprotectin, above: 250", with: "calprotectin, above: \(limit)")
            guard changed != text else { throw Failure("The built-in protocol has no limit of 250 for calprotectin.") }
            try Data(changed.utf8).write(to: URL(fileURLWithPath: file))
            options += ["--protocol", file]
        }
        return options
    }

    /// The rate at which the blocks arrive that a replay asks for, by COPY and without a look at them.
    private func read(_ reader: LogReader, connections: Int) async throws -> Double {
        let url = server.url(Self.database)
        let queries = reader.heads.map { head in
            "COPY (SELECT data FROM trough.segment WHERE slice = \(head.slice)) TO STDOUT (FORMAT binary)"
        }
        let blocks = reader.heads.reduce(0) { $0 + reader.segments(of: $1).count }
        let time = try await elapsedSeconds {
            let read = try await withThrowingTaskGroup(of: Int.self) { group in
                for first in 0..<connections {
                    group.addTask {
                        try await onThread("read") {
                            let connection = try BareConnection(url)
                            return try stride(from: first, to: queries.count, by: connections)
                                .reduce(0) { $0 + (try connection.copyOut(queries[$1])) }
                        }
                    }
                }
                return try await group.reduce(0, +)
            }
            guard read == blocks else { throw Failure("\(read) of \(blocks) blocks were read.") }
        }
        return Double(reader.events) / time
    }

    /// What the cohort takes in the tables that it is in, keys included.
    private func storedBytes() async throws -> Double {
        let connection = try await Connection.open(server.configuration(Self.database))
        let bytes = try await connection.perform { session throws(PostgresError) in
            try session.query(
                """
                SELECT pg_total_relation_size('trough.segment')
                    + (SELECT (pg_total_relation_size('trough.patient') * (count(*) FILTER (WHERE s.name = $1))::float8
                        / count(*))::bigint FROM trough.patient p JOIN trough.head h USING (slice)
                        JOIN trough.study s USING (study))
                """, [.string(Self.study)]
            ).int64(0, 0)
        }
        await connection.close()
        return Double(bytes)
    }

    /// The most memory that a replay of a tenth of the patients holds, in megabytes.
    private func peakOfTenth() async throws -> Double {
        let study = "tenth"
        _ = try await program.run([
            "simulate", "--patients", "\(max(1, patients / 10))", "--seed", "3", "--quiet", "--to", "log", "--study",
            study,
            "--database", server.url(Self.database),
        ])
        return try await peak(study)
    }

    /// The most memory that the command holds for the same replay, in megabytes: the median of three, since it swings by a
    /// few with the moments at which the two shards have most.
    private func peak(_ study: String, _ options: [String] = []) async throws -> Double {
        var peaks: [Double] = []
        for _ in 0..<3 {
            peaks.append(
                try await program.run(
                    [
                        "replay", "--study", study, "--database", server.url(Self.database), "--shards", "2",
                        "--output",
                        "json",
                    ] + options
                ).peakMegabytes)
        }
        return peaks.sorted()[1]
    }
}
