import EventLog
import Postgres
import TestData
import TestLog
import Testing

/// Logs in which nothing was altered.
struct ChainVerificationTests {
    /// A study of four slices with several batches in each.
    static func withBatches(_ body: (TestLog, Study) async throws -> Void) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            for round in 0..<6 {
                let lines = (0..<60).map { number in
                    EventLines.assay("P-\(number % 15)", "\(round)-\(number)", value: number)
                }
                _ = try await log.append(lines + EventLines.everyType("R-\(round)"), to: study)
            }
            try await log.appendWithoutReason([EventLines.assay("P-1", "last")], to: study)
            try await body(log, study)
        }
    }

    @Test("A sound log fits with any number of shards, and whatever is read and remembered at a time")
    func sound() async throws {
        try await Self.withBatches { log, _ in
            #expect(try await log.faults() == [])
            let batches = try await log.number("SELECT count(*) FROM trough.batch")
            for (shards, stretch, names) in [(1, 10_000, 1_000_000), (2, 7, 1_000), (3, 1, 5), (64, 20, 1)] {
                let result = try await log.verify(shards: shards, names: Int64(names), stretch: Int64(stretch))
                #expect(result.found == [])
                #expect(result.events == 433)
                #expect(result.studies.map(\.batches) == [batches])
                #expect(result.shards == min(shards, 4))
            }
        }
    }

    @Test("An empty log, an empty study and slices without events fit, also by an anchor")
    func empty() async throws {
        try await TestLog.withLog { log in
            let nothing = try await log.anchor(nil)
            #expect(try await log.verify(nil).studies.isEmpty)
            _ = try await log.study("empty", slices: 3)
            let study = try await log.study("sparse", slices: 64)
            _ = try await log.append([EventLines.assay("P-1", "1")], to: study)
            let anchor = try await log.anchor(nil)
            for anchor in [nothing, anchor, nil] {
                let result = try await log.verify(nil, against: anchor)
                #expect(result.found == [])
                #expect(result.studies.map(\.name) == ["empty", "sparse"])
                #expect(result.studies.map(\.slices) == [3, 64])
                #expect(result.studies.map(\.events) == [0, 1])
            }
        }
    }

    @Test("Each of several studies is verified by itself or with the others; an unknown one is refused")
    func studies() async throws {
        try await TestLog.withLog { log in
            for name in ["one", "two"] {
                let study = try await log.study(name, slices: 2)
                _ = try await log.append(EventLines.everyType("P-1"), to: study)
            }
            try await LogForgery(log, slice: 1 + 2).change(1)
            try await LogForgery(log, slice: 0 + 2).change(1)
            #expect(try await log.verify(["one"]).found == [])
            #expect(try await log.verify(["two"]).faults.count == 1)
            #expect(try await log.verify(nil).studies.map(\.faults.count) == [0, 1])
            await #expect(throws: LogError.self) { try await log.verify(["three"]) }
        }
    }

    @Test("While appends go on, every look fits, and each extends all anchors taken before")
    func growing() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            let isOver = Count()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await log.append(rounds: 150, to: study)
                    isOver.add()
                }
                group.addTask {
                    let own = try await Connection.open(log.configuration)
                    let look = TestLog(configuration: log.configuration, connection: own)
                    var anchors: [Anchor] = []
                    repeat {
                        anchors.append(try await look.anchor())
                        #expect(try await look.verify(against: anchors[anchors.count / 2], stretch: 50).found == [])
                    } while isOver.value == 0
                    for anchor in anchors { #expect(try await look.verify(against: anchor).found == []) }
                    #expect(try await look.verify().events == 3_000)
                    await own.close()
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("A disposable study that is removed meanwhile is no broken chain")
    func removedMeanwhile() async throws {
        try await TestLog.withLog { log in
            let study = try await log.connection.perform { session throws(LogError) in
                try Studies.openOrCreate("load", slices: 2, isDisposable: true, session)
            }
            _ = try await log.append(EventLines.everyType("P-1"), to: study)
            let anchor = try await log.anchor(nil)
            let configuration = log.configuration
            let verification = try await log.connection.perform { session throws(LogError) in
                try ChainVerification(of: nil, against: nil, at: configuration, session)
            }
            try await log.connection.perform { session throws(LogError) in
                try Studies.removeDisposable("load", session)
            }
            let result = try await verification.run(shards: 2)
            #expect(result.found == [])
            #expect(result.studies.isEmpty)
            // What an anchor speaks of, however, must be there.
            let found = try await log.verify(nil, against: anchor).found
            #expect(found == [#"study "load": the anchor has 12 events of it, and the log no such study"#])
        }
    }
}
