import Synchronization
package import Trial

/// A short queue of events between the task that makes them and the one that sends them.
///
/// A mutex and not an actor, so that the sender never waits for a turn on one where events lie ready.
package final class EventFeed: Sendable {
    private struct State {
        var turns: [EventBatch] = []
        var isClosed = false
        var maker: CheckedContinuation<Void, Never>?
        var sender: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// An empty queue.
    package init() {}

    /// How many turns wait.
    package var count: Int { state.withLock { $0.turns.count } }

    /// Puts events at the end, as soon as there is room.
    ///
    /// - Returns: whether more are wanted.
    package func put(_ turn: EventBatch) async -> Bool {
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.isClosed || state.turns.count < Limits.turnsAhead { return true }
                state.maker = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
        let (sender, isClosed) = state.withLock { state in
            if !state.isClosed { state.turns.append(turn) }
            defer { state.sender = nil }
            return (state.sender, state.isClosed)
        }
        sender?.resume()
        return !isClosed
    }

    /// Takes the events at the front, as soon as there are some; `nil` once the queue is closed.
    package func next() async -> EventBatch? {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.isClosed || !state.turns.isEmpty { return true }
                state.sender = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        let (turn, maker) = state.withLock { state in
            defer { state.maker = nil }
            let turn = state.isClosed || state.turns.isEmpty ? nil : state.turns.removeFirst()
            return (turn, state.maker)
        }
        maker?.resume()
        return turn
    }

    /// Ends the waiting on both sides and forgets what lies in the queue.
    package func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            state.turns.removeAll()
            defer { (state.maker, state.sender) = (nil, nil) }
            return [state.maker, state.sender]
        }
        for continuation in waiting { continuation?.resume() }
    }
}

/// Cuts batches of any length out of the events that come from a feed.
struct EventCutter: Sendable {
    private let feed: EventFeed
    private let clock: LoadClock
    private var turn = EventBatch()
    private var place = 0
    /// For how many nanoseconds batches waited for events to be made.
    private(set) var waited: Int64 = 0

    init(_ feed: EventFeed, _ clock: LoadClock) {
        self.feed = feed
        self.clock = clock
    }

    /// Waits until there are events.
    mutating func prepare() async {
        guard place == turn.records.count, let next = await feed.next() else { return }
        turn = next
        place = 0
    }

    /// The next events; fewer only where the feed was closed.
    mutating func take(_ count: Int) async -> EventBatch {
        var batch = EventBatch()
        batch.records.reserveCapacity(count)
        // One turn of the loop for each thousand events.
        while batch.records.count < count {
            if place == turn.records.count {
                let since = feed.count == 0 ? clock.now() : nil
                await prepare()
                if let since { waited += clock.now() - since }
            }
            let end = min(turn.records.count, place + count - batch.records.count)
            if place == end { break }
            for record in turn.records[place..<end] { batch.append(record, of: turn) }
            place = end
        }
        return batch
    }
}
