import Foundation
import Glibc
import Postgres
import Synchronization
import TestPostgres
import Testing

/// The built program, run as a process of its own, with nothing of the caller's environment.
struct TroughProgram: Sendable {
    /// What `DATABASE_URL` says; `nil` leaves it out.
    var url: String?
    /// Further variables of the environment.
    var environment: [String: String] = [:]
    /// Seconds after which a process is killed and its test fails.
    var limit = 60.0

    /// The program, beside the bundle of the tests.
    static let path: String = {
        let bundles = Bundle.allBundles.filter { $0.bundlePath.hasSuffix(".xctest") }.map(\.bundleURL)
        let places = [Bundle.main.executableURL, CommandLine.arguments.first.map { URL(fileURLWithPath: $0) }]
        let folders = (bundles + places.compactMap(\.self)).map { $0.deletingLastPathComponent().path }
        return (folders.first { FileManager.default.isExecutableFile(atPath: $0 + "/trough") } ?? ".") + "/trough"
    }()

    /// Runs the program to its end.
    func callAsFunction(_ arguments: String..., input: String = "") async throws -> Finished {
        try await run(arguments, input: input)
    }

    /// Runs the program to its end.
    func run(_ arguments: [String], input: String = "") async throws -> Finished {
        try await start(arguments, input: input).finish()
    }

    /// Runs a shell script, which finds the program as `$TROUGH`, to its end.
    func shell(_ script: String) async throws -> Finished {
        try await Running("/bin/sh", ["-c", script], input: "", variables, limit: limit).finish()
    }

    /// Starts the program; without input it is fed by ``Running/feed(_:)``.
    func start(_ arguments: [String], input: String? = nil) throws -> Running {
        try Running(Self.path, arguments, input: input, variables, limit: limit)
    }

    private var variables: [String: String] {
        var variables = [
            "PATH": "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8",
            "LOGNAME": "tester", "TROUGH": Self.path,
            // No test may come near the private server of whoever runs it.
            "HOME": "/nonexistent", "TROUGH_HOME": "/proc/no-private-server",
        ]
        variables["DATABASE_URL"] = url
        return variables.merging(environment) { _, own in own }
    }
}

/// What a process left when it ended.
struct Finished: Sendable {
    /// The exit status as a shell tells it: 128 + n where signal n ended it.
    var status: Int32
    var output: String
    var errors: String

    /// The lines of standard output.
    var lines: [String] { output.lines }
}

/// A process that took longer than it may.
struct TimeLimitExceeded: Error {
    var arguments: [String]
    var output: String
    var errors: String
}

/// A process under way.
///
/// Its output goes to files, so that it never waits for a reader.
final class Running: Sendable {
    private struct State {
        var status: Int32?
        var waiting: CheckedContinuation<Void, Never>?
    }

    /// The number of the process.
    let identifier: Int32
    private let arguments: [String]
    private let folder: TestFolder
    private let feeding: FileHandle?
    private let limit: Double
    private let state = Mutex(State())
    private static let queue = DispatchQueue(label: "test.processes", attributes: .concurrent)
    /// A process that has ended must not end the tests that feed it.
    private static let ignoresBrokenPipes: Bool = {
        _ = signal(SIGPIPE, SIG_IGN)
        return true
    }()

    init(
        _ path: String, _ arguments: [String], input: String?, _ environment: [String: String], limit: Double
    ) throws {
        #expect(Self.ignoresBrokenPipes)
        self.arguments = arguments
        self.limit = limit
        folder = try TestFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment
        let output = try FileHandle(forWritingTo: folder.file("output", ""))
        let errors = try FileHandle(forWritingTo: folder.file("errors", ""))
        process.standardOutput = output
        process.standardError = errors
        let ownInput: FileHandle?
        if let input {
            ownInput = try FileHandle(forReadingFrom: folder.file("input", input))
            process.standardInput = ownInput
            feeding = nil
        } else {
            let pipe = Pipe()
            ownInput = nil
            process.standardInput = pipe
            feeding = pipe.fileHandleForWriting
        }
        // The process has its own; Foundation would keep these open for good, and with more than some 1,300 open files
        // it writes past a buffer when it starts the next process.
        defer { for handle in [output, errors, ownInput] { try? handle?.close() } }
        let ended = Ended()
        process.terminationHandler = { process in
            let isSignal = process.terminationReason == .uncaughtSignal
            ended.set(isSignal ? 128 + process.terminationStatus : process.terminationStatus)
        }
        try process.run()
        identifier = process.processIdentifier
        ended.onSet { [self] status in
            state.withLock { state in
                state.status = status
                defer { state.waiting = nil }
                return state.waiting
            }?.resume()
        }
    }

    /// What has been printed so far.
    var output: String { folder.text("output") }
    /// What has been said on standard error so far.
    var errors: String { folder.text("errors") }
    /// Whether the process has ended.
    var isOver: Bool { state.withLock { $0.status != nil } }

    /// Sends text to standard input.
    func feed(_ text: String) async throws {
        guard let feeding else { return }
        let result: Result<Void, any Error> = await withCheckedContinuation { continuation in
            Self.queue.async {
                continuation.resume(returning: Result { try feeding.write(contentsOf: Data(text.utf8)) })
            }
        }
        try result.get()
    }

    /// Sends a signal.
    func send(_ number: Int32) { kill(identifier, number) }

    /// Ends the input, and waits for the process to end.
    func finish() async throws -> Finished {
        try feeding?.close()
        return try await wait()
    }

    /// Waits for the process to end.
    func wait() async throws -> Finished {
        let isLate = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.ending()
                return false
            }
            group.addTask { [identifier, limit] in
                guard (try? await Task.sleep(for: .seconds(limit))) != nil else { return false }
                kill(identifier, SIGKILL)
                return true
            }
            let isLate = await group.next() ?? false
            group.cancelAll()
            await group.waitForAll()
            return isLate
        }
        if isLate { throw TimeLimitExceeded(arguments: arguments, output: output, errors: errors) }
        return Finished(status: state.withLock { $0.status } ?? -1, output: output, errors: errors)
    }

    private func ending() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.status == nil { state.waiting = continuation }
                return state.status != nil
            }
            if isOver { continuation.resume() }
        }
    }
}

/// The exit status of a process, which may come before somebody asks for it.
private final class Ended: Sendable {
    private struct State {
        var status: Int32?
        var body: (@Sendable (Int32) -> Void)?
    }

    private let state = Mutex(State())

    func set(_ status: Int32) {
        let body = state.withLock { state in
            state.status = status
            defer { state.body = nil }
            return state.body
        }
        body?(status)
    }

    func onSet(_ body: @escaping @Sendable (Int32) -> Void) {
        let status = state.withLock { state in
            if state.status == nil { state.body = body }
            return state.status
        }
        if let status { body(status) }
    }
}

/// A folder that goes away with its owner.
final class TestFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "trough-program-" + String(UInt64.random(in: .min ... .max), radix: 36)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file and tells where it is.
    func file(_ name: String, _ text: String) throws -> URL {
        let place = URL(fileURLWithPath: path + "/" + name)
        try Data(text.utf8).write(to: place)
        return place
    }

    /// Writes a file of bytes and tells its path.
    func file(_ name: String, bytes: [UInt8]) throws -> String {
        let place = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: place))
        return place
    }

    /// The text of a file; empty where there is none.
    func text(_ name: String) -> String {
        FileManager.default.contents(atPath: path + "/" + name).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The names of all files.
    var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }
}

extension String {
    /// The lines, without their ends.
    var lines: [String] { split { $0 == "\n" || $0 == "\r\n" }.map(String.init) }
}
