package import Postgres
import Trial

extension LogReader {
    /// A reader of the same heads in another copy of the log, such as a hot standby.
    ///
    /// A copy that has not come as far is asked again until ``Limits/copyPatience`` has passed. It finds sources and
    /// segments of its own, since what was sealed in one copy may still be rows in the other.
    ///
    /// - Parameters:
    ///   - number: What errors call the copy.
    ///   - created: What ``created(_:)`` says of this reader's study.
    ///   - digests: What ``chainDigests(_:)`` says of this reader's heads.
    /// - Throws: ``LogError/behind(_:)`` where the copy does not come as far in time; ``LogError/otherLog(_:)`` where it
    ///   is none.
    package func copy(
        number: Int, at connection: Connection, created: Int64, digests: [[UInt8]]
    ) async throws(LogError) -> LogReader {
        let deadline = ContinuousClock.now + Limits.copyPatience
        while true {
            let state = try await connection.perform { session throws(LogError) in
                try look(number, created, digests, session)
            }
            switch state {
            case .ready(let reader): return reader
            case .behind(let words):
                guard ContinuousClock.now < deadline else {
                    throw .behind("\(words) It was waited for \(Limits.copyPatience.inSeconds).")
                }
            }
            // A task that is cancelled meanwhile hears of it from the next look.
            try? await Task.sleep(for: Limits.copyPause)
        }
    }

    private enum CopyState: Sendable {
        case ready(LogReader)
        case behind(String)
    }

    private func look(
        _ number: Int, _ created: Int64, _ digests: [[UInt8]], _ session: Session
    ) throws(LogError) -> CopyState {
        let other = try LogReader(Studies.open(study.name, session), session)
        guard other.study == study, try other.created(session) == created else {
            throw .otherLog(
                "Database \(number) has another study \"\(study.name)\" than the first one; expected copies of one log, "
                    + "such as hot standbys.")
        }
        for head in heads {
            let found = other.heads.first { $0.slice == head.slice }?.position ?? 0
            if found < head.position {
                return .behind(
                    "Database \(number) is behind the first one: its slice \(index(of: head)) ends at position \(found), "
                        + "and \(head.position) was expected.")
            }
        }
        let reader = moved(to: other)
        for (index, digest) in try reader.chainDigests(session).enumerated() where digest != digests[index] {
            throw .otherLog(
                "Database \(number) has another history than the first one in slice \(self.index(of: heads[index])) up to "
                    + "position \(heads[index].position); expected copies of one log, such as hot standbys.")
        }
        return .ready(reader)
    }
}
