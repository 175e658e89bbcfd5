import Foundation
import Subprocess
import SystemPackage

/// The built executable, run as a user runs it.
struct Program: Sendable {
    /// How a run ended.
    struct Finished: Sendable {
        var status: TerminationStatus
        var output: String
        var errors: String

        /// The exit status; -1 where a signal ended it.
        var code: Int32 { if case .exited(let code) = status { code } else { -1 } }
        /// The lines of standard output.
        var lines: [String] { output.split(separator: "\n").map(String.init) }
        /// The JSON objects on standard output, a line each.
        var objects: [[String: Any]] { Self.objects(output) }
        /// The only, or last, JSON object on standard output.
        var object: [String: Any] { objects.last ?? [:] }

        static func objects(_ text: String) -> [[String: Any]] {
            text.split(separator: "\n").compactMap {
                (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
            }
        }
    }

    /// A run that is under way, with its standard input held open.
    struct Running: Sendable {
        let execution: Execution<CustomWriteInput, FileDescriptorOutput, FileDescriptorOutput>
        let outputPath: String
        let errorsPath: String

        /// Feeds lines.
        func feed(_ lines: [String]) async throws {
            _ = try await execution.standardInputWriter.write(Array(lines.map { $0 + "\n" }.joined().utf8))
        }
        /// How many bytes it has read from files and pipes since it began.
        var bytesRead: Int {
            let text = TestFile.read("/proc/\(execution.processIdentifier.value)/io")
            return text.firstMatch(of: /rchar: ([0-9]+)/).flatMap { Int($0.1) } ?? 0
        }
        /// Sends a signal.
        func send(_ signal: Signal) throws { try execution.send(signal: signal) }
        /// What it has printed so far.
        var output: String { TestFile.read(outputPath) }
        /// What it has said on standard error so far.
        var errors: String { TestFile.read(errorsPath) }

        /// Waits until the condition holds, at most so long, and tells whether it does.
        func wait(seconds: Double = 30, until condition: (Running) async throws -> Bool) async throws -> Bool {
            let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
            while ContinuousClock.now < deadline {
                if try await condition(self) { return true }
                try await Task.sleep(for: .milliseconds(5))
            }
            return try await condition(self)
        }
    }

    /// The variables it sees.
    var environment: [String: String]
    /// The greatest size of a file that it may write, in bytes.
    var fileSizeLimit: Int?

    /// Beside the test program, where the package manager puts both.
    static let path: String = {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("trough").path
    }()

    /// A program that works on the database at this address.
    init(database url: String?) {
        environment = [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "TROUGH_HOME": "/nonexistent/trough",
            "LOGNAME": "dr-test", "LC_ALL": "C.UTF-8",
        ]
        environment["DATABASE_URL"] = url
    }

    /// Runs to the end.
    func run(_ arguments: [String], input: [String] = [], ending: String = "\n") async throws -> Finished {
        try await run(arguments, bytes: Array(input.map { $0 + ending }.joined().utf8))
    }

    /// Runs to the end on these bytes, which it reads from a file: it may well end without reading them.
    func run(_ arguments: [String], bytes: [UInt8]) async throws -> Finished {
        try await TestFile.withFolder { folder in
            try Data(bytes).write(to: URL(fileURLWithPath: folder + "/input"))
            return try await run(arguments, input: FilePath(folder + "/input"))
        }
    }

    private func run(_ arguments: [String], input: FilePath) async throws -> Finished {
        let limit = fileSizeLimit.map { ["prlimit", "--fsize=\($0)", Self.path] }
        let result = try await Subprocess.run(
            limit == nil ? .path(FilePath(Self.path)) : .name("prlimit"),
            arguments: Arguments((limit ?? []).dropFirst() + arguments), environment: subprocessEnvironment,
            workingDirectory: "/tmp",
            input: .fileDescriptor(.open(input, .readOnly, options: [.closeOnExec]), closeAfterSpawningProcess: true),
            output: .string(limit: 64 << 20), error: .string(limit: 8 << 20))
        return Finished(
            status: result.terminationStatus, output: result.standardOutput, errors: result.standardError)
    }

    /// Runs to the end with standard output going to a file that is there.
    func run(_ arguments: [String], output: String) async throws -> Finished {
        let descriptor = try FileDescriptor.open(FilePath(output), .writeOnly, options: [.closeOnExec])
        let result = try await Subprocess.run(
            .path(FilePath(Self.path)), arguments: Arguments(arguments), environment: subprocessEnvironment,
            workingDirectory: "/tmp", input: .none,
            output: .fileDescriptor(descriptor, closeAfterSpawningProcess: true), error: .string(limit: 8 << 20))
        return Finished(status: result.terminationStatus, output: "", errors: result.standardError)
    }

    /// Runs while `body` feeds it; the input ends when the body returns.
    func run(_ arguments: [String], feeding body: (Running) async throws -> Void) async throws -> Finished {
        // A child that ends early must not take the tests with it.
        signal(SIGPIPE, SIG_IGN)
        return try await runFed(arguments, feeding: body)
    }

    private func runFed(_ arguments: [String], feeding body: (Running) async throws -> Void) async throws -> Finished {
        try await TestFile.withFolder { folder in
            let (outputPath, errorsPath) = (folder + "/output", folder + "/errors")
            let result = try await Subprocess.run(
                .path(FilePath(Self.path)), arguments: Arguments(arguments), environment: subprocessEnvironment,
                workingDirectory: "/tmp", input: .inputWriter,
                output: .fileDescriptor(try TestFile.create(outputPath), closeAfterSpawningProcess: true),
                error: .fileDescriptor(try TestFile.create(errorsPath), closeAfterSpawningProcess: true)
            ) { execution in
                try await body(Running(execution: execution, outputPath: outputPath, errorsPath: errorsPath))
            }
            return Finished(
                status: result.terminationStatus, output: TestFile.read(outputPath), errors: TestFile.read(errorsPath))
        }
    }

    /// Runs and is killed after a while; tells whether it was still running.
    func runKilled(_ arguments: [String], after pause: Duration) async throws -> Bool {
        let result = try await Subprocess.run(
            .path(FilePath(Self.path)), arguments: Arguments(arguments), environment: subprocessEnvironment,
            workingDirectory: "/tmp", input: .none, output: .discarded, error: .discarded
        ) { execution in
            try await Task.sleep(for: pause)
            try? execution.send(signal: .kill)
        }
        return result.terminationStatus == .signaled(SIGKILL)
    }

    private var subprocessEnvironment: Subprocess.Environment {
        .custom(
            Dictionary(uniqueKeysWithValues: environment.map { (Subprocess.Environment.Key(stringLiteral: $0), $1) }))
    }
}

/// Files of tests.
enum TestFile {
    static func read(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    static func write(_ lines: [String], to path: String) throws {
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(fileURLWithPath: path))
    }

    static func create(_ path: String) throws -> FileDescriptor {
        try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: [.ownerReadWrite])
    }

    /// Calls `body` with a folder of its own, which is removed afterwards.
    static func withFolder<R>(_ body: (String) async throws -> R) async throws -> R {
        let path = "/tmp/trough-tests-" + String(UInt64.random(in: 0 ... .max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }
}

extension TestFile {
    /// Whether a child of this process has ended, collected or not.
    static func hasEnded(_ process: Int32) -> Bool {
        let text = read("/proc/\(process)/stat")
        guard let end = text.lastIndex(of: ")") else { return true }
        return text[text.index(after: end)...].hasPrefix(" Z")
    }
}
