import EventLog
import Foundation
import Postgres
import Schema
import Subprocess
import SystemPackage
import TestData
import TestLog
import TestPostgres
import Testing

@Suite("The log's tables", .timeLimit(.minutes(12)))
struct SchemaTests {
    private static let versions =
        "SELECT string_agg(version || ' ' || name, ', ' ORDER BY version) FROM trough.schema_version"
    private static let everything =
        "1 log, 2 vocabulary, 3 views, 4 projection, 5 disposable_study, 6 segment, 7 partition, 8 checksum, 9 moved_heads, 10 live_repairs, 11 retries, 12 withdrawn"

    @Test("Installing runs every file once; installing again does nothing")
    func idempotent() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                #expect(try LogSchema.status(session).installed == 0)
                #expect(throws: LogError.self) { try LogSchema.check(session) }
                #expect(try LogSchema.install(session).map(\.version) == Array(1...Schema.version))
                let first = try session.query("SELECT installed_at::text FROM trough.schema_version WHERE version = 1")
                #expect(try LogSchema.install(session).isEmpty)
                let second = try session.query("SELECT installed_at::text FROM trough.schema_version WHERE version = 1")
                #expect(try first.string(0, 0) == second.string(0, 0))
                #expect(try session.query(Self.versions).string(0, 0) == Self.everything)
                let status = try LogSchema.status(session)
                #expect(status.installed == Schema.version && status.expected == Schema.version)
                try LogSchema.check(session)
            }
        }
    }

    @Test("Two that install at once both succeed, and each file has run once")
    func concurrent() async throws {
        try await TestPostgres.withDatabase { configuration in
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let connection = try await Connection.open(configuration)
                        let files = try await connection.perform { session throws(LogError) in
                            try LogSchema.install(session)
                        }
                        await connection.close()
                        return files.count
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(counts.sorted() == [0, 0, 0, Schema.version])
        }
    }

    @Test("An upgrade that waits for a reader lets those who write get on, and is done once the reader is")
    func upgradeBesideReader() async throws {
        try await TestPostgres.withDatabase { configuration in
            let connections = try await withThrowingTaskGroup(of: Connection.self) { group in
                for _ in 0..<3 { group.addTask { try await Connection.open(configuration) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let (upgrading, reading, writing) = (connections[0], connections[1], connections[2])
            try await upgrading.perform { session throws(PostgresError) in
                for file in Schema.files.dropLast() { try session.execute(file.sql) }
            }
            try await reading.perform { session throws(PostgresError) in
                try session.execute("BEGIN; SELECT FROM trough.head")
            }
            async let upgraded = upgrading.perform { session throws(LogError) in try LogSchema.install(session).count }
            let began = ContinuousClock.now
            var longest = Duration.zero
            while began.duration(to: .now) < .seconds(3) {
                let asked = ContinuousClock.now
                try await writing.perform { session throws(PostgresError) in
                    // Behind an upgrade that waits without end this fails, and does not wait for it.
                    try session.execute(
                        """
                        BEGIN; SET LOCAL lock_timeout = '1500ms'; LOCK TABLE ONLY trough.head IN ROW EXCLUSIVE MODE; COMMIT
                        """)
                }
                longest = max(longest, asked.duration(to: .now))
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(longest < .seconds(1.5))
            try await reading.perform { session throws(PostgresError) in try session.execute("COMMIT") }
            #expect(try await upgraded == 1)
            for connection in connections { await connection.close() }
        }
    }

    @Test("A log of version 1 is upgraded by the files it lacks, and keeps what it holds")
    func upgrade() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute(Schema.files[0].sql)
                try session.execute(
                    """
                    INSERT INTO trough.study (study, name, first_slice, slices) VALUES (1, 'old', 0, 2);
                    INSERT INTO trough.head (slice, study) VALUES (0, 1), (1, 1);
                    """)
                let error = #expect(throws: LogError.self) { try LogSchema.check(session) }
                guard case .schemaVersion(found: 1, expected: Schema.version) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(try LogSchema.install(session).map(\.version) == Array(2...Schema.version))
                #expect(try session.query(Self.versions).string(0, 0) == Self.everything)
                try LogSchema.check(session)
                #expect(try Studies.open("old", session).slices == 2)
                let next = try Studies.openOrCreate("new", slices: 3, session)
                #expect(next.number == 2 && next.firstSlice == 2)
                #expect(try Studies.openOrCreate("newer", slices: 1, session).firstSlice == 5)
            }
        }
    }

    @Test("A log that is newer than the program is refused, and nothing of it changes")
    func newer() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                _ = try LogSchema.install(session)
                try session.execute("INSERT INTO trough.schema_version (version, name) VALUES (99, 'future')")
                for attempt in [{ _ = try LogSchema.install(session) }, { try LogSchema.check(session) }] {
                    let error = #expect(throws: LogError.self) { try attempt() }
                    guard case .schemaVersion(found: 99, expected: Schema.version) = error else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                }
                #expect(try session.query(Self.versions).string(0, 0) == Self.everything + ", 99 future")
            }
        }
    }

    @Test("A step that fails leaves nothing of the installation behind")
    func allOrNothing() async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                try session.execute(Schema.files[0].sql)
                // The third file cannot make its first view.
                try session.execute("CREATE TABLE trough.timeline (a integer)")
                #expect(throws: LogError.self) { try LogSchema.install(session) }
                #expect(try LogSchema.status(session).installed == 1)
                #expect(try session.query("SELECT count(*) FROM trough.vocabulary").int64(0, 0) == 0)
            }
        }
    }

    @Test("The files run as they are with psql, and make what the program makes")
    func plainPSQL() async throws {
        try await TestLog.withLog { installed in
            let shape = """
                SELECT string_agg(line, chr(10) ORDER BY line COLLATE "C") FROM (
                    SELECT concat_ws(' ', c.relname, c.relkind, pg_get_userbyid(c.relowner), c.relacl::text, a.attname,
                        format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl::text) AS line
                    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
                    WHERE c.relnamespace = 'trough'::regnamespace
                    UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled, tgtype) FROM pg_trigger
                    WHERE tgrelid::regclass::text LIKE 'trough.%' AND NOT tgisinternal
                    UNION ALL SELECT concat_ws(' ', conrelid::regclass, conname, pg_get_constraintdef(oid))
                    FROM pg_constraint WHERE connamespace = 'trough'::regnamespace) s
                """
            let expected = try await installed.texts(shape)
            try await TestPostgres.withConnection { connection in
                let address = try await connection.perform { session throws in
                    try session.query(
                        "SELECT current_setting('unix_socket_directories'), current_database()"
                    ).strings()
                }
                let result = try await run(
                    .name("psql"),
                    arguments: Arguments(
                        ["-X", "-q", "--single-transaction", "-v", "ON_ERROR_STOP=1", "-U", "trough", "-p", "5432"]
                            + ["-h", address[0], "-d", address[1]]
                            + Schema.files.flatMap { ["-f", TestData.schema.appendingPathComponent($0.name).path] }),
                    output: .string(limit: 65_536), error: .string(limit: 65_536))
                #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
                #expect(result.standardError == "")
                try await connection.perform { session throws in
                    try LogSchema.check(session)
                    #expect(try session.query(shape).string(0, 0) == expected[0])
                    #expect(try LogSchema.install(session).isEmpty)
                }
            }
        }
    }

    @Test("Whoever may create roles and schemas can install the log without being a superuser")
    func withoutSuperuser() async throws {
        try await TestLog.withLog { _ in }  // the three roles exist from here on, made by somebody else
        try await TestPostgres.withConnection { connection in
            let name = "installer_" + String(UInt64.random(in: 0 ... .max), radix: 36)
            let parts = try await connection.perform { session throws in
                try session.execute("CREATE ROLE \(name) LOGIN CREATEROLE")
                let parts = try session.query("SELECT current_setting('unix_socket_directories'), current_database()")
                    .strings()
                try session.execute("GRANT CREATE ON DATABASE \(parts[1]) TO \(name)")
                return parts
            }
            let own = try await Connection.open(
                ConnectionConfiguration(parameters: [
                    "host": parts[0], "port": "5432", "dbname": parts[1], "user": name,
                ]))
            try await own.perform { session throws in
                #expect(try LogSchema.install(session).count == Schema.version)
                try LogSchema.check(session)
            }
            await own.close()
            try await connection.perform { session throws in
                try session.execute("DROP OWNED BY \(name); DROP ROLE \(name)")
            }
        }
    }

    @Test(
        "A vocabulary that is not the program's is refused",
        arguments: [
            ("('sex', 2, 'M')", "('sex', 2, 'm')", "it lacks sex 2, \"M\""),
            ("('route', 3, 'PO'),", "", "it lacks route 3, \"PO\""),
            ("('drug', 3, 'azathioprine')", "('drug', 4, 'azathioprine')", "it lacks drug 3, \"azathioprine\""),
            ("('drug', 3, 'azathioprine')", "('drug', 3, 'azathioprine'), ('drug', 4, 'x')", "words, "),
        ])
    func vocabulary(word: String, instead: String, says: String) async throws {
        try await TestPostgres.withConnection { connection in
            try await connection.perform { session throws in
                for file in Schema.files {
                    #expect(file.version != 2 || file.sql.contains(word))
                    try session.execute(file.version == 2 ? file.sql.replacing(word, with: instead) : file.sql)
                }
                let error = #expect(throws: LogError.self) { try LogSchema.check(session) }
                guard case .vocabulary(let text) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(text.contains(says))
            }
        }
    }
}

extension Rows {
    /// The texts of the first row.
    func strings() throws(PostgresError) -> [String] {
        var texts: [String] = []
        for column in 0..<columnCount { texts.append(try string(0, column)) }
        return texts
    }
}
