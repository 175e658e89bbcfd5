import Foundation
import Subprocess
import SystemPackage

/// The program under test, run as its users run it.
package struct TroughProgram: Sendable {
    private let path: String

    /// What a run of it took.
    package struct Run: Sendable {
        /// What it printed.
        package var output: String
        /// From start to end, in seconds.
        package var seconds: Double
        /// The most memory it held, in megabytes.
        package var peakMegabytes: Double
    }

    /// The program beside this one, where no other is named.
    package init(_ path: String?) throws {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        self.path = path ?? URL(fileURLWithPath: own).deletingLastPathComponent().path + "/trough"
        guard FileManager.default.isExecutableFile(atPath: self.path) else {
            throw Failure("\(self.path) is no program; build trough, or name it with --trough.")
        }
    }

    /// Runs it to its end.
    ///
    /// - Throws: ``Failure`` with what it said, where it did not end well.
    package func run(_ arguments: [String]) async throws -> Run {
        var output = ""
        var peak = 0.0
        let seconds = try await elapsedSeconds {
            let result = try await Subprocess.run(
                .path(FilePath(path)), arguments: Arguments(arguments), input: .none,
                output: .string(limit: 1 << 20), error: .string(limit: 1 << 20)
            ) { execution in
                try await Self.watchPeak(of: execution.processIdentifier.value)
            }
            guard result.terminationStatus.isSuccess else {
                throw Failure("trough \(arguments.first ?? "") failed: \(result.standardError)")
            }
            output = result.standardOutput
            peak = result.closureResult
        }
        return Run(output: output, seconds: seconds, peakMegabytes: peak)
    }

    /// Reads the high-water mark of a process's resident memory, which only grows, until the process has ended.
    private static func watchPeak(of process: Int32) async throws -> Double {
        var kilobytes = 0.0
        while let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let number = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
        {
            kilobytes = number
            try await Task.sleep(for: .milliseconds(10))
        }
        return kilobytes / 1024
    }
}
