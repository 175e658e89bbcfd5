import EventLog
import Logging
import Measuring
import Postgres
import Trial

/// How soon a reader that waits has an event, from the moment at which its append is acknowledged.
///
/// The reader polls so rarely that only the bell can wake it.
struct WakeUpMeasurement {
    let server: BenchmarkServer
    /// What a worker that follows a log holds of memory, in megabytes, where that was measured.
    let workerPeak: Double?
    private let appends = 300

    /// Appends one event after the other, each when the reader has the one before.
    func run(into report: inout Report) async throws {
        try await server.makeLog("measured")
        let configuration = server.configuration("measured")
        let connection = try await Connection.open(configuration)
        let study = try await connection.perform { session throws(LogError) in
            try Studies.openOrCreate("wake-up", session)
        }
        await connection.close()
        let logger = Logger(label: "benchmark", factory: { _ in SwiftLogNoOpLogHandler() })
        let appender = try await Appender(
            to: study, at: configuration, by: Attribution(author: "benchmark", reason: nil, client: "benchmark"),
            lanes: 1, logger: logger)
        let follower = try await LogFollower(
            study, from: [Int64](repeating: 0, count: study.slices), at: configuration, polling: .seconds(60),
            logger: logger)
        var durable = Series(name: "append until durable", unit: "ms")
        var seen = Series(name: "append until a waiting reader has it", unit: "ms")
        var parser = LineParser()
        for number in 0..<appends {
            let batch = try SingleAppendMeasurement.event("wake-up-\(number)", of: number, with: &parser)
            async let page = Self.next(follower)
            // The reader is asleep by the time the event comes.
            try await Task.sleep(for: .milliseconds(5))
            let began = ContinuousClock.now
            guard try await appender.append(batch).decisions == [.stored] else {
                throw Failure("An event was not stored.")
            }
            durable.samples.append(began.duration(to: .now) / .milliseconds(1))
            seen.samples.append(began.duration(to: try await page) / .milliseconds(1))
        }
        await follower.close()
        await appender.close()
        let bare = try await BareWakeUp(server: server, database: "measured").run(times: appends)
        try await server.drop("measured")
        var late = seen.samples.sorted()
        late.removeFirst(late.count * 99 / 100)
        report.add(
            Section(
                title: "wake-up, \(appends) single appends",
                lines: [
                    Line(durable), Line(seen), Line(Series(name: "the slowest hundredth", unit: "ms", samples: late)),
                    Line(bare),
                ]),
            Comparison("live, one event", seen, against: "insert and notice", bare, peakMegabytes: workerPeak))
    }

    /// When the follower has its next page.
    private static func next(_ follower: LogFollower) async throws -> ContinuousClock.Instant {
        _ = try await follower.next()
        return .now
    }
}
