package import EventLog
import Postgres

extension TestLog {
    /// Verifies studies; all of them where none is named.
    package func verify(
        _ studies: [String]? = ["main"], against anchor: Anchor? = nil, shards: Int = 2,
        names: Int64 = Limits.rememberedNames, stretch: Int64 = Limits.positionsPerStretch
    ) async throws -> ChainVerification.Result {
        let configuration = configuration
        let verification = try await connection.perform { session throws(LogError) in
            try ChainVerification(
                of: studies, against: anchor, at: configuration, rememberedNames: names, positionsPerStretch: stretch,
                session)
        }
        return try await verification.run(shards: shards)
    }
}

extension ChainVerification.Result {
    /// What was found, as texts.
    package var found: [String] { faults.map(\.description) }
}
