/// Which server, database and role to connect to, and how a session starts.
///
/// The text is libpq's: a URL (`postgresql://…`), keyword=value pairs, or nothing at all, in which case libpq uses its
/// own defaults.
package struct ConnectionConfiguration: Sendable {
    /// How the target was named.
    enum Target: Sendable, Hashable {
        case url(String)
        case parameters([String: String])
    }

    let target: Target

    /// The name the session shows in `pg_stat_activity`; `nil` keeps the one of the connection string, else `trough`.
    package var applicationName: String?

    /// Seconds to wait for each host of a connection string that says nothing else; `nil` leaves it to libpq, which asks the
    /// variable `PGCONNECT_TIMEOUT`.
    package var connectTimeoutSeconds: Int? = Limits.connectTimeoutSeconds

    /// Whether a server that follows another, and so cannot be written to, is to be refused as one that is away; a
    /// connection string may say otherwise by its `target_session_attrs`.
    package var needsPrimary = false

    /// Server settings of every session, such as `search_path`, set after connecting and after every reconnection.
    package var options: [String: String] = [:]

    /// Takes a libpq connection string: a URL or keyword=value pairs.
    package init(url: String) {
        target = .url(url)
    }

    /// Takes libpq keywords and their values, such as `["host": "/run/postgresql", "dbname": "trough"]`.
    package init(parameters: [String: String]) {
        target = .parameters(parameters)
    }

    /// The keyword list for libpq, in order: what a connection string may override, the string, what always holds.
    ///
    /// libpq lets later entries win over earlier ones, and a connection string counts at the place of its entry.
    var keywords: [(keyword: String, value: String)] {
        var list: [(keyword: String, value: String)] = [
            ("fallback_application_name", "trough"),
            // A peer that vanished without closing is noticed within about a minute instead of hours.
            ("keepalives_idle", "30"),
            ("keepalives_interval", "10"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "60000"),
        ]
        if let connectTimeoutSeconds { list.append(("connect_timeout", String(connectTimeoutSeconds))) }
        if needsPrimary { list.append(("target_session_attrs", "primary")) }
        switch target {
        case .url(let url):
            list.append(("dbname", url))
        case .parameters(let parameters):
            list += parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        if let applicationName { list.append(("application_name", applicationName)) }
        list.append(("client_encoding", "UTF8"))
        return list
    }

    /// Whether a `dbname` entry is a connection string that libpq has to take apart.
    var isExpanded: Bool {
        if case .url = target { true } else { false }
    }
}
