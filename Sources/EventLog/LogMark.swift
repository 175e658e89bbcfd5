package import Postgres
import Synchronization

/// What somebody who stays connected to a log knows of it: which study it is, and how far its slices had come.
///
/// While a connection is away, the database may be put back to an earlier state, or another may be put in its place. The
/// numbers of patients and sources that were learnt before are then those of others, and what was stored or handed out is
/// not there. Whoever remembers any of it looks here after each new connection, before anything is done over it.
package struct LogMark: Sendable {
    /// The end of a slice: its number in the database, a position, and the digest of the chain up to there.
    struct End: Sendable {
        var slice: Int32
        var position: Int64
        var digest: [UInt8]
    }

    private let study: Study
    /// When the study was made, which no other one of its name was at the same microsecond.
    private let madeAt: Int64
    private var ends: [Int32: End] = [:]

    /// The study as it is now, and no slices yet.
    ///
    /// - Throws: ``LogError/unknownStudy(_:)`` where it is gone.
    package init(_ study: Study, _ session: Session) throws(LogError) {
        self.study = study
        let madeAt: Int64?
        do throws(PostgresError) { madeAt = try Self.madeAt(study, session) } catch { throw .database(error) }
        guard let madeAt else { throw .unknownStudy(study.name) }
        self.madeAt = madeAt
    }

    /// Notes how far slices have come.
    mutating func note(_ ends: some Sequence<End>) {
        for end in ends where end.position > 0 { self.ends[end.slice] = end }
    }

    /// Looks whether the log is still the one it was.
    ///
    /// - Returns: What became of it; `nil` where all that was known is there.
    func change(_ session: Session) throws(PostgresError) -> LogError? {
        guard let madeAt = try Self.madeAt(study, session) else { return .unknownStudy(study.name) }
        guard madeAt == self.madeAt else { return .changed("The study \"\(study.name)\" is another one of that name.") }
        if ends.isEmpty { return nil }
        let known = ends.values.sorted { $0.slice < $1.slice }
        let rows = try session.query(
            """
            SELECT k.slice FROM unnest($1::integer[], $2::bigint[], $3::bytea[]) AS k (slice, position, digest)
            LEFT JOIN LATERAL (
                SELECT digest, last_position FROM trough.batch
                WHERE slice = k.slice AND first_position <= k.position ORDER BY first_position DESC LIMIT 1) b ON true
            WHERE b.last_position IS DISTINCT FROM k.position OR b.digest IS DISTINCT FROM k.digest
            ORDER BY k.slice LIMIT 1
            """,
            [
                .int32Array(known.map(\.slice)), .int64Array(known.map(\.position)), .byteaArray(known.map(\.digest)),
            ])
        if rows.count > 0, let end = ends[try rows.int32(0, 0)] {
            return .changed(
                "Slice \(end.slice - study.firstSlice) of the study \"\(study.name)\" does not have the events up to position "
                    + "\(end.position) that it had.")
        }
        return nil
    }

    /// Looks whether sources have the numbers under which events are about to be stored.
    ///
    /// Who appends looks over the very connection that events are stored over, once for each source: a number that was
    /// learnt over an earlier one may be another's in the log that this one leads to.
    ///
    /// - Returns: What became of the log; `nil` where they have.
    func change(
        of sources: [(number: Int32, uri: [UInt8])], _ session: Session
    ) throws(PostgresError) -> LogError? {
        if sources.isEmpty { return nil }
        let rows = try session.query(
            """
            SELECT count(*) FROM unnest($1::integer[], $2::text[]) AS k (source, uri)
            WHERE NOT EXISTS (SELECT FROM trough.source s
                WHERE s.source = k.source AND s.study = $3 AND s.uri = k.uri COLLATE "C")
            """, [.int32Array(sources.map(\.number)), .textArray(sources.map(\.uri)), .int32(study.number)])
        if try rows.int64(0, 0) == 0 { return nil }
        return .changed("The study \"\(study.name)\" does not have the sources that it had.")
    }

    /// When the study of this number and name with these slices was made; `nil` where there is none.
    private static func madeAt(_ study: Study, _ session: Session) throws(PostgresError) -> Int64? {
        let rows = try session.query(
            """
            SELECT created_at FROM trough.study
            WHERE study = $1 AND name = $2 COLLATE "C" AND first_slice = $3 AND slices = $4
            """,
            [.int32(study.number), .string(study.name), .int32(study.firstSlice), .int32(Int32(study.slices))])
        return rows.count == 1 ? try rows.timestamp(0, 0) : nil
    }
}

/// How far slices had come when the lanes of an appender last stored something there.
///
/// A lane that comes back looks whether all is there that any of them stored, and not its own alone: what was said to be
/// stored is gone for whoever sent it, whichever lane took it.
final class StoredEnds: Sendable {
    private let ends = Mutex<[Int32: LogMark.End]>([:])

    /// Notes how far slices have come.
    func note(_ new: [LogMark.End]) {
        ends.withLock { ends in
            for end in new { ends[end.slice] = end }
        }
    }

    /// A mark with all of them.
    func added(to mark: LogMark) -> LogMark {
        var mark = mark
        mark.note(ends.withLock { $0.values })
        return mark
    }
}

extension Connection {
    /// Connects again where the connection was lost, and looks whether the log is still the one it was.
    ///
    /// Where it is not, or that cannot be told, the connection counts as lost, so that nothing is done over it before: who
    /// asks again is told again.
    ///
    /// - Returns: What became of the log; `nil` where it is the same, or the connection was there all the time.
    func reconnectIfLost(to mark: LogMark) async throws(PostgresError) -> LogError? {
        isBroken ? try await reconnect(to: mark) : nil
    }

    /// Connects again, and looks whether the log is still the one it was; as ``reconnectIfLost(to:)`` does.
    package func reconnect(to mark: LogMark) async throws(PostgresError) -> LogError? {
        try await reconnect()
        return try await change(since: mark)
    }

    /// Looks whether the log is still the one it was; the connection is closed where it is not, or that cannot be told.
    func change(since mark: LogMark) async throws(PostgresError) -> LogError? {
        do throws(PostgresError) {
            let change = try await perform { session throws(PostgresError) in try mark.change(session) }
            if change != nil { await close() }
            return change
        } catch {
            await close()
            throw error
        }
    }
}
