package import Postgres

/// Finds and makes studies.
package enum Studies {
    /// All studies, in the order in which they were made.
    package static func all(_ session: Session) throws(LogError) -> [Study] {
        try translating { () throws(PostgresError) in
            try session.pinSearchPath()
            let rows = try session.query("SELECT study, name, first_slice, slices FROM trough.study ORDER BY study")
            var studies: [Study] = []
            for row in 0..<rows.count { studies.append(try study(rows, row)) }
            return studies
        }
    }

    /// The study of this name.
    ///
    /// - Throws: ``LogError/unknownStudy(_:)`` where there is none.
    package static func open(_ name: String, _ session: Session) throws(LogError) -> Study {
        guard let study = try find(name, session) else { throw .unknownStudy(name) }
        return study
    }

    /// The study of this name, made with so many slices where there is none.
    ///
    /// - Parameter isDisposable: Whether a study that is made here may be removed again; of one that exists nothing
    ///   changes.
    package static func openOrCreate(
        _ name: String, slices: Int = Limits.defaultSlices, isDisposable: Bool = false, _ session: Session
    ) throws(LogError) -> Study {
        if let study = try find(name, session) { return study }
        guard (1...128).contains(name.utf8.count), !name.utf8.contains(where: { $0 < 0x20 }) else {
            throw .invalidStudy("A study's name has 1 to 128 bytes and no control characters; \"\(name)\" has not.")
        }
        guard (1...Limits.greatestSlices).contains(slices) else {
            throw .invalidStudy("A study has 1 to \(Limits.greatestSlices) slices; \(slices) were asked for.")
        }
        return try translating { () throws(PostgresError) in
            try session.transaction { () throws(PostgresError) -> Study in
                // Two that make a study at once wait here, so that slice numbers are never given out twice. An advisory
                // lock, since locking the table needs rights that a writer does not have.
                _ = try session.query("SELECT pg_advisory_xact_lock($1)", [.int64(makingLock)])
                let present = try session.query(
                    "SELECT study, name, first_slice, slices FROM trough.study WHERE name = $1", [.string(name)])
                if present.count > 0 { return try study(present, 0) }
                let made = try session.query(
                    """
                    INSERT INTO trough.study (study, name, first_slice, slices, is_disposable)
                    VALUES (nextval('trough.study_number'), $1, nextval('trough.slice_number'), $2, $3)
                    RETURNING study, name, first_slice, slices
                    """, [.string(name), .int32(Int32(slices)), .bool(isDisposable)])
                let result = try study(made, 0)
                _ = try session.query(
                    "SELECT setval('trough.slice_number', $1)",
                    [.int64(Int64(result.firstSlice) + Int64(result.slices) - 1)])
                _ = try session.query(
                    "INSERT INTO trough.head (slice, study) SELECT generate_series($1, $2), $3",
                    [
                        .int32(result.firstSlice), .int32(result.firstSlice + Int32(result.slices) - 1),
                        .int32(result.number),
                    ])
                return result
            }
        }
    }

    /// Removes a study that was made to be removed, with all that is in it and was made of it.
    ///
    /// - Throws: SQLSTATE `TR004` where no such study exists, or it is one for good.
    package static func removeDisposable(_ name: String, _ session: Session) throws(LogError) {
        try translating { () throws(PostgresError) in
            try session.pinSearchPath()
            try session.query("SELECT FROM trough.remove_study($1)", [.string(name)])
        }
    }

    /// A number that no other program's advisory lock is likely to have: the bytes of "trough02".
    static let makingLock: Int64 = 0x7472_6f75_6768_3032

    private static func find(_ name: String, _ session: Session) throws(LogError) -> Study? {
        try translating { () throws(PostgresError) in
            try session.pinSearchPath()
            let rows = try session.query(
                "SELECT study, name, first_slice, slices FROM trough.study WHERE name = $1", [.string(name)])
            return rows.count == 0 ? nil : try study(rows, 0)
        }
    }

    private static func study(_ rows: Rows, _ row: Int) throws(PostgresError) -> Study {
        Study(
            number: try rows.int32(row, 0), name: try rows.string(row, 1), firstSlice: try rows.int32(row, 2),
            slices: Int(try rows.int32(row, 3)))
    }
}
