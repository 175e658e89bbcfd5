import CLibPQ
import Glibc
import Measuring

/// A connection with nothing around libpq: what the log's own paths are measured against.
///
/// Not Sendable: each is opened, used and closed within one call on one thread. The `unsafe` marks say that a C function
/// is called with the pointer this object owns, or with memory that outlives the call.
@safe
final class BareConnection {
    private let connection: OpaquePointer

    /// Connects; blocks.
    init(_ url: String) throws {
        guard let opened = unsafe PQconnectdb(url) else { throw Failure("There is no memory for a connection.") }
        unsafe connection = unsafe opened
        guard unsafe PQstatus(opened) == CONNECTION_OK else { throw failure("connecting") }
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// Runs statements whose rows nobody needs.
    func execute(_ sql: String) throws {
        let result = unsafe PQexec(connection, sql)
        defer { unsafe PQclear(result) }
        let status = unsafe PQresultStatus(result)
        guard status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else { throw failure(sql) }
    }

    /// Sends a whole binary COPY, header and trailer included.
    ///
    /// - Returns: how many rows the server took.
    func copyIn(_ statement: String, _ bytes: [UInt8]) throws -> Int {
        try start(statement, PGRES_COPY_IN)
        let isSent = unsafe bytes.withUnsafeBytes { all in
            var offset = 0
            while offset < all.count {
                let count = min(Self.pieceBytes, all.count - offset)
                let piece = unsafe all.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
                guard unsafe PQputCopyData(connection, piece, CInt(count)) == 1 else { return false }
                offset += count
            }
            return true
        }
        guard isSent, unsafe PQputCopyEnd(connection, nil) == 1 else { throw failure(statement) }
        return try end(statement)
    }

    /// Receives a binary COPY, message by message; a message is one row but for the first, which has the header too, and
    /// the last, which is the trailer.
    ///
    /// - Returns: how many rows the server sent.
    func copyOut(_ statement: String, _ message: (([UInt8]) -> Void)? = nil) throws -> Int {
        try start(statement, PGRES_COPY_OUT)
        while true {
            var bytes: UnsafeMutablePointer<CChar>?
            let count = unsafe PQgetCopyData(connection, &bytes, 0)
            guard count > 0 else {
                if count == -1 { break }
                throw failure(statement)
            }
            if let message { unsafe message(Array(UnsafeRawBufferPointer(start: bytes, count: Int(count)))) }
            unsafe PQfreemem(bytes)
        }
        return try end(statement)
    }

    /// Blocks until a notice comes to which the connection listens.
    func awaitNotice() throws {
        while true {
            if let notice = unsafe PQnotifies(connection) { return unsafe PQfreemem(notice) }
            var descriptor = unsafe pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
            guard unsafe poll(&descriptor, 1, Self.noticeMilliseconds) > 0, unsafe PQconsumeInput(connection) == 1
            else { throw failure("waiting for a notice") }
        }
    }

    /// A notice that takes longer than this is lost.
    private static let noticeMilliseconds: CInt = 10_000

    /// As many bytes at once as the log's own writer sends.
    private static let pieceBytes = 128 * 1024

    private func start(_ statement: String, _ status: ExecStatusType) throws {
        let result = unsafe PQexec(connection, statement)
        defer { unsafe PQclear(result) }
        guard unsafe PQresultStatus(result) == status else { throw failure(statement) }
    }

    private func end(_ statement: String) throws -> Int {
        var rows = 0
        while let result = unsafe PQgetResult(connection) {
            defer { unsafe PQclear(result) }
            guard unsafe PQresultStatus(result) == PGRES_COMMAND_OK else { throw failure(statement) }
            rows = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
        }
        return rows
    }

    private func failure(_ doing: String) -> Failure {
        unsafe Failure("\(doing.prefix(80)): \(String(cString: PQerrorMessage(connection)))")
    }
}
