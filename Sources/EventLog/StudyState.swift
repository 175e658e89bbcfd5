package import Postgres

/// What a study holds, slice by slice.
package struct StudyState: Sendable {
    /// One slice's head.
    package struct Slice: Sendable {
        /// The slice's number within the study, from 0.
        package let index: Int
        /// The position of the last event.
        package let position: Int64
        /// How many patients there are.
        package let patients: Int
        /// The digest of the chain up to the last batch, in hexadecimal.
        package let digest: String
        /// Up to which position segments hold the events.
        package let sealed: Int64
        /// How many events segments alone hold: those of a cohort born sealed, and those whose rows were dropped.
        package let withoutRows: Int64
    }

    /// The study.
    package let study: Study
    /// Its slices in order.
    package let slices: [Slice]
    /// When the last batch was recorded, in microseconds since 1970; `nil` where there is none.
    package let lastRecorded: Int64?

    /// How many events there are.
    package var events: Int64 { slices.reduce(0) { $0 + $1.position } }
    /// How many patients there are.
    package var patients: Int { slices.reduce(0) { $0 + $1.patients } }
    /// How many events lie in segments.
    package var sealed: Int64 { slices.reduce(0) { $0 + $1.sealed } }
    /// How many events lie in segments alone.
    package var withoutRows: Int64 { slices.reduce(0) { $0 + $1.withoutRows } }

    /// Reads the heads of a study, and how far its slices are sealed.
    package init(_ study: Study, _ session: Session) throws(LogError) {
        self.study = study
        do throws(PostgresError) {
            try session.pinSearchPath()
            let rows = try session.query(
                """
                SELECT h.slice, h.position, h.patients, encode(h.digest, 'hex'), CASE WHEN isfinite(h.recorded_at) THEN h.recorded_at END,
                    coalesce(max(s.last_position), 0),
                    coalesce(sum(s.last_position - s.first_position + 1)
                        FILTER (WHERE NOT s.has_rows OR s.last_position <= h.removed), 0)::bigint
                FROM trough.head h LEFT JOIN trough.segment s USING (slice)
                WHERE h.study = $1 GROUP BY h.slice ORDER BY h.slice
                """, [.int32(study.number)])
            var slices: [Slice] = []
            var last: Int64?
            for row in 0..<rows.count {
                let slice = Slice(
                    index: Int(try rows.int32(row, 0) - study.firstSlice), position: try rows.int64(row, 1),
                    patients: Int(try rows.int32(row, 2)), digest: try rows.string(row, 3),
                    sealed: try rows.int64(row, 5), withoutRows: try rows.int64(row, 6))
                let positions = [slice.position, slice.sealed, slice.withoutRows]
                guard positions.allSatisfy((0...Limits.greatestPosition).contains) else {
                    throw PostgresError(
                        .misuse,
                        "Slice \(slice.index) of the study \"\(study.name)\" ends at position \(slice.position), is sealed "
                            + "up to \(slice.sealed) and has \(slice.withoutRows) events without rows; expected 0 to "
                            + "\(Limits.greatestPosition).")
                }
                slices.append(slice)
                if try !rows.isNull(row, 4) { last = max(last ?? .min, try rows.timestamp(row, 4)) }
            }
            self.slices = slices
            lastRecorded = last
        } catch {
            throw reading(error)
        }
    }
}
