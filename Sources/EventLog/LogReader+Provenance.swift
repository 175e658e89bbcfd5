package import Postgres

extension LogReader {
    /// When the study was made, in microseconds since 1970: the same in every copy of a log, and hardly ever in another.
    package func created(_ session: Session) throws(LogError) -> Int64 {
        do throws(PostgresError) {
            let rows = try session.query(
                "SELECT created_at FROM trough.study WHERE study = $1", [.int32(study.number)])
            guard rows.count == 1 else { throw PostgresError(.misuse, "The study \"\(study.name)\" is gone.") }
            return try rows.timestamp(0, 0)
        } catch {
            throw reading(error)
        }
    }

    /// The digest of the chain at each head, in the heads' order: 32 bytes, zeros where a slice is empty.
    ///
    /// Batches do not change, so that this may be asked at any time after the heads were taken.
    ///
    /// - Throws: ``LogError/damaged(_:)`` where no batch ends at a head.
    package func chainDigests(_ session: Session) throws(LogError) -> [[UInt8]] {
        do throws(PostgresError) {
            let rows = try session.query(
                """
                SELECT b.digest FROM unnest($1, $2) AS k (slice, position)
                LEFT JOIN LATERAL (
                    SELECT digest, last_position FROM trough.batch
                    WHERE slice = k.slice AND first_position <= k.position ORDER BY first_position DESC LIMIT 1) b
                    ON b.last_position = k.position
                ORDER BY k.slice
                """, [.int32Array(heads.map(\.slice)), .int64Array(heads.map(\.position))])
            var digests: [[UInt8]] = []
            for (row, head) in heads.enumerated() {
                let isMissing = try rows.isNull(row, 0)
                guard isMissing == (head.position == 0) else {
                    throw PostgresError(
                        .misuse, "No batch of slice \(index(of: head)) ends at position \(head.position).")
                }
                digests.append(isMissing ? [UInt8](repeating: 0, count: 32) : try rows.bytes(row, 0))
            }
            return digests
        } catch {
            throw reading(error)
        }
    }
}
