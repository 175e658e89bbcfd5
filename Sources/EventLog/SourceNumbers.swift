import Logging
import Postgres
import Trial

/// The numbers under which a study keeps its sources.
///
/// New sources are written in a transaction of their own, before and apart from the events: an appender that holds a
/// head never waits for another one's source, so the two cannot deadlock. A source without events does no harm.
actor SourceNumbers {
    private let connection: Connection
    private let study: Study
    private let logger: Logger
    private var names = NameTable()
    private var numbers: [Int32] = []

    init(_ study: Study, _ configuration: ConnectionConfiguration, _ logger: Logger) async throws(PostgresError) {
        self.study = study
        self.logger = logger
        connection = try await Connection.open(configuration.pinned)
    }

    func close() async { await connection.close() }

    /// By batch and source of that batch: the stored number.
    func numbers(of batches: [EventBatch]) async throws(LogError) -> [[Int32]] {
        if names.count > Limits.rememberedSources {
            names = NameTable()
            numbers = []
        }
        var places: [[Int]] = []
        var unknown: [[UInt8]] = []
        for batch in batches {
            var row: [Int] = []
            for source in 0..<batch.sources.count {
                let place = Int(names.intern(batch.sources[source].span))
                if place == numbers.count { numbers.append(0) }
                if numbers[place] == 0 { unknown.append(Array(batch.sources[source])) }
                row.append(place)
            }
            places.append(row)
        }
        if !unknown.isEmpty { try await resolve(unknown) }
        return places.map { $0.map { numbers[$0] } }
    }

    private func resolve(_ unknown: [[UInt8]]) async throws(LogError) {
        let sorted = unknown.sorted { $0.lexicographicallyPrecedes($1) }
        var pause = Limits.firstPause
        for attempt in 1...Limits.attempts {
            do throws(PostgresError) {
                for (bytes, number) in try await ask(for: sorted) { numbers[Int(names.intern(bytes.span))] = number }
                return
            } catch {
                guard error.isPassing else { throw .database(error) }
                guard attempt < Limits.attempts else { throw .gaveUp(attempts: attempt, error) }
                logger.warning("append: \(error.description); trying again in \(pause)")
                do { try await Task.sleep(for: pause) } catch {
                    throw .database(.init(.cancelled, "stopped while waiting"))
                }
                pause = min(pause * 2, Limits.longestPause)
            }
        }
    }

    private func ask(for uris: [[UInt8]]) async throws(PostgresError) -> [([UInt8], Int32)] {
        if await connection.perform({ session in session.isBroken }) { try await connection.reconnect() }
        let study = study.number
        return try await connection.perform { session throws(PostgresError) in
            let find = """
                SELECT uri, source FROM trough.source WHERE study = $1 AND uri = ANY ($2::text[] COLLATE "C")
                """
            let parameters = [Parameter.int32(study), .textArray(uris)]
            var rows = try session.query(find, parameters)
            if rows.count < Set(uris).count {
                _ = try session.query(
                    """
                    INSERT INTO trough.source (study, uri)
                    SELECT $1, uri FROM unnest($2::text[]) AS uri ON CONFLICT (study, uri) DO NOTHING
                    """, parameters)
                rows = try session.query(find, parameters)
            }
            var found: [([UInt8], Int32)] = []
            for row in 0..<rows.count { found.append((try rows.bytes(row, 0), try rows.int32(row, 1))) }
            return found
        }
    }
}
