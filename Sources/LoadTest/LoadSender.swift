import Trial

/// Sends events when they are due, whatever became of the ones before.
struct LoadSender: Sendable {
    let plan: LoadPlan
    let target: LoadTarget
    let clock: LoadClock
    let schedule: SendSchedule
    let recorder: LoadRecorder
    let end: RunEnd
    /// When the first event is due, by the clock.
    let start: Int64

    /// For how long events were due and could not be sent, in nanoseconds.
    struct Pauses: Sendable {
        /// Because too many were in flight or unseen.
        var stalled: Int64 = 0
        /// Because they had not been made.
        var starved: Int64 = 0
    }

    private enum Ended: Sendable {
        case batch
        case wait
    }

    /// What changes while events are sent.
    private struct Progress {
        /// The next event.
        var next = 0
        /// The tasks of batches that nobody has collected, most of which ended long ago.
        var uncollected = 0
        /// The earliest moment for another batch, after the start.
        var wake: Int64 = 0
        var stalledSince: Int64?
        var isOver = false
        var pauses = Pauses()
    }

    /// Sends all events from a cutter and waits for the answers, as long as the plan allows.
    func run(_ cutter: EventCutter) async -> Pauses {
        await withTaskGroup(of: Ended.self) { group in
            var cutter = cutter
            var progress = Progress()
            group.addTask(name: "load deadline") {
                await waitForDeadline()
                return .wait
            }
            while !progress.isOver, !Task.isCancelled, await step(&progress, &cutter, &group) {}
            if let since = progress.stalledSince { progress.pauses.stalled += clock.now() - since }
            while progress.uncollected > 0, !progress.isOver { await collect(&progress, &group) }
            group.cancelAll()
            progress.pauses.starved = cutter.waited
            return progress.pauses
        }
    }

    /// Sends a batch, or waits for something to be due; `false` when everything is sent.
    private func step(
        _ progress: inout Progress, _ cutter: inout EventCutter, _ group: inout TaskGroup<Ended>
    ) async -> Bool {
        let now = clock.now() - start
        let last = end.time
        let due = schedule.count(before: min(now + 1, last))
        if now >= last, progress.next >= due || now >= last + Limits.grace { return false }
        guard progress.next < due, now >= progress.wake || now >= last else {
            let time = max(progress.wake, progress.next < due ? 0 : schedule.time(of: progress.next))
            await sleep(until: min(time, last, now + Limits.longestSleep))
            return true
        }
        let events = progress.next..<min(due, progress.next + Limits.eventsPerBatch)
        switch await recorder.admit(events) {
        case .admitted:
            if let since = progress.stalledSince { progress.pauses.stalled += start + now - since }
            progress.stalledSince = nil
            await send(events, &progress, &cutter, &group)
            if events.upperBound == due { progress.wake = now + Limits.tick }
        case .tooManyInFlight:
            progress.stalledSince = progress.stalledSince ?? start + now
            // Those that ended long ago come first, then one that makes room.
            await collect(&progress, &group)
        case .tooManyUnseen:
            progress.stalledSince = progress.stalledSince ?? start + now
            await sleep(until: now + Limits.tick)
        }
        return true
    }

    private func send(
        _ events: Range<Int>, _ progress: inout Progress, _ cutter: inout EventCutter,
        _ group: inout TaskGroup<Ended>
    ) async {
        let batch = await cutter.take(events.count)
        // No more are made only where the task was cancelled.
        guard batch.records.count == events.count else { return }
        // One of more tasks than may be in flight has ended, so that this waits for nobody.
        if progress.uncollected > plan.batchesInFlight { await collect(&progress, &group) }
        group.addTask(name: "load batch") {
            await append(batch, events)
            return .batch
        }
        progress.uncollected += 1
        progress.next = events.upperBound
    }

    private func collect(_ progress: inout Progress, _ group: inout TaskGroup<Ended>) async {
        switch await group.next() {
        case .batch: progress.uncollected -= 1
        case .wait, nil: progress.isOver = true
        }
    }

    private func append(_ batch: EventBatch, _ events: Range<Int>) async {
        let slices = Self.slices(of: batch, target)
        do {
            let answer = try await target.append(batch)
            await recorder.acknowledge(events, slices: slices, answer, at: clock.now() - start)
        } catch  where Task.isCancelled {
            // The wait for answers is over: the batch counts as not acknowledged.
        } catch {
            await recorder.fail(events, error, at: clock.now() - start)
        }
    }

    /// The slice of each event of a batch.
    private static func slices(of batch: EventBatch, _ target: LoadTarget) -> [Int] {
        let ofSubjects = (0..<batch.subjects.count).map { target.slice(batch.subjects[$0]) }
        return batch.records.map { ofSubjects[Int($0.patient)] }
    }

    /// Returns when answers are not waited for any longer.
    private func waitForDeadline() async {
        while !Task.isCancelled {
            let now = clock.now() - start
            let deadline = end.time + nanoseconds(plan.drainSeconds)
            if now >= deadline { return }
            await sleep(until: min(deadline, now + Limits.longestSleep))
        }
    }

    /// Sleeps until a time after the start; a cancelled task wakes at once.
    private func sleep(until time: Int64) async {
        do { try await clock.sleep(start + time) } catch {
            // Whoever sleeps looks next whether the task is cancelled.
        }
    }
}
