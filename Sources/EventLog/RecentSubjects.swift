import Postgres

/// The subjects of patients of one slice whose events were read last.
///
/// Pages look each patient up once and not once for each event: to join the two tables takes the server five times as long
/// as the events alone.
struct RecentSubjects: Sendable {
    private var slice: Int32 = 0
    private var subjects: [Int32: [UInt8]] = [:]

    /// The subject of a patient of the slice; `nil` where it was not looked up, or there is none.
    subscript(patient: Int32) -> [UInt8]? { subjects[patient] }

    /// Looks up the subjects of patients of a slice.
    mutating func learn(_ patients: [Int32], of slice: Int32, _ session: Session) throws(PostgresError) {
        if slice != self.slice || subjects.count > Limits.subjectsOfPages {
            subjects.removeAll(keepingCapacity: true)
            self.slice = slice
        }
        let unknown = Set(patients).filter { subjects[$0] == nil }
        if unknown.isEmpty { return }
        let rows = try session.query(
            "SELECT patient, subject FROM trough.patient WHERE slice = $1 AND patient = ANY ($2)",
            [.int32(slice), .int32Array(unknown.sorted())])
        for row in 0..<rows.count { subjects[try rows.int32(row, 0)] = try rows.bytes(row, 1) }
    }
}
