package import EventLog
import Logging
package import Postgres
import Trial

/// Studies whose first positions stand in segments alone, as those of a virtual cohort do that was born sealed.
///
/// They are made of ordinary ones by someone who may do everything in the database.
extension TestLog {
    /// Writes the histories of new patients straight as segments.
    ///
    /// - Parameter lines: Event lines, all with different names, in any order.
    package func bear(_ lines: [String], in study: Study) async throws -> SealedAppender.Receipt {
        let parsed = try EventLines.batch(lines)
        var ofSlices = [[Int: [String]]](repeating: [:], count: study.slices)
        for (record, line) in zip(parsed.records, lines) {
            let patient = Int(record.patient)
            let slice = SliceHash.slice(of: parsed.subjects[patient], among: study.slices)
            ofSlices[slice][patient, default: []].append(line)
        }
        let appender = try await SealedAppender(
            to: study, at: configuration, by: Self.attribution, logger: Logger(label: "trough.tests"))
        var receipt = SealedAppender.Receipt()
        for (slice, patients) in ofSlices.enumerated() {
            let histories = patients.sorted { $0.key < $1.key }.map(\.value)
            var batch = try EventLines.batch(histories.flatMap(\.self))
            var members: [Range<Int>] = []
            for history in histories {
                let start = members.last?.upperBound ?? 0
                members.append(start..<start + history.count)
                batch.sortHistory(members[members.count - 1])
            }
            receipt += try await appender.append(.init(slice: slice, batch: batch, members: members))
        }
        await appender.close()
        return receipt
    }

    /// Takes the rows of everything that is sealed away.
    ///
    /// Rows never go away otherwise, and an appender relies on those that it has written: appenders from before must not
    /// be used afterwards.
    package func removeSealedRows(_ study: Study) async throws(PostgresError) {
        try await execute(Self.removingSealedRows(study.name))
        let left = """
            SELECT count(*) FROM trough.event e JOIN trough.segment s ON s.slice = e.slice
                AND e.position BETWEEN s.first_position AND s.last_position
            WHERE e.slice BETWEEN \(study.firstSlice) AND \(study.firstSlice + Int32(study.slices) - 1)
            """
        guard try await number(left) == 0 else { throw PostgresError(.misuse, "Sealed rows are left.") }
    }

    /// Seals everything that a study has, and takes the rows away.
    package func sealWithoutRows(_ study: Study) async throws {
        _ = try await seal(study)
        try await removeSealedRows(study)
    }

    /// The statements behind ``removeSealedRows(_:)``, for the study of a name.
    package static func removingSealedRows(_ study: String) -> String {
        removingSealedRows(
            where: "s.slice IN (SELECT h.slice FROM trough.head h JOIN trough.study t USING (study) "
                + "WHERE t.name = '\(study)')")
    }

    /// Statements that take rows of sealed events away, as if they had never been.
    ///
    /// - Parameter condition: Of which segments, in SQL, whose row is `s`.
    static func removingSealedRows(where condition: String) -> String {
        """
        BEGIN;
        ALTER TABLE trough.event DISABLE TRIGGER USER;
        ALTER TABLE trough.segment DISABLE TRIGGER USER;
        DELETE FROM trough.event e USING trough.segment s
        WHERE s.slice = e.slice AND e.position BETWEEN s.first_position AND s.last_position AND (\(condition));
        UPDATE trough.segment s SET has_rows = false WHERE \(condition);
        ALTER TABLE trough.event ENABLE ALWAYS TRIGGER append_only;
        ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER append_only;
        ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER only_disposable;
        ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER no_gap;
        COMMIT
        """
    }

    /// Puts a study back to before its first event, and tells how everything that it had comes again.
    ///
    /// - Returns: Statements that must be run in one transaction; they take the locks that an appender takes, and need no
    ///   trigger switched off.
    package func unbear(_ study: Study) async throws(PostgresError) -> String {
        let range = "BETWEEN \(study.firstSlice) AND \(study.firstSlice + Int32(study.slices) - 1)"
        let tables = ["segment", "event", "batch", "patient"]
        var taken = "BEGIN; CREATE TABLE public.kept_head AS SELECT * FROM trough.head WHERE slice \(range);"
        var given = "SELECT FROM trough.head WHERE slice \(range) ORDER BY slice FOR UPDATE;"
        for table in tables {
            taken += """
                ALTER TABLE trough.\(table) DISABLE TRIGGER USER;
                CREATE TABLE public.kept_\(table) AS SELECT * FROM trough.\(table) WHERE slice \(range);
                DELETE FROM trough.\(table) WHERE slice \(range);
                ALTER TABLE trough.\(table) ENABLE ALWAYS TRIGGER append_only;
                """
            // Of events no row is ever deleted.
            if table != "event" { taken += "ALTER TABLE trough.\(table) ENABLE ALWAYS TRIGGER only_disposable;" }
        }
        taken += """
            ALTER TABLE trough.segment ENABLE ALWAYS TRIGGER no_gap;
            ALTER TABLE trough.head DISABLE TRIGGER USER;
            UPDATE trough.head SET position = 0, patients = 0, recorded_at = '-infinity',
                digest = decode(repeat('00', 32), 'hex') WHERE slice \(range);
            ALTER TABLE trough.head ENABLE ALWAYS TRIGGER append_only;
            ALTER TABLE trough.head ENABLE ALWAYS TRIGGER only_forward;
            ALTER TABLE trough.head ENABLE ALWAYS TRIGGER only_disposable;
            COMMIT
            """
        for table in ["patient", "batch", "event", "segment"] {
            // A segment follows the one before it, row by row.
            let order = table == "segment" ? " ORDER BY slice, first_position" : ""
            given += "INSERT INTO trough.\(table) SELECT * FROM public.kept_\(table)\(order);"
        }
        given += """
            UPDATE trough.head h SET position = k.position, patients = k.patients, recorded_at = k.recorded_at,
                digest = k.digest
            FROM public.kept_head k WHERE k.slice = h.slice AND k.position > 0
            """
        try await execute(taken)
        return given
    }
}
