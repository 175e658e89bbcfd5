import Foundation
import Measuring
import Subprocess
import SystemPackage

/// The same model in NumPy, run in processes of its own.
struct NumPyPeer: Sendable, CustomStringConvertible {
    private let python: String
    private let script: String
    private let scenario: String
    private let seed: UInt64
    let description: String

    /// What a run printed.
    struct Outcome: Decodable, Sendable {
        let patients: Int
        /// Without the start of Python and the import of NumPy.
        let seconds: Double
        /// By endpoint and arm, the survival at 24 months.
        let survival: [String: [String: Double]]
    }

    /// The peer, `nil` where there is no Python with NumPy.
    ///
    /// - Parameters:
    ///   - python: the name or the path of Python.
    ///   - script: the model in NumPy.
    ///   - scenario: the file of the scenario.
    init?(_ python: String, script: String, scenario: String, seed: UInt64) async throws {
        guard FileManager.default.fileExists(atPath: script) else {
            throw Failure("\(script) is not there; start in the folder of the package, or name it with --peer.")
        }
        self.python = python
        self.script = script
        self.scenario = scenario
        self.seed = seed
        let versions =
            "import platform, numpy; print('Python', platform.python_version() + ', NumPy', numpy.__version__)"
        do {
            description = try await Self.output(of: python, ["-c", versions])
                .trimmingCharacters(in: .whitespacesAndNewlines)
        } catch is Failure {
            return nil
        } catch let error as SubprocessError where error.code == .executableNotFound {
            return nil
        }
    }

    /// Why there are no rows of NumPy, and what to do about it, as a sentence.
    static func absence(of python: String) -> String {
        "no NumPy: its rows are left out; to get it, run \(python) -m pip install numpy"
    }

    /// Makes patients.
    func run(patients: Int, processes: Int) async throws -> Outcome {
        let text = try await Self.output(
            of: python,
            [
                script, "--scenario", scenario, "--patients", "\(patients)", "--processes", "\(processes)", "--seed",
                "\(seed)",
            ])
        let outcome = try JSONDecoder().decode(Outcome.self, from: Data(text.utf8))
        guard outcome.patients == patients else {
            throw Failure("NumPy made \(outcome.patients) of \(patients) patients.")
        }
        return outcome
    }

    /// How many patients are made in a second.
    func rate(patients: Int, processes: Int) async throws -> Double {
        Double(patients) / (try await run(patients: patients, processes: processes).seconds)
    }

    private static func output(of python: String, _ arguments: [String]) async throws -> String {
        let executable: Executable = python.contains("/") ? .path(FilePath(python)) : .name(python)
        let result = try await Subprocess.run(
            executable, arguments: Arguments(arguments), input: .none, output: .string(limit: 1 << 20),
            error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess else { throw Failure("Python failed: \(result.standardError)") }
        return result.standardOutput
    }
}
