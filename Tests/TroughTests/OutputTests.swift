import Foundation
import TestData
import Testing

/// What goes where, for people and for programs.
@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct OutputTests {
    /// Every command, as `--help` takes it.
    private static let commands: [[String]] = [
        [], ["demo"], ["append"], ["replay"], ["report"], ["patients"], ["patient"], ["tail"], ["export"], ["status"],
        ["protocol"], ["protocol", "show"], ["protocol", "check"], ["schema"], ["schema", "install"],
        ["schema", "status"], ["local"], ["local", "start"], ["local", "stop"], ["local", "status"],
        ["local", "destroy"], ["local", "psql"], ["local", "url"],
    ]

    @Test("Every command explains itself with an example")
    func help() async throws {
        let program = TroughProgram()
        for command in Self.commands {
            let ended = try await program.run(command + ["--help"])
            #expect(ended.status == 0, "\(command)")
            #expect(ended.errors == "")
            #expect(ended.output.contains("USAGE: trough"), "\(command)")
            let isGroup = ["", "protocol", "schema"].contains(command.joined())
            if !isGroup { #expect(ended.output.contains("Example:\n"), "\(command) has no example") }
        }
    }

    @Test("The help of the program names every command that exists")
    func listOfCommands() async throws {
        let ended = try await TroughProgram()("--help")
        for command in Self.commands where command.count == 1 {
            #expect(ended.output.contains("\n  \(command[0]) "), "\(command)")
        }
    }

    @Test("The version and completion scripts go to standard output")
    func version() async throws {
        let ended = try await TroughProgram()("--version")
        #expect(ended.status == 0)
        #expect(ended.output.wholeMatch(of: /trough \d+\.\d+\.\d+\n/) != nil, "\(ended.output)")
        for shell in ["bash", "zsh", "fish"] {
            let script = try await TroughProgram()("--generate-completion-script", shell)
            #expect(script.status == 0)
            #expect(script.output.contains("trough"))
        }
    }

    @Test("Wrong arguments are wrong usage: nothing on standard output, a sentence on standard error")
    func wrongArguments() async throws {
        for arguments in [
            ["dance"], ["replay", "--quickly"], ["replay", "extra"], ["replay", "-o", "csv"],
            ["replay", "--shards", "0"],
            ["replay", "--shards", "many"], ["patient"], ["protocol", "check"], ["report", "--months"],
            ["replay", "--progress", "maybe"], ["append", "--slices", "0"], ["append", "--study", ""],
        ] {
            let ended = try await CommandLog.shared.trough.run(arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.status) \(ended.errors)")
            #expect(ended.output == "", "\(arguments)")
            #expect(!ended.errors.isEmpty, "\(arguments)")
        }
    }

    @Test("A reader that goes away ends the command quietly")
    func closedPipe() async throws {
        let log = try CommandLog.shared
        for command in ["tail", "export", "patients -o ndjson", "replay --outcomes -"] {
            for signal in ["--default-signal=PIPE", "--ignore-signal=PIPE"] {
                let ended = try await log.trough.shell("env \(signal) \"$TROUGH\" \(command) | head -n 1")
                #expect(ended.status == 0)
                #expect(ended.lines.count == 1, "\(command)")
                #expect(!ended.errors.contains("trough: "), "\(command): \(ended.errors)")
            }
        }
    }

    @Test("A full disk behind standard output is said and is no success")
    func fullOutput() async throws {
        let log = try CommandLog.shared
        for command in ["tail", "replay -o json", "report", "patients", "protocol show"] {
            let ended = try await log.trough.shell("exec \"$TROUGH\" \(command) > /dev/full")
            #expect(ended.status == 1, "\(command)")
            #expect(ended.errors.contains("standard output"), "\(command): \(ended.errors)")
        }
    }

    @Test("Without a terminal there are no colours, no progress and nothing on standard error")
    func plain() async throws {
        let log = try CommandLog.shared
        for arguments in [
            ["replay"], ["report", "--curves"], ["patients"], ["patient", "FO-002"], ["status"], ["tail"],
            ["append", TestData.replica.path],
        ] {
            let ended = try await log.trough.run(arguments)
            #expect(ended.status == 0)
            #expect(!ended.output.contains("\u{1B}"), "\(arguments)")
            #expect(ended.errors == "", "\(arguments)")
        }
    }

    @Test("Progress goes to standard error when it is asked for, and data alone to standard output")
    func progress() async throws {
        let log = try CommandLog.shared
        let shown = try await log.trough("replay", "--progress", "always", "-o", "json")
        #expect(shown.errors.contains("events/s"))
        #expect(shown.lines.count == 1)
        #expect(try JSONObject(shown.output).whole("events") == 8_593)
        let never = try await log.trough("replay", "--progress", "never", "-o", "json")
        #expect(never.errors == "")
    }

    @Test("On a terminal the report is coloured, unless NO_COLOR is set")
    func colour() async throws {
        var program = try CommandLog.shared.trough
        program.environment["TERM"] = "xterm-256color"
        // `script` gives the program a terminal.
        let command = "script -qec '\"$TROUGH\" report --curves' /dev/null"
        let coloured = try await program.shell(command)
        #expect(coloured.status == 0, "\(coloured.errors)")
        #expect(coloured.output.contains("\u{1B}["))
        program.environment["NO_COLOR"] = "1"
        let plain = try await program.shell(command)
        #expect(plain.output.contains("clinical-failure"))
        #expect(!plain.output.contains("\u{1B}[3") && !plain.output.contains("\u{1B}[1m"))
    }
}
