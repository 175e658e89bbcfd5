package import Postgres

extension Session {
    /// Makes sure that names mean what they mean here.
    ///
    /// Whoever may set a database's or a role's search_path could put functions and operators of his own before the
    /// system's. Every way into this module pins the path first, whatever the session was opened with.
    package func pinSearchPath() throws(PostgresError) {
        try execute("SET search_path = pg_catalog, pg_temp")
    }
}

extension ConnectionConfiguration {
    /// The same configuration with the path pinned in every session, also after a reconnection.
    var pinned: ConnectionConfiguration {
        var configuration = self
        configuration.options["search_path"] = "pg_catalog, pg_temp"
        return configuration
    }

    /// The same configuration for those who write: a server that only follows another counts as one that is away, as it is
    /// while it is about to take over.
    var onPrimary: ConnectionConfiguration {
        var configuration = self
        configuration.needsPrimary = true
        return configuration
    }
}
