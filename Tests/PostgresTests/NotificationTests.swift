import Postgres
import TestPostgres
import Testing

@Suite(.timeLimit(.minutes(6)))
struct NotificationTests {
    @Test("A notification from another session wakes the one that waits, with channel and payload")
    func wakesWaiter() async throws {
        try await TestPostgres.withDatabase { configuration in
            let listener = try await Connection.open(configuration)
            let sender = try await Connection.open(configuration)
            try await listener.perform { try $0.listen("appended \"here\"") }
            let clock = ContinuousClock()
            var best = Duration.seconds(60)
            for round in 0..<5 {
                async let received = listener.perform { session in
                    try session.waitForNotification(timeoutMilliseconds: 10_000)
                }
                try await Task.sleep(for: .milliseconds(50))
                let start = clock.now
                try await sender.perform { try $0.notify("appended \"here\"", payload: "é \(round)") }
                let notification = try #require(try await received)
                best = min(best, start.duration(to: clock.now))
                #expect(notification.channel == "appended \"here\"")
                #expect(notification.payload == "é \(round)")
                #expect(notification.processID == (await sender.perform { $0.backendProcessID }))
            }
            // The best of the rounds, since the machine may be busy with other tests in some of them.
            #expect(best < .milliseconds(200))
            await listener.close()
            await sender.close()
        }
    }

    @Test("Several notifications come one after the other, and then none")
    func several() async throws {
        try await TestPostgres.withConnection { connection in
            let payloads = try await connection.perform { session throws in
                try session.listen("c")
                for number in 1...3 { try session.notify("c", payload: "\(number)") }
                var payloads: [String] = []
                while let next = try session.waitForNotification(timeoutMilliseconds: 50) {
                    payloads.append(next.payload)
                }
                return payloads
            }
            #expect(payloads == ["1", "2", "3"])
        }
    }

    @Test("Waiting in vain ends at the time given")
    func timeout() async throws {
        try await TestPostgres.withConnection { connection in
            let elapsed = try await connection.perform { session throws in
                try session.listen("c")
                return try ContinuousClock().measure { () throws in
                    #expect(try session.waitForNotification(timeoutMilliseconds: 150) == nil)
                }
            }
            #expect(elapsed >= .milliseconds(149))
            #expect(elapsed < .seconds(3))
        }
    }

    @Test("Waiting ends at once when the task is cancelled, and the session works")
    func cancelled() async throws {
        try await TestPostgres.withConnection { connection in
            let clock = ContinuousClock()
            var best = Duration.seconds(60)
            for _ in 0..<5 {
                let task = Task {
                    try await connection.perform { try $0.waitForNotification(timeoutMilliseconds: 30_000) }
                }
                try await Task.sleep(for: .milliseconds(50))
                let start = clock.now
                task.cancel()
                let error = await #expect(throws: PostgresError.self) { try await task.value }
                best = min(best, start.duration(to: clock.now))
                #expect(error?.kind == .cancelled)
                let none = try await connection.perform { try $0.waitForNotification(timeoutMilliseconds: 20) }
                #expect(none == nil)
            }
            #expect(best < .milliseconds(200))
        }
    }

    @Test("Waiting on a connection that breaks is an error of the connection")
    func broken() async throws {
        try await TestPostgres.withDatabase { configuration in
            let listener = try await Connection.open(configuration)
            let other = try await Connection.open(configuration)
            let process = await listener.perform { $0.backendProcessID }
            let waiting = Task {
                try await listener.perform { try $0.waitForNotification(timeoutMilliseconds: 30_000) }
            }
            try await Task.sleep(for: .milliseconds(50))
            try await other.perform { _ = try $0.query("SELECT pg_terminate_backend($1)", [.int32(process)]) }
            let error = await #expect(throws: PostgresError.self) { try await waiting.value }
            #expect(error?.kind == .connection)
            await listener.close()
            await other.close()
        }
    }
}
