package import Logging
package import Postgres
package import Trial

/// Appends batches of events to a study, each event once, durably, in dense positions.
///
/// Callers that arrive while a commit is under way wait and are committed together: one of them leads, the others get
/// their decisions from it. Nothing is queued but the waiting callers' own batches.
package actor Appender {
    private struct Waiting {
        let batch: EventBatch
        let continuation: CheckedContinuation<Signal, Never>
    }

    private enum Signal: Sendable {
        case lead
        case decided(Result<[Decision], LogError>)
    }

    /// What one lane decided about its items.
    private struct Share: Sendable {
        let items: [AppendWork.Item]
        let decisions: Result<[Decision], LogError>
    }

    /// The study that is appended to.
    package nonisolated let study: Study
    private let lanes: [AppendLane]
    private let sources: SourceNumbers
    private var isCommitting = false
    private var waiting: [Waiting] = []

    /// Connects to the log.
    ///
    /// - Parameters:
    ///   - lanes: How many connections share the study's slices.
    package init(
        to study: Study, at configuration: ConnectionConfiguration, by attribution: Attribution, lanes: Int,
        logger: Logger
    ) async throws(LogError) {
        self.study = study
        do throws(PostgresError) {
            var opened: [AppendLane] = []
            for _ in 0..<max(1, min(lanes, study.slices)) {
                opened.append(try await AppendLane(configuration, attribution, logger))
            }
            self.lanes = opened
            sources = try await SourceNumbers(study, configuration, logger)
        } catch {
            throw .database(error)
        }
    }

    /// Appends a batch and returns a decision for each of its records, when they are durable.
    ///
    /// - Throws: ``LogError`` when the log cannot be written. Some of the batch may have been stored then; sending it
    ///   again is harmless.
    package func append(_ batch: EventBatch) async throws(LogError) -> [Decision] {
        if batch.records.isEmpty { return [] }
        if isCommitting {
            let signal = await withCheckedContinuation { waiting.append(Waiting(batch: batch, continuation: $0)) }
            if case .decided(let result) = signal { return try result.get() }
        }
        isCommitting = true
        let followers = takeFollowers(of: batch)
        let result: Result<[[Decision]], LogError>
        do throws(LogError) {
            result = .success(try await commit([batch] + followers.map(\.batch)))
        } catch {
            result = .failure(error)
        }
        for (index, follower) in followers.enumerated() {
            follower.continuation.resume(returning: .decided(result.map { $0[index + 1] }))
        }
        if waiting.isEmpty { isCommitting = false } else { waiting.removeFirst().continuation.resume(returning: .lead) }
        return try result.get()[0]
    }

    /// Closes the connections.
    ///
    /// Nothing may be appended afterwards.
    package func close() async {
        for lane in lanes { await lane.close() }
        await sources.close()
    }

    /// The callers whose batches go into the same commit.
    private func takeFollowers(of batch: EventBatch) -> [Waiting] {
        var events = batch.records.count
        var taken = 0
        while taken < waiting.count, events + waiting[taken].batch.records.count <= Limits.eventsPerCommit {
            events += waiting[taken].batch.records.count
            taken += 1
        }
        let followers = Array(waiting.prefix(taken))
        waiting.removeFirst(taken)
        return followers
    }

    /// Commits batches together, each lane its share, side by side.
    private func commit(_ batches: [EventBatch]) async throws(LogError) -> [[Decision]] {
        let numbers = try await sources.numbers(of: batches)
        let work = split(batches, numbers)
        let shares = await withTaskGroup(of: Share.self) { group in
            for (number, lane) in lanes.enumerated() where !work[number].items.isEmpty {
                group.addTask(name: "append lane \(number)") { await Self.append(work[number], lane: lane) }
            }
            var shares: [Share] = []
            for await share in group { shares.append(share) }
            return shares
        }
        var decisions = batches.map { [Decision](repeating: .stored, count: $0.records.count) }
        for share in shares {
            let decided = try share.decisions.get()
            for (index, item) in share.items.enumerated() {
                decisions[Int(item.batch)][Int(item.record)] = decided[index]
            }
        }
        return decisions
    }

    private static func append(_ work: AppendWork, lane: AppendLane) async -> Share {
        do throws(LogError) {
            return Share(items: work.items, decisions: .success(try await lane.append(work)))
        } catch {
            return Share(items: work.items, decisions: .failure(error))
        }
    }

    /// Gives each lane the events of its slices, ordered by slice.
    private func split(_ batches: [EventBatch], _ sources: [[Int32]]) -> [AppendWork] {
        var counts = [Int](repeating: 0, count: study.slices + 1)
        let slicesOfSubjects = batches.map { batch in
            (0..<batch.subjects.count).map { SliceHash.slice(of: batch.subjects[$0], among: study.slices) }
        }
        for (number, batch) in batches.enumerated() {
            for record in batch.records { counts[slicesOfSubjects[number][Int(record.patient)] + 1] += 1 }
        }
        for slice in 1...study.slices { counts[slice] += counts[slice - 1] }
        let total = counts[study.slices]
        let nothing = AppendWork.Item(slice: 0, batch: 0, record: 0)
        var ordered = [AppendWork.Item](repeating: nothing, count: total)
        var next = counts
        for (number, batch) in batches.enumerated() {
            for (index, record) in batch.records.enumerated() {
                let slice = slicesOfSubjects[number][Int(record.patient)]
                ordered[next[slice]] = AppendWork.Item(
                    slice: study.firstSlice + Int32(slice), batch: Int32(number), record: Int32(index))
                next[slice] += 1
            }
        }
        let patients = batches.map { [Int32](repeating: 0, count: $0.subjects.count) }
        return lanes.indices.map { lane in
            // Neighbouring slices share a lane, so that a lane's items are one stretch of the whole.
            let first = study.slices * lane / lanes.count
            let end = study.slices * (lane + 1) / lanes.count
            return AppendWork(
                batches: batches, sources: sources, patients: patients,
                items: Array(ordered[counts[first]..<counts[end]]))
        }
    }
}
