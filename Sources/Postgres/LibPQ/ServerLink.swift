import CLibPQ

/// One `PGconn`: with `ServerResult`, `NoticeLog` and `CancelHandle` the only code that calls libpq.
///
/// Not Sendable: it lives in the ``Session`` of one ``Connection`` and is used on that connection's executor alone, as
/// libpq demands (one connection, one thread at a time). The `unsafe` marks say that a C function is called with the
/// connection, which this object owns, or with memory that outlives the call.
@safe
final class ServerLink {
    private let connection: OpaquePointer
    private let log = NoticeLog()

    /// Connects; blocks until the server has answered or the time is up.
    init(_ configuration: ConnectionConfiguration) throws(PostgresError) {
        let list = configuration.keywords
        for (keyword, value) in list where keyword.utf8.contains(0) || value.utf8.contains(0) {
            throw .misuse("A connection string may not hold a NUL character.")
        }
        let opened = unsafe withCStrings(list.map(\.keyword)) { keywords in
            unsafe withCStrings(list.map(\.value)) { values in
                unsafe PQconnectdbParams(keywords, values, configuration.isExpanded ? 1 : 0)
            }
        }
        guard let opened = unsafe opened else {
            throw PostgresError(.connection, "there is not enough memory for a connection.")
        }
        guard unsafe PQstatus(opened) == CONNECTION_OK else {
            let message = unsafe redacted(String(cString: PQerrorMessage(opened)))
            unsafe PQfinish(opened)
            throw PostgresError(.connection, message)
        }
        unsafe connection = unsafe opened
        unsafe log.receive(from: connection)
    }

    deinit {
        unsafe PQfinish(connection)
    }

    /// Whether the connection is known to be lost.
    var isLost: Bool { unsafe PQstatus(connection) != CONNECTION_OK }
    var transactionStatus: PGTransactionStatusType { unsafe PQtransactionStatus(connection) }
    var serverVersion: Int { unsafe Int(PQserverVersion(connection)) }
    var backendProcessID: Int32 { unsafe PQbackendPID(connection) }
    var socket: CInt { unsafe PQsocket(connection) }

    /// libpq's words for the latest failure.
    var message: String {
        unsafe String(cString: PQerrorMessage(connection)).trimmingTrailingNewlines
    }

    func takeNotices() -> [Notice] { log.take() }

    func makeCancelHandle() -> CancelHandle? {
        unsafe PQgetCancel(connection).map { unsafe CancelHandle($0) }
    }

    /// Runs one or more statements by the simple protocol; the result of the last, or `nil` if there was no answer.
    func execute(_ sql: String) -> ServerResult? {
        answer(unsafe PQsendQuery(connection, sql) == 1)
    }

    /// Runs one command with binary parameters and binary results.
    func run(_ command: Command) -> ServerResult? { answer(send(command)) }

    /// Waits for the results of what was sent, up to its end or to the beginning of a COPY.
    ///
    /// The first error counts: when a server ends a session, it says why and then closes, and libpq reports both.
    private func answer(_ sent: Bool) -> ServerResult? {
        guard sent else { return nil }
        var answer: ServerResult?
        while let result = nextResult() {
            if answer?.field(troughDiagSQLState) == nil { answer = result }
            if result.isCopy || isLost { break }
        }
        return answer
    }

    /// The next result of the command under way, or `nil` when it is over.
    func nextResult() -> ServerResult? {
        unsafe PQgetResult(connection).map { unsafe ServerResult($0) }
    }

    private func withArguments(
        _ parameters: EncodedParameters,
        _ body: (CInt, UnsafePointer<UnsafePointer<CChar>?>?, [CInt], [CInt]) -> CInt
    ) -> CInt {
        let lengths = parameters.ranges.map { CInt($0?.count ?? 0) }
        let formats = [CInt](repeating: 1, count: parameters.ranges.count)
        // A value of no bytes needs an address too, since libpq takes a null pointer for NULL; hence one more byte.
        return unsafe (parameters.bytes + [0]).withUnsafeBytes { bytes in
            let values = unsafe parameters.ranges.map { range in
                unsafe range.flatMap { unsafe bytes.baseAddress?.advanced(by: $0.lowerBound) }?
                    .assumingMemoryBound(to: CChar.self)
            }
            return unsafe body(CInt(values.count), values, lengths, formats)
        }
    }
}

// MARK: - Pipelines

extension ServerLink {
    /// What a pipeline may consist of.
    enum Command {
        case execute(String, EncodedParameters)
        case prepare(String, String, [TypeID])
        case executePrepared(String, EncodedParameters)
    }

    /// Sends commands in one piece and waits for the result of each; `nil` for those that got none.
    ///
    /// After one that failed come results of status `PGRES_PIPELINE_ABORTED`, which have no SQLSTATE. Where the
    /// connection does not get back to its ordinary state, ``isInPipeline`` stays true.
    func pipeline(_ commands: [Command]) -> [ServerResult?] {
        var results = [ServerResult?](repeating: nil, count: commands.count)
        guard unsafe PQenterPipelineMode(connection) == 1 else { return results }
        for command in commands where !send(command) { return results }
        guard unsafe PQpipelineSync(connection) == 1 else { return results }
        for index in results.indices {
            results[index] = answer(true)
            if isLost || results[index]?.isCopy == true { return results }
        }
        var end = nextResult()
        if let failure = end, failure.status != PGRES_PIPELINE_SYNC, let last = results.indices.last {
            // Outside of BEGIN and COMMIT the server commits only at the end, and what fails then was the last one's doing.
            results[last] = failure
            end = nextResult() ?? nextResult()
        }
        if end?.status == PGRES_PIPELINE_SYNC { _ = unsafe PQexitPipelineMode(connection) }
        return results
    }

    /// Whether a pipeline was left without its end, so that nothing else can be run.
    var isInPipeline: Bool { unsafe PQpipelineStatus(connection) != PQ_PIPELINE_OFF }

    private func send(_ command: Command) -> Bool {
        switch command {
        case .execute(let sql, let parameters):
            let types = parameters.types.map(\.rawValue)
            return unsafe withArguments(parameters) { count, values, lengths, formats in
                unsafe PQsendQueryParams(connection, sql, count, types, values, lengths, formats, 1)
            } == 1
        case .prepare(let name, let sql, let types):
            return unsafe PQsendPrepare(connection, name, sql, CInt(types.count), types.map(\.rawValue)) == 1
        case .executePrepared(let name, let parameters):
            return unsafe withArguments(parameters) { count, values, lengths, formats in
                unsafe PQsendQueryPrepared(connection, name, count, values, lengths, formats, 1)
            } == 1
        }
    }
}

// MARK: - COPY and notifications

extension ServerLink {
    /// What a call for the next message of a COPY found.
    enum CopyStep {
        case message
        case finished
        case failed
    }

    /// Sends the first `count` bytes of a buffer as a piece of a COPY; `false` when the connection is lost.
    func putCopyData(_ buffer: CopyBuffer, _ count: Int) -> Bool {
        precondition(count <= buffer.capacity, "A copy buffer holds \(buffer.capacity) bytes, not \(count).")
        // The caller keeps the buffer alive and has written these bytes; libpq copies them before it returns.
        return unsafe PQputCopyData(connection, buffer.base.assumingMemoryBound(to: CChar.self), CInt(count)) == 1
    }

    /// Ends a COPY to the server, as failed if there is a reason; `false` when the connection is lost.
    func putCopyEnd(_ reason: String?) -> Bool {
        unsafe PQputCopyEnd(connection, reason) == 1
    }

    /// Waits for the next message of a COPY from the server and lends its bytes.
    func nextCopyMessage(_ body: (RawSpan) throws(PostgresError) -> Void) throws(PostgresError) -> CopyStep {
        var message: UnsafeMutablePointer<CChar>?
        let count = unsafe PQgetCopyData(connection, &message, 0)
        guard let message = unsafe message, count > 0 else { return count == -1 ? .finished : .failed }
        defer { unsafe PQfreemem(message) }
        // libpq handed over exactly `count` bytes, freed when this function returns.
        unsafe try body(UnsafeRawBufferPointer(start: message, count: Int(count)).bytes)
        return .message
    }

    /// Takes in what the server has sent meanwhile; `false` when the connection is lost.
    func consumeInput() -> Bool {
        unsafe PQconsumeInput(connection) == 1
    }

    /// The next notification that has arrived.
    func nextNotification() throws(PostgresError) -> Notification? {
        guard let notify = unsafe PQnotifies(connection) else { return nil }
        defer { unsafe PQfreemem(notify) }
        guard let channel = unsafe String(validatingCString: notify.pointee.relname),
            let payload = unsafe String(validatingCString: notify.pointee.extra)
        else { throw .misuse("A notification is not valid UTF-8.") }
        return unsafe Notification(channel: channel, payload: payload, processID: notify.pointee.be_pid)
    }
}

/// Lends an array of C strings that ends with a null pointer.
private func withCStrings<R>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
        offsets.append(bytes.count)
        bytes += string.utf8CString
    }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
        let starts: [UnsafePointer<CChar>?] = unsafe offsets.map { unsafe buffer.baseAddress?.advanced(by: $0) }
        let pointers = unsafe starts + [nil]
        return unsafe pointers.withUnsafeBufferPointer { list in
            // The list holds at least the null pointer at its end, so it has an address.
            guard let start = list.baseAddress else { preconditionFailure("An array with elements has no address.") }
            return unsafe body(start)
        }
    }
}

/// Takes out of libpq's words whatever it quotes that may hold a password: it quotes connection strings it cannot read.
func redacted(_ message: String) -> String {
    let parts = message.split(separator: "\"", omittingEmptySubsequences: false)
    let shown = parts.enumerated().map { index, part in
        let isQuoted = index % 2 == 1
        return isQuoted && (part.contains("@") || part.contains("=") || part.contains("://")) ? "…" : String(part)
    }
    return shown.joined(separator: "\"").trimmingTrailingNewlines
}

extension String {
    var trimmingTrailingNewlines: String {
        var text = self[...]
        while let last = text.last, last.isNewline { text.removeLast() }
        return String(text)
    }
}
