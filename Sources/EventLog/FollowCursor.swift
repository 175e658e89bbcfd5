import Postgres

/// Where a follower stands: what it has handed out of each slice, and how far each is known to have come.
struct FollowCursor: Sendable {
    private var reader: LogReader
    private let subject: [UInt8]?
    private let payload: String
    /// By the slice's number within the study: the position of the last event that was handed out or passed over.
    private(set) var positions: [Int64]
    /// The heads as they were last looked at: of all slices, or of the subject's alone.
    private var heads: [SliceHead] = []
    /// The log that is followed, and how far it had come at the last look.
    private(set) var mark: LogMark

    /// - Parameter reader: Whose heads are where the reading first goes to.
    init(
        _ reader: LogReader, from positions: [Int64], subject: [UInt8]?, _ session: Session
    ) throws(LogError) {
        let slices = reader.study.slices
        guard positions.count == slices, positions.allSatisfy({ $0 >= 0 }) else {
            throw .invalidSequence(
                "A study of \(slices) slices is followed from \(slices) positions, none below 0; "
                    + "\(positions.count) were given.")
        }
        mark = try LogMark(reader.study, session)
        self.reader = reader
        self.subject = subject
        self.positions = positions
        payload = LogChannel.payload(of: reader.study)
        let one = subject.map { SliceHash.slice(of: $0[...], among: slices) }
        try take(reader.heads.filter { one == nil || reader.index(of: $0) == one })
        // The heads at hand came without digests; this look has them.
        _ = try look(session)
    }

    /// Reads the next page; where nothing is new, waits to be woken or for so long, and looks again.
    ///
    /// The session listens only while it waits. A consumer that takes its time would otherwise leave notifications
    /// unread, until the server's process could not send any more and kept the rows of all tables from being cleared.
    ///
    /// - Returns: `nil` when nothing came until the deadline.
    mutating func next(
        polling interval: Duration, until deadline: ContinuousClock.Instant?, _ session: Session
    ) throws(LogError) -> LogPage? {
        var isListening = false
        while true {
            if let page = try nextKnown(session) {
                if isListening { try unlisten(session) }
                return page
            }
            if try look(session) { continue }
            if !isListening {
                try listen(session)
                isListening = true
                // What was committed before the listening began has rung for others.
                if try look(session) { continue }
            }
            let rest = min(interval, deadline.map { ContinuousClock.now.duration(to: $0) } ?? interval)
            guard rest > .zero else {
                try unlisten(session)
                return nil
            }
            try wait(rest, session)
        }
    }

    /// Reads a page of the first slice that is known to go on: slice by slice up to the heads, before they are looked at
    /// again, so that every slice has its turn.
    private mutating func nextKnown(_ session: Session) throws(LogError) -> LogPage? {
        for head in heads {
            let index = reader.index(of: head)
            while positions[index] < head.position {
                let page = try reader.pageOfGrowingLog(
                    of: head, after: positions[index], subject: subject, session)
                positions[index] = page.through
                if !page.places.isEmpty { return page }
            }
        }
        return nil
    }

    /// Looks at the heads, and tells whether a slice goes on.
    private mutating func look(_ session: Session) throws(LogError) -> Bool {
        guard let first = heads.first, let last = heads.last else { return false }
        let slices = [Parameter.int32(first.slice), .int32(last.slice)]
        var (looked, ends): ([SliceHead], [LogMark.End]) = ([], [])
        do throws(PostgresError) {
            looked = try LogReader.heads(slices, of: reader.study, nil, session) { ends.append($0) }
        } catch {
            throw reading(error)
        }
        if looked.count != heads.count {
            throw reader.explained(
                .damaged("The study has \(looked.count) of the \(heads.count) heads that it had."), session)
        }
        try take(looked)
        mark.note(ends)
        return heads.contains { $0.position > positions[reader.index(of: $0)] }
    }

    private mutating func take(_ looked: [SliceHead]) throws(LogError) {
        for head in looked where head.position < positions[reader.index(of: head)] {
            let index = reader.index(of: head)
            throw .changed(
                "Slice \(index) ends at position \(head.position), and was read up to \(positions[index]) before.")
        }
        heads = looked
    }

    private func listen(_ session: Session) throws(LogError) {
        do throws(PostgresError) {
            try session.listen(LogChannel.name)
        } catch {
            // A standby takes no LISTEN; then the looks at intervals have to do.
            guard error.sqlState == "25006" else { throw .database(error) }
        }
    }

    private func unlisten(_ session: Session) throws(LogError) {
        try translating { () throws(PostgresError) in try session.execute("UNLISTEN *") }
    }

    /// Waits until the study's own bell rings, and takes whatever else has come off the connection.
    private func wait(_ duration: Duration, _ session: Session) throws(LogError) {
        let end = ContinuousClock.now + duration
        try translating { () throws(PostgresError) in
            while true {
                let rest = Int((ContinuousClock.now.duration(to: end) / .milliseconds(1)).rounded(.up))
                guard let heard = try session.waitForNotification(timeoutMilliseconds: max(0, rest)) else { return }
                if heard.channel == LogChannel.name, heard.payload == payload { break }
            }
            for _ in 0..<Limits.drainedNotifications {
                if try session.waitForNotification(timeoutMilliseconds: 0) == nil { return }
            }
        }
    }
}
