import EventLog
import Foundation
import LocalServer
package import Postgres

/// Commits that get no answer, or a late one.
extension TestLog {
    /// Calls `body` with a log on a server of its own, where the commit of a session that asks for it by
    /// `synchronous_commit = on` is durable and then waits for a standby that does not exist.
    package static func withWaitingCommits(_ body: (TestLog) async throws -> Void) async throws {
        let home = "/tmp/trough-test-\(getpid())-" + String(UInt32.random(in: .min ... .max), radix: 36)
        var settings = ServerSettings()
        settings.isDurable = false
        settings.sharedBuffersMegabytes = 32
        settings.extra = ["synchronous_commit": "local", "synchronous_standby_names": "nowhere", "fsync": "on"]
        let server = LocalServer(home: home, environmentPath: "/usr/local/bin:/usr/bin:/bin", settings: settings)
        let configuration = try await server.start()
        do {
            let connection = try await Connection.open(configuration)
            _ = try await connection.perform { session throws(LogError) in try LogSchema.install(session) }
            try await body(TestLog(configuration: configuration, connection: connection))
            await connection.close()
        } catch {
            try? await server.destroy()
            throw error
        }
        try await server.destroy()
    }

    /// Lets the first so many batches that are committed end their session within COMMIT, before its record is written.
    ///
    /// The sequence `public.commits` counts all of them.
    package func endCommits(ofBatches count: Int) async throws(PostgresError) {
        try await execute(
            """
            CREATE SEQUENCE public.commits;
            CREATE FUNCTION public.end_myself() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('public.commits') <= \(count) THEN
                    PERFORM pg_terminate_backend(pg_backend_pid());
                    PERFORM pg_sleep(10);
                END IF;
                RETURN NULL;
            END $$;
            CREATE CONSTRAINT TRIGGER fatal AFTER INSERT ON trough.batch DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION public.end_myself();
            """)
    }
}
