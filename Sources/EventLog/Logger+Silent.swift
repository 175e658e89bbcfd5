package import Logging

extension Logger {
    /// A logger that says nothing, for work that nobody watches.
    package static var silent: Logger { Logger(label: "trough") { _ in SwiftLogNoOpLogHandler() } }
}
