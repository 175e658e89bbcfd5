import Dispatch
import Foundation
import Synchronization

/// Watches for the signals that ask a program to end (SIGINT, SIGTERM, SIGQUIT, and SIGHUP of a terminal or a connection
/// that is gone): the first asks it to finish, the second stops it at once.
final class Signals: Sendable {
    private struct State {
        var received: Int32?
        var receivedAt = ContinuousClock.now
        var isEnding = false
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
        let numbers = [SIGINT, SIGTERM, SIGQUIT] + (Self.isHangupIgnored ? [] : [SIGHUP])
        unsafe sources = numbers.map { DispatchSource.makeSignalSource(signal: $0, queue: queue) }
        for (source, number) in zip(unsafe sources, numbers) {
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

    /// Whether whoever started the program wants it to outlive the terminal, as `nohup` does.
    private static var isHangupIgnored: Bool {
        var action = sigaction()
        guard unsafe sigaction(SIGHUP, nil, &action) == 0 else { return false }
        #if canImport(Darwin)
            let handler = unsafe action.__sigaction_u.__sa_handler
        #else
            let handler = unsafe action.__sigaction_handler.sa_handler
        #endif
        // Compared as bits: functions have no equality.
        return unsafe unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// The first signal that came, if any.
    var received: Int32? { state.withLock { $0.received } }

    /// Whether the caller is the first who ends the program without waiting any longer.
    func beginEnd() -> Bool {
        state.withLock { state in
            defer { state.isEnding = true }
            return !state.isEnding
        }
    }

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
