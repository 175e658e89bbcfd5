import Foundation
import LocalServer
import Postgres
import TestData
import TestLog
import Testing

/// A log that is copied to another server by PostgreSQL's own programs, as the README tells.
@Suite("Backup and restore", .timeLimit(.minutes(6)))
struct BackupTests {
    @Test("A restored log extends its anchor, replays to the same digests, and goes on where it was")
    func restored() async throws {
        try await CommandLog.with { log in
            let events = TestData.replica.path
            #expect(try await log.trough("append", events).status == 0)
            #expect(try await log.trough("append", "--study", "packed", events).status == 0)
            #expect(try await log.trough("seal", "--study", "packed", "--drop-rows").status == 0)
            #expect(
                try await log.trough("simulate", "--patients", "50", "--to", "log", "--study", "virtual").status == 0)
            #expect(try await log.trough("worker", "--until-caught-up").status == 0)
            let anchor = try await log.trough("anchor", "--all").output
            try await withRestored(log) { restored in
                let verified = try await restored("verify", "--anchor", "-", input: anchor)
                #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
                for study in ["main", "packed", "virtual"] {
                    let pair = [
                        try await log.trough("replay", "--study", study, "-o", "json"),
                        try await restored("replay", "--study", study, "-o", "json"),
                    ]
                    let digests = try pair.map { try JSONObject($0.output).string("digest") }
                    #expect(digests[0] == digests[1], "\(study)")
                }
                #expect(
                    try await restored("outcomes", "-o", "ndjson").output
                        == log.trough("outcomes", "-o", "ndjson").output)
                try await goesOn(restored)
                let extended = try await restored("verify", "--anchor", "-", input: anchor)
                #expect(extended.status == 0, "\(extended.output)\(extended.errors)")
            }
        }
    }

    /// Appends what is known and what is new, and tries to change what is stored.
    private func goesOn(_ restored: TroughProgram) async throws {
        for study in ["main", "packed"] {
            let again = try await restored("append", "--study", study, "-o", "json", TestData.replica.path)
            #expect(again.status == 0, "\(again.errors)")
            #expect(try JSONObject(again.output).whole("duplicates") == 8_593)
        }
        let new = try await restored("append", input: EventLine.assay("P-1", "new") + "\n")
        #expect(new.status == 0, "\(new.errors)")
        #expect(try await restored("append", "--study", "another", TestData.replica.path).status == 0)
        #expect(try await restored("worker", "--until-caught-up").status == 0)
        let connection = try await Connection.open(ConnectionConfiguration(url: try #require(restored.url)))
        for change in ["UPDATE trough.event SET value = 1", "DELETE FROM trough.segment", "TRUNCATE trough.batch"] {
            let error = await #expect(throws: PostgresError.self) {
                try await connection.perform { session throws(PostgresError) in
                    // Not even a superuser's setting leads past it.
                    try session.execute("SET session_replication_role = replica; \(change)")
                }
            }
            #expect(error?.sqlState == "42501", "\(change): \(String(describing: error))")
        }
        await connection.close()
    }

    /// Calls `body` with the program on a copy of the log, on another server.
    private func withRestored(_ log: CommandLog, _ body: (TroughProgram) async throws -> Void) async throws {
        let folder = try #require(try await log.sql("SELECT setting FROM pg_config WHERE name = 'BINDIR'").first)
        try await OwnServer.with { own in
            _ = try await own.server.start()
            let url = own.server.url
            // The log's roles belong to a server, and no dump of a database has them.
            let roles = try await TroughProgram(url: url)("schema", "install")
            #expect(roles.status == 0, "\(roles.errors)")
            let copied = try await log.trough.shell(
                """
                set -e; cd '\(own.home)'; PATH='\(folder)':$PATH
                createdb --maintenance-db '\(url)' restored
                pg_dump --format custom '\(log.url)' > dump
                pg_restore --exit-on-error --dbname '\(url.replacing("/trough?", with: "/restored?"))' dump
                """)
            #expect(copied.status == 0, "\(copied.errors)")
            try await body(TroughProgram(url: url.replacing("/trough?", with: "/restored?")))
        }
    }
}
