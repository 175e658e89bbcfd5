package import EventLog
package import Postgres

/// How far a set of outcomes is, slice by slice, who makes it, and whom it had to leave out.
package struct ProjectionStatus: Sendable {
    /// One slice.
    package struct Slice: Sendable {
        /// The position up to which it is projected.
        package let checkpoint: Int64
        /// How many events are not projected yet.
        package let lagEvents: Int64
        /// How long ago the oldest of them was recorded, in seconds; 0 where there are none.
        package let lagSeconds: Double
        /// The worker that holds it, `nil` for none or one that is dead.
        package let owner: Int64?
        /// How often it has changed hands.
        package let epoch: Int64
    }

    /// One worker.
    package struct Worker: Sendable {
        /// Its number.
        package let number: Int64
        /// Its host and process.
        package let name: String
        /// How many slices it holds.
        package let slices: Int
        /// How long ago it was last heard of, in seconds.
        package let silentSeconds: Double
        /// Whether its lease has not run out.
        package let isAlive: Bool
    }

    /// A patient who could not be folded.
    package struct Parked: Sendable {
        /// The patient; empty where there are events of a patient and nobody knows whose.
        package let subject: String
        /// The slice's number within the study.
        package let slice: Int
        /// What cannot be decoded.
        package let reason: String
    }

    /// The set.
    package let set: ProjectionSet
    /// Its slices in order.
    package let slices: [Slice]
    /// Its workers, those that died not long ago included.
    package let workers: [Worker]
    /// How many patients are parked.
    package let parkedCount: Int
    /// The first of them by subject, at most ``mostParked``.
    package let parked: [Parked]

    /// The most parked patients that are listed.
    package static let mostParked = 100

    /// How many events are not projected yet.
    package var lagEvents: Int64 { slices.reduce(0) { $0 + $1.lagEvents } }
    /// How long ago the oldest of them was recorded, in seconds.
    package var lagSeconds: Double { slices.reduce(0) { max($0, $1.lagSeconds) } }
    /// How many events are projected.
    package var projectedEvents: Int64 { slices.reduce(0) { $0 + $1.checkpoint } }

    /// Reads the status of all sets of a study, oldest first.
    package static func all(of study: Study, _ session: Session) throws(LogError) -> [ProjectionStatus] {
        var states: [ProjectionStatus] = []
        for set in try ProjectionSet.all(of: study, session) {
            states.append(
                try translating { () throws(PostgresError) in try ProjectionStatus(set, in: study, session) })
        }
        return states
    }

    private init(_ set: ProjectionSet, in study: Study, _ session: Session) throws(PostgresError) {
        self.set = set
        slices = try Self.slices(set, session)
        workers = try Self.workers(set, session)
        parkedCount = try OutcomeReading.parked(in: set, onlyRetried: false, session)
        let rows = try session.query(
            "SELECT subject, slice, reason FROM trough.parked WHERE projection = $1 ORDER BY subject LIMIT $2",
            [.int32(set.number), .int32(Int32(Self.mostParked))])
        var parked: [Parked] = []
        for row in 0..<rows.count {
            parked.append(
                Parked(
                    subject: try rows.string(row, 0), slice: Int(try rows.int32(row, 1) - study.firstSlice),
                    reason: try rows.string(row, 2)))
        }
        self.parked = parked
    }

    private static func slices(_ set: ProjectionSet, _ session: Session) throws(PostgresError) -> [Slice] {
        let rows = try session.query(
            """
            SELECT c.position, greatest(h.position - c.position, 0), CASE WHEN c.position < h.position THEN (
                    SELECT extract(epoch FROM clock_timestamp() - b.recorded_at)::double precision FROM trough.batch b
                    WHERE b.slice = c.slice AND b.first_position <= c.position + 1 AND isfinite(b.recorded_at)
                    ORDER BY b.first_position DESC LIMIT 1) ELSE 0 END,
                w.worker, c.epoch
            FROM trough.checkpoint c JOIN trough.head h ON h.slice = c.slice
            LEFT JOIN trough.worker w ON w.worker = c.worker AND w.heartbeat_at > clock_timestamp() - w.lease
            WHERE c.projection = $1 ORDER BY c.slice
            """, [.int32(set.number)])
        var slices: [Slice] = []
        for row in 0..<rows.count {
            slices.append(
                Slice(
                    checkpoint: try rows.int64(row, 0), lagEvents: try rows.int64(row, 1),
                    lagSeconds: max(0, try rows.isNull(row, 2) ? 0 : rows.double(row, 2)),
                    owner: try rows.isNull(row, 3) ? nil : rows.int64(row, 3), epoch: try rows.int64(row, 4)))
        }
        return slices
    }

    private static func workers(_ set: ProjectionSet, _ session: Session) throws(PostgresError) -> [Worker] {
        let rows = try session.query(
            """
            SELECT w.worker, w.name, (SELECT count(*) FROM trough.checkpoint c WHERE c.worker = w.worker),
                extract(epoch FROM clock_timestamp() - w.heartbeat_at)::double precision,
                w.heartbeat_at > clock_timestamp() - w.lease
            FROM trough.worker w WHERE w.projection = $1 ORDER BY w.worker
            """, [.int32(set.number)])
        var workers: [Worker] = []
        for row in 0..<rows.count {
            workers.append(
                Worker(
                    number: try rows.int64(row, 0), name: try rows.string(row, 1), slices: Int(try rows.int64(row, 2)),
                    silentSeconds: max(0, try rows.double(row, 3)), isAlive: try rows.bool(row, 4)))
        }
        return workers
    }
}
