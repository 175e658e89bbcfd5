import Trial

/// An open-loop test: events are sent when they are due, and each one's latency counts from then.
///
/// A system that stalls for a second does not keep the test from sending, and everything that was due in that second
/// shows how long it waited. A test that waits for answers would send less just when the system is slow, and report the
/// few latencies that it did not omit.
package struct LoadTest: Sendable {
    /// Hears of every second when it is over.
    package typealias Progress = @Sendable (LoadSecond) -> Void

    private let target: LoadTarget
    private let clock: LoadClock

    /// A test of a target.
    package init(_ target: LoadTarget, clock: LoadClock) {
        self.target = target
        self.clock = clock
    }

    fileprivate enum Part: Sendable {
        case maker(firstUnused: UInt64)
        case other
    }

    /// Sends what is planned, waits for what was sent, and reports.
    ///
    /// - Parameters:
    ///   - stop: returns when sending should end early, and when its task is cancelled; the report is made all the same.
    ///   - onSecond: hears of every second when it is over.
    /// - Throws: CancellationError where the task was cancelled.
    package func run(
        _ plan: LoadPlan, stop: @escaping @Sendable () async -> Void, onSecond: @escaping Progress = { _ in }
    ) async throws(CancellationError) -> LoadResult {
        let schedule = SendSchedule(rate: plan.rate, seconds: plan.seconds, rampSeconds: plan.rampSeconds)
        let end = RunEnd(schedule)
        let feed = EventFeed()
        let recorder = LoadRecorder(plan, schedule, end, slices: target.slices, onSecond: onSecond)
        let result = await withTaskGroup(of: Part.self) { group in
            group.addTask(name: "load events") { await Self.make(plan, feed) }
            var cutter = EventCutter(feed, clock)
            await cutter.prepare()
            let startedAt = clock.date()
            let sender = LoadSender(
                plan: plan, target: target, clock: clock, schedule: schedule, recorder: recorder, end: end,
                start: clock.now())
            group.addTask(name: "load checkpoints") { await sender.watch() }
            group.addTask(name: "load seconds") { await sender.tick() }
            group.addTask(name: "load stop") {
                await stop()
                if !Task.isCancelled { end.stop(at: clock.now() - sender.start) }
                return .other
            }
            let pauses = await sender.run(cutter)
            await sender.drain()
            feed.close()
            group.cancelAll()
            var firstUnused = plan.firstPatient
            for await case .maker(let patient) in group { firstUnused = patient }
            let recording = await recorder.finish(at: clock.now() - sender.start)
            return LoadResult(plan, startedAt: startedAt, end, recording, pauses, firstUnusedPatient: firstUnused)
        }
        if Task.isCancelled { throw CancellationError() }
        return result
    }

    /// Makes events until no more are wanted.
    private static func make(_ plan: LoadPlan, _ feed: EventFeed) async -> Part {
        var rounds = PatientRounds(plan.scenario, seed: plan.seed, patients: plan.patients, from: plan.firstPatient)
        while !Task.isCancelled {
            if let turn = rounds.step() {
                guard await feed.put(turn) else { break }
            } else {
                // Making is work for a whole thread; those who send and measure come first.
                await Task.yield()
            }
        }
        // Where the task was cancelled, nobody must wait for events.
        feed.close()
        return .maker(firstUnused: rounds.firstUnused)
    }
}

extension LoadSender {
    /// Looks at the checkpoints until cancelled.
    fileprivate func watch() async -> LoadTest.Part {
        while !Task.isCancelled {
            let before = clock.now()
            do {
                if let wait = target.waitForProjection {
                    try await wait()
                } else {
                    try await clock.sleep(before + Limits.checkpointPause)
                }
                // A wait that returns at once must not take the processor from what is measured.
                if clock.now() < before + Limits.leastCheckpointPause {
                    try await clock.sleep(before + Limits.leastCheckpointPause)
                }
                let positions = try await target.checkpoints()
                await recorder.see(positions, at: clock.now() - start)
            } catch  where Task.isCancelled {
                break
            } catch {
                await recorder.failToLook(error, at: clock.now() - start)
                await pause(Limits.pauseAfterError)
            }
        }
        return .other
    }

    /// Closes each second when it is over, until cancelled.
    fileprivate func tick() async -> LoadTest.Part {
        while !Task.isCancelled {
            let now = clock.now() - start
            await recorder.advance(to: now)
            await pause(1_000_000_000 - now % 1_000_000_000)
        }
        return .other
    }

    /// Waits until everything is visible that was sent, as long as the plan allows.
    fileprivate func drain() async {
        while await !recorder.isSettled, clock.now() - start < end.time + nanoseconds(plan.drainSeconds) {
            if Task.isCancelled { return }
            await pause(Limits.checkpointPause)
        }
    }

    private func pause(_ duration: Int64) async {
        do { try await clock.sleep(clock.now() + duration) } catch {
            // Whoever pauses looks next whether the task is cancelled.
        }
    }
}

extension LoadResult {
    fileprivate init(
        _ plan: LoadPlan, startedAt: Int64, _ end: RunEnd, _ recording: Recording, _ pauses: LoadSender.Pauses,
        firstUnusedPatient: UInt64
    ) {
        let seconds = Double(end.time) / 1e9
        let schedule = SendSchedule(rate: plan.rate, seconds: plan.seconds, rampSeconds: plan.rampSeconds)
        let hasSteady = end.time > schedule.ramp
        let length = hasSteady ? seconds - plan.rampSeconds : seconds
        let offered = recording.tally.offered - (hasSteady ? schedule.count(before: schedule.ramp) : 0)
        self.init(
            plan: plan, startedAt: startedAt, seconds: seconds, isStopped: end.isEarly, tally: recording.tally,
            offeredPerSecond: length > 0 ? Double(offered) / length : 0,
            achievedPerSecond: length > 0 ? Double(hasSteady ? recording.steady : recording.timely) / length : 0,
            stalledSeconds: Double(pauses.stalled) / 1e9, starvedSeconds: Double(pauses.starved) / 1e9,
            append: recording.append, visible: recording.visible, messages: recording.messages,
            perSecond: recording.perSecond, intervals: recording.intervals, firstUnusedPatient: firstUnusedPatient)
    }
}
