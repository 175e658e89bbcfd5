import EventLog
import Postgres
import TestLog
import Testing
import Trial

/// Logs that were put back to an earlier state, or are others, once a lost connection is there again.
@Suite("A log that changed while nobody was connected", .timeLimit(.minutes(12)))
struct LogMarkTests {
    /// Ends every session but the test's own.
    private static func cut(_ log: TestLog) async throws {
        try await log.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
    }

    /// What an append comes to; stored events by their ids, or the error.
    private static func append(_ lines: [String], _ appender: Appender) async throws -> LogError? {
        do throws(LogError) {
            let batch: EventBatch
            do { batch = try EventLines.batch(lines) } catch { throw .invalidStudy("\(error)") }
            _ = try await appender.append(batch)
            return nil
        } catch {
            return error
        }
    }

    private static func isChanged(_ error: LogError?) -> Bool { if case .changed = error { true } else { false } }

    private static func isUnknownStudy(_ error: LogError?) -> Bool {
        if case .unknownStudy = error { true } else { false }
    }

    @Test(
        "An appender stops that comes back to an earlier state, whatever was appended meanwhile",
        arguments: [false, true])
    func putBack(isGrown: Bool) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append([EventLines.assay("P-1", "a")], to: study)
            let appender = try await log.appender(to: study)
            #expect(try await Self.append([EventLines.assay("Y", "b"), EventLines.assay("Y", "c")], appender) == nil)
            let forgery = try await LogForgery(log, slice: study.firstSlice)
            try await forgery.truncate()
            // The head stands where it stood before, and the patient's number is another one's.
            if isGrown {
                _ = try await log.append([EventLines.assay("X", "d"), EventLines.assay("X", "e")], to: study)
            }
            let before = try await log.contents()
            try await Self.cut(log)
            let error = try await Self.append([EventLines.assay("Y", "f")], appender)
            #expect(Self.isChanged(error), "\(String(describing: error))")
            #expect(error?.description.contains("position 3") == true)
            // Nor does it go on when it is asked again, by several at once.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        let again = try await Self.append([EventLines.assay("Y", "g-\(number)")], appender)
                        #expect(Self.isChanged(again), "\(String(describing: again))")
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await log.contents() == before)
            #expect(try await log.faults() == [])
            await appender.close()
        }
    }

    @Test("An appender stops in every lane where what one of them stored is gone")
    func putBackInAnotherLane() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            let subjects = EventLines.subjects(1, inEachOf: 2).map { $0[0] }
            _ = try await log.append(subjects.map { EventLines.assay($0, "a") }, to: study)
            let appender = try await log.appender(to: study)
            #expect(try await Self.append([EventLines.assay(subjects[0], "b")], appender) == nil)
            #expect(try await Self.append([EventLines.assay(subjects[1], "b")], appender) == nil)
            try await LogForgery(log, slice: study.firstSlice).truncate()
            let before = try await log.contents()
            try await Self.cut(log)
            let error = try await Self.append([EventLines.assay(subjects[1], "c")], appender)
            #expect(
                Self.isChanged(error) && error?.description.contains("Slice 0 ") == true, "\(String(describing: error))"
            )
            #expect(try await log.contents() == before)
            await appender.close()
        }
    }

    @Test("An appender stops whose sources have other numbers, though its slices had not come far")
    func otherSources() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            let appender = try await log.appender(to: study)
            let lines = [EventLines.assay("P-1", "a", source: "/mine")]
            #expect(try await Self.append(lines, appender) == nil)
            _ = try await LogForgery(log, slice: study.firstSlice)
            try await log.execute(
                """
                UPDATE trough.source SET uri = '/other' WHERE uri = '/mine'; DELETE FROM trough.event;
                DELETE FROM trough.batch; DELETE FROM trough.patient;
                UPDATE trough.head SET position = 0, patients = 0, digest = decode(repeat('00', 32), 'hex');
                """)
            try await Self.cut(log)
            #expect(Self.isChanged(try await Self.append(lines, appender)))
            #expect(try await log.contents() == [])
            await appender.close()
        }
    }

    @Test("A source that was learnt before a connection was lost is looked up again, also behind another append")
    func sourceOfBefore() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            let subjects = EventLines.subjects(1, inEachOf: 2).map { $0[0] }
            let appender = try await log.appender(to: study)
            for subject in subjects {
                #expect(try await Self.append([EventLines.assay(subject, "a", source: "/old")], appender) == nil)
            }
            // The second slice alone, and so its lane alone, has events of the new source.
            #expect(try await Self.append([EventLines.assay(subjects[1], "b", source: "/new")], appender) == nil)
            _ = try await LogForgery(log, slice: study.firstSlice)
            try await log.execute("UPDATE trough.source SET uri = '/other' WHERE uri = '/new'")
            try await Self.cut(log)
            #expect(try await Self.append([EventLines.assay(subjects[0], "c", source: "/old")], appender) == nil)
            let before = try await log.contents()
            for _ in 0..<2 {
                let error = try await Self.append([EventLines.assay(subjects[0], "d", source: "/new")], appender)
                #expect(Self.isChanged(error), "\(String(describing: error))")
            }
            #expect(try await log.contents() == before)
            await appender.close()
        }
    }

    @Test("An appender stops where a study of that name is another one, or is gone")
    func otherStudy() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            let (one, other) = (try await log.appender(to: study), try await log.appender(to: study))
            _ = try await LogForgery(log, slice: study.firstSlice)
            try await log.execute("UPDATE trough.study SET created_at = created_at + interval '1 microsecond'")
            try await Self.cut(log)
            #expect(Self.isChanged(try await Self.append([EventLines.assay("P-1", "a")], one)))
            try await log.execute("UPDATE trough.study SET name = 'renamed'")
            #expect(Self.isUnknownStudy(try await Self.append([EventLines.assay("P-1", "a")], other)))
            await one.close()
            await other.close()
        }
    }

    @Test("An appender to a disposable study that was removed says that there is none")
    func removed() async throws {
        try await TestLog.withLog { log in
            let study = try await log.connection.perform { session throws(LogError) in
                try Studies.openOrCreate("load", slices: 4, isDisposable: true, session)
            }
            let appender = try await log.appender(to: study)
            #expect(try await Self.append([EventLines.assay("P-1", "a")], appender) == nil)
            let follower = try await LogFollowerTests.follower(log, study)
            #expect(try await follower.next().places.count == 1)
            let reader = try await log.connection.perform { session throws(LogError) in
                let reader = try LogReader(study, session)
                try Studies.removeDisposable("load", session)
                return reader
            }
            let error = try await Self.append([EventLines.assay("P-1", "b")], appender)
            #expect(Self.isUnknownStudy(error), "\(String(describing: error))")
            let followed = await #expect(throws: LogError.self) { try await follower.next() }
            #expect(Self.isUnknownStudy(followed), "\(String(describing: followed))")
            let head = try #require(reader.heads.first { $0.position > 0 })
            let missing = await #expect(throws: LogError.self) {
                try await log.connection.perform { session throws(LogError) in
                    var reader = reader
                    return try reader.page(of: head, after: 0, session).places.count
                }
            }
            #expect(Self.isUnknownStudy(missing), "\(String(describing: missing))")
            await appender.close()
            await follower.close()
        }
    }

    @Test("An appender and a follower that come back to a database without a log say so, as often as they are asked")
    func gone() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            let appender = try await log.appender(to: study)
            #expect(try await Self.append([EventLines.assay("P-1", "a")], appender) == nil)
            let follower = try await LogFollowerTests.follower(log, study)
            #expect(try await follower.next().places.count == 1)
            try await log.execute("ALTER SCHEMA trough RENAME TO elsewhere")
            try await Self.cut(log)
            for _ in 0..<2 {
                let appended = try await Self.append([EventLines.assay("P-1", "b")], appender)
                let followed = await #expect(throws: LogError.self) { try await follower.next() }
                for error in [appended, followed] {
                    let words = error?.description ?? ""
                    #expect(words.hasPrefix("The log that was in the database is gone, or not all"), "\(words)")
                    #expect(!words.contains("SQLSTATE"), "\(words)")
                }
            }
            // Nothing was made of it: they go on once it is there again.
            try await log.execute("ALTER SCHEMA elsewhere RENAME TO trough")
            #expect(try await Self.append([EventLines.assay("P-1", "b")], appender) == nil)
            #expect(try await follower.next().places.count == 1)
            await appender.close()
            await follower.close()
        }
    }

    @Test("An append that goes on where the log is the same loses nothing, however often it is cut off")
    func same() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            let appender = try await log.appender(to: study)
            for round in 0..<8 {
                let lines = (0..<20).map { EventLines.assay("P-\($0)", "\(round)-\($0)", source: "/s/\(round % 3)") }
                #expect(try await Self.append(lines, appender) == nil)
                // Somebody else goes on meanwhile.
                _ = try await log.append([EventLines.assay("P-\(round)", "other-\(round)")], to: study)
                try await Self.cut(log)
            }
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 8 * 21)
            #expect(try await log.faults() == [])
            await appender.close()
        }
    }

    @Test(
        "A follower stops that comes back to an earlier state, though the log has as many events again",
        arguments: [false, true])
    func follower(isGrown: Bool) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            _ = try await log.append([EventLines.assay("P-1", "a")], to: study)
            _ = try await log.append([EventLines.assay("Y", "b"), EventLines.assay("Y", "c")], to: study)
            let follower = try await LogFollowerTests.follower(log, study)
            #expect(try await LogFollowerTests.collect(follower, 3).count == 3)
            try await LogForgery(log, slice: study.firstSlice).truncate()
            if isGrown {
                _ = try await log.append((0..<5).map { EventLines.assay("X", "d\($0)") }, to: study)
            }
            try await Self.cut(log)
            let error = await #expect(throws: LogError.self) { try await follower.next() }
            #expect(Self.isChanged(error), "\(String(describing: error))")
            await follower.close()
        }
    }
}
