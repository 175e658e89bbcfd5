import Subprocess
import SystemPackage

/// Runs the programs of PostgreSQL.
///
/// The server's user may not be able to come to the data folder by its path, for instance below `/root`. So the folder
/// is opened by the caller, who can, and handed down as descriptor 9: the path `/proc/self/fd/9` leads straight to it
/// and asks for no right on its parents. (The working folder does not serve: PostgreSQL changes to the folder of its
/// program for a moment, and then cannot come back.)
enum Launch {
    /// The path by which a program finds the folder it was handed.
    static let handedFolder = "/proc/self/fd/9"

    /// Moves standard input, which is the folder, to descriptor 9 and becomes the program.
    private static let foreground = "umask 077; exec 9<&0 </dev/null; exec \"$@\""

    /// The same, but leaves the program behind, prints its process number and ends.
    private static let background = "umask 077; exec 9<&0 </dev/null; \"$@\" >&2 & echo $!"

    /// What a program prints to standard output; empty when it fails.
    static func output(
        of program: String,
        _ arguments: [String],
        environmentPath: String
    ) async throws(LocalServerError) -> String {
        do {
            let result = try await Subprocess.run(
                .path(FilePath(program)),
                arguments: Arguments(arguments),
                environment: environment(environmentPath),
                workingDirectory: "/",
                output: .string(limit: 65_536)
            )
            if result.terminationStatus.isSuccess { return result.standardOutput }
        } catch {
            throw failure(of: program, error)
        }
        // A program that was stopped half-way does not tell what it would have printed.
        if Task.isCancelled { throw .cancelled }
        return ""
    }

    /// Runs a program on a folder and returns whether it succeeded and what it printed.
    static func run(
        _ program: String,
        _ arguments: [String],
        on folder: String,
        as account: ServerAccount,
        environmentPath: String
    ) async throws(LocalServerError) -> (isSuccess: Bool, output: String) {
        do {
            let descriptor = try FileDescriptor.open(FilePath(folder), .readOnly, options: [.directory, .closeOnExec])
            let result = try await Subprocess.run(
                .path(shell(account)),
                arguments: Arguments(shellArguments(account) + ["-c", foreground, "sh", program] + arguments),
                environment: environment(environmentPath),
                workingDirectory: "/",
                platformOptions: options,
                input: .fileDescriptor(descriptor, closeAfterSpawningProcess: true),
                output: .string(limit: 1 << 20),
                error: .combinedWithOutput
            )
            if !result.terminationStatus.isSuccess, Task.isCancelled { throw LocalServerError.cancelled }
            return (result.terminationStatus.isSuccess, result.standardOutput)
        } catch {
            throw failure(of: program, error)
        }
    }

    /// Starts a program on a folder in a session of its own, with its output appended to a file, and returns its
    /// process number; it outlives this process and holds none of its descriptors.
    static func start(
        _ program: String,
        _ arguments: [String],
        on folder: String,
        logFile: String,
        as account: ServerAccount,
        environmentPath: String
    ) async throws(LocalServerError) -> Int32 {
        let output: String
        do {
            let descriptor = try FileDescriptor.open(FilePath(folder), .readOnly, options: [.directory, .closeOnExec])
            let log = try FileDescriptor.open(
                FilePath(logFile),
                .writeOnly,
                options: [.append, .create, .closeOnExec],
                permissions: [.ownerReadWrite]
            )
            let result = try await Subprocess.run(
                .path(shell(account)),
                arguments: Arguments(shellArguments(account) + ["-c", background, "sh", program] + arguments),
                environment: environment(environmentPath),
                workingDirectory: "/",
                platformOptions: options,
                input: .fileDescriptor(descriptor, closeAfterSpawningProcess: true),
                output: .string(limit: 1_024),
                error: .fileDescriptor(log, closeAfterSpawningProcess: true)
            )
            output = result.standardOutput
        } catch {
            throw failure(of: program, error)
        }
        guard let process = Int32(output.prefix { $0.isNumber }) else {
            throw .launch(program: program, reason: "the shell did not tell its process number")
        }
        return process
    }

    /// That a program could not be run, or that nobody waits for it any more.
    private static func failure(of program: String, _ error: any Error) -> LocalServerError {
        Task.isCancelled ? .cancelled : .launch(program: program, reason: "\(error)")
    }

    /// Removes folders with all they hold.
    static func removeFolders(_ paths: [String], environmentPath: String) async throws(LocalServerError) {
        for path in paths where Syscalls.exists(path) {
            _ = try await output(of: "/bin/rm", ["-rf", "--", path], environmentPath: environmentPath)
            guard !Syscalls.exists(path) else { throw .folder(path: path, reason: "it could not be removed") }
        }
    }

    /// Variables such as PGPORT or TZ of the caller must not reach the server.
    private static func environment(_ path: String) -> Environment {
        .custom(["PATH": path, "LC_ALL": "C"])
    }

    /// A session of its own, so that Ctrl-C in this terminal does not reach it.
    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.createSession = true
        return options
    }

    /// What is executed: the shell, or what becomes another account and then the shell.
    ///
    /// Another account is taken by a program of one thread. Between fork and exec it would not be safe: glibc's
    /// setgroups waits there for threads that the fork has not taken along.
    private static func shell(_ account: ServerAccount) -> FilePath {
        account.isOther ? "/usr/bin/setpriv" : "/bin/sh"
    }

    private static func shellArguments(_ account: ServerAccount) -> [String] {
        guard account.isOther else { return [] }
        return ["--reuid", "\(account.user)", "--regid", "\(account.group)", "--clear-groups", "/bin/sh"]
    }
}
