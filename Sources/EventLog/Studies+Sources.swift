package import Postgres

extension Studies {
    /// A source of events in a study that does not begin with `root`, `nil` where there is none.
    package static func foreignSource(
        in study: Study, root: String, _ session: Session
    ) throws(LogError) -> String? {
        try translating { () throws(PostgresError) in
            let rows = try session.query(
                "SELECT uri FROM trough.source WHERE study = $1 AND NOT starts_with(uri, $2) LIMIT 1",
                [.int32(study.number), .string(root)])
            return rows.count > 0 ? try rows.string(0, 0) : nil
        }
    }
}
