package import Logging
package import Postgres
import Segments
import Trial

/// Takes the rows of a study away, whole partition by whole partition, once segments hold the same events.
///
/// The rows are the only other copy of the events. So each segment is read again, and must lead to the digests of the log's
/// chain, before anything goes; the database does the rest in one transaction, and keeps a record of it.
package struct RowRemoval: Sendable {
    private let study: Study
    private let author: String
    private let reason: String?
    private let configuration: ConnectionConfiguration
    /// By slice: up to which position segments have been compared with the chain.
    private var compared: [Int32: Int64] = [:]

    /// A removal that is to be done.
    ///
    /// - Parameters:
    ///   - author: Who removes, and why, which the log keeps; the database adds its own name for the login.
    /// - Throws: ``LogError/rowsShared(_:)`` where the study shares its partition; ``LogError/notOwner(_:)`` where the
    ///   login may not remove rows.
    package init(
        of study: Study, by author: String, because reason: String?, at configuration: ConnectionConfiguration,
        _ session: Session
    ) throws(LogError) {
        self.study = study
        self.author = author
        self.reason = reason
        var settled = configuration
        for (name, value) in LogReader.settings { settled.options[name] = value }
        self.configuration = settled
        let found = try translating { () throws(PostgresError) in
            try session.pinSearchPath()
            let rows = try session.query(
                """
                SELECT has_function_privilege('trough.remove_rows(integer, bigint[], text, text)', 'EXECUTE'),
                    to_regclass('trough.event_' || $1::integer) IS NOT NULL
                """, [.int32(study.number)])
            return (isOwner: try rows.bool(0, 0), isAlone: try rows.bool(0, 1))
        }
        guard found.isAlone else { throw Self.shared(study) }
        guard found.isOwner else {
            throw .notOwner(
                "Rows are removed by the owner of the log alone. Expected a login that is a member of the role "
                    + "trough_owner; who may write can seal without --drop-rows.")
        }
    }

    /// Compares the segments with the chain, and removes the rows whose events they hold.
    ///
    /// What was compared once is not compared again, so that a second attempt, after the rest has been sealed, is short.
    ///
    /// - Parameters:
    ///   - shards: Over how many connections segments are compared side by side.
    ///   - logger: Told at level `debug` what was compared, and what was removed.
    ///   - comparing: Told once how many events are in the segments that are to be compared.
    ///   - progress: Told the events of each segment that was compared; called from several threads.
    /// - Returns: How many rows have gone; `nil` where too many events stand behind the segments.
    /// - Throws: ``LogError/damaged(_:)`` where a segment does not lead to the digests of the chain;
    ///   ``LogError/rowsStay(_:)`` where others did not let go of the table of events. Then all rows stay.
    ///   ``LogError/unknownStudy(_:)`` where the study is removed meanwhile.
    package mutating func attempt(
        shards: Int, logger: Logger = .silent, comparing: (Int) -> Void = { _ in },
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(LogError) -> Int64? {
        let connection: Connection
        do throws(PostgresError) { connection = try await .open(configuration) } catch { throw .database(error) }
        do throws(LogError) {
            let study = study
            let chain = try await connection.perform { session throws(LogError) in
                try session.snapshot { () throws(LogError) in
                    do throws(PostgresError) { return try StudyChain(study, session) } catch { throw reading(error) }
                }
            }
            let slices = try compare(chain)
            comparing(slices.reduce(0) { $0 &+ pending(of: $1).reduce(0) { $0 &+ $1.positions.count } })
            try await compare(slices, over: max(1, min(shards, slices.count)), logger, progress)
            for slice in slices { compared[slice.head.slice] = slice.head.segments?.upperBound }
            let ends = study.sliceNumbers.map { compared[$0] ?? 0 }
            let (author, reason) = (author, reason)
            let removed = try await connection.perform { session throws(LogError) in
                try Self.remove(study, ends, author, reason, session)
            }
            await connection.close()
            logger.debug(
                removed.map { "study \"\(study.name)\": the rows of \($0) events removed" }
                    ?? "study \"\(study.name)\": too many events have come meanwhile, which are sealed first")
            return removed
        } catch {
            await connection.close()
            throw await study.explained(error, at: configuration)
        }
    }

    /// The slices that have segments which were not compared yet, in whole and in order.
    private func compare(_ chain: StudyChain) throws(LogError) -> [SliceStretches] {
        if let fault = chain.faults.first { throw .damaged(Self.words(fault.description)) }
        var slices: [SliceStretches] = []
        for head in chain.heads {
            if let fault = chain.fault(of: head) { throw damaged(fault, head.slice) }
            let whole = chain.stretches(of: head, positionsPerStretch: Limits.positionsPerStretch)
            let done = compared[head.slice] ?? 0
            if whole.segments.contains(where: { $0.lastPosition > done }) { slices.append(whole) }
        }
        return slices
    }

    /// The segments of a slice that have rows and were not compared yet.
    private func pending(of slice: SliceStretches) -> [SegmentPlace] {
        let done = compared[slice.head.slice] ?? 0
        return slice.segments.filter { $0.hasRows && $0.lastPosition > done }
    }

    private func compare(
        _ slices: [SliceStretches], over count: Int, _ logger: Logger,
        _ progress: @escaping @Sendable (Int) -> Void
    ) async throws(LogError) {
        let results = await withTaskGroup(of: Result<Void, LogError>.self) { group in
            for number in 0..<count {
                let share = stride(from: number, to: slices.count, by: count).map { slices[$0] }
                group.addTask(name: "removal shard \(number)") {
                    let began = ContinuousClock.now
                    do throws(LogError) { try await compare(share, progress) } catch { return .failure(error) }
                    logger.debug(
                        "shard \(number): the segments of \(share.count) slices compared in \(began.sinceThen)")
                    return .success(())
                }
            }
            var results: [Result<Void, LogError>] = []
            for await result in group {
                if case .failure = result { group.cancelAll() }
                results.append(result)
            }
            return results
        }
        for case .failure(let error) in results where !error.isCancellation { throw error }
        for result in results { try result.get() }
    }

    private func compare(
        _ slices: [SliceStretches], _ progress: @escaping @Sendable (Int) -> Void
    ) async throws(LogError) {
        let connection: Connection
        do throws(PostgresError) { connection = try await .open(configuration) } catch { throw .database(error) }
        do throws(LogError) {
            for slice in slices {
                let places = pending(of: slice)
                let fault = try await connection.perform { session throws(LogError) in
                    do throws(PostgresError) { return try slice.firstFault(in: places, session, progress) } catch {
                        throw reading(error)
                    }
                }
                if let fault { throw damaged(fault, slice.head.slice) }
            }
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    private static func remove(
        _ study: Study, _ ends: [Int64], _ author: String, _ reason: String?, _ session: Session
    ) throws(LogError) -> Int64? {
        do throws(PostgresError) {
            return try session.query(
                "SELECT trough.remove_rows($1, $2, $3, $4)",
                [
                    .int32(study.number), .int64Array(ends), .string(author),
                    reason.map(Parameter.string) ?? .null,
                ]
            ).int64(0, 0)
        } catch {
            switch error.sqlState {
            case "TR005": throw shared(study)
            case "TR006", "55P03":
                throw .rowsStay(
                    "The rows of study \"\(study.name)\" stay: others kept reading or writing the table of events. What "
                        + "was sealed is sealed; the same command removes the rows later.")
            case "TR007": return nil
            default: throw .database(error)
            }
        }
    }

    private static func shared(_ study: Study) -> LogError {
        .rowsShared(
            "The rows of study \"\(study.name)\" cannot be removed: the study is older than partitions, and its rows "
                + "share one with those of others. Expected a study that was made since. \"trough export\" and \"trough "
                + "append\" bring its events into a new one.")
    }

    private func damaged(_ fault: ChainFault.Place, _ slice: Int32) -> LogError {
        let whole = ChainFault(fault, study: study.name, slice: Int(slice - study.firstSlice))
        return .damaged(Self.words(whole.description))
    }

    private static func words(_ fault: String) -> String {
        "\(fault). All rows stay."
    }
}

extension SliceStretches {
    /// Follows the chain through some of its segments.
    fileprivate func firstFault(
        in places: [SegmentPlace], _ session: Session, _ progress: (Int) -> Void
    ) throws(PostgresError) -> ChainFault.Place? {
        if places.isEmpty { return nil }
        let check = SegmentCheck(slice: head.slice, patients: try rows.patients(session))
        for place in places {
            let sealed = try SealedStretch(place, rows, session)
            let before = try rows.digest(upTo: place.firstPosition - 1, session) ?? []
            if let fault = check.fault(of: sealed, after: before, hasRows: true) { return fault }
            progress(place.positions.count)
        }
        return nil
    }
}
