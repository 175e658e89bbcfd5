import CLibPQ

/// A message of the server that is no error, such as a warning.
package struct Notice: Sendable, Hashable {
    /// `WARNING`, `NOTICE`, `INFO`, `LOG` or `DEBUG`.
    package var severity: String
    /// The five characters of SQLSTATE.
    package var sqlState: String
    /// The primary message.
    package var message: String
    /// The function of the server that raised it.
    var function: String
}

/// Keeps the latest notices of a connection, which libpq would otherwise print to standard error.
final class NoticeLog {
    private(set) var notices: [Notice] = []

    func take() -> [Notice] {
        defer { notices = [] }
        return notices
    }

    fileprivate func append(_ notice: Notice) {
        if notices.count == Limits.notices { notices.removeFirst() }
        notices.append(notice)
    }

    /// Directs the notices of `connection` to this object, which the caller keeps alive as long as the connection.
    ///
    /// Unsafe because libpq holds an uncounted reference: `ServerLink` owns both, and closes the connection first.
    func receive(from connection: OpaquePointer) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context = unsafe context, let result = unsafe result else { return }
                let log = unsafe Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue()
                func field(_ code: CInt) -> String {
                    unsafe PQresultErrorField(result, code).map { unsafe String(cString: $0) } ?? ""
                }
                log.append(
                    Notice(
                        severity: field(troughDiagSeverity),
                        sqlState: field(troughDiagSQLState),
                        message: field(troughDiagMessage),
                        function: field(troughDiagFunction)
                    )
                )
            },
            context
        )
    }
}
