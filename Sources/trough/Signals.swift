import Dispatch
import Foundation
import Synchronization

/// Watches for SIGINT and SIGTERM: the first asks the program to finish, the second stops it at once.
final class Signals: Sendable {
    private struct State {
        var received: Int32?
        var receivedAt = ContinuousClock.now
        /// Those who wait, each under a number of its own.
        var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var waiters: UInt64 = 0
    }

    private let state = Mutex(State())
    /// Kept only so that the sources live; nothing touches them after `init`.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    /// Begins to watch; returns when no signal can be missed any more.
    ///
    /// A signal that comes earlier ends the process, as it does by default: nothing has been begun by then. Ignoring it
    /// until the watch stands would lose it.
    init() async {
        let queue = DispatchQueue(label: "trough.signals")
        unsafe sources = [SIGINT, SIGTERM].map { DispatchSource.makeSignalSource(signal: $0, queue: queue) }
        for (source, number) in zip(unsafe sources, [SIGINT, SIGTERM]) {
            source.setEventHandler { [self] in receive(number) }
            await withCheckedContinuation { continuation in
                source.setRegistrationHandler {
                    #if canImport(Darwin)
                        // There the source only looks on, while the signal itself does what it always does.
                        signal(number, SIG_IGN)
                    #endif
                    continuation.resume()
                }
                source.activate()
            }
        }
    }

    /// The first signal that came, if any.
    var received: Int32? { state.withLock { $0.received } }

    /// Waits for the first signal, or until the task is cancelled, which is nothing to others who wait.
    func first() async {
        let number = state.withLock { state in
            state.waiters += 1
            return state.waiters
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                // A task that is cancelled later finds the continuation that is kept here.
                let isOver = state.withLock { state in
                    if state.received != nil || Task.isCancelled { return true }
                    state.waiting[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
        }
    }

    private func receive(_ number: Int32) {
        let first = state.withLock { state in state.received.map { _ in state.receivedAt } }
        if let first {
            // Whoever stops a process may send one signal both to it and to its group, as timeout(1) does.
            if first.duration(to: .now) > .milliseconds(100) { _exit(128 + number) }
            return
        }
        let waiting = state.withLock { state in
            state.received = number
            state.receivedAt = .now
            defer { state.waiting = [:] }
            return state.waiting.values
        }
        for continuation in waiting { continuation.resume() }
    }
}
