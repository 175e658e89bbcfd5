import Logging
package import Postgres
import Synchronization

/// How long work goes on being tried while the database is away; a program that is asked to end cuts it short.
final class Patience: Sendable {
    private let limit: Duration
    private let end = Mutex<ContinuousClock.Instant?>(nil)

    init(_ limit: Duration) { self.limit = limit }

    /// Lets nothing be tried again after this instant.
    func end(at instant: ContinuousClock.Instant) { end.withLock { $0 = min($0 ?? instant, instant) } }

    /// When work that first failed at an instant is given up.
    func end(ofWorkFailingSince first: ContinuousClock.Instant) -> ContinuousClock.Instant {
        end.withLock { min($0 ?? first + limit, first + limit) }
    }
}

/// The failures of one piece of work, which decide whether and when it is tried again.
struct Retries {
    private let patience: Patience
    private var pause = GrowingPause()
    /// When the work first failed; `nil` before that.
    private(set) var since: ContinuousClock.Instant?
    /// How often it has failed.
    private(set) var failures = 0
    private var contentions = 0

    init(_ patience: Patience) { self.patience = patience }

    /// Takes a failure and tells the pause before the next attempt.
    ///
    /// A database that is away is waited for as long as patience lasts. Contention passes by itself when the others are
    /// done, so many failures of that kind in a row mean that something else is wrong.
    ///
    /// - Parameter jitter: From 0 to 1.
    /// - Throws: the error itself when it will not pass, as damage where tables have not the promised shape;
    ///   ``LogError/gaveUp(after:attempts:_:)`` when it was tried enough.
    mutating func pause(
        after error: PostgresError, at now: ContinuousClock.Instant, jitter: Double
    ) throws(LogError) -> Duration {
        guard error.isPassing else { throw reading(error) }
        let since = since ?? now
        self.since = since
        failures += 1
        let rest = now.duration(to: patience.end(ofWorkFailingSince: since))
        if error.isContention { contentions += 1 }
        guard error.isContention ? contentions < Limits.contentions : rest > .zero else {
            throw .gaveUp(after: since.duration(to: now), attempts: failures, error)
        }
        return min(pause.next(jitter: jitter), max(rest, .zero))
    }

    /// Waits until the work should be tried again; says so when it fails for the first time.
    mutating func wait(after error: PostgresError, _ logger: Logger) async throws(LogError) {
        let pause = try pause(after: error, at: .now, jitter: .random(in: 0...1))
        // Who was told to stop tries nothing again, and says nothing of it.
        if Task.isCancelled { throw .database(.init(.cancelled, "stopped while waiting")) }
        let level: Logger.Level = failures == 1 ? .warning : .debug
        logger.log(level: level, "append: trying again: \(error.description)")
        do { try await Task.sleep(for: pause) } catch {
            throw .database(.init(.cancelled, "stopped while waiting"))
        }
    }

    /// Says that the work is done at last, where it was told before that it failed.
    func succeeded(_ logger: Logger) {
        guard let since else { return }
        logger.notice("append: done after \(failures + 1) attempts in \(since.duration(to: .now).inSeconds)")
    }
}

/// Pauses that double from ``Limits/firstPause`` to ``Limits/longestPause``.
package struct GrowingPause {
    private var nominal = Limits.firstPause

    /// The first pause is the shortest.
    package init() {}

    /// The next pause, shortened by up to a half.
    ///
    /// - Parameter jitter: From 0 to 1, so that many who were cut off together do not come back at the same moment.
    package mutating func next(jitter: Double) -> Duration {
        defer { nominal = min(nominal * 2, Limits.longestPause) }
        return nominal * (0.5 + jitter / 2)
    }
}

extension Duration {
    /// The duration for people, such as `12.3 s`.
    var inSeconds: String {
        let tenths = Int((self / .milliseconds(100)).rounded())
        return tenths % 10 == 0 || tenths >= 1000 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }

    /// The duration for people who compare, such as `0.042 s`.
    var inThousandths: String {
        let whole = Int((self / .milliseconds(1)).rounded())
        return "\(whole / 1000).\(String(whole % 1000 + 1000).dropFirst()) s"
    }
}

extension ContinuousClock.Instant {
    /// How long ago it is, for a log.
    var sinceThen: String { duration(to: .now).inThousandths }
}

extension PostgresError {
    /// Whether the same work may succeed when it is sent again: a lost connection, a server that restarts or has no
    /// room for one more session, a prepared statement that somebody has dropped, a deadlock, a serialisation failure.
    ///
    /// A connection that is refused counts, whatever the reason: libpq tells none but in words. So a database that is not
    /// there (3D000) is waited for, too, as is right while it is made anew or renamed; what it then holds, the mark tells.
    package var isPassing: Bool {
        switch kind {
        case .connection, .commitUnknown: true
        case .server:
            switch sqlState?.prefix(2) {
            case "08", "26", "57": sqlState != "57014"
            case "53": sqlState == "53300"
            default: isContention
            }
        case .cancelled, .misuse: false
        }
    }

    /// Whether one who has all the time in the world goes on trying.
    ///
    /// What passes by itself, a disk that is full until somebody makes room, and a statement that was ended from outside,
    /// by a timeout or by somebody who cancelled it.
    package var isWorthWaiting: Bool {
        isPassing || kind == .server && ["53100", "57014", "25P03", "25P04"].contains(sqlState)
    }

    /// Whether another session got in the way: a deadlock, a serialisation failure, a lock that was not to be had.
    var isContention: Bool {
        guard kind == .server, let sqlState else { return false }
        return sqlState.hasPrefix("40") || sqlState == "55P03" || sqlState == "23505"
    }
}
