import Foundation
import Loops
import Subprocess
import SystemPackage

/// How many instructions an inner loop takes, counted by valgrind in a process of its own.
///
/// Counters of the processor are not to be had in many virtual machines, and count what else the machine does. Valgrind
/// translates the program and counts the same number each time, whatever the load.
enum InstructionCount {
    /// The instructions of one run; `nil` where there is no valgrind.
    static func of(_ loop: InnerLoop) async -> Int? {
        let own =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let program = URL(fileURLWithPath: own).deletingLastPathComponent().path + "/LoopOnce"
        guard FileManager.default.isExecutableFile(atPath: program) else {
            fatalError("\(program) is missing, whose instructions are counted; make bench-loops builds it.")
        }
        let arguments = [
            "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*LoopOnce*7counted*", program,
            loop.rawValue,
        ]
        // Fixed seeds of hashing: else every process has its own, and its own number of collisions.
        let environment = Environment.inherit.updating(["SWIFT_DETERMINISTIC_HASHING": "1", "LD_PRELOAD": ""])
        guard
            let result = try? await Subprocess.run(
                .name("valgrind"), arguments: Arguments(arguments), environment: environment, input: .none,
                output: .discarded, error: .string(limit: 1 << 20)),
            let collected = result.standardError.firstMatch(of: /Collected : ([0-9]+)/)
        else { return nil }
        return Int(collected.1)
    }
}
