import Logging
import Postgres
import Synchronization
import Trial

/// The numbers under which a study keeps its sources.
///
/// New sources are written in a transaction of their own, before and apart from the events: an appender that holds a
/// head never waits for another one's source, so the two cannot deadlock. A source without events does no harm.
actor SourceNumbers {
    private let connection: Connection
    private let study: Study
    private let patience: Patience
    private let logger: Logger
    /// Behind a lock, so that callers whose sources are known need no turn on the actor.
    private let known = Mutex(Known())
    /// Whether a caller is asking the database; the others wait, since they mostly need the same.
    private var isResolving = false
    private var waiting: [CheckedContinuation<LogError?, Never>] = []
    /// Which study the numbers are of.
    private let mark: LogMark

    init(
        _ study: Study, _ configuration: ConnectionConfiguration, _ patience: Patience, _ logger: Logger
    ) async throws(LogError) {
        self.study = study
        self.patience = patience
        self.logger = logger
        do throws(PostgresError) {
            connection = try await Connection.open(configuration.pinned.onPrimary)
        } catch {
            throw .database(error)
        }
        mark = try await connection.perform { session throws(LogError) in try LogMark(study, session) }
    }

    func close() async { await connection.close() }

    /// By source of the batch: the stored number.
    nonisolated func numbers(of batch: EventBatch) async throws(LogError) -> [Int32] {
        while true {
            var unknown: [[UInt8]] = []
            var numbers = known.withLock { $0.numbers(of: batch.sources, &unknown) }
            if unknown.isEmpty { return numbers }
            guard let learned = try await learn(unknown) else { continue }
            for source in numbers.indices where numbers[source] == 0 {
                numbers[source] = learned[Array(batch.sources[source])] ?? 0
            }
            if !numbers.contains(0) { return numbers }
        }
    }

    /// Asks the database for sources, or waits for another caller that does, and gives `nil` then.
    ///
    /// - Throws: Also what that other caller met, except that it was cancelled: who waits has waited as long.
    private func learn(_ unknown: [[UInt8]]) async throws(LogError) -> [[UInt8]: Int32]? {
        if isResolving {
            let failure = await withCheckedContinuation { waiting.append($0) }
            if let failure { throw failure }
            return nil
        }
        isResolving = true
        var failure: LogError?
        defer {
            isResolving = false
            for caller in waiting { caller.resume(returning: failure) }
            waiting = []
        }
        do throws(LogError) { return try await resolve(unknown) } catch {
            if !error.isCancellation { failure = error }
            throw error
        }
    }

    private func resolve(_ unknown: [[UInt8]]) async throws(LogError) -> [[UInt8]: Int32] {
        known.withLock { $0.trim() }
        let sorted = unknown.sorted { $0.lexicographicallyPrecedes($1) }
        var retries = Retries(patience)
        while true {
            var change: LogError?
            do throws(PostgresError) {
                change = try await connection.reconnectIfLost(to: mark)
                if change == nil {
                    let found = try await ask(for: sorted)
                    known.withLock { known in
                        for (source, number) in found { known.learn(source, number) }
                    }
                    retries.succeeded(logger)
                    return Dictionary(found) { first, _ in first }
                }
            } catch {
                try await retries.wait(after: error, logger)
            }
            if let change { throw change }
        }
    }

    private func ask(for uris: [[UInt8]]) async throws(PostgresError) -> [([UInt8], Int32)] {
        let study = study.number
        return try await connection.perform { session throws(PostgresError) in
            let find = """
                SELECT uri, source FROM trough.source WHERE study = $1 AND uri = ANY ($2::text[] COLLATE "C")
                """
            let parameters = [Parameter.int32(study), .textArray(uris)]
            var rows = try session.query(find, parameters)
            if rows.count < Set(uris).count {
                try session.transaction { () throws(PostgresError) in
                    try session.makeDurable()
                    try session.query(
                        """
                        INSERT INTO trough.source (study, uri)
                        SELECT $1, uri FROM unnest($2::text[]) AS uri ON CONFLICT (study, uri) DO NOTHING
                        """, parameters)
                }
                rows = try session.query(find, parameters)
            }
            var found: [([UInt8], Int32)] = []
            for row in 0..<rows.count { found.append((try rows.bytes(row, 0), try rows.int32(row, 1))) }
            return found
        }
    }
}

/// Sources whose numbers are known, at most ``Limits/rememberedSources`` and those of one batch.
private struct Known {
    private var names = NameTable()
    private var numbers: [Int32] = []

    /// The numbers of sources, 0 and an entry in `unknown` for those that are not known.
    mutating func numbers(of sources: NameTable, _ unknown: inout [[UInt8]]) -> [Int32] {
        (0..<sources.count).map { source in
            let place = Int(names.intern(sources[source].span))
            if place == numbers.count { numbers.append(0) }
            if numbers[place] == 0 { unknown.append(Array(sources[source])) }
            return numbers[place]
        }
    }

    mutating func learn(_ source: [UInt8], _ number: Int32) {
        let place = Int(names.intern(source.span))
        if place == numbers.count { numbers.append(0) }
        numbers[place] = number
    }

    /// Forgets everything when it has become too much.
    mutating func trim() {
        if names.count > Limits.rememberedSources { self = Known() }
    }
}
