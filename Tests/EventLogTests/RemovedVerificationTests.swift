import EventLog
import Postgres
import TestLog
import Testing

/// What verification says of removed rows.
@Suite("Verification of removed rows", .timeLimit(.minutes(12)))
struct RemovedVerificationTests {
    private static func withEvents(_ body: (TestLog, Study) async throws -> Void) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            try await log.append(rounds: 4, to: study)
            try #require(try await log.number("SELECT min(position) FROM trough.head") > 4)
            try await body(log, study)
        }
    }

    private static func off(_ tables: String...) -> String {
        tables.map { "ALTER TABLE trough.\($0) DISABLE TRIGGER ALL;" }.joined()
    }

    @Test("An anchor of before is extended, and one of after as well")
    func anchors() async throws {
        try await Self.withEvents { log, study in
            let before = try await log.anchor()
            try await log.sealAndRemove(study, eventsPerSegment: 9)
            #expect(try await log.verify(against: before).found == [])
            let after = try await log.anchor()
            try await log.append(rounds: 6, to: study)
            try await log.sealAndRemove(study)
            for anchor in [before, after] { #expect(try await log.verify(against: anchor, stretch: 5).found == []) }
        }
    }

    @Test("A verification that began before rows were removed ends as if none had been", arguments: [true, false])
    func meanwhile(sealedBefore: Bool) async throws {
        try await Self.withEvents { log, study in
            if sealedBefore { try await log.seal(study, eventsPerSegment: 9) }
            let configuration = log.configuration
            let verification = try await log.connection.perform { session throws(LogError) in
                try ChainVerification(
                    of: ["main"], against: nil, at: configuration, positionsPerStretch: 10, session)
            }
            try await log.append(rounds: 2, to: study)
            try await log.sealAndRemove(study, eventsPerSegment: 13)
            let result = try await verification.run(shards: 2)
            #expect(result.found == [])
            #expect(result.events >= 80)
        }
    }

    @Test("Rows that went without a record are missed", arguments: [true, false])
    func unrecorded(areAll: Bool) async throws {
        try await Self.withEvents { log, study in
            try await log.seal(study)
            try await log.execute(
                Self.off("event") + "DELETE FROM trough.event WHERE slice = 1" + (areAll ? "" : " AND position < 3"))
            let faults = try await log.verify().faults
            #expect(faults.map(\.slice) == [1], "\(faults)")
            // Segments hold them, so that nothing is lost; but it was not the log that took them away.
            #expect([.position, .segment].contains(faults.first?.kind), "\(faults)")
        }
    }

    @Test(
        "A record or a mark that is not the other, or not the chain's, is found",
        arguments: [
            "UPDATE trough.head SET removed = 0 WHERE slice = 1",
            "UPDATE trough.head SET removed = removed - 1 WHERE slice = 1",
            "DELETE FROM trough.removal WHERE slice = 1",
            "UPDATE trough.removal SET through = through - 1 WHERE slice = 1",
            "UPDATE trough.removal SET through = through + 1 WHERE slice = 1",
            "UPDATE trough.removal SET chain = sha256(chain) WHERE slice = 1",
            "INSERT INTO trough.removal (slice, through, chain, author) SELECT slice, 1, digest, '' FROM trough.head WHERE slice = 1",
        ])
    func records(forgery: String) async throws {
        try await Self.withEvents { log, study in
            try await log.sealAndRemove(study)
            try await log.execute(Self.off("head", "removal") + forgery)
            let faults = try await log.verify().faults
            #expect(faults.map(\.slice) == [1], "\(faults)")
            #expect(faults.first?.kind == .removal, "\(faults)")
        }
    }

    @Test("Rows that stand where the record says that they went are found")
    func putBack() async throws {
        try await Self.withEvents { log, study in
            try await log.execute(
                "CREATE TABLE public.kept AS SELECT * FROM trough.event WHERE slice = 1 AND position = 2")
            try await log.sealAndRemove(study)
            try await log.execute("INSERT INTO trough.event SELECT * FROM public.kept")
            let faults = try await log.verify().faults
            #expect(faults.map(\.slice) == [1], "\(faults)")
            #expect(faults.first?.kind == .segment, "\(faults)")
        }
    }

    @Test(
        "A segment that does not lead to the chain keeps all rows where they are",
        arguments: [
            "UPDATE trough.segment SET data = set_byte(data, 90, get_byte(data, 90) # 4) WHERE slice = 1",
            "UPDATE trough.segment SET rest = set_byte(rest, 9, get_byte(rest, 9) # 4) WHERE slice = 1",
            """
            UPDATE trough.segment s SET (data, digest, rest) = (SELECT data, digest, rest FROM trough.segment t
                WHERE t.slice = 2 AND t.first_position = 1) WHERE slice = 1 AND first_position = 1
            """,
            "DELETE FROM trough.segment WHERE slice = 1 AND first_position = 1",
        ])
    func damaged(forgery: String) async throws {
        try await Self.withEvents { log, study in
            try await log.seal(study, eventsPerSegment: 12)
            try await log.execute(Self.off("segment") + forgery)
            // A sealing finds by itself that one is missing, and says nothing of rows.
            let error = await #expect(throws: LogError.self) {
                _ = try await log.sealAndRemove(study, sealing: !forgery.hasPrefix("DELETE"))
            }
            guard case .damaged(let words) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(words.contains("All rows stay.") && words.contains("slice 1"), "\(words)")
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 80)
            #expect(try await log.number("SELECT count(*) FROM trough.removal") == 0)
        }
    }
}
