import Synchronization

/// The callers of one lane: one of them leads a commit, those that arrive meanwhile wait for the next.
///
/// A lock and not an actor: a caller that is told what became of its events goes on where it was, without a turn on an
/// actor that hundreds of others want at the same moment. Nothing is queued but the waiting callers' own events.
final class CommitQueue: Sendable {
    fileprivate struct Waiting {
        let share: LaneShare
        let continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var isCommitting = false
        /// Whether the commit before was of several callers.
        var wasShared = false
        var waiting: [Waiting] = []

        /// Begins a commit where none is under way.
        mutating func start() -> Bool {
            if isCommitting { return false }
            isCommitting = true
            return true
        }
    }

    /// What a caller is to do.
    enum Turn: Sendable {
        /// Commit one's own events and those of the group.
        case lead
        /// Nothing more: another caller led the commit.
        case decided(Result<LaneReceipt, LaneFailure>)
    }

    /// Callers that are committed by the one that leads them.
    struct Group: Sendable {
        fileprivate var waiting: [Waiting] = []
        /// What they bring, in the order in which they came.
        var shares: [LaneShare] { waiting.map(\.share) }

        /// Tells each what became of its events.
        func tell(_ result: (Int) -> Result<LaneReceipt, LaneFailure>) {
            for (number, caller) in waiting.enumerated() {
                caller.continuation.resume(returning: .decided(result(number)))
            }
        }
    }

    private let state = Mutex(State())

    /// Waits until it is the caller's turn to lead, or until its events have been committed by another.
    func turn(with share: LaneShare) async -> Turn {
        if state.withLock({ $0.start() }) { return .lead }
        return await withCheckedContinuation { continuation in
            let leads = state.withLock { state in
                // The commit under way may have ended meanwhile.
                if state.start() { return true }
                state.waiting.append(Waiting(share: share, continuation: continuation))
                return false
            }
            if leads { continuation.resume(returning: .lead) }
        }
    }

    /// Takes the callers that wait, up to a commit's size with the leader's own events.
    ///
    /// Those that were told last may come back at once, as a stream of single events does. They stand in the pool's queue
    /// already, so that the leader goes behind them once; otherwise the first to come back commits alone, and the others wait
    /// for a flush to the disk that they could have shared.
    func group(with share: LaneShare) async -> Group {
        if state.withLock({ $0.wasShared }) { await Task.yield() }
        return state.withLock { state in
            var events = share.items.count
            var taken = 0
            while taken < state.waiting.count,
                events + state.waiting[taken].share.items.count <= Limits.eventsPerCommit
            {
                events += state.waiting[taken].share.items.count
                taken += 1
            }
            let group = Group(waiting: Array(state.waiting.prefix(taken)))
            state.wasShared = taken > 0
            state.waiting.removeFirst(taken)
            return group
        }
    }

    /// Lets those wait again whose events were not committed, as the leader was cancelled: the cancellation was not theirs.
    func giveBack(_ group: Group) { state.withLock { $0.waiting.insert(contentsOf: group.waiting, at: 0) } }

    /// Ends the leader's turn; the first that waits leads next.
    func pass() {
        let next = state.withLock { state in
            if state.waiting.isEmpty { state.isCommitting = false }
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: .lead)
    }
}
