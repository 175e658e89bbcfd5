package import EventLog
package import Postgres

/// Where somebody stands who is told how the outcomes of a study change, whichever set of them is the current one.
///
/// A page is bounded, and so is what is remembered: a place for each slice. All that a worker writes at once has one
/// revision; within one, the order is that of patients and endpoints, so that a page may end in the middle of it. What
/// changes again after it was told has a higher revision then, and is told again.
///
/// Where another set takes the place of the current one, ``OutcomeCrossing`` tells what lies between the two.
package struct OutcomeCursor: Sendable {
    /// How far the outcomes of a slice were told.
    struct Place: Sendable {
        /// All outcomes of lower revisions were told.
        var revision: Int64
        /// Of those of this revision, all of patients with lower numbers were told.
        var patient: Int32
        /// Of this patient's, all were told up to this endpoint.
        var endpoint: String
        /// What was made of the events up to this position was told.
        var position: Int64

        /// Behind everything that there is of a slice.
        init(behind revision: Int64, position: Int64) {
            self.revision = revision
            patient = .max
            endpoint = ""
            self.position = position
        }

        fileprivate func isBehind(_ revision: Int64) -> Bool { self.revision == revision && patient == .max }
    }

    private let study: Study
    /// The set whose changes are told.
    package private(set) var set: ProjectionSet
    /// By slice.
    private var places: [Place]
    private var crossing: OutcomeCrossing?

    /// Stands behind everything that a set holds now.
    package init(behind set: ProjectionSet, of study: Study, _ session: Session) throws(PostgresError) {
        let places = try session.transaction(.repeatableReadReadOnly) { () throws(PostgresError) in
            try Self.ends(of: set, session)
        }
        self.init(set, of: study, at: places)
    }

    init(_ set: ProjectionSet, of study: Study, at places: [Place]) {
        (self.study, self.set, self.places) = (study, set, places)
    }

    /// The next outcomes that changed, as they are now; none where nothing has.
    ///
    /// Within a page the order is that in which they changed. An outcome that changed several times is there once.
    ///
    /// - Parameter limit: About how many are told at most: where more slices than that have moved, one of each.
    /// - Throws: ``LogError/unknownStudy(_:)`` where the study was removed; ``LogError/changed(_:)`` where no set of it is
    ///   the current one any more, or events are gone of which outcomes were told.
    package mutating func next(
        limit: Int = Limits.rowsPerPage, _ session: Session
    ) throws(LogError) -> [OutcomeReading.Outcome] {
        let before = self
        do {
            let (cursor, page) = try session.transaction(.repeatableReadReadOnly) {
                var cursor = before
                let page = try cursor.read(limit, session)
                return (cursor, page)
            }
            self = cursor
            return page
        } catch let error as LogError {
            throw error
        } catch let error as PostgresError {
            throw .database(error)
        } catch {
            throw .database(PostgresError(.misuse, "\(error)"))
        }
    }

    /// Returns when outcomes may have changed beyond what was told, or after a moment.
    package func wait(_ session: Session) throws(PostgresError) {
        try OutcomeReading.waitForChange(of: set, beyond: places.map(\.revision), session)
    }

    // MARK: - In one snapshot

    private mutating func read(_ limit: Int, _ session: Session) throws -> [OutcomeReading.Outcome] {
        guard let current = try ProjectionSet.current(of: study, session) else {
            // A log that was put back may be older than all outcomes.
            throw study.isThere(session)
                ? LogError.changed("There are no outcomes of the study \"\(study.name)\" any more.")
                : LogError.unknownStudy(study.name)
        }
        let ends = try Self.ends(of: current, session)
        try requireEvents(behind: ends, session)
        if current.number != set.number {
            // Where one more set comes during a crossing, that begins anew: better twice than not at all.
            let (old, told) = crossing.map { ($0.old, $0.told) } ?? (set.number, places)
            crossing = OutcomeCrossing(from: old, told: told, to: current, ends: ends, of: study)
            (set, places) = (current, ends)
        }
        if crossing != nil {
            if let page = try crossing?.next(limit, session), !page.isEmpty { return page }
            crossing = nil
        }
        return try changes(upTo: ends, limit, session)
    }

    /// Checks that the log still has the events of which outcomes were told, where checkpoints went back.
    ///
    /// After a crash of the server they may have, by a step or two that are made again. After the log was put back to an
    /// earlier state they have, too, and what was told may hold no longer.
    private func requireEvents(behind ends: [Place], _ session: Session) throws {
        let back = places.indices.filter { $0 < ends.count && ends[$0].position < places[$0].position }
        if back.isEmpty { return }
        let rows = try session.query(
            """
            SELECT k.slice, h.position, k.told FROM unnest($1::integer[], $2::bigint[]) AS k (slice, told)
            JOIN trough.head h ON h.slice = k.slice WHERE h.position < k.told ORDER BY k.slice LIMIT 1
            """,
            [
                .int32Array(back.map { study.firstSlice + Int32($0) }), .int64Array(back.map { places[$0].position }),
            ])
        if rows.count == 0 { return }
        throw LogError.changed(
            "Slice \(try rows.int32(0, 0) - study.firstSlice) of the study \"\(study.name)\" ends at position "
                + "\(try rows.int64(0, 1)), and outcomes were shown of its events up to \(try rows.int64(0, 2)).")
    }

    /// Where somebody stands to whom everything was told.
    private static func ends(of set: ProjectionSet, _ session: Session) throws(PostgresError) -> [Place] {
        let rows = try session.query(
            "SELECT revision, position FROM trough.checkpoint WHERE projection = $1 ORDER BY slice",
            [.int32(set.number)])
        var ends: [Place] = []
        for row in 0..<rows.count {
            ends.append(Place(behind: try rows.int64(row, 0), position: try rows.int64(row, 1)))
        }
        return ends
    }

    /// Reads what has changed in the slices that have moved, as much of each.
    private mutating func changes(
        upTo ends: [Place], _ limit: Int, _ session: Session
    ) throws(PostgresError) -> [OutcomeReading.Outcome] {
        let moved = places.indices.filter { $0 < ends.count && !places[$0].isBehind(ends[$0].revision) }
        if moved.isEmpty { return [] }
        let share = max(1, limit / moved.count)
        let rows = try session.query(
            Self.changes,
            [.int32(set.number), .int32Array(moved.map { study.firstSlice + Int32($0) })]
                + Self.parameters(moved.map { places[$0] }) + [.int32(Int32(clamping: share))])
        var found: [Int: (count: Int, last: Place)] = [:]
        for row in 0..<rows.count {
            let index = Int(try rows.int32(row, 0) - study.firstSlice)
            var place = places[index]
            place.revision = try rows.int64(row, 1)
            place.patient = try rows.int32(row, 2)
            place.endpoint = try rows.string(row, 5)
            let known = found[index]
            found[index] = ((known?.count ?? 0) + 1, known.map { max($0.last, place) } ?? place)
        }
        for index in moved {
            // A slice with less than its share has no more.
            if let found = found[index], found.count >= share {
                places[index] = found.last
            } else {
                places[index] = ends[index]
            }
        }
        return try OutcomeReading.outcomes(rows, from: 3)
    }

    /// Revisions, patients and endpoints.
    static func parameters(_ places: [Place]) -> [Parameter] {
        [
            .int64Array(places.map(\.revision)), .int32Array(places.map(\.patient)),
            .textArray(places.map { Array($0.endpoint.utf8) }),
        ]
    }

    /// Each slice by itself, by the keys of revisions; what is withdrawn has a table of its own.
    private static let changes = """
        SELECT o.*
        FROM unnest($2::integer[], $3::bigint[], $4::integer[], $5::text[]) AS k (slice, revision, patient, endpoint)
        CROSS JOIN LATERAL (
            SELECT c.* FROM (
                SELECT o.slice, o.revision, o.patient, \(OutcomeReading.columns), o.changed_at
                FROM (
                    SELECT * FROM trough.outcome o WHERE o.projection = $1 AND o.slice = k.slice
                        AND (o.revision, o.patient, o.endpoint COLLATE "C")
                            > (k.revision, k.patient, k.endpoint COLLATE "C")
                    ORDER BY o.revision, o.patient, o.endpoint COLLATE "C" LIMIT $6) AS o
                JOIN trough.patient_state t
                    ON t.projection = o.projection AND t.slice = o.slice AND t.patient = o.patient
                UNION ALL
                (SELECT w.slice, w.revision, w.patient, \(OutcomeReading.withdrawnColumns), w.changed_at
                FROM trough.withdrawn w
                WHERE w.projection = $1 AND w.slice = k.slice
                    AND (w.revision, w.patient, w.endpoint COLLATE "C")
                        > (k.revision, k.patient, k.endpoint COLLATE "C")
                ORDER BY w.revision, w.patient, w.endpoint COLLATE "C" LIMIT $6)
            ) AS c
            ORDER BY c.revision, c.patient, c.endpoint COLLATE "C" LIMIT $6) AS o
        ORDER BY o.changed_at, o.subject, o.endpoint COLLATE "C"
        """
}

extension OutcomeCursor.Place: Comparable {
    static func < (one: Self, other: Self) -> Bool {
        if one.revision != other.revision { return one.revision < other.revision }
        if one.patient != other.patient { return one.patient < other.patient }
        return one.endpoint.utf8.lexicographicallyPrecedes(other.endpoint.utf8)
    }
}
