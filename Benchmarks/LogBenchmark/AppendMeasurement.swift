import Measuring

/// `trough append` against a bare binary COPY of the very same rows.
///
/// Each run has a new database. Both write the same rows in commits of 10,000 into tables with the same columns, checks
/// and keys; the log also parses and validates the lines, numbers the patients, chains the batches and moves the heads.
struct AppendMeasurement {
    let server: BenchmarkServer
    let program: TroughProgram
    /// The file of event lines, and how many there are.
    let lines: String
    let events: Int
    /// The rows, in one piece and as the halves of the slices.
    let rows: BareRows
    let halves: [BareRows]

    static let eventsPerCommit = 10_000
    /// The log's slices are numbered from 0; this many are the number for a new study.
    static let slices = 64

    /// Takes the rows from a log to which the lines were appended over one connection.
    init(_ server: BenchmarkServer, _ program: TroughProgram, lines: String, events: Int, reference: String)
        async throws
    {
        self.server = server
        self.program = program
        self.lines = lines
        self.events = events
        let url = server.url(reference)
        let half = Self.slices / 2
        rows = try await Self.take(0...Self.slices - 1, url)
        halves = [try await Self.take(0...half - 1, url), try await Self.take(half...Self.slices - 1, url)]
        guard rows.count == events, halves[0].count + halves[1].count == events else {
            throw Failure("The log holds \(rows.count) of \(events) events.")
        }
    }

    private static func take(_ slices: ClosedRange<Int>, _ url: String) async throws -> BareRows {
        try await onThread("rows") { try BareRows(from: url, slices: slices, rowsPerCommit: eventsPerCommit) }
    }

    /// Runs every variant once in each round, each time beginning with another one.
    func run(rounds: Int, into report: inout Report) async throws {
        let unit = "events/s"
        var trough1 = Series(name: "trough append, 1 connection", unit: unit)
        var trough2 = Series(name: "trough append, 2 connections", unit: unit)
        var copy1 = Series(name: "COPY of the rows, 1 connection", unit: unit)
        var copy2 = Series(name: "COPY of the rows, 2 connections", unit: unit)
        var peak = 0.0
        for round in 0..<rounds {
            for turn in 0..<4 {
                switch (round + turn) % 4 {
                case 0: trough2.samples.append(try await trough(connections: 2, &peak))
                case 1: copy1.samples.append(try await copy([rows]))
                case 2: copy2.samples.append(try await copy(halves))
                default: trough1.samples.append(try await trough(connections: 1, &peak))
                }
            }
        }
        report.add(
            Section(
                title: "append",
                lines: [
                    Line(trough2, .atLeast(150_000)), Line(trough1), Line(copy1), Line(copy2),
                    Line(trough2.ratio(to: copy1, named: "append (2) / COPY (1)"), .atLeast(0.6)),
                    Line(trough2.ratio(to: copy2, named: "append (2) / COPY (2)")),
                    Line(trough1.ratio(to: copy1, named: "append (1) / COPY (1)")),
                    Line(Series(name: "peak memory of append", unit: "MB", samples: [peak])),
                ]),
            Comparison("append (2)", trough2, against: "COPY of the rows (1)", copy1, peakMegabytes: peak))
    }

    /// The rate of the whole command, from its start to its end, and the most memory that it has ever held.
    private func trough(connections: Int, _ peak: inout Double) async throws -> Double {
        try await server.makeLog("measured")
        let run = try await Self.append(lines, to: "measured", connections: connections, events, server, program)
        try await server.drop("measured")
        peak = max(peak, run.peakMegabytes)
        return Double(events) / run.seconds
    }

    /// The rate of writing ready-made rows, each share over its own connection.
    private func copy(_ shares: [BareRows]) async throws -> Double {
        try await server.makeLog("measured")
        try await server.execute(["CREATE TABLE bare (LIKE trough.event INCLUDING ALL)", "CHECKPOINT"], in: "measured")
        let url = server.url("measured")
        let time = try await elapsedSeconds {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for share in shares {
                    group.addTask { try await onThread("copy") { try share.write(to: "bare", at: url) } }
                }
                try await group.waitForAll()
            }
        }
        try await server.drop("measured")
        return Double(events) / time
    }

    /// Appends the lines to a log, and checks that every one was stored.
    static func append(
        _ lines: String, to database: String, connections: Int, _ events: Int, _ server: BenchmarkServer,
        _ program: TroughProgram
    ) async throws -> TroughProgram.Run {
        let run = try await program.run([
            "append", lines, "--database", server.url(database), "--connections", "\(connections)", "--slices",
            "\(slices)", "--author", "benchmark", "--output", "json",
        ])
        guard run.output.contains("\"ok\":\(events),") else {
            throw Failure("Of \(events) events not all were stored: \(run.output)")
        }
        return run
    }
}
