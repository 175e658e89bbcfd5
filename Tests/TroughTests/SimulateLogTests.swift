import Foundation
import Glibc
import Testing

/// Virtual patients in the log.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(6)))
struct SimulateLogTests {
    private static let size = ["simulate", "--patients", "240", "--seed", "5", "-o", "json"]

    private func digest(_ study: String) async throws -> String {
        let replay = try await CommandLog.shared.trough("replay", "--study", study, "-o", "json")
        try #require(replay.status == 0, "\(replay.errors)")
        return try JSONObject(replay.output).string("digest")
    }

    @Test("A file that is appended, and the log itself, have the outcomes and the report of the simulation")
    func sameReport() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let path = folder.path + "/events"
        let toFile = try await log.trough.run(Self.size + ["--to", path])
        let toLog = try await log.trough.run(Self.size + ["--to", "log", "--study", "direct"])
        #expect(toLog.status == 0, "\(toLog.errors)")
        #expect(toLog.output == toFile.output)
        let appended = try await log.trough("append", path, "--study", "file", "-o", "json")
        #expect(appended.status == 0, "\(appended.errors)")
        let stored = try JSONObject(appended.output).whole("ok")
        #expect(toLog.errors.contains("\(stored) events stored in the study \"direct\", 0 were"))
        #expect(try await digest("file") == digest("direct"))
        #expect(try await log.exported("file") == log.exported("direct"))
        let simulated = try JSONObject(toFile.output)
        for study in ["file", "direct"] {
            let report = try await log.trough("report", "--study", study, "-o", "json")
            let object = try JSONObject(report.output)
            #expect(try object.whole("events") == simulated.whole("events"))
            #expect(try object.whole("patients") == 240)
            for (one, other) in zip(try object.objects("endpoints"), try simulated.objects("endpoints")) {
                try expectSame(one, other)
            }
        }
        let replay = try await log.trough("replay", "--study", "direct", "-o", "json")
        #expect(try JSONObject(replay.output).whole("randomised") == 240)
        #expect(try JSONObject(replay.output).whole("findings") == 0)
    }

    /// Holds the endpoint of a report against that of a simulation: all figures are the same to the last digit, but for
    /// the iterations of the hazard ratio, which add the patients up in another order.
    private func expectSame(_ one: JSONObject, _ other: JSONObject) throws {
        for key in ["name", "groups", "logRank"] { #expect(try one.json(key) == other.json(key)) }
        let cox = [try one.object("cox"), try other.object("cox")]
        #expect(cox[0].keys == cox[1].keys)
        let terms = try cox.map { try #require(try $0.objects("terms").first) }
        #expect(try terms[0].string("name") == terms[1].string("name"))
        for key in ["coefficient", "hazardRatio", "lower", "upper", "standardError", "z"] {
            let figures = try terms.map { try $0.number(key) }
            #expect(abs(figures[0] - figures[1]) < 1e-9 * abs(figures[1]), "\(key)")
        }
    }

    @Test("Run again, all events are there already, and the log and the report stay the same")
    func again() async throws {
        let log = try CommandLog.shared
        let first = try await log.trough.run(Self.size + ["--to", "log", "--study", "again"])
        #expect(first.status == 0)
        let (events, before) = (try await log.events("again"), try await digest("again"))
        #expect(events == (try JSONObject(first.output).whole("events")))
        let second = try await log.trough.run(Self.size + ["--to", "log", "--study", "again", "--workers", "3"])
        #expect(second.status == 0)
        #expect(second.output == first.output)
        #expect(second.errors.contains("0 events stored in the study \"again\", \(events) were there already"))
        #expect(try await log.events("again") == events)
        #expect(try await digest("again") == before)
        // One patient of the same cohort is there, too.
        let one = try await log.trough("simulate", "--patient", "77", "--seed", "5", "--to", "log", "--study", "again")
        #expect(one.status == 0)
        #expect(try await log.events("again") == events)
    }

    @Test("Parts of a cohort, run in any order, make the same log as the whole")
    func parts() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough.run(Self.size + ["--to", "log", "--study", "whole"])
        for part in [3, 1, 2] {
            let ended = try await log.trough.run(
                Self.size + ["--to", "log", "--study", "parts", "--shard", "\(part)/3"])
            #expect(ended.status == 0, "\(ended.errors)")
        }
        #expect(try await digest("parts") == digest("whole"))
    }

    @Test(
        "Interrupted by a signal and run again, it completes the log of an uninterrupted run",
        arguments: [SIGINT, SIGKILL])
    func interrupted(_ number: Int32) async throws {
        let log = try CommandLog.shared
        let size = ["simulate", "--patients", "4000", "--seed", "6", "-o", "json", "--to", "log"]
        let whole = try await log.trough.run(size + ["--study", "uninterrupted"])
        #expect(whole.status == 0)
        let study = "interrupted\(number)"
        let running = try log.trough.start(size + ["--study", study], input: "")
        try await eventually { try await log.events(study) > 0 }
        running.send(number)
        let ended = try await running.wait()
        #expect(ended.status == 128 + number, "\(ended.errors)")
        #expect(ended.output == "")
        let (stored, all) = (try await log.events(study), try await log.events("uninterrupted"))
        #expect(stored < all, "the signal came too late to show anything")
        if number == SIGINT {
            let patients = try await log.sql("SELECT count(*)::text FROM \(Self.patients) WHERE s.name = '\(study)'")
            #expect(ended.errors == Self.told(patients[0], of: "4000 patients", study))
        }
        let again = try await log.trough.run(size + ["--study", study])
        #expect(again.status == 0)
        #expect(again.output == whole.output)
        #expect(again.errors.contains("\(all - stored) events stored in the study \"\(study)\", \(stored) were there"))
        #expect(try await digest(study) == digest("uninterrupted"))
    }

    /// The patients of all studies, in SQL.
    private static let patients = "trough.patient p JOIN trough.head h USING (slice) JOIN trough.study s USING (study)"

    /// What is said of a run that ended early.
    private static func told(_ stored: String, of all: String, _ study: String) -> String {
        "trough: The simulation ended before its time: the events of \(stored) of \(all) are known to be stored in the "
            + "study \"\(study)\". Running the same command again stores the rest.\n"
    }

    @Test("A run that fails on its way says how many patients are stored, too")
    func failed() async throws {
        let log = try CommandLog.shared
        let size = [
            "simulate", "--patients", "400", "--seed", "7", "--workers", "1", "--to", "log", "--study", "failing",
        ]
        _ = try await log.trough.run(size + ["--shard", "1/400"])
        // Whoever comes behind the first hundred patients is refused.
        try await log.execute(
            """
            CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF (SELECT count(*) FROM \(Self.patients) WHERE s.name = 'failing') > 100 THEN
                    RAISE EXCEPTION 'no room for more patients';
                END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER refuse AFTER INSERT ON trough.segment FOR EACH ROW EXECUTE FUNCTION public.refuse();
            """)
        let ended = try await log.trough.run(size)
        let patients = try await log.sql("SELECT count(*)::text FROM \(Self.patients) WHERE s.name = 'failing'")
        try await log.execute("DROP TRIGGER refuse ON trough.segment")
        #expect(ended.status == 3)
        #expect(ended.errors.hasPrefix(Self.told(patients[0], of: "400 patients", "failing")), "\(ended.errors)")
        #expect(ended.errors.contains("no room for more patients"), "\(ended.errors)")
        let again = try await log.trough.run(size)
        #expect(again.status == 0, "\(again.errors)")
    }

    @Test("A study with events of another origin, seed or scenario is refused, and stays as it is")
    func foreign() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough("append", "--study", "sites", input: EventLine.assay("P-1", "a"))
        _ = try await log.trough("simulate", "--patients", "5", "--to", "log", "--study", "virtual")
        let before = (try await log.events("sites"), try await log.events("virtual"))
        let cases: [(study: String, arguments: [String], source: String)] = [
            ("sites", [], "/sites/north"), ("virtual", ["--seed", "2"], "/virtual/roblin-2020/1/"),
            ("virtual", ["--scenario", "pants-hr"], "/virtual/roblin-2020/1/"),
            ("virtual", ["--set", "visits.windowDays=4"], "/virtual/roblin-2020/1/"),
            ("virtual", ["--seed", "11"], "/virtual/roblin-2020/1/"),
        ]
        for (study, arguments, source) in cases {
            let ended = try await log.trough.run(
                ["simulate", "--patients", "5", "--to", "log", "--study", study] + arguments)
            #expect(ended.status == 2, "\(study) \(arguments): \(ended.status)")
            #expect(ended.output == "")
            #expect(ended.errors.contains("The study \"\(study)\" is for events from \"\(source)"), "\(ended.errors)")
            #expect(ended.errors.contains("expected a study of its own: name one with --study."), "\(ended.errors)")
            #expect(ended.errors.lines.count == 1)
        }
        #expect(try await log.events("sites") == before.0)
        #expect(try await log.events("virtual") == before.1)
    }

    @Test("One patient is one patient, and the rest is counted in the plural")
    func onePatient() async throws {
        let log = try CommandLog.shared
        let ended = try await log.trough("simulate", "--patients", "1", "--to", "log", "--study", "lone", "-o", "json")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.errors.contains("trough: 1 patient, "), "\(ended.errors)")
        #expect(ended.errors.contains(" events in "), "\(ended.errors)")
        #expect(ended.errors.contains(" events stored in the study \"lone\", 0 were there already"), "\(ended.errors)")
    }

    @Test("More patients of the same simulation join those that are there")
    func more() async throws {
        let log = try CommandLog.shared
        for patients in ["100", "250"] {
            let ended = try await log.trough("simulate", "--patients", patients, "--to", "log", "--study", "growing")
            #expect(ended.status == 0, "\(ended.errors)")
        }
        let whole = try await log.trough("simulate", "--patients", "250", "--to", "log", "--study", "grown")
        #expect(whole.status == 0)
        #expect(try await digest("growing") == digest("grown"))
    }

    @Test("A database that cannot be reached is exit 3, and a partial result begun before is not left behind")
    func noDatabase() async throws {
        let folder = try TestFolder()
        let program = TroughProgram(url: "postgresql:///none?host=/nonexistent")
        let ended = try await program(
            "simulate", "--patients", "5", "--to", "log", "--partial", folder.path + "/part")
        #expect(ended.status == 3, "\(ended.errors)")
        #expect(ended.output == "")
        #expect(!ended.errors.isEmpty)
        #expect(folder.names == [])
    }
}
