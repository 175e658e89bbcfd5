import Foundation
import Synchronization

/// The processes of a schedule that are running, so that faults find them and can tell whom they hit.
final class ChaosProcesses: Sendable {
    /// What a process is.
    enum Role: Sendable {
        case appender
        case worker
    }

    private struct State {
        var running: [Int32: (role: Role, process: Running)] = [:]
        /// Those that a fault ended on purpose.
        var killed: Set<Int32> = []
        var asked: Set<Int32> = []
        var logs: [String] = []
        var isOver = false
        var pendingFaults = 0
        var failures: [String] = []
    }

    private let state = Mutex(State())

    /// Notes a process that was started.
    func began(_ process: Running, as role: Role) {
        state.withLock { $0.running[process.identifier] = (role, process) }
    }

    /// Notes that a process has ended; tells whether it was killed, or asked to end, by a fault.
    func ended(_ process: Running) -> (wasKilled: Bool, wasAsked: Bool) {
        state.withLock { state in
            state.running[process.identifier] = nil
            state.logs.append(process.errors)
            return (state.killed.remove(process.identifier) != nil, state.asked.remove(process.identifier) != nil)
        }
    }

    /// Processes of a kind that are running.
    func running(_ role: Role) -> [Running] {
        state.withLock { state in
            state.running.values.filter { $0.role == role && !$0.process.isOver }.map(\.process)
                .sorted { $0.identifier < $1.identifier }
        }
    }

    /// Whether a process number is that of a running process of a kind.
    func isRunning(_ identifier: Int32, _ role: Role) -> Bool {
        state.withLock { state in
            state.running[identifier].map { $0.role == role } ?? false
        }
    }

    /// Kills a process; tells whether it was running.
    func kill(_ process: Running) -> Bool {
        state.withLock { state in
            guard state.running[process.identifier] != nil, !TestFile.hasEnded(process.identifier) else { return false }
            state.killed.insert(process.identifier)
            process.send(SIGKILL)
            return true
        }
    }

    /// Asks a process to end; tells whether it was running.
    func ask(_ process: Running) -> Bool {
        state.withLock { state in
            guard state.running[process.identifier] != nil, !TestFile.hasEnded(process.identifier) else { return false }
            state.asked.insert(process.identifier)
            process.send(SIGTERM)
            return true
        }
    }

    /// Ends whatever is still running, since something failed.
    func killRest() {
        state.withLock { state in
            for (_, process) in state.running.values { process.send(SIGKILL) }
        }
    }

    /// Whether the workers are to end.
    var isOver: Bool {
        get { state.withLock { $0.isOver } }
        set { state.withLock { $0.isOver = newValue } }
    }

    /// How many faults have not come to their end yet.
    var pendingFaults: Int {
        get { state.withLock { $0.pendingFaults } }
        set { state.withLock { $0.pendingFaults = newValue } }
    }

    /// Notes that a fault has come to its end.
    func faultEnded() { state.withLock { $0.pendingFaults -= 1 } }

    /// What the processes that have ended said.
    var logs: [String] { state.withLock { $0.logs } }

    /// Notes what must not happen.
    func fail(_ sentence: String) { state.withLock { $0.failures.append(sentence) } }
    /// What must not happen and did.
    var failures: [String] { state.withLock { $0.failures } }
}
