package import Postgres

extension Studies {
    /// Takes a study for events whose sources all begin with a root, unless it has others.
    ///
    /// Who comes first writes one of the sources, under a lock that lets in one at a time, so that of two who come at once
    /// the second finds it.
    ///
    /// - Parameter source: One of the sources.
    /// - Returns: A source that does not begin with the root; `nil` where the study is taken.
    package static func take(
        _ study: Study, root: String, source: String, _ session: Session
    ) throws(LogError) -> String? {
        try translating { () throws(PostgresError) in
            try session.transaction { () throws(PostgresError) in
                try session.makeDurable()
                _ = try session.query("SELECT pg_advisory_xact_lock($1)", [.int64(makingLock)])
                let foreign = try session.query(
                    "SELECT uri FROM trough.source WHERE study = $1 AND NOT starts_with(uri, $2) ORDER BY source LIMIT 1",
                    [.int32(study.number), .string(root)])
                if foreign.count > 0 { return try foreign.string(0, 0) }
                try session.query(
                    "INSERT INTO trough.source (study, uri) VALUES ($1, $2) ON CONFLICT (study, uri) DO NOTHING",
                    [.int32(study.number), .string(source)])
                return nil
            }
        }
    }
}
