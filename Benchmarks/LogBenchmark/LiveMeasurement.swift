import EventLog
import LiveProjection
import Measuring
import Postgres
import Trial

/// How fast events become outcomes while they are appended, against appending alone.
struct LiveMeasurement {
    let server: BenchmarkServer
    let program: TroughProgram
    /// The file of event lines, and how many there are.
    let lines: String
    let events: Int

    /// Runs both variants once in each round, each time beginning with the other one.
    ///
    /// - Returns: the most memory that a worker held, in megabytes.
    func run(rounds: Int, into report: inout Report) async throws -> Double {
        var live = Series(name: "append until every outcome is there", unit: "events/s")
        var alone = Series(name: "append alone", unit: "events/s")
        var catchUp = Series(name: "a worker that begins afterwards", unit: "events/s")
        var peak = Series(name: "peak memory of that worker", unit: "MB")
        for round in 0..<rounds {
            for turn in 0..<2 {
                if (round + turn) % 2 == 0 {
                    live.samples.append(try await liveRate())
                } else {
                    let (append, worker) = try await separateRates()
                    alone.samples.append(append)
                    catchUp.samples.append(Double(events) / worker.seconds)
                    peak.samples.append(worker.peakMegabytes)
                }
            }
        }
        report.add(
            Section(
                title: "append and project",
                lines: [
                    Line(live, .atLeast(10_000)), Line(alone), Line(catchUp),
                    Line(live.ratio(to: alone, named: "append and project / append alone")), Line(peak),
                ]))
        return peak.greatest
    }

    /// From the start of the append until a worker that ran all the time has projected the last event.
    private func liveRate() async throws -> Double {
        let url = try await makeStudy()
        let seconds = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await program.run(["worker", "--database", url, "--quiet"]) }
            try await server.waitForWorker(in: "measured")
            let seconds = try await elapsedSeconds {
                _ = try await AppendMeasurement.append(
                    lines, to: "measured", connections: 2, events, server, program)
                try await server.waitForProjection(of: events, in: "measured")
            }
            group.cancelAll()
            return seconds
        }
        try await server.drop("measured")
        return Double(events) / seconds
    }

    private func separateRates() async throws -> (append: Double, worker: TroughProgram.Run) {
        let url = try await makeStudy()
        let append = try await AppendMeasurement.append(
            lines, to: "measured", connections: 2, events, server, program)
        let worker = try await program.run(["worker", "--until-caught-up", "--database", url, "--quiet"])
        try await server.waitForProjection(of: events, in: "measured")
        try await server.drop("measured")
        return (Double(events) / append.seconds, worker)
    }

    /// A new database with an empty study, which a worker can begin to follow.
    private func makeStudy() async throws -> String {
        try await server.makeLog("measured")
        let connection = try await Connection.open(server.configuration("measured"))
        _ = try await connection.perform { session throws(LogError) in
            try Studies.openOrCreate("main", slices: AppendMeasurement.slices, session)
        }
        await connection.close()
        return server.url("measured")
    }
}

extension BenchmarkServer {
    /// Waits until a worker holds all slices.
    func waitForWorker(in database: String) async throws {
        try await wait(
            for: "SELECT count(*) > 0 AND count(worker) = count(*) FROM trough.checkpoint", in: database)
    }

    /// Waits until so many events are projected.
    func waitForProjection(of events: Int, in database: String) async throws {
        try await wait(
            for: "SELECT coalesce(sum(position), 0) >= \(events) FROM trough.checkpoint", in: database)
    }

    private func wait(for condition: String, in database: String) async throws {
        let connection = try await Connection.open(configuration(database))
        while try await !connection.perform({ session throws(PostgresError) in
            try session.query(condition).bool(0, 0)
        }) {
            try await Task.sleep(for: .milliseconds(5))
        }
        await connection.close()
    }
}
