import EventLog
import LiveProjection
import Postgres
import Projection
import TestData
import TestLog
import Testing
import Trial

extension HoldingAndReading {
    @Suite("The reader of new events, where there are no rows", .timeLimit(.minutes(12)))
    struct RowlessLiveReaderTests {
        private static func spell(_ events: LiveEvents) -> [String] {
            zip(events.batch.records, events.places).map { record, place in
                let texts = [
                    events.batch.sources[Int(record.source)], events.batch.bytes(record.id),
                    events.batch.bytes(record.detail),
                ].map { String(decoding: $0, as: UTF8.self) }
                return "\(place) \(record.time) \(record.value) \(record.kind) \(record.code) \(record.unit) "
                    + "\(record.qualifier) \(record.level) \(texts)"
            }
        }

        /// What a study is asked, and what was answered while it had its rows.
        private struct Question: Sendable {
            var stretches: [LiveReader.Stretch] = []
            var stories: [LiveReader.Story] = []
            var news: [String] = []
            var histories: [String] = []
            var subjects: [[UInt8]] = []

            init(_ heads: [SliceHead], _ random: inout SeededRandom) {
                for head in heads where head.position > 0 && !random.chance(4) {
                    let after = Int64(random.chance(3) ? 0 : random.below(Int(head.position) + 1))
                    let through = after + Int64(random.below(Int(head.position - after) + 1))
                    stretches.append(LiveReader.Stretch(slice: head.slice, after: after, through: through))
                    let patients = Set((0..<random.below(5)).map { _ in Int32(1 + random.below(Int(head.patients))) })
                    stories += patients.sorted().map { .init(slice: head.slice, patient: $0, through: through) }
                }
            }

            mutating func ask(_ live: inout LiveReader, _ session: Session) throws {
                let found = try (live.events(of: stretches, session), live.events(of: stories, session))
                news = RowlessLiveReaderTests.spell(found.0)
                histories = RowlessLiveReaderTests.spell(found.1).sorted()
                subjects = try live.subjects(of: stories, session)
            }
        }

        @Test(
            "Stretches and stories are those of before, by a reader that was there before and by a new one",
            arguments: [54, 55, 56] as [UInt64], [false, true])
        func sameAnswers(seed: UInt64, areRemovedByProgram: Bool) async throws {
            var random = SeededRandom(seed: seed)
            let trial = try GeneratedTrial(seed: seed * 10, trials: 20)
            let batches = try trial.batches(1...30, &random)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1 + random.below(5))
                let connection = try await log.liveConnection()
                var live = LiveReader(study)
                for part in random.cut(batches, into: batches.count / 4 + 1...batches.count / 4 + 1) {
                    let seam = random.below(part.count)
                    let appender = try await log.appender(to: study)
                    for batch in part[..<seam] { _ = try await appender.append(batch) }
                    _ = try await log.seal(study)
                    for batch in part[seam...] { _ = try await appender.append(batch) }
                    await appender.close()
                    let known = try await connection.perform { [random] session throws in
                        var random = random
                        let heads = try LogReader(study, session).heads
                        var reader = LiveReader(study)
                        return try (0..<12).map { _ in
                            var question = Question(heads, &random)
                            try question.ask(&reader, session)
                            return question
                        }
                    }
                    if areRemovedByProgram {
                        try await log.sealAndRemove(study, sealing: false)
                    } else {
                        try await log.removeSealedRows(study)
                    }
                    live = try await connection.perform { [live] session throws in
                        var live = live
                        for question in known {
                            var (old, new) = (question, question)
                            try old.ask(&live, session)
                            var reader = LiveReader(study)
                            try new.ask(&reader, session)
                            for found in [old, new] {
                                #expect(found.news == question.news, "seed \(seed)")
                                #expect(found.histories == question.histories, "seed \(seed)")
                                #expect(found.subjects == question.subjects, "seed \(seed)")
                            }
                        }
                        return live
                    }
                    _ = random.next()
                }
                await connection.close()
            }
        }
    }
}

extension AgainstReplay {
    @Suite("Live outcomes of a study without rows", .timeLimit(.minutes(12)))
    struct RowlessProjectionTests {
        @Test(
            "Adversarial trials, sealed away in part, with late events and corrections, are a replay's and a twin's",
            arguments: [
                (11_000, 1, WorkerSetup(remembered: 50)), (12_000, 3, WorkerSetup(workers: 2, shards: 2)),
                (13_000, 16, WorkerSetup(shards: 2, remembered: 1)), (14_000, 3, WorkerSetup(remembered: 1)),
            ] as [(UInt64, Int, WorkerSetup)])
        func asReplayed(seed: UInt64, slices: Int, setup: WorkerSetup) async throws {
            var random = SeededRandom(seed: seed)
            let trial = try GeneratedTrial(seed: seed, trials: 40)
            let batches = try trial.batches(1...40, &random)
            let seams = [batches.count / 4, batches.count / 2, batches.count * 3 / 4]
            try await TestLog.withLog { log in
                let study = try await log.study(slices: slices)
                let twin = try await log.study("twin", slices: slices)
                for part in [batches[..<seams[0]], batches[seams[0]..<seams[1]]] {
                    let appender = try await log.appender(to: study)
                    for batch in part { _ = try await appender.append(batch) }
                    await appender.close()
                    try await log.sealWithoutRows(study)
                }
                let appender = try await log.appender(to: study)
                for batch in batches[seams[1]..<seams[2]] { _ = try await appender.append(batch) }
                try await log.withWorkers(study, trial.rules, setup) {
                    for (number, batch) in batches[seams[2]...].enumerated() {
                        _ = try await appender.append(batch)
                        if number % 4 == 0 { try await Task.sleep(for: .milliseconds(random.below(20))) }
                    }
                    try await log.caughtUp(study, "seed \(seed)")
                }
                await appender.close()
                try await log.expectReplayed(study, trial.rules, "seed \(seed)")
                #expect(try await log.number("SELECT count(*) FROM trough.parked") == 0)

                let other = try await log.appender(to: twin)
                for batch in batches { _ = try await other.append(batch) }
                await other.close()
                let live = try await log.liveLines(log.currentSet(study))
                #expect(
                    try await log.lines(of: study, withTimes: false) == log.lines(of: twin, withTimes: false),
                    "seed \(seed)")
                let ofTwin = try await log.replayedLines(twin, trial.rules)
                #expect(ofTwin == live, "seed \(seed)")
                // What is sealed away after it was projected is read again for a new set.
                try await log.sealWithoutRows(study)
                let eventsOfTwin = "SELECT sum(position) FROM trough.head WHERE study = \(twin.number)"
                #expect(try await log.number("SELECT count(*) FROM trough.event") == log.number(eventsOfTwin))
                #expect(try await log.replayedLines(study, trial.rules) == live, "seed \(seed)")
                try await log.execute("UPDATE trough.projection SET fold_version = fold_version + 1000")
                try await log.projectAll(study, trial.rules, setup)
                #expect(try await log.liveLines(log.currentSet(study)) == live, "seed \(seed)")
                try await log.expectReplayed(study, trial.rules, "seed \(seed), whole")
            }
        }

        @Test(
            "Workers under which rows are removed again and again make what a replay makes, and so do new ones",
            arguments: [
                (15_000, 1, WorkerSetup(remembered: 50)), (16_000, 3, WorkerSetup(workers: 2, shards: 2)),
                (17_000, 16, WorkerSetup(shards: 2, remembered: 1)),
            ] as [(UInt64, Int, WorkerSetup)])
        func removedMeanwhile(seed: UInt64, slices: Int, setup: WorkerSetup) async throws {
            var random = SeededRandom(seed: seed)
            let trial = try GeneratedTrial(seed: seed, trials: 40)
            let batches = try trial.batches(1...40, &random)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: slices)
                let twin = try await log.study("twin", slices: slices)
                let other = try await log.appender(to: twin)
                for batch in batches { _ = try await other.append(batch) }
                await other.close()
                let appender = try await log.appender(to: study)
                var removed = 0
                try await log.withWorkers(study, trial.rules, setup) {
                    for part in random.cut(batches, into: batches.count / 10 + 1...batches.count / 5 + 1) {
                        for batch in part { _ = try await appender.append(batch) }
                        if random.chance(2) { try await log.caughtUp(study, "seed \(seed)") }
                        removed += try await log.sealAndRemove(study, eventsPerSegment: 50)
                    }
                    try await log.caughtUp(study, "seed \(seed)")
                }
                await appender.close()
                #expect(try await log.number("SELECT sum(position) FROM trough.head WHERE study = 1") == removed)
                #expect(try await log.number("SELECT count(*) FROM trough.parked") == 0)
                try await log.expectReplayed(study, trial.rules, "seed \(seed)")
                let live = try await log.liveLines(log.currentSet(study))
                #expect(try await log.replayedLines(twin, trial.rules) == live, "seed \(seed)")
                try await log.execute("UPDATE trough.projection SET fold_version = fold_version + 1000")
                try await log.projectAll(study, trial.rules, setup)
                #expect(try await log.liveLines(log.currentSet(study)) == live, "seed \(seed)")
            }
        }

        @Test(
            "A cohort that is born in several goes while workers run, with late events behind each, is the known one",
            arguments: [(661, 1), (662, 5)] as [(UInt64, Int)])
        func bornMeanwhile(seed: UInt64, slices: Int) async throws {
            var random = SeededRandom(seed: seed)
            var patients: [String: [String]] = [:]
            for line in try TestData.lines(TestData.replica) {
                let subject = line.firstMatch(of: /"subject":"([^"]*)"/).map { String($0.1) }
                patients[subject ?? "", default: []].append(line)
            }
            let goes = random.cut(patients.keys.sorted().shuffled(using: &random), into: 20...40)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: slices)
                try await log.withWorkers(study, .roblin2020, WorkerSetup(workers: 2, remembered: 300)) {
                    for go in goes {
                        var late: [String] = []
                        var whole: [String] = []
                        for subject in go {
                            let lines = (patients[subject] ?? []).shuffled(using: &random)
                            late += lines.prefix(random.below(12))
                            whole += lines.dropFirst(12)
                            late += lines.prefix(12)
                        }
                        #expect(try await log.bear(whole, in: study).stored == whole.count)
                        if random.chance(2) { try await log.caughtUp(study, "seed \(seed)") }
                        _ = try await log.append(late.shuffled(using: &random), to: study)
                        // A further go begins behind sealed events alone.
                        _ = try await log.seal(study)
                    }
                    try await log.caughtUp(study, "seed \(seed)")
                }
                try await log.expectReplayed(study, .roblin2020, "seed \(seed)")
                let known = try TestData.lines(TestData.replicaOutcomes)
                #expect(try await log.liveLines(log.currentSet(study)) == known, "seed \(seed)")
            }
        }
    }
}
