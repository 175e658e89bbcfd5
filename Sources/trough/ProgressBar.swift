import ArgumentParser
import Foundation
import Synchronization

/// When progress is shown.
enum ProgressMode: String, ExpressibleByArgument, CaseIterable {
    case auto
    case always
    case never

    func isShown(_ verbosity: Verbosity, _ context: Context) -> Bool {
        switch self {
        case .auto: !verbosity.quiet && context.errors.isTerminal
        case .always: !verbosity.quiet
        case .never: false
        }
    }
}

/// A line on standard error that says how far the work has come, how fast, and how long it will take.
final class ProgressBar: Sendable {
    private struct State {
        var total: Int
        var done = 0
        var lastShown: Int64
        var isOnScreen = false
    }

    private let unit: String
    private let isShown: Bool
    private let context: Context
    private let began: Int64
    private let state: Mutex<State>

    /// The shortest time between two pictures, in microseconds.
    private static let interval: Int64 = 100_000

    init(of total: Int, unit: String, isShown: Bool, _ context: Context) {
        self.unit = unit
        self.isShown = isShown
        self.context = context
        began = context.now
        state = Mutex(State(total: total, lastShown: began))
    }

    /// Says how much there is to do where that is known only once the work has begun.
    func expect(_ total: Int) { state.withLock { $0.total = total } }

    /// Counts work that is done; may be called from any thread.
    func advance(by count: Int) {
        guard isShown else { return }
        let now = context.now
        let shown: (done: Int, total: Int)? = state.withLock { state in
            state.done += count
            guard now - state.lastShown >= Self.interval || state.done >= state.total else { return nil }
            state.lastShown = now
            state.isOnScreen = true
            return (state.done, state.total)
        }
        guard let shown else { return }
        let line = line(shown.done, of: shown.total, seconds: Double(now - began) / 1e6)
        context.errors.draw("\r\u{1B}[K" + line)
    }

    /// Takes the line away.
    func clear() {
        let wasOnScreen = state.withLock { state in
            defer { state.isOnScreen = false }
            return state.isOnScreen
        }
        if wasOnScreen { context.errors.show("\r\u{1B}[K") }
    }

    private func line(_ done: Int, of total: Int, seconds: Double) -> String {
        let share = total > 0 ? min(1, Double(done) / Double(total)) : 1
        let rate = Double(done) / max(seconds, 1e-6)
        let left = rate > 0 ? Double(total - done) / rate : 0
        let filled = Int(share * 24)
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 24 - filled)
        let pace = rate < 1e6 ? String(format: "%.0f k", rate / 1e3) : String(format: "%.2f M", rate / 1e6)
        return String(format: "[%@] %3d %%  %@ %@/s  %.0f s left", bar, Int(share * 100), pace, unit, left)
    }
}
