import Trial

/// Keeps what is measured while a test runs.
///
/// Times are taken by the callers before they come here, so that a wait for the actor is no part of any latency.
actor LoadRecorder {
    private let schedule: SendSchedule
    private let end: RunEnd
    private let batchesInFlight: Int
    private let unseenEvents: Int
    private let onSecond: LoadTest.Progress
    private var tally = LoadTally()
    /// The events that became durable while events were sent, in all and after the ramp.
    private var timely = 0
    private var steady = 0
    /// The batches in flight: the number of the first event of each, and how many it has.
    private var inFlight: [Int: Int] = [:]
    private var unseen: UnseenEvents
    private var checkpoints: [Int64]
    private var seconds: SecondBySecond
    private var messages = ErrorMessages()

    init(
        _ plan: LoadPlan, _ schedule: SendSchedule, _ end: RunEnd, slices: Int, onSecond: @escaping LoadTest.Progress
    ) {
        self.schedule = schedule
        self.end = end
        self.onSecond = onSecond
        batchesInFlight = plan.batchesInFlight
        unseenEvents = plan.unseenEvents
        unseen = UnseenEvents(slices: slices)
        checkpoints = Array(repeating: 0, count: slices)
        seconds = SecondBySecond(schedule)
    }

    /// Why a batch may be sent or not.
    enum Admission: Sendable {
        case admitted
        /// As many batches as may be are in flight.
        case tooManyInFlight
        /// As many events as may be are not visible.
        case tooManyUnseen
    }

    /// Asks whether a batch may be sent now; where it may, it counts as sent.
    func admit(_ events: Range<Int>) -> Admission {
        guard inFlight.count < batchesInFlight else { return .tooManyInFlight }
        // What is in flight will be waiting to be seen.
        let waiting = tally.sent - tally.failed - tally.visible
        guard waiting + events.count <= unseenEvents else { return .tooManyUnseen }
        inFlight[events.lowerBound] = events.count
        tally.sent += events.count
        return .admitted
    }

    /// A batch became durable.
    ///
    /// - Parameters:
    ///   - slices: the slice of each event.
    ///   - time: when, in nanoseconds after the start.
    func acknowledge(_ events: Range<Int>, slices: [Int], _ answer: Acknowledgement, at time: Int64) {
        advance(to: time)
        inFlight[events.lowerBound] = nil
        var positions: [Int: Int64] = [:]
        for head in answer.heads { positions[head.slice] = head.position }
        var refused = answer.refused[...]
        var unknown = 0
        var stored = 0
        for (place, event) in events.enumerated() {
            if refused.first == place {
                refused.removeFirst()
                continue
            }
            guard let position = positions[slices[place]] else {
                unknown += 1
                continue
            }
            stored += 1
            let intended = schedule.time(of: event)
            seconds.append.record(time - intended)
            if position <= checkpoints[slices[place]] {
                tally.visible += 1
                seconds.sawEvent(after: time - intended)
            } else {
                unseen.add(event, slice: slices[place], position: position)
            }
        }
        count(stored, at: time)
        fail(answer.refused.count, "The log refused events that it should have stored.")
        fail(unknown, "The acknowledgement names no head of a slice that the batch has events in.")
    }

    /// A batch failed.
    func fail(_ events: Range<Int>, _ error: any Error, at time: Int64) {
        advance(to: time)
        inFlight[events.lowerBound] = nil
        fail(events.count, "\(error)")
    }

    /// The projection has come so far.
    func see(_ positions: [Int64], at time: Int64) {
        advance(to: time)
        for (slice, position) in positions.prefix(checkpoints.count).enumerated() where position > checkpoints[slice] {
            checkpoints[slice] = position
            unseen.remove(slice: slice, upTo: position) { event in
                tally.visible += 1
                seconds.sawEvent(after: time - schedule.time(of: event))
            }
        }
    }

    /// The checkpoints could not be read.
    func failToLook(_ error: any Error, at time: Int64) {
        advance(to: time)
        tally.failedLooks += 1
        seconds.errors += 1
        messages.add("\(error)")
    }

    /// Whether everything that was sent has become visible or has failed.
    var isSettled: Bool { inFlight.isEmpty && unseen.count == 0 }

    /// Closes the seconds that are over.
    func advance(to time: Int64) {
        while let second = seconds.close(before: time, lag: tally.lag) { onSecond(second) }
    }

    /// What was measured, with what is still waited for counted as long as it has waited.
    func finish(at time: Int64) -> Recording {
        advance(to: time)
        // A stop that comes while a batch leaves is older than the batch.
        tally.offered = max(schedule.count(before: end.time), tally.sent)
        func waited(_ event: Int) -> Int64 { time - schedule.time(of: event) }
        func abandon(_ events: Range<Int>) {
            for event in events {
                seconds.append.record(waited(event))
                seconds.visible.record(waited(event))
            }
        }
        for (first, count) in inFlight { abandon(first..<first + count) }
        if tally.sent < tally.offered { abandon(tally.sent..<tally.offered) }
        unseen.forEach { seconds.visible.record(waited($0)) }
        if let second = seconds.closeLast(at: time, lag: tally.lag) { onSecond(second) }
        return Recording(
            tally: tally, timely: timely, steady: steady, append: seconds.allAppend, visible: seconds.allVisible,
            messages: messages.all, perSecond: seconds.offered(until: end.time), intervals: seconds.intervals)
    }

    private func count(_ stored: Int, at time: Int64) {
        tally.acknowledged += stored
        tally.maxLag = max(tally.maxLag, tally.lag)
        seconds.acknowledged += stored
        guard time < end.time else { return }
        timely += stored
        if time >= schedule.ramp { steady += stored }
    }

    private func fail(_ count: Int, _ message: String) {
        guard count > 0 else { return }
        tally.failed += count
        seconds.errors += count
        messages.add(message)
    }
}

/// What a recorder hands over at the end.
struct Recording: Sendable {
    let tally: LoadTally
    let timely: Int
    let steady: Int
    let append: LatencyHistogram
    let visible: LatencyHistogram
    let messages: [(text: String, count: Int)]
    let perSecond: [LoadSecond]
    let intervals: [LoadInterval]
}

/// The first messages of errors, each with how often it came.
struct ErrorMessages: Sendable {
    private(set) var all: [(text: String, count: Int)] = []

    /// Counts a message; a new one only where there is room.
    mutating func add(_ text: String) {
        // The client library breaks lines and indents them.
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let text = String(words.prefix(Limits.messageLength))
        if let place = all.firstIndex(where: { $0.text == text }) {
            all[place].count += 1
        } else if all.count < Limits.messages {
            all.append((text, 1))
        }
    }
}
