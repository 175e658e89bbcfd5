import Glibc

/// A message that another session, or this one, sent by NOTIFY.
package struct Notification: Sendable, Hashable {
    /// The channel it was sent on.
    package var channel: String
    /// What was sent; empty if nothing.
    package var payload: String
    /// The server process of the session that sent it.
    package var processID: Int32
}

extension Session {
    /// Starts to listen on a channel; ends with the connection, so listen again after reconnecting.
    package func listen(_ channel: String) throws(PostgresError) {
        try execute("LISTEN \(quotedIdentifier(channel))")
    }

    /// Sends a notification, which others receive when the transaction has committed.
    package func notify(_ channel: String, payload: String = "") throws(PostgresError) {
        try query("SELECT pg_notify($1, $2)", [.string(channel), .string(payload)])
    }

    /// Waits for the next notification; `nil` when none came within the time.
    ///
    /// - Throws: kind `cancelled` as soon as the task is cancelled; kind `connection` when the connection breaks.
    package func waitForNotification(timeoutMilliseconds: Int) throws(PostgresError) -> Notification? {
        let start = ContinuousClock.now
        while true {
            let link = try ready("LISTEN")
            if let notification = try link.nextNotification() { return notification }
            let elapsed = Int(start.duration(to: .now) / .milliseconds(1))
            let rest = max(0, timeoutMilliseconds - elapsed)
            var descriptors = [
                pollfd(fd: link.socket, events: Int16(POLLIN), revents: 0),
                pollfd(fd: gate.wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            // The server does nothing meanwhile, so there is nothing to ask it to stop: the second entry wakes this
            // wait. The array holds exactly the two entries that are announced.
            let ready = gate.shielded { unsafe poll(&descriptors, 2, Int32(clamping: rest)) }
            if ready == 0, rest == 0 { return nil }
            // Also after an interruption: what has arrived is taken in, and the loop looks again.
            guard link.consumeInput() else { throw failure(nil, of: "LISTEN") }
            if rest == 0, ready <= 0 { return try link.nextNotification() }
        }
    }

    private func quotedIdentifier(_ name: String) -> String {
        "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
