import EventLog
import LiveProjection
import Postgres
import TestData
import TestLog
import Testing
import Trial

extension SetsOfOutcomes {
    @Suite("Outcomes and their changes are read as they are", .timeLimit(.minutes(12)))
    struct OutcomeReadingTests {
        @Test(
            "All pages are of one snapshot, in the order of the subjects' bytes; a reader that gives up leaves nothing open"
        )
        func pages() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                try await log.projectAll(study, .roblin2020)
                let set = try await log.currentSet(study)
                try await log.execute(
                    """
                    INSERT INTO trough.patient_state (projection, slice, patient, subject, phase, findings, line, position,
                        recorded_at, projected_at)
                    SELECT \(set.number), n % 4, n, chr(65 + n % 60) || n, 'enrolled', 0, 'line ' || chr(65 + n % 60) || n,
                        1, now(), now() FROM generate_series(1, 12000) n
                    """)
                let reading = try await Connection.open(log.configuration)
                var (lines, sizes): ([String], [Int]) = ([], [])
                try await OutcomeReading.eachLine(of: set, over: reading) { page in
                    if lines.isEmpty {
                        try await log.execute(
                            """
                            UPDATE trough.patient_state SET line = 'changed';
                            DELETE FROM trough.patient_state WHERE patient % 2 = 0
                            """)
                    }
                    sizes.append(page.count)
                    lines += page.map { String(decoding: $0, as: UTF8.self) }
                }
                #expect(sizes == [5_000, 5_000, 2_000])
                #expect(lines.count == 12_000 && Set(lines).count == 12_000 && !lines.contains("changed"))
                #expect(lines == lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })

                struct Enough: Error {}
                await #expect(throws: Enough.self) {
                    try await OutcomeReading.eachLine(of: set, over: reading) { _ in throw Enough() }
                }
                try await reading.perform { session throws(PostgresError) in
                    #expect(!session.isInTransaction)
                    #expect(try session.query("SELECT count(*) FROM trough.patient_state").int64(0, 0) == 6_000)
                }
                await reading.close()
            }
        }

        @Test("What an appender rings for is projected sooner than what comes without a bell")
        func wakes() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 16)
                let appender = try await log.appender(to: study)
                let first = try EventLines.batch((0..<40).map { EventLines.assay("P-\($0)", "first") })
                _ = try await appender.append(first)
                var (rung, silent): ([Duration], [Duration]) = ([], [])
                try await log.withWorkers(study, .roblin2020, WorkerSetup(workers: 2)) {
                    try await log.caughtUp(study)
                    for number in 0..<40 {
                        // Now and then between two looks that a worker takes by itself.
                        try await Task.sleep(for: .milliseconds(number * 37 % 90))
                        if number % 2 == 0 {
                            _ = try await appender.append(EventLines.batch([EventLines.assay("P-\(number)", "rung")]))
                        } else {
                            // The same without an appender.
                            try await log.execute(
                                ParkedPatientTests.poison("P-\(number)", kind: 9, detail: nil, id: "silent"))
                        }
                        let began = ContinuousClock.now
                        try await log.caughtUp(study)
                        if number % 2 == 0 { rung.append(began.duration(to: .now)) }
                        if number % 2 == 1 { silent.append(began.duration(to: .now)) }
                    }
                }
                await appender.close()
                let medians = (rung.sorted()[rung.count / 2], silent.sorted()[silent.count / 2])
                #expect(medians.0 * 1.5 < medians.1, "\(rung) with a bell, \(silent) without")
                try await log.expectReplayed(study, .roblin2020, "with and without a bell")
            }
        }
    }
}
