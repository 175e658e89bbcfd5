import Foundation
import TestData
import Testing

@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct PatientCommandTests {
    @Test("The list has a line for each patient, in the order of subjects, in every form")
    func list() async throws {
        let log = try CommandLog.shared
        let known = try TestData.lines(TestData.replicaOutcomes).map { try JSONObject($0).string("subject") }
        let ndjson = try await log.trough("patients", "-o", "ndjson")
        #expect(ndjson.status == 0)
        #expect(try ndjson.lines.map { try JSONObject($0).string("subject") } == known)
        let json = try await log.trough("patients", "-o", "json")
        let parsed = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
        #expect((parsed as? [Any] ?? (parsed as? [String: Any])?["patients"] as? [Any])?.count == 90)
        let csv = try await log.trough("patients", "-o", "csv")
        let rows = csv.output.split(whereSeparator: \.isNewline).map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.count == 91)
        #expect(rows.allSatisfy { $0.count == rows[0].count })
        #expect(rows.dropFirst().map { String($0[0]) } == known)
        let table = try await log.trough("patients")
        #expect(table.lines.filter { line in known.contains { line.hasPrefix($0 + " ") } }.count == 90)
        #expect(table.lines.allSatisfy { $0.count <= 80 })
    }

    @Test("An endpoint that the protocol does not have is refused by one sentence, whoever is asked for it")
    func unknownEndpoint() async throws {
        for arguments in [
            ["patients", "--failed", "relapse"], ["report", "--endpoint", "relapse"],
            ["diff", "default", "default", "--endpoint", "relapse"],
        ] {
            let ended = try await CommandLog.shared.trough.run(arguments)
            #expect(ended.status == 2)
            let sentence = "trough: The protocol has no endpoint \"relapse\"; its endpoints are clinical-failure, "
            #expect(ended.errors == sentence + "pharmacokinetic-failure.\n", "\(arguments)")
        }
    }

    @Test("Filters by arm, phase and endpoint met keep exactly those patients")
    func filters() async throws {
        let log = try CommandLog.shared
        let known = try TestData.lines(TestData.replicaOutcomes).map(JSONObject.init)
        let failed = try known.filter {
            try $0.string("arm") == "monotherapy"
                && $0.object("outcomes").object("clinical-failure").string("status") == "event"
        }
        let listed = try await log.trough(
            "patients", "--arm", "monotherapy", "--failed", "clinical-failure", "-o", "ndjson")
        #expect(listed.lines.count == 34)
        #expect(
            try listed.lines.map { try JSONObject($0).string("subject") } == failed.map { try $0.string("subject") })
        var counts = 0
        for phase in [
            "not-enrolled", "enrolled", "randomised", "induction", "maintenance", "stopped", "withdrawn", "completed",
        ] {
            let some = try await log.trough("patients", "--phase", phase, "-o", "ndjson")
            #expect(some.status == 0)
            #expect(try some.lines.allSatisfy { try JSONObject($0).string("phase") == phase })
            counts += some.lines.count
        }
        #expect(counts == 90)
        let early = try await log.trough("patients", "--until", "2014-06-30", "-o", "ndjson")
        #expect(early.status == 0)
        #expect(early.lines.count < 90)
        for (arguments, word) in [
            (["--arm", "placebo"], "monotherapy"), (["--phase", "asleep"], "induction"),
            (["--failed", "death"], "clinical-failure"),
        ] {
            let refused = try await log.trough.run(["patients"] + arguments)
            #expect(refused.status == 2, "\(arguments)")
            #expect(refused.errors.contains(word), "\(refused.errors)")
        }
    }

    @Test("One patient's table shows outcomes and evidence, 80 columns wide at most")
    func patientTable() async throws {
        let ended = try await CommandLog.shared.trough("patient", "FO-002")
        #expect(ended.status == 0)
        #expect(ended.lines.allSatisfy { $0.count <= 80 }, "\(ended.lines.filter { $0.count > 80 })")
        #expect(ended.lines.first?.hasPrefix("FO-002 · monotherapy · CD · adalimumab") == true)
        #expect(ended.output.contains("clinical-failure: event on day 547, cause crohn-activity"))
        let known = try TestData.lines(TestData.replicaOutcomes).map(JSONObject.init)
        let patient = try #require(try known.first { try $0.string("subject") == "FO-002" })
        for item in try patient.object("outcomes").object("clinical-failure").objects("evidence") {
            let id = try item.string("id")
            #expect(ended.lines.contains { $0.contains("▸") && $0.contains(id) }, "\(id) is marked as evidence")
        }
    }

    @Test("One patient's object has the outcomes of the replay and every event")
    func patientObject() async throws {
        let ended = try await CommandLog.shared.trough("patient", "FO-002", "-o", "json")
        #expect(ended.status == 0)
        #expect(ended.lines.count == 1)
        let object = try JSONObject(ended.output)
        #expect(try object.string("subject") == "FO-002")
        #expect(ended.output.contains(#""cause":"crohn-activity""#))
        let lines = try TestData.lines(TestData.replica).filter { $0.contains(#""subject":"FO-002""#) }
        for line in lines { #expect(ended.output.contains("\"" + (try JSONObject(line).string("id")) + "\"")) }
    }

    @Test("An unknown subject is wrong usage")
    func unknownSubject() async throws {
        for arguments in [["patient", "XX-999"], ["patient", ""], ["export", "--subject", "XX-999"]] {
            let ended = try await CommandLog.shared.trough.run(arguments)
            #expect(ended.status == 2, "\(arguments)")
            #expect(ended.output == "")
            #expect(ended.errors.contains("There is no subject"), "\(ended.errors)")
        }
        let csv = try await CommandLog.shared.trough("patient", "FO-002", "-o", "csv")
        #expect(csv.status == 2)
    }
}
