import Glibc
import TestData
import Testing

/// What the commands say of patients who are parked.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(3)))
struct ParkedCommandTests {
    private static func replica(_ count: Int) throws -> [String] {
        Array(try TestData.lines(TestData.replica).prefix(count))
    }

    @Test(
        "A patient who cannot be folded is parked: said by exit status, sentence and status, and folded again if asked")
    func parked() async throws {
        let study = try await LiveStudy("parked", in: .shared, Self.replica(1_500))
        // No append stores what cannot be read; the database's owner can.
        let spoilt = "study = (SELECT study FROM trough.study WHERE name = 'parked')"
        let subject = "SA-001"
        func change(_ detail: String) async throws {
            try await study.log.execute(
                """
                ALTER TABLE trough.event DISABLE TRIGGER ALL;
                UPDATE trough.event e SET detail = \(detail) FROM trough.patient p, trough.head h
                WHERE p.slice = e.slice AND p.patient = e.patient AND h.slice = e.slice AND h.\(spoilt)
                    AND p.subject = '\(subject)' AND e.id = '0113XZX2SNP4NAK1';
                ALTER TABLE trough.event ENABLE ALWAYS TRIGGER append_only
                """)
        }
        let whole = try #require(
            try await study.log.sql("SELECT detail::text FROM trough.event WHERE id = '0113XZX2SNP4NAK1'").first)
        try await change("'[\"no such detail\"]'")
        let ended = try await study.run("worker", "--until-caught-up")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors.contains("\"\(subject)\" is parked: "), "\(ended.errors)")

        let outcomes = try await study.run("outcomes", "-o", "ndjson")
        #expect(outcomes.status == 1)
        #expect(
            outcomes.errors
                == "trough: 1 patient is parked and has no outcome here; \"trough status\" shows why.\n")
        #expect(!outcomes.output.contains(subject))
        #expect(outcomes.lines.count > 10)
        let table = try await study.run("status")
        #expect(table.status == 0)
        #expect(table.output.contains("up to date, 1 parked\n"), "\(table.output)")
        #expect(table.output.contains("    parked: \(subject) (slice "), "\(table.output)")
        let state = try JSONObject(try await study.run("status", "-o", "json").output)
        let set = try #require(try state.objects("studies").first?.objects("sets").first)
        #expect(try set.whole("parkedPatients") == 1)
        #expect(try set.objects("parked").first?.names == ["reason", "slice", "subject"])

        // Nobody is there who could fold it.
        let nobody = try await study.run("worker", "retry", "--wait", "0.2")
        #expect(nobody.status == 1)
        #expect(
            nobody.errors
                == "trough: 1 patient waits to be folded again: no worker came within 0.2 s. One that comes later does it.\n"
        )
        let stranger = try await study.run("worker", "retry", "--subject", "XX-1")
        #expect(stranger.status == 2)
        #expect(stranger.errors == "trough: There is no parked patient \"XX-1\" in the study \"parked\".\n")
        // Somebody is, and the event is as it was; then it is whole.
        let worker = try study.start("worker")
        try await eventually { try await study.slices(of: worker) == 16 }
        let again = try await study.run("worker", "retry", "--subject", subject)
        #expect(again.status == 1, "\(again.errors)")
        #expect(again.output == "1 patient folded again, 1 still parked\n")
        try await change("'\(whole.replacing("'", with: "''"))'")
        let healed = try await study.run("worker", "retry")
        #expect(healed.status == 0, "\(healed.errors)")
        #expect(healed.output == "1 patient folded again, 0 still parked\n")
        try await study.expectReplayed()
        let none = try await study.run("worker", "retry")
        #expect(none.status == 0)
        #expect(none.output == "no patient is parked\n")
        _ = try await worker.end(by: SIGTERM)
    }

    @Test("Arms and patients that only psql can make so park their patients; outcomes and status show the others")
    func beyondText() async throws {
        let study = try await LiveStudy("beyond", in: .shared, Self.replica(1_500))
        let own = "slice IN (SELECT slice FROM trough.head h JOIN trough.study s USING (study) WHERE s.name = 'beyond')"
        try await study.log.execute(
            """
            ALTER TABLE trough.event DISABLE TRIGGER ALL;
            ALTER TABLE trough.patient DISABLE TRIGGER ALL;
            UPDATE trough.event e SET detail = v.detail::json FROM trough.patient p
            JOIN (VALUES ('SA-001', '{"arm":""}'), ('SA-002', '{"arm":"\\u0000"}')) AS v (subject, detail) USING (subject)
            WHERE p.slice = e.slice AND p.patient = e.patient AND e.\(own)
                AND e.kind = (SELECT code FROM trough.vocabulary WHERE domain = 'kind' AND name = 'trough.randomisation.v1');
            DELETE FROM trough.patient WHERE \(own) AND subject = 'SA-003';
            ALTER TABLE trough.patient ENABLE ALWAYS TRIGGER append_only;
            ALTER TABLE trough.event ENABLE ALWAYS TRIGGER append_only
            """)
        let made = try await study.run("worker", "--until-caught-up")
        #expect(made.status == 0, "\(made.errors)")
        for subject in ["subject \"SA-001\"", "subject \"SA-002\"", "a patient"] {
            #expect(made.errors.contains("\(subject) is parked: "), "\(made.errors)")
        }
        for format in ["ndjson", "csv", "table"] {
            let outcomes = try await study.run("outcomes", "-o", format)
            #expect(outcomes.status == 1, "\(outcomes.errors)")
            #expect(
                outcomes.errors
                    == "trough: 3 patients are parked and have no outcome here; \"trough status\" shows why.\n")
            #expect(outcomes.lines.count > 10)
        }
        let table = try await study.run("status")
        #expect(table.output.contains("up to date, 3 parked\n"), "\(table.output)")
        for subject in ["SA-001", "SA-002", "a patient without a subject"] {
            #expect(table.output.contains("    parked: \(subject) (slice "), "\(table.output)")
        }
        // Times of which nobody can tell how long ago they are do not keep anybody from looking.
        try await study.log.execute(
            """
            ALTER TABLE trough.batch DISABLE TRIGGER ALL;
            UPDATE trough.batch SET recorded_at = 'infinity' WHERE \(own);
            ALTER TABLE trough.batch ENABLE ALWAYS TRIGGER append_only;
            UPDATE trough.head SET position = position + 1, recorded_at = 'infinity' WHERE \(own)
            """)
        for format in ["table", "json"] {
            let status = try await study.run("status", "-o", format)
            #expect(status.status == 0, "\(status.errors)")
        }
        // The same is damage to those who read the log from its beginning.
        #expect(try await study.run("replay").status == 3)
    }
}
