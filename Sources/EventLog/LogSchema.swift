package import Postgres
package import Schema
import Trial

/// Installs, upgrades and checks the log's tables.
package enum LogSchema {
    /// What is installed.
    package struct Status: Sendable, Equatable {
        /// The version of the tables, 0 where there are none.
        package let installed: Int
        /// The version that this program works with.
        package let expected: Int
        /// The server's version, such as 150018.
        package let serverVersion: Int
    }

    /// The smallest server version that the schema runs on.
    package static let smallestServer = 150_000

    /// A number that no other program's advisory lock is likely to have: the bytes of "trough01".
    private static let installLock: Int64 = 0x7472_6f75_6768_3031

    /// Tells which version is installed.
    package static func status(_ session: Session) throws(LogError) -> Status {
        let version = try installedVersion(session)
        return Status(installed: version, expected: Schema.version, serverVersion: session.serverVersion)
    }

    /// Runs the files that have not been run, all in one transaction; nothing happens where all have.
    ///
    /// A file that changes a table waits for whoever reads it, and whoever comes meanwhile waits behind the file. So it is
    /// not waited for long at a time, and tried again after a pause in which the others get on.
    ///
    /// - Returns: The files that were run.
    /// - Throws: ``LogError/schemaVersion(found:expected:)`` where the tables are newer than this program.
    package static func install(_ session: Session) throws(LogError) -> [Schema.File] {
        guard session.serverVersion >= smallestServer else {
            throw .unsuitableServer(
                "The server is PostgreSQL \(session.serverVersion / 10_000); the log needs version 15 or later.")
        }
        let encoding = try translating { () throws(PostgresError) in
            try session.query("SELECT pg_catalog.current_setting('server_encoding')").string(0, 0)
        }
        guard encoding == "UTF8" else {
            throw .unsuitableServer("The database's encoding is \(encoding); the log needs a database in UTF8.")
        }
        let (found, files) = try translating { () throws(PostgresError) in
            try session.pinSearchPath()
            var attempts = 1
            while true {
                do throws(PostgresError) { return try runMissing(session) } catch {
                    guard error.isContention else { throw error }
                    guard attempts < Limits.upgradeAttempts else {
                        var error = error
                        error.hint = "Others keep using the log's tables in long transactions; nothing was changed."
                        throw error
                    }
                    attempts += 1
                    try session.query("SELECT pg_sleep($1)", [.double(Limits.upgradePause / .seconds(1))])
                }
            }
        }
        guard found <= Schema.version else { throw .schemaVersion(found: found, expected: Schema.version) }
        return files
    }

    /// Runs the files that have not been run, and tells which version was there before.
    private static func runMissing(_ session: Session) throws(PostgresError) -> (found: Int, files: [Schema.File]) {
        try session.transaction { () throws(PostgresError) in
            try session.query("SELECT pg_advisory_xact_lock($1)", [.int64(installLock)])
            try session.execute("SET LOCAL lock_timeout = '\(Limits.lockPatienceMilliseconds)ms'")
            let found = try version(session)
            let missing = Schema.files.filter { $0.version > found }
            for file in missing { try session.execute(file.sql) }
            return (found, missing)
        }
    }

    /// Checks that the database holds a log of this program's version and vocabulary.
    package static func check(_ session: Session) throws(LogError) {
        let found = try installedVersion(session)
        guard found > 0 else { throw .noSchema }
        guard found == Schema.version else { throw .schemaVersion(found: found, expected: Schema.version) }
        let stored = try translating { () throws(PostgresError) -> Set<Vocabulary.Entry> in
            let rows = try session.query("SELECT domain, code, name FROM trough.vocabulary")
            var entries = Set<Vocabulary.Entry>()
            for row in 0..<rows.count {
                entries.insert(
                    Vocabulary.Entry(
                        domain: try rows.string(row, 0), code: try rows.int16(row, 1), name: try rows.string(row, 2)))
            }
            return entries
        }
        for entry in Vocabulary.entries where !stored.contains(entry) {
            throw .vocabulary("it lacks \(entry.domain) \(entry.code), \"\(entry.name)\"")
        }
        if stored.count != Vocabulary.entries.count {
            throw .vocabulary("it has \(stored.count) words, \(Vocabulary.entries.count) were expected")
        }
    }

    private static func installedVersion(_ session: Session) throws(LogError) -> Int {
        try translating { () throws(PostgresError) in
            try session.pinSearchPath()
            return try version(session)
        }
    }

    private static func version(_ session: Session) throws(PostgresError) -> Int {
        let exists = try session.query("SELECT to_regclass('trough.schema_version') IS NOT NULL")
        guard try exists.bool(0, 0) else { return 0 }
        let rows = try session.query("SELECT coalesce(max(version), 0) FROM trough.schema_version")
        return Int(try rows.int32(0, 0))
    }
}
