import EventLog
import LocalServer
import Postgres
import TestLog
import Testing
import Trial

@Suite("A server that follows the log's and takes over", .timeLimit(.minutes(6)))
struct FailoverTests {
    private static func events(_ number: Int) throws -> EventBatch {
        try EventLines.batch((0..<20).map { EventLines.assay("P-\($0 % 7)", "\(number)-\($0)", value: $0) })
    }

    @Test("An append that finds it before it takes over waits for that, and is stored there once")
    func appendBeforePromotion() async throws {
        try await FollowedLog.with { followed in
            let study = try await followed.log.study(slices: 5)
            let appender = try await followed.log.appender(to: study, as: followed.address, patience: .seconds(60))
            let stored = [Decision](repeating: .stored, count: 20)
            #expect(try await appender.append(Self.events(1)).decisions == stored)
            try await followed.catchUp()
            try await followed.primary.stop()
            try await followed.lead(to: followed.standby)
            let decisions = try await withThrowingTaskGroup(of: [Decision].self) { group in
                group.addTask { try await appender.append(Self.events(2)).decisions }
                group.addTask {
                    // Long enough for several attempts.
                    try await Task.sleep(for: .seconds(1))
                    try await followed.promote()
                    return []
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(decisions == stored)
            #expect(try await appender.append(Self.events(3)).decisions == stored)
            await appender.close()
            let (count, faults) = try await followed.look { log in
                (try await log.number("SELECT count(*) FROM trough.event"), try await log.faults())
            }
            #expect(count == 60)
            #expect(faults == [])
        }
    }

    @Test("Where it has not all that was stored, an append says so and adds nothing, and so does every further one")
    func promotionTooEarly() async throws {
        try await FollowedLog.with { followed in
            let study = try await followed.log.study(slices: 1)
            let appender = try await followed.log.appender(to: study, lanes: 1, as: followed.address)
            _ = try await appender.append(Self.events(1))
            try await followed.catchUp()
            try await followed.standby.stop()
            _ = try await appender.append(Self.events(2))
            try await followed.primary.stop()
            _ = try await followed.standby.start()
            try await followed.promote()
            try await followed.lead(to: followed.standby)
            for number in 3...4 {
                let more = try Self.events(number)
                let error = await #expect(throws: LogError.self) { _ = try await appender.append(more) }
                guard case .changed = error else {
                    Issue.record("\(String(describing: error))")
                    continue
                }
            }
            await appender.close()
            let (count, faults) = try await followed.look { log in
                (try await log.number("SELECT count(*) FROM trough.event"), try await log.faults())
            }
            #expect(count == 20)
            #expect(faults == [])
        }
    }
}
