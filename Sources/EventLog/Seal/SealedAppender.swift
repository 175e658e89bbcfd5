package import Logging
package import Postgres
import Segments
package import Trial

/// Appends whole histories of new patients straight as segments: no rows of events, else all that an append writes, and
/// the same chain.
///
/// For cohorts whose patients are made whole. An append is one transaction and is idempotent: patients who are there
/// already are left out. Several may append to one study, to the same slices too.
package actor SealedAppender {
    /// Histories of patients of one slice.
    package struct Histories: Sendable {
        /// The slice's number within the study.
        package let slice: Int
        /// The events, patient after patient, each one's in the order of a history.
        package let batch: EventBatch
        /// For each patient the places of the events; the patient is the one of that number in the batch's subjects.
        package let members: [Range<Int>]

        /// Histories from their parts.
        package init(slice: Int, batch: EventBatch, members: [Range<Int>]) {
            self.slice = slice
            self.batch = batch
            self.members = members
        }
    }

    /// What became of the events that were given.
    package struct Receipt: Sendable, Equatable {
        /// How many were stored.
        package var stored = 0
        /// How many belong to patients who were there already.
        package var known = 0

        /// Nothing yet.
        package init() {}

        /// Adds what became of others.
        package static func += (left: inout Receipt, right: Receipt) {
            left.stored += right.stored
            left.known += right.known
        }
    }

    private let study: Study
    private let attribution: Attribution
    private let connection: Connection
    private let sources: SourceNumbers
    private let patience: Patience
    private let logger: Logger
    /// What of the log the numbers of sources are true of, and how far slices have come.
    private var mark: LogMark

    /// Connects to the log.
    ///
    /// - Throws: ``LogError/database(_:)`` at once when the database cannot be reached now.
    package init(
        to study: Study, at configuration: ConnectionConfiguration, by attribution: Attribution,
        patience: Duration = Limits.patience, logger: Logger
    ) async throws(LogError) {
        self.study = study
        self.attribution = attribution
        self.logger = logger
        let patience = Patience(patience)
        self.patience = patience
        do throws(PostgresError) {
            connection = try await Connection.open(configuration.pinned.onPrimary)
        } catch {
            throw .database(error)
        }
        mark = try await connection.perform { session throws(LogError) in try LogMark(study, session) }
        sources = try await SourceNumbers(study, configuration, patience, logger)
    }

    /// Closes the connections.
    package func close() async {
        await connection.close()
        await sources.close()
    }

    /// What became of one attempt.
    private enum Attempt: Sendable {
        case stored(Receipt, LogMark.End)
        /// Nothing was stored, and nothing will be.
        case refused(LogError)
    }

    /// Appends the histories of those patients who are not there yet.
    ///
    /// - Throws: ``LogError`` when the log cannot be written; ``LogError/otherEvents(_:)`` where the slice has events in rows
    ///   alone, behind which no segment can begin, or a patient of the same name who was not appended so.
    package func append(_ histories: Histories) async throws(LogError) -> Receipt {
        if histories.members.isEmpty { return Receipt() }
        let numbers = try await sources.numbers(of: histories.batch)
        let slice = study.firstSlice + Int32(histories.slice)
        let (name, attribution) = (study.name, attribution)
        var retries = Retries(patience)
        let named = numbers.enumerated().map { (number: $1, uri: Array(histories.batch.sources[$0])) }
        while true {
            var change: LogError?
            do throws(PostgresError) {
                change = try await connection.reconnectIfLost(to: mark)
                if change == nil {
                    let mark = mark
                    let result = try await connection.perform { session throws(PostgresError) -> Attempt in
                        if let change = try mark.change(of: named, session) { return .refused(change) }
                        return try session.transaction { () throws(PostgresError) in
                            var attempt = SealedTransaction(
                                histories, slice: slice, of: name, sources: numbers, attribution)
                            switch try attempt.run(session) {
                            case .success(let receipt): return .stored(receipt, attempt.end)
                            case .failure(let error): return .refused(error)
                            }
                        }
                    }
                    switch result {
                    case .stored(let receipt, let end):
                        self.mark.note([end])
                        retries.succeeded(logger)
                        return receipt
                    case .refused(let found): change = found
                    }
                }
            } catch {
                // A COMMIT without an answer needs no further care: whoever is there already is left out.
                try await retries.wait(after: error, logger)
            }
            if let change { throw change }
        }
    }
}
