import CLibPQ

/// One `PGresult`, cleared when the last reference goes.
///
/// Holds the pointer privately for its whole life, and libpq results never change; so the `unsafe` marks here say
/// only that a C function is called with a pointer that this object keeps alive.
@safe
final class ServerResult {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) {
        unsafe self.result = unsafe result
    }

    deinit {
        unsafe PQclear(result)
    }

    var status: ExecStatusType { unsafe PQresultStatus(result) }
    var rowCount: Int { unsafe Int(PQntuples(result)) }
    var columnCount: Int { unsafe Int(PQnfields(result)) }
    /// Whether a COPY begins, in either direction.
    var isCopy: Bool { [PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH].contains(status) }
    var isBinaryCopy: Bool { unsafe PQbinaryTuples(result) == 1 }

    /// The rows a command touched or a COPY moved; 0 when the command counts none.
    var affectedRows: Int { unsafe Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// The command tag, such as `COMMIT`.
    var commandTag: String { unsafe String(cString: PQcmdStatus(result)) }

    /// One field of a server message, by libpq's code for it.
    func field(_ code: CInt) -> String? {
        // Before the encoding is agreed on, a message may be in another one; it is repaired rather than lost.
        unsafe PQresultErrorField(result, code).map { unsafe String(cString: $0) }
    }

    /// libpq's own words for a failure that has no server message.
    var message: String { unsafe String(cString: PQresultErrorMessage(result)) }

    /// The type of a column; the caller has checked the column.
    func type(ofColumn column: Int) -> TypeID {
        unsafe TypeID(rawValue: PQftype(result, CInt(column)))
    }

    /// The name of a column; the caller has checked the column.
    func name(ofColumn column: Int) -> String {
        unsafe PQfname(result, CInt(column)).map { unsafe String(cString: $0) } ?? ""
    }

    /// Whether a value is NULL; the caller has checked row and column.
    func isNull(_ row: Int, _ column: Int) -> Bool {
        unsafe PQgetisnull(result, CInt(row), CInt(column)) == 1
    }

    /// Lends the bytes of a value; the caller has checked row and column.
    func withValue<R>(
        _ row: Int,
        _ column: Int,
        _ body: (RawSpan) throws(PostgresError) -> R
    ) throws(PostgresError) -> R {
        let length = unsafe Int(PQgetlength(result, CInt(row), CInt(column)))
        // libpq owns the bytes until PQclear, which cannot come before this call returns.
        let bytes = unsafe UnsafeRawBufferPointer(start: PQgetvalue(result, CInt(row), CInt(column)), count: length)
        return unsafe try body(bytes.bytes)
    }
}
