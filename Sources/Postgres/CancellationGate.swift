import Dispatch
import Synchronization

/// Carries the cancellation of a task to the statement it is running, and never to another one.
///
/// A cancel request travels on a connection of its own and hits whatever the session does when it arrives. So each
/// ``Connection/perform(_:)`` opens a *call*, requests go out only while their call is open, and a call ends only when
/// no request of its own is on the way. A request that arrives between two statements does nothing, so it is repeated
/// until the call ends.
final class CancellationGate: Sendable {
    private struct State {
        var call: UInt64 = 0
        var isOpen = false
        var isRequested = false
        var isShielded = false
    }

    private let state = Mutex(State())
    /// Held while a request is on the way, which is how the end of a call waits for it.
    private let handle = Mutex<CancelHandle?>(nil)
    private let queue = DispatchQueue(label: "trough.postgres.cancel")
    /// Wakes a session that waits in poll(2).
    let wakeUp = WakeUp()

    /// Whether the call that is open has been cancelled.
    var isRequested: Bool { state.withLock { $0.isOpen && $0.isRequested } }

    /// Takes the handle of a new connection, or `nil` when there is none any more.
    func replaceHandle(_ new: CancelHandle?) {
        handle.withLock { $0 = new }
    }

    /// Opens a call and returns its number.
    func begin() -> UInt64 {
        state.withLock { state in
            state.call += 1
            state.isOpen = true
            state.isRequested = false
            state.isShielded = false
            return state.call
        }
    }

    /// Ends the call, and blocks while a request of it is on the way; afterwards none can reach the server.
    func end() {
        let wasRequested = state.withLock { state in
            state.isOpen = false
            return state.isRequested
        }
        guard wasRequested else { return }
        handle.withLock { _ in }
        wakeUp.drain()
    }

    /// Runs work that no request may reach, such as COMMIT and ROLLBACK; one that comes meanwhile waits until it is
    /// over.
    func shielded<R>(_ body: () -> R) -> R {
        let wasRequested = state.withLock { state in
            state.isShielded = true
            return state.isRequested
        }
        if wasRequested { handle.withLock { _ in } }
        defer { state.withLock { $0.isShielded = false } }
        return body()
    }

    /// Asks the server at once to stop, on behalf of the session itself; blocks until the request has been passed on.
    func sendNow() {
        handle.withLock { $0?.send() }
    }

    /// Asks the server to stop the statement of `call`, now and until the call ends; returns at once.
    func request(_ call: UInt64) {
        let isCurrent = state.withLock { state in
            guard state.isOpen, state.call == call else { return false }
            state.isRequested = true
            return true
        }
        guard isCurrent else { return }
        wakeUp.signal()
        queue.async { self.send(call, pauseMilliseconds: Limits.cancelRepeatMilliseconds) }
    }

    private func send(_ call: UInt64, pauseMilliseconds: Int) {
        let isOpen = handle.withLock { handle in
            let (isOpen, isShielded) = state.withLock { ($0.isOpen && $0.call == call, $0.isShielded) }
            if isOpen, !isShielded { handle?.send() }
            return isOpen
        }
        guard isOpen else { return }
        queue.asyncAfter(deadline: .now() + .milliseconds(pauseMilliseconds)) {
            self.send(call, pauseMilliseconds: min(pauseMilliseconds * 2, Limits.cancelRepeatMillisecondsMax))
        }
    }
}
