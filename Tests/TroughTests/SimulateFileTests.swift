import Foundation
import Glibc
import Testing

/// Simulations whose events go to a file or to standard output, and what may go wrong on the way.
@Suite(.serialized, .timeLimit(.minutes(6)))
struct SimulateFileTests {
    private let trough = TroughProgram()

    @Test("With --to - there are event lines alone on standard output, and the report is said on standard error")
    func standardOutput() async throws {
        let ended = try await trough("simulate", "--patients", "30", "--to", "-", "-o", "json")
        #expect(ended.status == 0)
        #expect(ended.lines.count > 1_000)
        for line in ended.lines { #expect(try JSONObject(line).string("specversion") == "1.0") }
        #expect(ended.errors.contains(#""endpoints":["#))
        let quiet = try await trough("simulate", "--patients", "30", "--to", "-", "-q")
        #expect(quiet.errors == "")
        #expect(quiet.output == ended.output)
    }

    @Test("A file holds the lines that standard output would have, the report is printed, and append takes every line")
    func file() async throws {
        let folder = try TestFolder()
        let path = try folder.file("events.ndjson", "what stood there before").path
        let ended = try await trough("simulate", "--patients", "300", "--to", path, "-o", "json")
        #expect(ended.status == 0)
        let plain = try await trough("simulate", "--patients", "300", "-o", "json")
        #expect(ended.output == plain.output)
        let printed = try await trough("simulate", "--patients", "300", "--to", "-", "-q")
        #expect(folder.text("events.ndjson") == printed.output)
        #expect(folder.names == ["events.ndjson"])
        let taken = try await trough("append", "--dry-run", path, "-o", "json")
        #expect(taken.status == 0, "\(taken.errors)")
        #expect(try JSONObject(taken.output).whole("ok") == printed.lines.count)
        // Parts, put one after another, are the whole.
        var parts = ""
        for part in 1...3 {
            parts += try await trough("simulate", "--patients", "300", "--shard", "\(part)/3", "--to", "-", "-q").output
        }
        #expect(parts == printed.output)
    }

    @Test("A file that cannot be written is refused with its name, before anybody is made")
    func unwritable() async throws {
        let folder = try TestFolder()
        try FileManager.default.createDirectory(atPath: folder.path + "/inner", withIntermediateDirectories: false)
        let refused = [folder.path + "/none/file", folder.path + "/inner", "/proc/file", folder.path + "/inner/"]
        for option in ["--to", "--partial"] {
            for path in refused {
                // So many patients would take hours.
                let ended = try await trough("simulate", "--patients", "900000000", option, path)
                #expect(ended.status == 2, "\(option) \(path): \(ended.status) \(ended.errors)")
                #expect(ended.output == "")
                #expect(ended.errors.hasPrefix("trough: \(path): "), "\(ended.errors)")
                #expect(ended.errors.lines.count == 1, "\(ended.errors)")
            }
        }
        #expect(folder.names == ["inner"])
    }

    @Test("A file for events and for the result at once, under one name, is refused")
    func sameFile() async throws {
        let folder = try TestFolder()
        let path = folder.path + "/both"
        let ended = try await trough("simulate", "--patients", "20", "--to", path, "--partial", path)
        #expect(ended.status == 2, "\(ended.status): \(folder.names), \(folder.text("both").prefix(40))")
        #expect(ended.errors.contains("--to and --partial name the same file"), "\(ended.errors)")
        #expect(folder.names == [])
    }

    @Test("A full disk is said and is no success, and leaves nothing under the name")
    func fullDevice() async throws {
        let folder = try TestFolder()
        // A link, so that no mistake of the program can replace a device of the machine.
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/full", withDestinationPath: "/dev/full")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/null", withDestinationPath: "/dev/null")
        for option in ["--to", "--partial"] {
            let full = try await trough("simulate", "--patients", "20", option, folder.path + "/full")
            #expect(full.status == 1, "\(full.errors)")
            #expect(full.output == "")
            #expect(full.errors.contains("trough: \(folder.path)/full: the file could not be written whole"))
            let null = try await trough("simulate", "--patients", "20", option, folder.path + "/null")
            #expect(null.status == 0, "\(null.errors)")
        }
        for arguments in ["--patients 20 --to -", "--patients 20", "--trials 2", "--describe", "--patient 1"] {
            let ended = try await trough.shell("exec \"$TROUGH\" simulate \(arguments) > /dev/full")
            #expect(ended.status == 1, "\(arguments)")
            #expect(ended.errors.contains("standard output"), "\(arguments): \(ended.errors)")
        }
        #expect(folder.names == ["full", "null"])
        let target = try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/full")
        #expect(target == "/dev/full")
        // A limit on the size of files stands for a disk that becomes full on the way.
        let path = try folder.file("older", "before\n").path
        for option in ["--to", "--partial"] {
            let ended = try await trough.shell(
                "ulimit -f 2; trap '' XFSZ; exec \"$TROUGH\" simulate --patients 900 \(option) '\(path)'")
            #expect(ended.status == 1, "\(ended.errors)")
            #expect(ended.errors.contains(path))
            #expect(folder.text("older") == "before\n")
            #expect(folder.names == ["full", "null", "older"])
        }
    }

    @Test(
        "A file system that becomes full leaves the older file as it was",
        .enabled(if: FullDiskTests.Way.possible.count > 1))
    func fullFileSystem() async throws {
        let place = try TestFolder()
        let system = TroughProgram(environment: ["PLACE": place.path])
        let mounted = try await system.shell("chmod 755 $PLACE && mount -t tmpfs -o size=2m,mode=755 trough $PLACE")
        try #require(mounted.status == 0, "\(mounted.errors)")
        let path = try place.file("events", "before\n").path
        let full = try await trough("simulate", "--patients", "2000", "--to", path)
        let (names, text) = (place.names, place.text("events"))
        let unmounted = try await system.shell("umount $PLACE || umount -l $PLACE")
        #expect(unmounted.status == 0, "\(unmounted.errors)")
        #expect(full.status == 1)
        #expect(full.output == "")
        #expect(full.errors.contains("No space left on device"), "\(full.errors)")
        #expect(names == ["events"])
        #expect(text == "before\n")
    }

    @Test(
        "A signal ends it soon: no file under the name and none unfinished, an older one as it was",
        arguments: [SIGINT, SIGTERM], ["--to", "--partial"])
    func signal(_ number: Int32, _ option: String) async throws {
        var program = trough
        program.limit = 20
        for older in ["", "before\n"] {
            let folder = try TestFolder()
            let path = older.isEmpty ? folder.path + "/out" : try folder.file("out", older).path
            let running = try program.start(["simulate", "--patients", "900000000", option, path], input: "")
            try await eventually { folder.names.contains { $0.hasSuffix(".part") } }
            if option == "--to" {
                try await eventually {
                    folder.names.contains { $0.hasSuffix(".part") && !folder.text($0).isEmpty }
                }
            }
            running.send(number)
            let asked = Date.now
            let ended = try await running.wait()
            #expect(Date.now.timeIntervalSince(asked) < 10)
            #expect(ended.status == 128 + number, "\(ended.errors)")
            #expect(ended.output == "")
            #expect(folder.names == (older.isEmpty ? [] : ["out"]))
            #expect(folder.text("out") == older)
        }
    }

    @Test("Without a file a signal ends it as soon, with nothing printed", arguments: ["--patients", "--trials"])
    func signalWithoutFile(_ size: String) async throws {
        var program = trough
        program.limit = 20
        let running = try program.start(["simulate", size, "1000000", "--progress", "always"], input: "")
        try await eventually { running.errors.contains("patients/s") }
        running.send(SIGINT)
        let ended = try await running.wait()
        #expect(ended.status == 130, "\(ended.errors)")
        #expect(ended.output == "")
    }

    @Test("A reader that goes away ends it quietly")
    func closedPipe() async throws {
        for command in [
            "--patients 100000 --to -", "--patient 3", "--trials 50 -o ndjson", "--describe",
            "--patients 200 -o csv",
        ] {
            for signal in ["--default-signal=PIPE", "--ignore-signal=PIPE"] {
                let ended = try await trough.shell("env \(signal) \"$TROUGH\" simulate -q \(command) | head -n 1")
                #expect(ended.status == 0)
                #expect(ended.lines.count == 1, "\(command)")
                #expect(ended.errors == "", "\(command): \(ended.errors)")
            }
        }
    }

    @Test("A reader that is slow holds it up: no more than a few chunks are made ahead, and little memory is taken")
    func slowReader() async throws {
        let folder = try TestFolder()
        // Until the reader takes something the pipe is full; the times and memory are those of the program meanwhile. On a
        // busy machine it takes a while until it is.
        let ended = try await trough.shell(
            """
            cd '\(folder.path)' && mkfifo pipe
            "$TROUGH" simulate --patients 2000000 --workers 2 --to - -q > pipe & process=$!
            exec 3< pipe
            used() { cut -d ' ' -f 14,15 /proc/$process/stat | tr ' ' + ; }
            before=0
            for second in $(seq 20); do
                sleep 1; after=$(($(used)))
                if [ $before -gt 0 ] && [ $((after - before)) -le 2 ]; then break; fi
                if [ $second -lt 20 ]; then before=$after; fi
            done
            echo $before; echo $after
            grep VmHWM /proc/$process/status
            kill -KILL $process; exec 3<&-
            """)
        let lines = ended.lines
        try #require(lines.count == 3, "\(ended.errors) \(ended.output)")
        let ticks = lines.prefix(2).map { $0.split(separator: " ").compactMap { Int($0) }.reduce(0, +) }
        #expect(ticks[0] > 0)
        #expect(ticks[1] - ticks[0] <= 2, "it goes on working while nobody reads: \(ticks)")
        let peak = try #require(lines[2].split(separator: " ").compactMap { Int($0) }.first)
        // Five chunks of 256 patients take some 30 MB; two million patients would take 40 GB.
        #expect(peak < 200_000, "\(peak) KiB")
    }
}
