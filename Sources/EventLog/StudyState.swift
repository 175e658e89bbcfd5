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

    /// Reads the heads of a study.
    package init(_ study: Study, _ session: Session) throws(LogError) {
        self.study = study
        do throws(PostgresError) {
            try session.pinSearchPath()
            let rows = try session.query(
                """
                SELECT slice, position, patients, encode(digest, 'hex'), nullif(recorded_at, '-infinity')
                FROM trough.head WHERE study = $1 ORDER BY slice
                """, [.int32(study.number)])
            var slices: [Slice] = []
            var last: Int64?
            for row in 0..<rows.count {
                slices.append(
                    Slice(
                        index: Int(try rows.int32(row, 0) - study.firstSlice), position: try rows.int64(row, 1),
                        patients: Int(try rows.int32(row, 2)), digest: try rows.string(row, 3)))
                if try !rows.isNull(row, 4) { last = max(last ?? .min, try rows.timestamp(row, 4)) }
            }
            self.slices = slices
            lastRecorded = last
        } catch {
            throw .database(error)
        }
    }
}
