import CLibPQ

extension Session {
    /// Runs a `COPY … FROM STDIN (FORMAT binary)` and returns the number of rows the server took.
    ///
    /// `write` writes the rows; header and trailer are added around them. When it throws, or when the connection or the
    /// task fails meanwhile, the server is told to drop everything and the session stays usable (within a transaction,
    /// that transaction has failed).
    package func copyIn(
        _ statement: String,
        _ write: (inout CopyWriter) throws(PostgresError) -> Void
    ) throws(PostgresError) -> Int {
        let link = try startCopy(statement, PGRES_COPY_IN)
        do throws(PostgresError) {
            var writer = CopyWriter(self, copyBuffer)
            try write(&writer)
            try writer.finish()
        } catch {
            guard !isBroken else { throw error }
            // The server answers with an error of its own to this end, which says less than the first one.
            _ = gate.shielded { link.putCopyEnd("the writer of the rows failed") }
            drain(link)
            throw error
        }
        guard link.putCopyEnd(nil) else { throw lost(link, statement) }
        return try endCopy(link, statement)
    }

    /// Runs a `COPY … TO STDOUT (FORMAT binary)`, hands each row's bytes to `row`, and returns the number of rows.
    ///
    /// A row is what ``RowDecoder`` reads. The bytes live until `row` returns, and only one row is in memory at a time.
    /// When `row` throws, the server is asked to stop, the rest is dropped and the session stays usable (within a
    /// transaction, that transaction has failed).
    package func copyOut(
        _ statement: String,
        _ row: (RawSpan) throws(PostgresError) -> Void
    ) throws(PostgresError) -> Int {
        let link = try startCopy(statement, PGRES_COPY_OUT)
        var rows = 0
        var hasHeader = false
        var hasTrailer = false
        receiving: while true {
            let step: ServerLink.CopyStep
            do throws(PostgresError) {
                step = try link.nextCopyMessage { message throws(PostgresError) in
                    var bytes = message
                    if !hasHeader {
                        bytes = bytes.extracting(droppingFirst: try Self.headerLength(bytes))
                        hasHeader = true
                        if bytes.isEmpty { return }
                    }
                    // A row never starts with -1 fields: that is the trailer, which comes in a message of its own.
                    if bytes.byteCount == 2, BigEndian.load(bytes, at: 0, as: Int16.self) == -1 {
                        hasTrailer = true
                        return
                    }
                    try row(bytes)
                    rows += 1
                }
            } catch {
                gate.sendNow()
                drain(link)
                throw error
            }
            switch step {
            case .message: continue
            case .finished: break receiving
            case .failed: throw lost(link, statement)
            }
        }
        let count = try endCopy(link, statement)
        guard hasTrailer, count == rows else {
            throw PostgresError(
                .connection,
                "the server says it copied \(count) rows, and \(rows) arrived\(hasTrailer ? "" : " without an end").",
                statement: statement
            )
        }
        return rows
    }

    /// Sends a piece of the rows that a ``CopyWriter`` gathered.
    func sendCopy(_ buffer: CopyBuffer, _ count: Int) throws(PostgresError) {
        guard let link, !isBroken else { throw .notConnected() }
        guard !gate.isRequested else { throw .cancelled() }
        guard link.putCopyData(buffer, count) else { throw lost(link, nil) }
    }

    /// Gets out of a COPY that was started by a statement meant for something else.
    func leaveCopy(_ direction: ExecStatusType) {
        guard let link else { return }
        if direction == PGRES_COPY_IN {
            _ = link.putCopyEnd("this COPY was not started by copyIn")
        } else {
            gate.sendNow()
        }
        drain(link)
    }

    /// Sends the COPY statement and checks that the server goes along, in binary.
    private func startCopy(_ statement: String, _ direction: ExecStatusType) throws(PostgresError) -> ServerLink {
        let link = try ready(statement)
        let result = link.execute(statement)
        guard let result, result.status == direction else {
            try finish(result, of: statement)
            throw PostgresError(.misuse, "The statement is no COPY in the expected direction.", statement: statement)
        }
        guard result.isBinaryCopy else {
            leaveCopy(direction)
            throw PostgresError(.misuse, "The COPY must say (FORMAT binary).", statement: statement)
        }
        return link
    }

    /// Reads the server's answer to a COPY that has run to its end.
    private func endCopy(_ link: ServerLink, _ statement: String) throws(PostgresError) -> Int {
        let result = link.nextResult()
        drain(link)
        return try finish(result, of: statement).affectedRows
    }

    /// Reads and drops what is left of the command under way.
    private func drain(_ link: ServerLink) {
        while let result = link.nextResult() {
            switch result.status {
            case PGRES_COPY_OUT, PGRES_COPY_BOTH:
                // Dropping a message cannot throw.
                while (try? link.nextCopyMessage { _ in }) == .message {}
            case PGRES_COPY_IN:
                guard link.putCopyEnd("the COPY was given up") else { return abandon() }
            default:
                if link.isLost { return abandon() }
            }
        }
    }

    /// The error of a connection that broke in the middle of a COPY, in the server's words if it left any.
    private func lost(_ link: ServerLink, _ statement: String?) -> PostgresError {
        let sql = statement ?? "COPY"
        let error = failure(link.nextResult(), of: sql)
        drain(link)
        return error
    }

    /// The length of the header of a binary COPY, with its extension.
    private static func headerLength(_ bytes: RawSpan) throws(PostgresError) -> Int {
        guard bytes.byteCount >= WireFormat.copyHeader.count else {
            throw .misuse("A binary COPY begins with \(bytes.byteCount) bytes, which is too short for its header.")
        }
        for index in 0..<11 where BigEndian.load(bytes, at: index, as: UInt8.self) != WireFormat.copyHeader[index] {
            throw .misuse("A binary COPY does not begin with the signature of its format.")
        }
        let length = WireFormat.copyHeader.count + Int(BigEndian.load(bytes, at: 15, as: UInt32.self))
        guard length <= bytes.byteCount else { throw .misuse("The header of a binary COPY is not complete.") }
        return length
    }
}
