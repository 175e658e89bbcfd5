package import Logging
package import Postgres
import Segments
import Trial

/// Packs the finished history of a study into segments, slice by slice, in parallel, while appends go on.
///
/// Each segment is a transaction of its own, so that a sealing that was interrupted goes on where it was. The rows stay
/// until a ``RowRemoval`` takes them away.
package struct Sealing: Sendable {
    /// What was done.
    package struct Result: Sendable, Equatable {
        /// How many segments were written.
        package var segments = 0
        /// How many events they pack.
        package var events = 0
        /// How many bytes they have.
        package var bytes = 0
        /// Of slices that are not sealed further, although nothing is damaged: sentences that say why.
        package var refusals: [String] = []
    }

    private let study: Study
    private let configuration: ConnectionConfiguration
    private let author: String
    private let until: Int64?
    private let size: SegmentSize
    private let heads: [ChainHead]
    private let sources: StoredSources
    /// How many events are in rows alone, at most so many of which will be sealed.
    package let events: Int

    /// Takes the heads of a study.
    ///
    /// - Parameters:
    ///   - until: What was recorded later is not sealed; microseconds since 1970.
    ///   - author: Who seals, which is kept with each segment.
    ///   - size: How much a segment packs at most.
    /// - Throws: ``LogError/unknownStudy(_:)`` where the study has been removed since it was opened.
    package init(
        _ study: Study, until: Int64?, by author: String, at configuration: ConnectionConfiguration,
        size: SegmentSize = SegmentSize(), _ session: Session
    ) throws(LogError) {
        self.size = size
        self.study = study
        self.until = until
        self.author = author
        var settled = configuration
        for (name, value) in LogReader.settings { settled.options[name] = value }
        self.configuration = settled
        (heads, sources, events) = try session.snapshot { () throws(LogError) in
            do throws(PostgresError) {
                let chain = try StudyChain(study, session)
                try Self.check(chain)
                let rest = chain.heads.reduce(0) { events, head in
                    events + head.position - (chain.segments[head.slice]?.last?.lastPosition ?? 0)
                }
                return (chain.heads.filter { $0.position > 0 }, chain.sources, Int(rest))
            } catch {
                throw study.explained(reading(error), session)
            }
        }
        if heads.isEmpty, !study.isThere(session) { throw .unknownStudy(study.name) }
    }

    /// Nothing is packed behind segments or up to heads that do not fit.
    private static func check(_ chain: StudyChain) throws(PostgresError) {
        if let fault = chain.faults.first { throw PostgresError(.misuse, fault.description) }
        for head in chain.heads {
            guard let place = chain.fault(of: head) else { continue }
            let slice = Int(head.slice - chain.study.firstSlice)
            throw PostgresError(.misuse, ChainFault(place, study: chain.study.name, slice: slice).description)
        }
    }

    /// Seals what is finished.
    ///
    /// - Parameters:
    ///   - shards: Over how many connections slices are sealed side by side.
    ///   - logger: Told at level `debug` of each segment, and what each shard did.
    ///   - progress: Told the events of each segment that was written; called from several threads.
    /// - Throws: ``LogError/damaged(_:)`` where rows do not lead to the digests of their batches; what was sealed before
    ///   stays sealed. ``LogError/unknownStudy(_:)`` where the study is removed meanwhile.
    package func run(
        shards: Int, logger: Logger = .silent, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(LogError) -> Result {
        let count = max(1, min(shards, heads.count))
        logger.debug(
            """
            study "\(study.name)": \(events) events in rows alone, \(heads.count) of \(study.slices) slices with events
            """)
        let results = await withTaskGroup(of: Swift.Result<Result, LogError>.self) { group in
            for number in 0..<count {
                group.addTask(name: "sealing shard \(number)") {
                    do throws(LogError) {
                        return .success(try await seal(number, of: count, logger, progress))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            var results: [Swift.Result<Result, LogError>] = []
            for await result in group {
                if case .failure = result { group.cancelAll() }
                results.append(result)
            }
            return results
        }
        for case .failure(let error) in results where !error.isCancellation {
            throw await study.explained(error, at: configuration)
        }
        var whole = Result()
        for result in results { whole.add(try result.get()) }
        return whole
    }

    /// Seals every `count`th slice over a connection of its own.
    private func seal(
        _ number: Int, of count: Int, _ logger: Logger, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws(LogError) -> Result {
        let began = ContinuousClock.now
        let share = stride(from: number, to: heads.count, by: count).map { heads[$0] }
        let connection: Connection
        do throws(PostgresError) { connection = try await .open(configuration) } catch { throw .database(error) }
        var result = Result()
        for head in share {
            let (study, sources, until, author, size) = (study, sources, until, author, size)
            do throws(PostgresError) {
                // Packing belongs between reading and writing, and so on the connection's thread.
                let sealed = try await connection.perform { session throws(PostgresError) in
                    var sealed = Result()
                    var sealer = try SliceSealer(
                        head, of: study, sources, until: until, author: author, size, session)
                    while let next = try sealer.sealNext(session) {
                        if let refusal = next.refusal {
                            sealed.refusals.append(refusal)
                            break
                        }
                        guard next.events > 0 else { continue }
                        sealed.add(Result(segments: 1, events: next.events, bytes: next.bytes))
                        progress(next.events)
                        logger.debug(
                            """
                            slice \(head.slice - study.firstSlice): \(next.events) events up to position \(next.through) \
                            sealed in \(next.bytes) bytes
                            """)
                    }
                    return sealed
                }
                result.add(sealed)
            } catch {
                await connection.close()
                throw reading(error)
            }
        }
        await connection.close()
        logger.debug(
            """
            shard \(number): \(share.count) slices, \(result.events) events sealed in \(result.segments) segments, \
            \(began.sinceThen)
            """)
        return result
    }
}

extension Sealing.Result {
    /// Adds what was done elsewhere.
    package mutating func add(_ other: Self) {
        segments += other.segments
        events += other.events
        bytes += other.bytes
        refusals += other.refusals
    }
}
