import EventLog
import Postgres
import TestLog
import Testing

/// Appending where rows were removed and what should hold their events is lost or damaged: the names of these events are
/// not known any more, so nothing may be stored as new.
@Suite("Appending behind lost segments", .timeLimit(.minutes(12)))
struct LostSegmentTests {
    @Test(
        "Where a segment of removed rows is lost or altered, an append is refused as damage, and stores nothing",
        arguments: [
            "DELETE FROM trough.segment", "DELETE FROM trough.segment WHERE first_position = 1",
            "DELETE FROM trough.segment WHERE first_position = 13",
            "DELETE FROM trough.segment WHERE last_position = (SELECT max(last_position) FROM trough.segment)",
            "UPDATE trough.segment SET data = set_byte(data, 200, get_byte(data, 200) # 4)",
            "UPDATE trough.head SET recorded_at = 'infinity'",
        ], [1, 20])
    func lost(change: String, late: Int) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let rounds = (0..<4).map { round in
                (0..<12).map { EventLines.assay("P-\($0)", "\(round)-\($0)") }
            }
            for lines in rounds { _ = try await log.append(lines, to: study) }
            try await log.sealAndRemove(study, eventsPerSegment: 12)
            #expect(try await log.number("SELECT count(*) FROM trough.segment") == 4)
            try await log.execute(
                "ALTER TABLE trough.segment DISABLE TRIGGER ALL; ALTER TABLE trough.head DISABLE TRIGGER ALL; \(change)"
            )
            let before = try await log.number("SELECT count(*) FROM trough.event")
            let again = Array(rounds.flatMap(\.self).prefix(late))
            let error = await #expect(throws: LogError.self, "\(change)") { try await log.append(again, to: study) }
            #expect(error?.damage != nil, "\(change): \(String(describing: error))")
            if change.hasPrefix("DELETE") {
                #expect(error?.damage?.contains(#"slice 0 of the study "main""#) == true, "\(error?.description ?? "")")
            }
            #expect(try await log.number("SELECT count(*) FROM trough.event") == before)
        }
    }

    @Test("A patient of whom events came one by one is not taken for one who was appended as a whole")
    func partlyThere() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let lines = (0..<6).map { EventLines.assay("P-1", "\($0)") }
            _ = try await log.append(Array(lines.prefix(2)), to: study)
            try await log.seal(study)
            for isRemoved in [false, true] {
                if isRemoved { try await log.sealAndRemove(study) }
                let error = await #expect(throws: LogError.self) { try await log.bear(lines, in: study) }
                guard case .otherEvents(let reason) = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(reason.contains(#"has a patient "P-1" whose events came one by one"#), "\(reason)")
            }
            #expect(try await log.bear([EventLines.assay("P-2", "1")], in: study).stored == 1)
            #expect(try await log.bear([EventLines.assay("P-2", "1")], in: study).known == 1)
            #expect(try await log.verify(nil, stretch: 50).found == [])
        }
    }

    @Test("Of many who take a study for themselves at once one does, and the others are told of it")
    func taken() async throws {
        try await TestLog.withLog { log in
            for turn in 0..<10 {
                let study = try await log.study("study-\(turn)", slices: 2)
                let taken = try await withThrowingTaskGroup(of: String?.self) { group in
                    for number in 0..<6 {
                        group.addTask {
                            let own = try await Connection.open(log.configuration)
                            let foreign = try await own.perform { session throws(LogError) in
                                try Studies.take(study, root: "/\(number)/", source: "/\(number)/laboratory", session)
                            }
                            await own.close()
                            return foreign
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(taken.count { $0 == nil } == 1, "\(taken)")
                #expect(Set(taken.compactMap(\.self)).count == 1, "\(taken)")
            }
        }
    }
}
