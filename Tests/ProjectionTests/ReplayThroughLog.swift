import EventLog
import Postgres
import Projection
import TestLog
import Trial

extension TestLog {
    /// The outcome lines of a replay, with its digest.
    struct Outcomes: Equatable, Sendable {
        var lines: [String]
        var digest: String
        var events: Int
        var patients: Int
    }

    /// Replays a study, under the default protocol unless another is given.
    func replay(
        _ study: Study, under rules: TrialProtocol = .roblin2020, asOf: Int64? = nil, until: Int64? = nil,
        shards: Int = 2
    ) async throws -> Outcomes {
        let reader = try await connection.perform { session throws(LogError) in
            try LogReader(study, asOf: asOf, session)
        }
        let replay = Replay(at: configuration, [CompiledProtocol(rules)], until: until, shards: shards)
        let result = try await replay.run(reader)[0]
        var lines: [String] = []
        try await result.eachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
        return Outcomes(
            lines: lines, digest: try await result.digest(), events: result.events, patients: result.patients)
    }

    /// The server's clock, in microseconds since 1970.
    func serverTime() async throws -> Int64 {
        try await connection.perform { session throws(PostgresError) in
            try session.query("SELECT clock_timestamp()").timestamp(0, 0)
        }
    }
}
