import Foundation
import TestData
import Testing

/// What goes where, for people and for programs.
@Suite(.serialized, .exampleLog, .timeLimit(.minutes(6)))
struct OutputTests {
    /// The program and its commands that only have others below them, as `--help` takes them.
    private static let groups: [[String]] = [[], ["local"], ["protocol"], ["scenario"], ["schema"], ["worker"]]
    /// Every command that does something.
    private static let commands: [[String]] =
        [
            "demo", "append", "replay", "report", "patients", "patient", "diff", "merge", "tail", "export", "simulate",
            "calibrate", "outcomes", "status", "load", "seal", "verify", "anchor",
        ].map { [$0] }
        + ["start", "stop", "status", "destroy", "psql", "url"].map { ["local", $0] }
        + ["show", "check"].map { ["protocol", $0] } + ["list", "show", "check"].map { ["scenario", $0] }
        + ["install", "status"].map { ["schema", $0] } + ["run", "retry"].map { ["worker", $0] }

    @Test("Every command explains itself with an example, and says less or more on request")
    func help() async throws {
        let program = TroughProgram()
        for command in Self.groups + Self.commands {
            let ended = try await program.run(command + ["--help"])
            #expect(ended.status == 0, "\(command)")
            #expect(ended.errors == "")
            #expect(ended.output.contains("USAGE: trough"), "\(command)")
            #expect(command.isEmpty || ended.output.contains("Example:\n"), "\(command) has no example")
            for option in ["-q, --quiet", "-v, --verbose"] where Self.commands.contains(command) {
                #expect(ended.output.contains(option), "\(command) has no \(option)")
            }
        }
    }

    @Test("The help of the program names every command that exists")
    func listOfCommands() async throws {
        let ended = try await TroughProgram()("--help")
        for command in Self.groups + Self.commands where command.count == 1 {
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
            ["append", "--reason", ""], ["seal", "--drop-rows", "--reason", ""], ["report", "--curves", "-o", "json"],
            ["report", "--endpoint", "clinical-failure", "--endpoint", "pharmacokinetic-failure"],
            ["simulate", "--patient", "5", "-o", "json"], ["worker", "--metrics-host", "::1"],
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

    @Test("A demo runs through a link to the program, and says what a copy of it lacks")
    func demoElsewhere() async throws {
        let folder = try TestFolder()
        let linked = try await TroughProgram().shell(
            "ln -s \"$TROUGH\" '\(folder.path)/linked' && '\(folder.path)/linked' demo | head -n 3")
        #expect(linked.output.contains("Starting a private PostgreSQL"), "\(linked.errors)")
        let copied = try await TroughProgram().shell(
            "cp \"$TROUGH\" '\(folder.path)/copied' && '\(folder.path)/copied' demo")
        #expect(copied.status == 1 && copied.output == "")
        #expect(copied.errors.contains("trough_trough.resources/roblin-replica.ndjson is missing"), "\(copied.errors)")
    }

    @Test("A demo whose reader has seen enough leaves nothing behind")
    func demoIntoPipe() async throws {
        let folder = try TestFolder()
        var program = TroughProgram()
        program.environment["TMPDIR"] = folder.path
        let ended = try await program.shell("\"$TROUGH\" demo | head -n 3")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.hasSuffix("Starting a private PostgreSQL in a temporary place …\n"), "\(ended.output)")
        #expect(folder.names.filter { $0.hasPrefix("trough-demo") } == [])
    }

    @Test("A load test whose report nobody reads takes its study away all the same")
    func loadIntoPipe() async throws {
        let log = try CommandLog.shared
        let ended = try await log.trough.shell(
            "env --default-signal=PIPE \"$TROUGH\" load --study unread --rate 50 --duration 1 --patients 20 | true")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try await log.sql("SELECT name FROM trough.study WHERE name = 'unread'") == [])
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

    @Test("What cannot be written since standard output came closed is said and is no success")
    func closedOutput() async throws {
        let log = try CommandLog.shared
        for command in ["export", "replay -o json", "report", "patients", "protocol show", "replay --outcomes - -q"] {
            let ended = try await log.trough.shell("exec \"$TROUGH\" \(command) >&-")
            #expect(ended.status == 1, "\(command)")
            #expect(ended.errors.contains("standard output"), "\(command): \(ended.errors)")
        }
        // What has nothing to say there is not disturbed.
        #expect(try await log.trough.shell("exec \"$TROUGH\" replay --outcomes /dev/null -q 2>&-").status == 0)
    }

    @Test("With -q nothing but errors stands on standard error, refused lines among them")
    func quiet() async throws {
        let log = try CommandLog.shared
        let aside = try await log.trough("replay", "--outcomes", "-", "-q")
        #expect(aside.errors == "" && aside.lines.count == 90)
        #expect(try await log.trough("replay", "--progress", "always", "-q").errors == "")
        let refused = try await log.trough("append", "--dry-run", "-q", input: "{}\n")
        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix("-:1:"), "\(refused.errors)")
        #expect(refused.output == "1 line: 0 good, 1 refused; nothing is stored by --dry-run\n")
    }

    @Test("What was typed or sent moves no cursor when it is shown again")
    func invisible() async throws {
        let log = try CommandLog.shared
        let study = try await log.trough("replay", "--study", "a\u{1B}[2Jb")
        #expect(study.status == 2)
        #expect(!study.errors.contains("\u{1B}"), "\(study.errors)")
        let line = EventLine.assay("P\u{202E}-1", "x1")
        let refused = try await log.trough("append", "--dry-run", input: line)
        #expect(refused.errors.contains(#"subject is "P\u{202E}-1"; a subject has printable characters only"#))
    }

    @Test("Help for what is no command is wrong usage")
    func helpForNothing() async throws {
        let trough = TroughProgram()
        for arguments in [
            ["help", "nope"], ["nope", "--help"], ["worker", "nope", "-h"], ["help", "local", "nope"],
        ] {
            let ended = try await trough.run(arguments)
            #expect(ended.status == 2 && ended.output == "", "\(arguments)")
            #expect(ended.errors.contains("'nope'"), "\(arguments): \(ended.errors)")
        }
        for arguments in [["help"], ["--help"], ["help", "replay"], ["replay", "-h"], ["worker", "run", "--help"]] {
            #expect(try await trough.run(arguments).status == 0, "\(arguments)")
        }
    }

    @Test("What is no time, no month and no slice is told with what would be one")
    func spelledWrong() async throws {
        let log = try CommandLog.shared
        for (arguments, words) in [
            (["replay", "--until", "2016-02-30"], "There is no such time; expected a date such as 2016-06-30"),
            (["replay", "--as-of", "2016-06-30T12:00:00"], "a time with its offset"),
            (["report", "--months", "0.5"], "Months are whole numbers"),
            (["diff", "a", "b", "--months", ","], "Months are"),
            (["replay", "--slices", "9-2"], "the first is not the greater one"),
            (["tail", "-o", "csv"], "tail prints ndjson, not csv"),
            (["anchor", "-o", "table"], "anchor prints json, not"),
            (["replay", "-o", "ndjson"], "replay prints table or json, not ndjson"), (["replay", "-o", "xml"], "xml"),
            (["replay", "--outcomes", ""], "an empty name"), (["append", ""], "an empty name"),
            (["append", "--author", ""], "--author is empty"),
            (["append", "--rejects", "-"], "--rejects takes the path of a file"),
            (["replay", "--partial", "-"], "and not to standard output"),
            (["patient", "FO-002", "--until", "2010-01-01"], "before the cut; without --as-of and --until"),
        ] {
            let ended = try await log.trough.run(arguments)
            #expect(ended.status == 2, "\(arguments)")
            #expect(ended.output == "", "\(arguments)")
            #expect(ended.errors.contains(words), "\(arguments): \(ended.errors)")
        }
    }

    @Test("Standard input that is named twice is refused")
    func standardInputTwice() async throws {
        let text = try await TroughProgram()("protocol", "show").output
        for arguments in [
            ["append", "--dry-run", "-", "-"], ["diff", "-", "-"], ["replay", "--protocol", "-", "--protocol", "-"],
            ["merge", "-", "-"],
        ] {
            let ended = try await CommandLog.shared.trough.run(arguments, input: text)
            #expect(ended.status == 2 && ended.output == "", "\(arguments)")
            #expect(ended.errors.hasPrefix("Error: Standard input can be read once.\n"), "\(ended.errors)")
        }
        let once = try await CommandLog.shared.trough.run(["diff", "default", "-"], input: text)
        #expect(once.status == 0, "\(once.errors)")
    }

    @Test("Without a terminal COLUMNS tells how wide a table is, where it is a number with room for words")
    func columns() async throws {
        var program = try CommandLog.shared.trough
        let plain = try await program("patients").output
        #expect(plain.lines.map(\.count).max().map { $0 <= 80 } == true && plain.contains("…"))
        for (columns, width) in [("200", 200), ("60", 60), ("40", 40), ("39", 80), ("wide", 80), ("", 80)] {
            program.environment["COLUMNS"] = columns
            let table = try await program("patients").output
            #expect(table.lines.allSatisfy { $0.count <= width }, "\(columns)")
            #expect((table == plain) == (width == 80), "\(columns)")
        }
        program.environment["COLUMNS"] = "99999999999"
        #expect(try await program("patient", "FO-002").status == 0)
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

    @Test("An append shows how far a file is, clear of what it says of refused lines, and nothing of a pipe")
    func appendProgress() async throws {
        let (log, folder) = (try CommandLog.shared, try TestFolder())
        let lines = (1...40).map { EventLine.assay("P-\($0)", "a\($0)") + "\n" }.joined()
        let path = try folder.file("half.ndjson", lines + "broken\n").path
        let shown = try await log.trough("append", path, "--dry-run", "--progress", "always")
        #expect(shown.output == "41 lines: 40 good, 1 refused; nothing is stored by --dry-run\n")
        #expect(shown.errors.hasPrefix("\(path):41:1: syntax: "), "\(shown.errors)")
        #expect(shown.errors.contains("[########################] 100 %"), "\(shown.errors)")
        #expect(shown.errors.hasSuffix("\r\u{1B}[K"), "\(shown.errors)")
        let piped = try await log.trough.shell("head -n 40 '\(path)' | \"$TROUGH\" append --dry-run --progress always")
        #expect(piped.status == 0 && piped.errors == "", "\(piped.errors)")
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
