import EventLog
import LiveProjection
import Postgres
import TestData
import TestLog
import Testing
import Trial

extension AgainstReplay {
    @Suite("Live outcomes are those of a replay", .timeLimit(.minutes(12)))
    struct AgainstReplayTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var seed: UInt64
            var trials: Int
            var slices: Int
            var setup: WorkerSetup
            /// Which share of the batches is there before the first worker comes, in tenths.
            var before = 0
            var testDescription: String {
                "seed \(seed), \(trials) trials, \(slices) slices, \(setup.workers) × \(setup.shards), "
                    + "\(setup.remembered) remembered, \(before)/10 before"
            }
        }

        static let cases = [
            Case(seed: 1_000, trials: 1, slices: 1, setup: WorkerSetup()),
            Case(seed: 1_100, trials: 1, slices: 3, setup: WorkerSetup(remembered: 1)),
            Case(seed: 2_000, trials: 30, slices: 1, setup: WorkerSetup(remembered: 50)),
            Case(seed: 3_000, trials: 30, slices: 1, setup: WorkerSetup(workers: 2), before: 7),
            Case(seed: 4_000, trials: 30, slices: 3, setup: WorkerSetup(shards: 3, remembered: 1)),
            Case(seed: 5_000, trials: 30, slices: 3, setup: WorkerSetup(workers: 2, shards: 2)),
            Case(
                seed: 6_000, trials: 50, slices: 3, setup: WorkerSetup(workers: 3, shards: 1, remembered: 400),
                before: 5),
            Case(seed: 7_000, trials: 30, slices: 64, setup: WorkerSetup(workers: 1, shards: 3, remembered: 2_000)),
            Case(seed: 8_000, trials: 30, slices: 64, setup: WorkerSetup(workers: 3, shards: 2, remembered: 64)),
            Case(seed: 9_000, trials: 30, slices: 64, setup: WorkerSetup(workers: 2, shards: 3)),
        ]

        @Test(
            "Adversarial trials, appended in pieces while workers run, give the lines and states of a replay",
            arguments: cases)
        func agrees(_ one: Case) async throws {
            var random = SeededRandom(seed: one.seed)
            let trial = try GeneratedTrial(seed: one.seed, trials: one.trials)
            let batches = try trial.batches(1...40, &random)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: one.slices)
                let appender = try await log.appender(to: study)
                let begun = batches.count * one.before / 10
                for batch in batches[..<begun] { _ = try await appender.append(batch) }
                try await log.withWorkers(study, trial.rules, one.setup) {
                    for (number, batch) in batches[begun...].enumerated() {
                        _ = try await appender.append(batch)
                        if number % 4 == 0 { try await Task.sleep(for: .milliseconds(random.below(20))) }
                    }
                    try await log.caughtUp(study, one.testDescription)
                }
                await appender.close()
                try await log.expectReplayed(study, trial.rules, one.testDescription)
                let live = try await log.liveLines(log.currentSet(study))
                #expect(try await log.number("SELECT count(*) FROM trough.parked") == 0)
                if one.trials == 1 { #expect(live.map(Self.withoutFindings) == (try trial.naiveLines())) }
            }
        }

        private static func withoutFindings(_ line: String) -> String {
            let end = line.ranges(of: #","findings":["#).last?.lowerBound ?? line.endIndex
            return line[..<end] + #","findings":[]}"#
        }

        @Test(
            "Sessions that are cut again and again, at any moment, lose and repeat nothing",
            arguments: [41, 42] as [UInt64])
        func cutSessions(seed: UInt64) async throws {
            var random = SeededRandom(seed: seed)
            let trial = try GeneratedTrial(seed: seed * 1_000, trials: 100)
            let batches = try trial.batches(1...20, &random)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: seed == 41 ? 3 : 16)
                let appender = try await log.appender(to: study)
                var address = log.configuration
                address.applicationName = "victim"
                let setup = WorkerSetup(workers: 2, shards: 2, remembered: 500, lease: .seconds(1), address: address)
                var killed = 0
                try await log.withWorkers(study, trial.rules, setup) {
                    // A worker is sure of its connections only once it had them.
                    try await log.waitFor("six sessions") {
                        try await log.number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'victim'")
                            == 6
                    }
                    for batch in batches {
                        _ = try await appender.append(batch)
                        guard random.chance(3) else { continue }
                        try await Task.sleep(for: .milliseconds(random.below(8)))
                        killed += try await log.number(
                            """
                            SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity
                            WHERE application_name = 'victim' AND datname = current_database() ORDER BY random() LIMIT 2) v
                            """)
                    }
                    try await log.caughtUp(study, "seed \(seed)")
                }
                await appender.close()
                #expect(killed >= 40, "seed \(seed): \(killed) sessions were cut")
                try await log.expectReplayed(study, trial.rules, "seed \(seed), \(killed) cuts")
            }
        }

        @Test("A patient appears, is randomised, and loses the line when a correction voids the randomisation")
        func voided() async throws {
            let lines = EventLines.everyType("P-1").filter { !$0.contains("correction") }
            let void = """
                {"specversion":"1.0","id":"void","source":"/office","type":"trough.correction.v1","subject":"P-1",\
                "time":"2020-01-01T00:00:00Z","data":{"corrects":{"source":"/sites/a?x=1#y","id":"e-1"},"reason":"wrong",\
                "replacement":null}}
                """
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 3)
                try await log.withWorkers(study, .roblin2020) {
                    func counts() async throws -> [Int] {
                        try await log.caughtUp(study)
                        return [
                            try await log.number("SELECT count(*) FROM trough.patient_state"),
                            try await log.number("SELECT count(line) FROM trough.patient_state"),
                            try await log.number("SELECT count(*) FROM trough.outcome"),
                        ]
                    }
                    #expect(try await counts() == [0, 0, 0])
                    _ = try await log.append([lines[0]], to: study)
                    #expect(try await counts() == [1, 0, 0])
                    _ = try await log.append(Array(lines[1...]), to: study)
                    let endpoints = TrialProtocol.roblin2020.endpoints.count
                    #expect(try await counts() == [1, 1, endpoints])
                    #expect(try await log.number("SELECT count(*) FROM trough.live_outcome") == endpoints)
                    _ = try await log.append([void], to: study)
                    #expect(try await counts() == [1, 0, 0])
                }
                try await log.expectReplayed(study, .roblin2020, "voided")
            }
        }
    }
}
