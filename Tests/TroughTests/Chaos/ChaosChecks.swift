import EventLog
import Foundation
import Postgres
import TestLog

/// What must hold when all input is in the log and everything is projected, whatever happened on the way.
struct ChaosChecks: Sendable {
    let schedule: ChaosSchedule
    let address: ConnectionConfiguration
    let program: TroughProgram
    let study: String

    /// Everything that does not hold, as sentences.
    func failures() async throws -> [String] {
        let connection = try await Connection.open(address)
        let log = TestLog(configuration: address, connection: connection)
        var failures = try await contents(log)
        failures += try await log.faults()
        failures += try await projection(log)
        failures += try await outcomes()
        await connection.close()
        return failures
    }

    /// The log holds the accepted lines, each once, with what they say.
    private func contents(_ log: TestLog) async throws -> [String] {
        var failures: [String] = []
        let accepted = schedule.accepted
        // The same lines, each once, in one go and without disturbance.
        let decisions = try await log.append(accepted, to: log.study("whole", slices: 3))
        if decisions != [Decision](repeating: .stored, count: accepted.count) {
            failures.append("an undisturbed append did not take all of \(accepted.count) lines")
        }
        let (expected, stored) = (try await log.contents(of: "whole"), try await log.contents(of: study))
        if stored.count != accepted.count {
            failures.append("\(stored.count) events are stored, \(accepted.count) were accepted")
        }
        if stored != expected {
            let lost = Set(expected).subtracting(stored), strange = Set(stored).subtracting(expected)
            failures.append(
                "the log lacks \(lost.count) \(lost.sorted().prefix(2)), and has \(strange.count) strange "
                    + "\(strange.sorted().prefix(2))"
            )
        }
        let names = try await log.texts(
            "SELECT concat_ws(' ', subject, source, id) FROM trough.timeline WHERE study = '\(study)'")
        if try names.sorted() != accepted.map({ try InputLine($0).name }).sorted() {
            failures.append("the names in the log are not those of the lines")
        }
        return failures
    }

    /// The tables of the projection agree with the log and with each other.
    private func projection(_ log: TestLog) async throws -> [String] {
        let study = "(SELECT s.study FROM trough.study s WHERE s.name = '\(study)')"
        let current = "(SELECT p.projection FROM trough.projection p WHERE p.study = \(study))"
        let patients = """
            (SELECT p.slice, p.patient, p.subject FROM trough.patient p JOIN trough.head h USING (slice)
             WHERE h.study = \(study))
            """
        let states =
            "(SELECT t.slice, t.patient, t.subject FROM trough.patient_state t WHERE t.projection = \(current))"
        let inLines = """
            (SELECT t.slice, t.patient, k.key AS endpoint, k.value->>'status' = 'event' AS is_event,
                (k.value->>'day')::integer AS day, k.value->>'cause' AS cause, (k.value->'evidence')::text AS evidence
             FROM trough.patient_state t, json_each(t.line::json->'outcomes') k WHERE t.projection = \(current))
            """
        let inRows = """
            (SELECT o.slice, o.patient, o.endpoint, o.is_event, o.day, o.cause, o.evidence::text
             FROM trough.outcome o WHERE o.projection = \(current))
            """
        let counted = [
            (
                "sets of outcomes beside the one",
                "SELECT count(*) - 1 FROM trough.projection p WHERE p.study = \(study)"
            ),
            ("patients without a state", "SELECT count(*) FROM (\(patients) EXCEPT ALL \(states)) x"),
            ("states without a patient", "SELECT count(*) FROM (\(states) EXCEPT ALL \(patients)) x"),
            ("outcomes in lines alone", "SELECT count(*) FROM (\(inLines) EXCEPT ALL \(inRows)) x"),
            ("outcomes in rows alone", "SELECT count(*) FROM (\(inRows) EXCEPT ALL \(inLines)) x"),
            ("parked patients", "SELECT count(*) FROM trough.parked"),
            (
                "checkpoints that are not at their heads",
                """
                SELECT count(*) FROM trough.head h
                LEFT JOIN trough.checkpoint c ON c.slice = h.slice AND c.projection = \(current)
                WHERE h.study = \(study) AND c.position IS DISTINCT FROM h.position
                """
            ),
        ]
        var failures: [String] = []
        for (name, query) in counted {
            let count = try await log.number(query)
            if count != 0 { failures.append("\(name): \(count)") }
        }
        return failures
    }

    /// What workers kept up to date is what a fresh replay makes of the log, byte for byte.
    private func outcomes() async throws -> [String] {
        let live = try await program("outcomes", "-o", "ndjson", "--study", study)
        let replayed = try await program("replay", "--outcomes", "-", "--study", study)
        // The order of arrival changes nothing.
        let undisturbed = try await program("replay", "--outcomes", "-", "--study", "whole")
        var failures: [String] = []
        for finished in [live, replayed, undisturbed] where finished.status != 0 {
            failures.append("a command ended with \(finished.status): \(finished.errors)")
        }
        if live.output != replayed.output {
            let different = zip(live.lines, replayed.lines).filter { $0 != $1 }.prefix(1)
            failures.append(
                "live outcomes (\(live.lines.count)) are not those of a replay (\(replayed.lines.count)): \(different)")
        }
        if Self.digest(replayed.errors) == nil || Self.digest(replayed.errors) != Self.digest(undisturbed.errors) {
            failures.append("the digest is not that of the undisturbed log")
        }
        if live.lines.isEmpty { failures.append("there are no outcomes, which proves nothing") }
        return failures
    }

    private static func digest(_ text: String) -> Substring? {
        text.firstMatch(of: /digest +([0-9a-f]{64})/)?.1
    }
}
