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
    /// What of the log all that is remembered here is true of.
    private var mark: LogMark

    init(
        to study: Study, _ configuration: ConnectionConfiguration, _ attribution: Attribution, _ patience: Patience,
        _ logger: Logger
    ) async throws(LogError) {
        var configuration = configuration
        // The look-up by name has thousands of keys, which the planner cannot guess: it must go by the key of names.
        configuration.options["enable_hashjoin"] = "off"
        configuration.options["enable_mergejoin"] = "off"
        configuration.options["enable_seqscan"] = "off"
        configuration.options["enable_bitmapscan"] = "off"
        configuration.options["enable_sort"] = "off"
        do throws(PostgresError) {
            connection = try await Connection.open(configuration.pinned)
        } catch {
            throw .database(error)
        }
        mark = try await connection.perform { session throws(LogError) in try LogMark(study, session) }
        self.study = study
        self.attribution = attribution
        self.patience = patience
        self.logger = logger
    }

    func close() async { await connection.close() }

    /// Appends the work, whatever happens to the connection on the way.
    ///
    /// A failed attempt is repeated after a growing pause. A COMMIT that got no answer may have happened; the next
    /// attempt looks for its batch before it does anything.
    func append(_ work: AppendWork) async throws(LogError) -> AppendOutcome {
        var work = work
        fillKnownNumbers(&work)
        var looksFirst = expectsKnownNames
        var unanswered: AppendOutcome?
        var retries = Retries(patience)
        while true {
            var change: LogError?
            do throws(PostgresError) {
                let outcome = try await self.attempt(work, looksFirst: looksFirst, unanswered)
                switch outcome {
                case .committed(let outcome):
                    sealed.advance(outcome)
                    mark.note(outcome.ends)
                    remember(work, outcome)
                    expectsKnownNames = outcome.decisions.contains { $0 != .stored }
                    retries.succeeded(logger)
                    return outcome
                case .unanswered(let outcome, let error):
                    unanswered = outcome
                    throw error
                case .notConnected:
                    change = try await connection.reconnectIfLost(to: mark) { [work] in work.numberedSources }
                }
            } catch {
                // Heads that are not there are those of a study that was removed.
                if error.kind == .misuse, let change = try? await connection.change(since: mark) { throw change }
                if error.sqlState == "23505", Self.isNameOfEvent(error.constraint), !looksFirst {
                    looksFirst = true
                    continue
                }
                try await retries.wait(after: error, logger)
                looksFirst = true
            }
            if let change { throw change }
        }
    }

    private enum Attempt: Sendable {
        case committed(AppendOutcome)
        case unanswered(AppendOutcome, PostgresError)
        /// Nothing was tried, since the connection was lost before.
        case notConnected
    }

    private func attempt(
        _ work: AppendWork, looksFirst: Bool, _ unanswered: AppendOutcome?
    ) async throws(PostgresError) -> Attempt {
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
                return (.committed(outcome), sealed)
            } catch {
                if error.kind == .commitUnknown, let written { return (.unanswered(written, error), sealed) }
                throw error
            }
        }
        sealed = learnt
        return attempt
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
