import Postgres

extension LogReader {
    /// Reads the heads of slices from one to another, as they are or as they were.
    ///
    /// - Parameter note: Is told how far each slice has come, where that is asked for as of now.
    static func heads(
        _ slices: [Parameter], of study: Study, _ asOf: Int64?, _ session: Session,
        noting note: (LogMark.End) -> Void = { _ in }
    ) throws(PostgresError) -> [SliceHead] {
        let rows: Rows
        if let asOf {
            rows = try session.query(
                """
                SELECT h.slice, coalesce(b.last_position, 0), h.patients
                FROM trough.head h
                LEFT JOIN (
                    SELECT slice, max(last_position) AS last_position FROM trough.batch
                    WHERE slice BETWEEN $1 AND $2 AND recorded_at <= $3 GROUP BY slice) b ON b.slice = h.slice
                WHERE h.slice BETWEEN $1 AND $2 ORDER BY h.slice
                """, slices + [.timestamp(microsecondsSinceUnixEpoch: asOf)])
        } else {
            rows = try session.query(
                """
                SELECT slice, position, patients, digest FROM trough.head WHERE slice BETWEEN $1 AND $2 ORDER BY slice
                """, slices)
        }
        var heads: [SliceHead] = []
        for row in 0..<rows.count {
            let head = SliceHead(
                slice: try rows.int32(row, 0), position: try rows.int64(row, 1), patients: try rows.int32(row, 2))
            // Else it would pass for a slice without events.
            guard (0...Limits.greatestPosition).contains(head.position), head.patients >= 0 else {
                throw PostgresError(
                    .misuse,
                    "The head of slice \(head.slice - study.firstSlice) of the study \"\(study.name)\" stands at position "
                        + "\(head.position) with \(head.patients) patients; expected 0 or more of both, and positions up to "
                        + "\(Limits.greatestPosition).")
            }
            heads.append(head)
            if asOf == nil {
                note(LogMark.End(slice: head.slice, position: head.position, digest: try rows.bytes(row, 3)))
            }
        }
        return heads
    }

    /// Each slice of the study has its head: one without would pass for a slice without events, and those behind it for
    /// others than they are.
    func checkHeads() throws(PostgresError) {
        let missing = study.sliceNumbers.enumerated().first { index, slice in
            !heads.indices.contains(index) || heads[index].slice != slice
        }
        guard let missing else { return }
        throw PostgresError(.misuse, "Slice \(missing.offset) of the study \"\(study.name)\" has no head.")
    }
}
