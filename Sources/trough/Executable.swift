import Foundation

/// This program's own file, and other programs that take its place.
enum Executable {
    /// This program's own file, also where it was found on the path.
    static let path =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]

    /// The path of a file that is built along with the program and lies beside it.
    ///
    /// Looked up here: the accessor that the package manager makes ends the program where there is none.
    static func resource(_ name: String) throws -> String {
        let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent()
        let places = ["resources", "bundle"].map { folder.appendingPathComponent("trough_trough.\($0)/\(name)").path }
        guard let found = places.first(where: FileManager.default.isReadableFile) else {
            throw Failure(
                .fellShort,
                "\(places[0]) is missing: it belongs beside the program. Link to the program where it was built, or copy both."
            )
        }
        return found
    }

    /// Replaces this process by a program found on the path; returns only where that fails, with the reason.
    static func replaceProcess(_ name: String, _ arguments: [String]) -> String {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        // Threads of the pool block signals, and whoever takes the place of the process would inherit that.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, nil)
        // execvp wants C strings that end in a null pointer; they live until the process is replaced.
        var words: [UnsafeMutablePointer<CChar>?] = unsafe ([name] + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        _ = unsafe execvp(name, words)
        let reason = unsafe String(cString: strerror(errno))
        return "\(name) cannot be started: \(reason). On Debian or Ubuntu it is in the package postgresql-client."
    }
}
