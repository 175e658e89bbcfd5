import Measuring

/// The shortest way from one connection to another through the server.
///
/// An insert with its notice in one commit, and the row read by whoever listens. One thread does both, so that no thread
/// needs to wake.
struct BareWakeUp {
    let server: BenchmarkServer
    /// A database with a log, in which the row's table is made.
    let database: String

    /// From the insert until the listener has the row, in milliseconds, so many times.
    func run(times: Int) async throws -> Series {
        try await server.execute(["CREATE TABLE bare (LIKE trough.event INCLUDING ALL)"], in: database)
        let url = server.url(database)
        let samples = try await onThread("bare wake-up") {
            let writer = try BareConnection(url)
            let listener = try BareConnection(url)
            try listener.execute("LISTEN bell")
            return try (1...times).map { position in
                let began = ContinuousClock.now
                try writer.execute(Self.insert(position))
                try listener.awaitNotice()
                try listener.execute("SELECT * FROM bare WHERE slice = 0 AND position = \(position)")
                return began.duration(to: .now) / .milliseconds(1)
            }
        }
        return Series(name: "insert, notice and row, bare", unit: "ms", samples: samples)
    }

    private static func insert(_ position: Int) -> String {
        """
        INSERT INTO bare (slice, patient, position, occurred_at, recorded_at, value, source, kind, code, unit, qualifier,
            level, id)
        VALUES (0, 1, \(position), now(), now(), 2.4, 1, 4, 1, 10, 0, 0, '\(position)');
        NOTIFY bell
        """
    }
}
