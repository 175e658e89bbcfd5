import Logging
import Postgres
import Trial

/// The connection of a lane, which runs one transaction after the other.
actor LaneWriter {
    private let study: Study
    private let connection: Connection
    private let attribution: Attribution
    private let patience: Patience
    private let logger: Logger
    /// Numbers of patients met before, so that most batches need no look-up.
    private var names = NameTable(expecting: 1024)
    private var numbers: [Int32] = []
    /// Whether the last work had known names in it: such input (a file sent again) is cheaper to look up first.
    private var expectsKnownNames = false
    private var sealed = SealedNames()
    private var heads = KnownHeads()
    private var bell: LogBell
    /// What of the log all that is remembered here is true of.
    private let mark: LogMark
    /// How far all lanes know the log to have come.
    private let ends: StoredEnds
    /// The numbers of sources that were found to be right over the connection there is.
    private var soundSources: Set<Int32> = []

    init(
        to study: Study, _ configuration: ConnectionConfiguration, _ attribution: Attribution, _ patience: Patience,
        _ ends: StoredEnds, _ logger: Logger
    ) async throws(LogError) {
        var configuration = configuration
        // The look-up by name has thousands of keys, which the planner cannot guess: it must go by the key of names.
        configuration.options["enable_hashjoin"] = "off"
        configuration.options["enable_mergejoin"] = "off"
        configuration.options["enable_seqscan"] = "off"
        configuration.options["enable_bitmapscan"] = "off"
        configuration.options["enable_sort"] = "off"
        // For few events a plan made for just them looks cheaper to the planner, which underrates what planning takes.
        configuration.options["plan_cache_mode"] = "force_generic_plan"
        do throws(PostgresError) {
            connection = try await Connection.open(configuration.pinned.onPrimary)
        } catch {
            throw .database(error)
        }
        mark = try await connection.perform { session throws(LogError) in try LogMark(study, session) }
        self.study = study
        self.ends = ends
        self.attribution = attribution
        self.patience = patience
        self.logger = logger
        bell = LogBell(study, logger)
    }

    func close() async { await connection.close() }

    /// Appends the work, whatever happens to the connection on the way, and wakes readers.
    ///
    /// A failed attempt is repeated after a growing pause. A COMMIT that got no answer may have happened, also long after
    /// it was sent; each further attempt looks for the batches of all of them before it does anything.
    func append(_ work: AppendWork) async throws(LaneFailure) -> AppendOutcome {
        var unanswered: [AppendOutcome] = []
        do throws(LogError) { return try await append(work, &unanswered) } catch {
            throw LaneFailure(reason: error, mayBeStored: !unanswered.isEmpty || error.isOfUnknownCommit)
        }
    }

    private func append(
        _ work: AppendWork, _ unanswered: inout [AppendOutcome]
    ) async throws(LogError) -> AppendOutcome {
        var work = work
        fillKnownNumbers(&work)
        var looksFirst = expectsKnownNames
        var retries = Retries(patience)
        while true {
            var change: LogError?
            do throws(PostgresError) {
                let ring = bell.ring(at: .now)
                switch try await attempt(work, looksFirst: looksFirst, unanswered, ring) {
                case .committed(let outcome, let failureOfRing):
                    if ring != nil, outcome.witness != nil { bell.rang(failureOfRing, at: .now) }
                    note(outcome, of: work)
                    retries.succeeded(logger)
                    return outcome
                case .unanswered(let outcome, let error):
                    unanswered.append(outcome)
                    throw error
                case .refused(let error):
                    logger.debug("append: once more, with the heads locked: \(error.description)")
                    looksFirst = Self.isKnownName(error)
                    continue
                case .notConnected:
                    forgetConnection()
                    change = try await connection.reconnectIfLost(to: ends.added(to: mark))
                case .changed(let found):
                    change = found
                }
            } catch {
                // Heads that are not there are those of a study that was removed.
                if error.kind == .misuse, let change = try? await connection.change(since: ends.added(to: mark)) {
                    throw change
                }
                if Self.isKnownName(error), !looksFirst {
                    looksFirst = true
                    continue
                }
                try await wait(after: error, unanswered, &retries)
                looksFirst = true
            }
            if let change { throw change }
        }
    }

    /// Waits until the work should be tried again.
    ///
    /// - Throws: Where the task is cancelled meanwhile and what was sent may have happened, that it is not known.
    private func wait(
        after error: PostgresError, _ unanswered: [AppendOutcome], _ retries: inout Retries
    ) async throws(LogError) {
        do throws(LogError) { try await retries.wait(after: error, logger) } catch let failure {
            guard failure.isCancellation, !unanswered.isEmpty else { throw failure }
            throw .database(PostgresError(.commitUnknown, "the task was cancelled before there was an answer."))
        }
    }

    /// Forgets what is true of a connection that is lost, and what was learnt for an append that it may have taken along.
    ///
    /// The numbers of patients stay: the chain binds them, and the mark holds its ends.
    private func forgetConnection() {
        soundSources = []
        heads = KnownHeads()
        sealed = SealedNames()
    }

    /// Looks whether the sources of the work have their numbers in the log that the connection leads to, where that has not
    /// been looked at yet.
    private func changeOfSources(of work: AppendWork) async throws(PostgresError) -> LogError? {
        let unseen = work.numberedSources(besides: soundSources)
        if unseen.isEmpty { return nil }
        let mark = mark
        let (change, isLost) = try await connection.perform { session throws(PostgresError) -> (LogError?, Bool) in
            // The attempt finds that out, too, and connects anew.
            if session.isBroken { return (nil, true) }
            return (try mark.change(of: unseen, session), false)
        }
        if change == nil, !isLost {
            if soundSources.count > Limits.rememberedSources { soundSources = [] }
            soundSources.formUnion(unseen.map(\.number))
        }
        return change
    }

    private enum Attempt: Sendable {
        /// Done; and why the ring failed, if it was to be rung and did.
        case committed(AppendOutcome, failureOfRing: PostgresError?)
        case unanswered(AppendOutcome, PostgresError)
        /// The server refused what was written for heads that were not locked, which may be right for the heads as they
        /// are.
        case refused(PostgresError)
        /// Nothing was tried, since the connection was lost before.
        case notConnected
        /// Nothing was tried, since the log is another one.
        case changed(LogError)
    }

    /// How the heads of the work's slices stand, where the work can be written without asking anything.
    private func knownHeads(for work: AppendWork) -> SliceHeads? {
        guard work.items.count <= Limits.insertedRows, work.isNumbered, sealed.holdsNone(of: work) else { return nil }
        return heads.take(work.slices)
    }

    private func attempt(
        _ work: AppendWork, looksFirst: Bool, _ unanswered: [AppendOutcome], _ ring: Statement?
    ) async throws(PostgresError) -> Attempt {
        if let change = try await changeOfSources(of: work) { return .changed(change) }
        if !looksFirst, unanswered.isEmpty, let known = knownHeads(for: work) {
            let attempt = try await attempt(work, trusting: known, ring)
            switch attempt {
            case .committed: heads.judged(asTrue: true)
            case .refused(let error) where !Self.isKnownName(error): heads.judged(asTrue: false)
            default: break
            }
            return attempt
        }
        let (study, attribution, known) = (study, attribution, sealed)
        let (attempt, learnt) = try await connection.perform {
            session throws(PostgresError) -> (Attempt, SealedNames) in
            var sealed = known
            if session.isBroken { return (.notConnected, sealed) }
            var written: AppendOutcome?
            do throws(PostgresError) {
                let outcome = try AppendTransaction.run(
                    work, to: study, attribution: attribution, looksFirst: looksFirst, earlier: unanswered,
                    sealed: &sealed, &written, session)
                let failure = outcome.witness == nil ? nil : ring.flatMap { Self.failure(of: $0, session) }
                return (.committed(outcome, failureOfRing: failure), sealed)
            } catch {
                if error.kind == .commitUnknown, let written { return (.unanswered(written, error), sealed) }
                throw error
            }
        }
        sealed = learnt
        return attempt
    }

    /// The attempt in a single round trip.
    private func attempt(
        _ work: AppendWork, trusting known: SliceHeads, _ ring: Statement?
    ) async throws(PostgresError) -> Attempt {
        let (study, attribution) = (study, attribution)
        return try await connection.perform { session throws(PostgresError) -> Attempt in
            if session.isBroken { return .notConnected }
            var written: AppendOutcome?
            do throws(PostgresError) {
                let done = try AppendTransaction.runUnlocked(
                    work, to: study, attribution: attribution, known: known, ring: ring, &written, session)
                return .committed(done.outcome, failureOfRing: done.failureOfRing)
            } catch {
                if error.kind == .commitUnknown, let written { return .unanswered(written, error) }
                guard error.kind == .server else { throw error }
                return .refused(error)
            }
        }
    }

    /// Runs a statement whose failure is only told.
    private static func failure(of ring: Statement, _ session: Session) -> PostgresError? {
        do throws(PostgresError) { try session.query(ring.sql, ring.parameters) } catch { return error }
        return nil
    }

    /// Whether an event of this name is there already.
    private static func isKnownName(_ error: PostgresError) -> Bool {
        error.sqlState == "23505" && isNameOfEvent(error.constraint)
    }

    /// Whether a constraint is the key of names, which each partition has under its own name.
    private static func isNameOfEvent(_ constraint: String?) -> Bool {
        constraint.map { $0.hasPrefix("event_") && $0.hasSuffix("_name") } ?? false
    }

    private func fillKnownNumbers(_ work: inout AppendWork) {
        for item in work.items where work.patient(item) == 0 {
            let subject = work.batches[Int(item.batch)].subjects[work.subject(item)]
            let place = Int(names.intern(subject.span))
            if place == numbers.count { numbers.append(0) }
            work.patients[Int(item.batch)][work.subject(item)] = numbers[place]
        }
    }

    /// Remembers what is true since a commit.
    private func note(_ outcome: AppendOutcome, of work: AppendWork) {
        sealed.advance(outcome)
        ends.note(outcome.slices.heads.map(\.end))
        heads.note(outcome.slices)
        remember(work, outcome)
        expectsKnownNames = outcome.decisions.contains { $0 != .stored }
    }

    /// Keeps the numbers that a committed transaction gave out; those of one that failed never existed.
    private func remember(_ work: AppendWork, _ outcome: AppendOutcome) {
        for item in work.items where work.patient(item) == 0 {
            let subject = work.batches[Int(item.batch)].subjects[work.subject(item)]
            numbers[Int(names.intern(subject.span))] = outcome.patients[Int(item.batch)][work.subject(item)]
        }
        if names.count > Limits.rememberedSubjects {
            names = NameTable(expecting: 1024)
            numbers = []
        }
    }
}
