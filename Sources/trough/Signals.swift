import Dispatch
import Foundation
import Synchronization

/// Watches for SIGINT and SIGTERM: the first asks the program to finish, the second stops it at once.
final class Signals: Sendable {
    private struct State {
        var received: Int32?
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isOver = false
    }

    private let state = Mutex(State())
    /// Kept only so that the sources live; nothing touches them after `init`.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    init() {
        let queue = DispatchQueue(label: "trough.signals")
        unsafe sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for (source, number) in zip(unsafe sources, [SIGINT, SIGTERM]) {
            source.setEventHandler { [self] in receive(number) }
            source.resume()
        }
    }

    /// The first signal that came, if any.
    var received: Int32? { state.withLock { $0.received } }

    /// Waits for the first signal, or until the task is cancelled.
    func first() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.received != nil || state.isOver { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            wakeAll { $0.isOver = true }
        }
    }

    private func receive(_ number: Int32) {
        let isSecond = state.withLock { $0.received != nil }
        if isSecond { _exit(128 + number) }
        wakeAll { $0.received = number }
    }

    private func wakeAll(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
