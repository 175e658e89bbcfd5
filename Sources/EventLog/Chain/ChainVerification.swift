package import Logging
package import Postgres

/// Checks that nothing of a log was altered: computes the chain of every slice again from what is stored, in parallel.
///
/// What binds each column of the log's tables is written down in ARCHITECTURE.md. Everything up to the heads, which are
/// taken once, is checked; what is appended meanwhile lies beyond them.
package struct ChainVerification: Sendable {
    /// What came of it.
    package struct Result: Sendable {
        /// One study.
        package struct Study: Sendable {
            /// The study's name.
            package let name: String
            /// How many slices it has.
            package let slices: Int
            /// How many events were read.
            package let events: Int64
            /// How many batches fit.
            package let batches: Int
            /// The first thing that does not fit in each slice, in order, after those of the study as a whole.
            package let faults: [ChainFault]
        }

        /// The studies, in the order in which they were made; of those that were removed meanwhile none.
        package let studies: [Study]
        /// What does not fit of studies that only the anchor knows.
        package let missing: [ChainFault]
        /// How many shards read.
        package let shards: Int

        /// Everything that does not fit.
        package var faults: [ChainFault] { missing + studies.flatMap(\.faults) }
        /// How many events were read.
        package var events: Int64 { studies.reduce(0) { $0 + $1.events } }
    }

    /// How many events there are to be read, about.
    package let events: Int64
    private let configuration: ConnectionConfiguration
    private let chains: [StudyChain]
    private let anchor: Anchor?
    private let missing: [ChainFault]
    private let rememberedNames: Int64
    private let positionsPerStretch: Int64

    /// Takes the heads of the studies.
    ///
    /// - Parameters:
    ///   - names: The studies; `nil` for all of the database.
    ///   - anchor: What the log must extend, as far as it speaks of these studies.
    ///   - configuration: Where the log is; the settings of a reading session are added.
    ///   - rememberedNames: How many names of events a shard remembers at a time.
    ///   - positionsPerStretch: How many positions a shard reads at a time.
    /// - Throws: ``LogError/unknownStudy(_:)`` for a name that neither the log nor the anchor knows.
    package init(
        of names: [String]?, against anchor: Anchor?, at configuration: ConnectionConfiguration,
        rememberedNames: Int64 = Limits.rememberedNames, positionsPerStretch: Int64 = Limits.positionsPerStretch,
        _ session: Session
    ) throws(LogError) {
        var settled = configuration
        for (name, value) in LogReader.settings { settled.options[name] = value }
        self.configuration = settled
        self.rememberedNames = rememberedNames
        self.positionsPerStretch = positionsPerStretch
        self.anchor = anchor
        (missing, chains) = try session.snapshot { () throws(LogError) in
            let gone = try Studies.missing(names, from: anchor, session)
            let known = names?.filter { name in !gone.contains { $0.name.utf8.elementsEqual(name.utf8) } }
            var chains: [StudyChain] = []
            for study in try Studies.named(known, session) {
                do throws(PostgresError) {
                    chains.append(try StudyChain(study, session))
                } catch {
                    throw reading(error)
                }
            }
            return (gone.map { $0.faultWhereMissing }, chains)
        }
        events = chains.reduce(0) { $0 + $1.heads.reduce(0) { $0 &+ $1.lastReadable } }
    }

    /// Reads and checks everything.
    ///
    /// - Parameters:
    ///   - logger: Told at level `debug` what there is to check, and what each shard did.
    ///   - progress: Told the number of events of each stretch that is done; called from several threads.
    package func run(
        shards: Int, logger: Logger = .silent, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(LogError) -> Result {
        var (tasks, faults): ([ChainTask], [[ChainFault]]) = ([], [])
        for (number, chain) in chains.enumerated() {
            logger.debug("\(chain.words)")
            faults.append(chain.faults)
            let anchored = anchor?.study(chain.study.name)
            if let anchored, anchored.heads.count != chain.study.slices {
                let reason = "it has \(chain.study.slices) slices, and by the anchor \(anchored.heads.count)"
                faults[number].append(ChainFault(.init(.anchor, reason), study: chain.study.name))
            }
            for head in chain.heads {
                let index = Int(head.slice - chain.study.firstSlice)
                if let fault = chain.fault(of: head) {
                    faults[number].append(ChainFault(fault, study: chain.study.name, slice: index))
                } else {
                    let source = chain.stretches(of: head, positionsPerStretch: positionsPerStretch)
                    let heads = anchored?.heads ?? []
                    tasks.append(
                        ChainTask(study: number, source: source, anchor: index < heads.count ? heads[index] : nil))
                }
            }
        }
        let count = max(1, min(shards, tasks.count))
        let findings = try await run(tasks, over: count, logger, progress)
        for finding in findings { if let fault = finding.fault { faults[finding.study].append(fault) } }
        return Result(
            studies: try await studies(findings, faults), missing: missing, shards: count)
    }

    private func run(
        _ tasks: [ChainTask], over count: Int, _ logger: Logger, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws(LogError) -> [ChainFinding] {
        try await sideBySide(count, named: "chain shard", isCancellation: \LogError.isCancellation) {
            number throws(LogError) in
            let share = stride(from: number, to: tasks.count, by: count).map { tasks[$0] }
            let began = ContinuousClock.now
            let shard = try await ChainShard(share, rememberedNames: rememberedNames, at: configuration)
            let findings = try await shard.run(progress)
            let events = findings.reduce(0) { $0 + $1.events }
            logger.debug("shard \(number): \(share.count) slices, \(events) events checked in \(began.sinceThen)")
            return findings
        }.flatMap(\.self)
    }

    /// Joins what was found, and leaves out disposable studies that were removed while they were read.
    private func studies(
        _ findings: [ChainFinding], _ faults: [[ChainFault]]
    ) async throws(LogError) -> [Result.Study] {
        var removed: Set<Int32> = []
        let doubtful = chains.indices.filter { chains[$0].isDisposable && !faults[$0].isEmpty }
        if !doubtful.isEmpty {
            let numbers = doubtful.map { chains[$0].study.number }
            do throws(PostgresError) {
                let connection = try await Connection.open(configuration)
                let present = try await connection.perform { session throws(PostgresError) in
                    try session.query(
                        "SELECT coalesce(array_agg(study), '{}') FROM trough.study WHERE study = ANY ($1)",
                        [.int32Array(numbers)]
                    ).int32Array(0, 0)
                }
                await connection.close()
                removed = Set(numbers).subtracting(present)
            } catch {
                throw .database(error)
            }
        }
        return chains.indices.filter { !removed.contains(chains[$0].study.number) }.map { number in
            let own = findings.filter { $0.study == number }
            return Result.Study(
                name: chains[number].study.name, slices: chains[number].study.slices,
                events: own.reduce(0) { $0 + $1.events }, batches: own.reduce(0) { $0 + $1.batches },
                faults: faults[number].sorted { ($0.slice ?? -1) < ($1.slice ?? -1) })
        }
    }
}

extension StudyChain {
    /// What there is to check, for a log.
    fileprivate var words: String {
        let events = heads.reduce(0) { $0 &+ $1.lastReadable }
        let packed = segments.values.reduce(0) { $0 + $1.count }
        return "study \"\(study.name)\": \(events) events in \(study.slices) slices, \(packed) segments to be checked"
    }
}

extension Anchor.Study {
    /// That the log has no such study.
    fileprivate var faultWhereMissing: ChainFault {
        ChainFault(.init(.anchor, "the anchor has \(events) events of it, and the log no such study"), study: name)
    }
}

extension Studies {
    /// The studies of these names, or all of the database, in the order in which they were made.
    ///
    /// - Throws: ``LogError/unknownStudy(_:)`` where one does not exist.
    static func named(_ names: [String]?, _ session: Session) throws(LogError) -> [Study] {
        guard let names else { return try all(session) }
        var studies: [Study] = []
        for name in names { studies.append(try open(name, session)) }
        return studies.sorted { $0.number < $1.number }
    }

    /// Those studies of an anchor that are asked for and that the log does not have.
    fileprivate static func missing(
        _ names: [String]?, from anchor: Anchor?, _ session: Session
    ) throws(LogError) -> [Anchor.Study] {
        guard let anchor else { return [] }
        let present = try all(session).map { Array($0.name.utf8) }
        return anchor.studies.filter { study in
            let isAsked = names?.contains { $0.utf8.elementsEqual(study.name.utf8) } ?? true
            return isAsked && !present.contains(Array(study.name.utf8))
        }
    }
}
