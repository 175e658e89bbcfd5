import Logging
import Synchronization

/// What was logged, a line each.
final class HeardWords: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    /// A logger whose words are heard here.
    var logger: Logger { Logger(label: "heard") { _ in Handler(words: self) } }

    private struct Handler: LogHandler {
        let words: HeardWords
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.notice

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { words.lines.withLock { $0.append(event.message.description) } }
    }
}
