import Dispatch
import Foundation

/// Turns the first SIGINT or SIGTERM into an error, so that the server of a stopped run does not stay behind.
package enum Interruption {
    /// Runs work until it ends or a signal comes.
    package static func stopping<R: Sendable>(_ work: @escaping @Sendable () async throws -> R) async throws -> R {
        let (signals, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingOldest(1))
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return try await withThrowingTaskGroup(of: R.self) { group in
            group.addTask { try await work() }
            group.addTask {
                for await number in signals { throw Failure("Stopped by signal \(number).") }
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }
}
