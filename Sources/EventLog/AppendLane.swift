import Logging
import Postgres
import Trial

/// One connection that appends to its own share of a study's slices.
///
/// One COPY fills one core of the server; lanes with disjoint slices let several run side by side without ever waiting
/// for each other's heads.
actor AppendLane {
    private let connection: Connection
    private let attribution: Attribution
    private let logger: Logger
    /// Numbers of patients met before, so that most batches need no look-up.
    private var names = NameTable(expecting: 1024)
    private var numbers: [Int32] = []
    /// Whether the last work had known names in it: such input (a file sent again) is cheaper to look up first.
    private var expectsKnownNames = false

    init(_ configuration: ConnectionConfiguration, _ attribution: Attribution, _ logger: Logger)
        async throws(PostgresError)
    {
        var configuration = configuration
        // The look-up by name has thousands of keys, which the planner cannot guess: it must go by the key of names.
        configuration.options["enable_hashjoin"] = "off"
        configuration.options["enable_mergejoin"] = "off"
        configuration.options["enable_seqscan"] = "off"
        connection = try await Connection.open(configuration.pinned)
        self.attribution = attribution
        self.logger = logger
    }

    func close() async { await connection.close() }

    /// Appends the work, whatever happens to the connection on the way.
    ///
    /// A failed attempt is repeated after a growing pause. A COMMIT that got no answer may have happened; the next
    /// attempt looks for its batch before it does anything.
    func append(_ work: AppendWork) async throws(LogError) -> [Decision] {
        var work = work
        fillKnownNumbers(&work)
        var looksFirst = expectsKnownNames
        var unanswered: AppendOutcome?
        var pause = Limits.firstPause
        var attempt = 0
        while true {
            attempt += 1
            do throws(PostgresError) {
                let outcome = try await self.attempt(work, looksFirst: looksFirst, unanswered)
                switch outcome {
                case .committed(let outcome):
                    remember(work, outcome)
                    expectsKnownNames = outcome.decisions.contains { $0 != .stored }
                    return outcome.decisions
                case .unanswered(let outcome, let error):
                    unanswered = outcome
                    throw error
                }
            } catch {
                if error.sqlState == "23505", error.constraint == "event_name", !looksFirst {
                    looksFirst = true
                    continue
                }
                guard error.isPassing else { throw .database(error) }
                guard attempt < Limits.attempts else { throw .gaveUp(attempts: attempt, error) }
                logger.warning("append: \(error.description); trying again in \(pause)")
                looksFirst = true
                do { try await Task.sleep(for: pause) } catch {
                    throw .database(.init(.cancelled, "stopped while waiting"))
                }
                pause = min(pause * 2, Limits.longestPause)
            }
        }
    }

    private enum Attempt: Sendable {
        case committed(AppendOutcome)
        case unanswered(AppendOutcome, PostgresError)
    }

    private func attempt(
        _ work: AppendWork, looksFirst: Bool, _ unanswered: AppendOutcome?
    ) async throws(PostgresError) -> Attempt {
        if await connection.perform({ session in session.isBroken }) { try await connection.reconnect() }
        let attribution = attribution
        return try await connection.perform { session throws(PostgresError) -> Attempt in
            var written: AppendOutcome?
            do throws(PostgresError) {
                let outcome = try session.transaction { () throws(PostgresError) -> AppendOutcome in
                    let outcome = try AppendTransaction.run(
                        work, attribution: attribution, looksFirst: looksFirst, earlier: unanswered, session)
                    written = outcome
                    return outcome
                }
                return .committed(outcome)
            } catch {
                if error.kind == .commitUnknown, let written { return .unanswered(written, error) }
                throw error
            }
        }
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

extension PostgresError {
    /// Whether the same work may succeed when it is sent again: a lost connection, a server that restarts or has no
    /// room for one more session, a deadlock, a serialisation failure.
    var isPassing: Bool {
        switch kind {
        case .connection, .commitUnknown: true
        case .server:
            switch sqlState?.prefix(2) {
            case "08", "40", "57": sqlState != "57014"
            case "53": sqlState == "53300"
            case "55": sqlState == "55P03"
            default: sqlState == "23505"
            }
        case .cancelled, .misuse: false
        }
    }
}
