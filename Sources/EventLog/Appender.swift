package import Logging
package import Postgres
package import Trial

/// Appends batches of events to a study, each event once, durably, in dense positions.
///
/// Each batch is cut into the shares of the lanes, which commit side by side and each for itself.
package struct Appender: Sendable {
    /// The study that is appended to.
    package let study: Study
    private let lanes: [AppendLane]
    private let sources: SourceNumbers
    private let patience: Patience

    /// Connects to the log.
    ///
    /// - Parameters:
    ///   - lanes: How many connections share the study's slices.
    ///   - patience: For how long work is tried again, from its first failure on, while the database is away.
    /// - Throws: ``LogError/database(_:)`` at once when the database cannot be reached now.
    package init(
        to study: Study, at configuration: ConnectionConfiguration, by attribution: Attribution, lanes: Int,
        patience: Duration = Limits.patience, logger: Logger
    ) async throws(LogError) {
        self.study = study
        let patience = Patience(patience)
        self.patience = patience
        let ends = StoredEnds()
        var opened: [AppendLane] = []
        for _ in 0..<max(1, min(lanes, study.slices)) {
            opened.append(try await AppendLane(to: study, configuration, attribution, patience, ends, logger))
        }
        self.lanes = opened
        sources = try await SourceNumbers(study, configuration, patience, logger)
    }

    /// Appends a batch and returns a decision for each of its records, when they are durable.
    ///
    /// Callers that arrive while a commit is under way are committed together.
    ///
    /// - Throws: ``LogError`` when the log cannot be written. Some of the batch may have been stored then; sending it
    ///   again is harmless.
    package func append(_ batch: EventBatch) async throws(LogError) -> AppendReceipt {
        do throws(AppendFailure) { return try await store(batch) } catch { throw error.reason }
    }

    /// The same, and a failure tells what became of the batch nevertheless.
    package func store(_ batch: EventBatch) async throws(AppendFailure) -> AppendReceipt {
        if batch.records.isEmpty { return AppendReceipt(decisions: [], heads: []) }
        let numbers: [Int32]
        do throws(LogError) { numbers = try await sources.numbers(of: batch) } catch {
            let nothing = [Decision?](repeating: nil, count: batch.records.count)
            throw AppendFailure(reason: error, decisions: nothing, isCertain: true)
        }
        let shares = split(batch, numbers)
        let results = await append(shares)
        var receipts: [LaneReceipt] = []
        do throws(LaneFailure) { for result in results { receipts.append(try result.get()) } } catch {
            throw failure(error.reason, batch, shares.map(\.share), results)
        }
        return receipt(for: batch, shares.map(\.share), receipts)
    }

    /// Puts together what is known where not all lanes did their share.
    private func failure(
        _ reason: LogError, _ batch: EventBatch, _ shares: [LaneShare], _ results: [Result<LaneReceipt, LaneFailure>]
    ) -> AppendFailure {
        var decisions = [Decision?](repeating: nil, count: batch.records.count)
        var isCertain = true
        for (share, result) in zip(shares, results) {
            switch result {
            case .success(let receipt):
                for (item, decision) in zip(share.items, receipt.decisions) { decisions[Int(item.record)] = decision }
            case .failure(let failure): if failure.mayBeStored { isCertain = false }
            }
        }
        return AppendFailure(reason: reason, decisions: decisions, isCertain: isCertain)
    }

    /// Lets each lane append its share, side by side; the results are in the order of the shares.
    private func append(_ shares: [(lane: Int, share: LaneShare)]) async -> [Result<LaneReceipt, LaneFailure>] {
        if shares.count == 1 { return [await Self.append(shares[0].share, lanes[shares[0].lane])] }
        return await withTaskGroup(of: (Int, Result<LaneReceipt, LaneFailure>).self) { group in
            for (number, part) in shares.enumerated() {
                let lane = lanes[part.lane]
                group.addTask(name: "append lane \(part.lane)") { (number, await Self.append(part.share, lane)) }
            }
            let results = await group.reduce(into: []) { $0.append($1) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private static func append(_ share: LaneShare, _ lane: AppendLane) async -> Result<LaneReceipt, LaneFailure> {
        do throws(LaneFailure) {
            return .success(try await lane.append(share))
        } catch {
            return .failure(error)
        }
    }

    /// Lets work under way, and any that follows, be tried for no longer than this from now on.
    package func hurry(within rest: Duration) { patience.end(at: .now + rest) }

    /// Closes the connections.
    ///
    /// Nothing may be appended afterwards.
    package func close() async {
        for lane in lanes { await lane.close() }
        await sources.close()
    }

    /// Puts together what the lanes did; they are in the order of their slices.
    private func receipt(for batch: EventBatch, _ shares: [LaneShare], _ receipts: [LaneReceipt]) -> AppendReceipt {
        var decisions = [Decision](repeating: .stored, count: batch.records.count)
        var heads: [LogPlace] = []
        for (share, receipt) in zip(shares, receipts) {
            for (item, decision) in zip(share.items, receipt.decisions) { decisions[Int(item.record)] = decision }
            for head in receipt.heads {
                heads.append(LogPlace(slice: Int(head.slice - study.firstSlice), position: head.position))
            }
        }
        return AppendReceipt(decisions: decisions, heads: heads)
    }

    /// Gives each lane the events of its slices, ordered by slice; lanes without events get nothing.
    private func split(_ batch: EventBatch, _ sources: [Int32]) -> [(lane: Int, share: LaneShare)] {
        let slices = (0..<batch.subjects.count).map { SliceHash.slice(of: batch.subjects[$0], among: study.slices) }
        if batch.records.count == 1 {
            let slice = slices[Int(batch.records[0].patient)]
            let item = LaneShare.Item(slice: study.firstSlice + Int32(slice), record: 0)
            return [(lane(of: slice), LaneShare(batch: batch, sources: sources, items: [item]))]
        }
        var counts = [Int](repeating: 0, count: study.slices + 1)
        for record in batch.records { counts[slices[Int(record.patient)] + 1] += 1 }
        for slice in 1...study.slices { counts[slice] += counts[slice - 1] }
        let nothing = LaneShare.Item(slice: 0, record: 0)
        var ordered = [LaneShare.Item](repeating: nothing, count: batch.records.count)
        var next = counts
        for (index, record) in batch.records.enumerated() {
            let slice = slices[Int(record.patient)]
            ordered[next[slice]] = LaneShare.Item(slice: study.firstSlice + Int32(slice), record: Int32(index))
            next[slice] += 1
        }
        return lanes.indices.compactMap { lane in
            let items = ordered[counts[firstSlice(of: lane)]..<counts[firstSlice(of: lane + 1)]]
            return items.isEmpty ? nil : (lane, LaneShare(batch: batch, sources: sources, items: Array(items)))
        }
    }

    /// Where a lane's slices begin; neighbouring slices share a lane, so that its items are one stretch of the whole.
    private func firstSlice(of lane: Int) -> Int { study.slices * lane / lanes.count }

    private func lane(of slice: Int) -> Int {
        var lane = 0
        while firstSlice(of: lane + 1) <= slice { lane += 1 }
        return lane
    }
}
