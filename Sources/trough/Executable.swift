import Foundation

/// This program's own file, and other programs that take its place.
enum Executable {
    /// This program's own file, also where it was found on the path.
    static let path =
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]

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
