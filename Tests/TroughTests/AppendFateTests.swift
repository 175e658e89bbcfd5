import Foundation
import Testing

/// What `append` says of the lines that were on their way when it failed.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(3)))
struct AppendFateTests {
    @Test("Lines that the server refused are said not to be stored")
    func refused() async throws {
        let log = try CommandLog.shared
        let (first, second) = (EventLine.assay("P-1", "a"), EventLine.assay("P-2", "b"))
        _ = try await log.trough("append", "--study", "read", input: first)
        try await log.withLogin(roles: "trough_reader") { user in
            let reader = TroughProgram(url: log.url(user: user))
            for (input, words) in [
                (second, "Line 1, which was on its way, and"),
                (second + "\n" + first, "Lines 1 to 2, which were on their way, and"),
            ] {
                let ended = try await reader("append", "--study", "read", input: input)
                #expect(ended.status == 3)
                #expect(
                    ended.errors.hasPrefix(
                        "trough: 0 lines decided before the failure: 0 stored, 0 duplicates, 0 refused. \(words) later ones "
                            + "are not stored. Sending the same lines again is harmless.\n"), "\(ended.errors)")
            }
        }
        #expect(try await log.events("read") == 1)
    }

    @Test("Lines of which a part is stored are said to be so, with their number")
    func half() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough("append", "--study", "half", input: EventLine.assay("P-0", "first"))
        try await log.execute(
            """
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'no room'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON trough.batch FOR EACH ROW
                WHEN (NEW.slice % 64 >= 32) EXECUTE FUNCTION public.refuse();
            """)
        let lines = EventLine.assays(40, patients: 40).joined(separator: "\n")
        let ended = try await log.trough("append", "--study", "half", input: lines)
        try await log.execute("DROP TRIGGER refuse ON trough.batch")
        let stored = try await log.events("half") - 1
        #expect(ended.status == 3)
        #expect(stored > 0 && stored < 40)
        #expect(
            ended.errors.contains(
                "Of lines 1 to 40, which were on their way, \(stored) are in the log and the others are not; later ones "
                    + "are not stored."), "\(ended.errors)")
        #expect(try await log.trough("append", "--study", "half", input: lines).status == 0)
        #expect(try await log.events("half") == 41)
    }

    @Test("Of lines whose COMMIT got no answer nothing is said to be certain")
    func unknown() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough("append", "--study", "unknown", input: EventLine.assay("P-0", "first"))
        try await log.execute(
            """
            CREATE FUNCTION public.end_myself() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER fatal AFTER INSERT ON trough.batch DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION public.end_myself();
            """)
        let ended = try await log.trough(
            "append", "--study", "unknown", "--patience", "0", input: EventLine.assay("P-1", "a"))
        try await log.execute("DROP TRIGGER fatal ON trough.batch")
        #expect(ended.status == 3)
        #expect(
            ended.errors.contains("For line 1, which was on its way, nothing is certain; later ones are not stored."),
            "\(ended.errors)")
    }
}
