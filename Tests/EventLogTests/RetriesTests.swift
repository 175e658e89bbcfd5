import Postgres
import TestData
import Testing

@testable import EventLog

@Suite("Trying again")
struct RetriesTests {
    private static let lost = PostgresError(.connection, "gone")
    private static let deadlock = PostgresError(.server, "deadlock detected", sqlState: "40P01")

    @Test("Pauses grow from 50 ms to 1 s, jittered by at most half, for as long as patience lasts and no longer")
    func pauses() throws {
        let seed: UInt64 = 4_201
        var random = SeededRandom(seed: seed)
        let began = ContinuousClock.now
        var now = began
        var retries = Retries(Patience(.seconds(300)))
        var nominal = 0.05
        var last: LogError?
        while last == nil {
            do throws(LogError) {
                let pause = try retries.pause(after: Self.lost, at: now, jitter: .random(in: 0...1, using: &random))
                let rest = began + .seconds(300) - now
                #expect(pause <= .seconds(nominal), "seed \(seed)")
                #expect(pause >= min(.seconds(nominal / 2), rest), "seed \(seed)")
                nominal = min(nominal * 2, 1)
                now += pause
            } catch {
                last = error
            }
        }
        #expect(now == began + .seconds(300), "seed \(seed)")
        guard case .gaveUp(let duration, let attempts, _) = last else {
            Issue.record("it ended with \(String(describing: last))")
            return
        }
        #expect(duration == .seconds(300))
        #expect(attempts > 300 && attempts < 620)
        let words = try #require(last?.description)
        #expect(words.contains("300 s") && words.contains("\(attempts) times") && words.contains("gone"))
    }

    @Test("Without patience the first failure is the last")
    func noPatience() {
        var retries = Retries(Patience(.zero))
        #expect(throws: LogError.self) { try retries.pause(after: Self.lost, at: .now, jitter: 0.5) }
    }

    @Test("A program that is asked to end allows no more than the rest, also to work that has not failed yet")
    func hurry() throws {
        let patience = Patience(.seconds(300))
        let now = ContinuousClock.now
        var retries = Retries(patience)
        _ = try retries.pause(after: Self.lost, at: now, jitter: 1)
        patience.end(at: now + .seconds(5))
        patience.end(at: now + .seconds(50))
        _ = try retries.pause(after: Self.lost, at: now + .seconds(4), jitter: 1)
        #expect(throws: LogError.self) { try retries.pause(after: Self.lost, at: now + .seconds(5), jitter: 1) }
        var later = Retries(patience)
        #expect(throws: LogError.self) { try later.pause(after: Self.lost, at: now + .seconds(6), jitter: 1) }
    }

    @Test("Deadlocks are counted, not timed, and what will not pass is not tried again")
    func counted() throws {
        let now = ContinuousClock.now
        var retries = Retries(Patience(.zero))
        for _ in 1..<12 { _ = try retries.pause(after: Self.deadlock, at: now, jitter: 0) }
        #expect(throws: LogError.self) { try retries.pause(after: Self.deadlock, at: now, jitter: 0) }
        for state in ["42501", "57014", "53100", "22003", "3D000"] {
            var retries = Retries(Patience(.seconds(300)))
            let error = PostgresError(.server, "no", sqlState: state)
            #expect(throws: LogError.self) { try retries.pause(after: error, at: now, jitter: 0) }
        }
        for state in ["57P01", "57P02", "57P03", "08006", "53300", "26000"] {
            var retries = Retries(Patience(.seconds(300)))
            for _ in 0..<50 {
                let error = PostgresError(.server, "no", sqlState: state)
                _ = try retries.pause(after: error, at: now, jitter: 0)
            }
        }
    }
}
