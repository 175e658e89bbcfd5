import Foundation
import TestData
import Testing

/// Simulations divided among jobs.
@Suite(.timeLimit(.minutes(6)))
struct MergeCommandTests {
    private let trough = TroughProgram()

    /// Runs all parts of a simulation as processes, several at a time, and tells their files.
    private func parts(_ count: Int, of size: [String], in folder: TestFolder) async throws -> [String] {
        try await withThrowingTaskGroup(of: String.self) { group in
            var files: [String] = []
            for part in 1...count {
                if part > 4, let file = try await group.next() { files.append(file) }
                group.addTask {
                    let path = folder.path + "/part-\(part)"
                    let ended = try await trough.run(
                        ["simulate", "--shard", "\(part)/\(count)", "--partial", path] + size)
                    #expect(ended.status == 0, "\(ended.errors)")
                    #expect(ended.output == "", "the result goes to the file")
                    return path
                }
            }
            for try await file in group { files.append(file) }
            return files
        }
    }

    @Test(
        "Sixteen parts, made by processes of their own and merged in random order, print what one run prints",
        arguments: [
            ["--patients", "4000", "--seed", "3"], ["--trials", "48", "--per-arm", "11", "--scenario", "pants-hr"],
            ["--patients", "10", "--set", "visits.windowDays=3"],
        ], [20_200_131] as [UInt64])
    func sixteen(_ size: [String], seed: UInt64) async throws {
        let folder = try TestFolder()
        var random = SeededRandom(seed: seed)
        let files = try await parts(16, of: size, in: folder).shuffled(using: &random)
        for format in ["table", "json", "csv", "ndjson"] {
            let single = try await trough.run(["simulate", "-o", format] + size)
            let merged = try await trough.run(["merge", "-o", format] + files)
            #expect(merged.status == 0, "\(merged.errors)")
            #expect(merged.errors == "")
            #expect(!merged.output.isEmpty)
            #expect(merged.output == single.output, "seed \(seed), \(format)")
        }
        // Merged by halves, the file is the one that a single run would have left.
        let (left, right, both) = (folder.path + "/left", folder.path + "/right", folder.path + "/both")
        let sorted = files.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
        for (half, path) in [(sorted.prefix(8), left), (sorted.suffix(8), right)] {
            let ended = try await trough.run(["merge", "--partial", path] + half)
            #expect(ended.status == 0, "\(ended.errors)")
            #expect(ended.output == "")
        }
        let ended = try await trough("merge", right, left, "--partial", both)
        #expect(ended.status == 0)
        let whole = try await trough.run(["simulate", "--partial", folder.path + "/whole"] + size)
        #expect(whole.status == 0)
        #expect(folder.text("both") == folder.text("whole"))
        #expect(folder.text("both").hasPrefix("trough-partial 2\n"))
    }

    @Test("The partial file does not depend on the number of workers, and one part of one is the whole")
    func workers() async throws {
        let folder = try TestFolder()
        for workers in ["1", "2", "8"] {
            let ended = try await trough(
                "simulate", "--patients", "3000", "--workers", workers, "--partial", folder.path + "/" + workers,
                "--shard", "1/1")
            #expect(ended.status == 0)
        }
        #expect(folder.text("1") == folder.text("2"))
        #expect(folder.text("1") == folder.text("8"))
    }

    @Test("Parts of a protocol with everything in it fit together across processes")
    func otherProtocol() async throws {
        let folder = try TestFolder()
        let shown = try await trough("protocol", "show")
        let text = shown.output.replacing("name: roblin-2020", with: "name: \"Zwei Jahre, ß\"")
            .replacing("treatment-stop: ignore", with: "treatment-stop: event")
        let size = ["--patients", "200", "--protocol", try folder.file("mine.yaml", text).path]
        let files = try await parts(3, of: size, in: folder)
        let merged = try await trough.run(["merge", "-o", "json"] + files)
        #expect(merged.status == 0, "\(merged.errors)")
        #expect(try JSONObject(merged.output).string("protocol") == "Zwei Jahre, ß")
    }

    @Test("Parts that are missing at the ends are said, with exit 1; a gap, an overlap and strangers are refused")
    func refusals() async throws {
        let folder = try TestFolder()
        let files = try await parts(4, of: ["--patients", "40"], in: folder).sorted()
        let other = folder.path + "/other"
        _ = try await trough("simulate", "--patients", "40", "--seed", "2", "--shard", "4/4", "--partial", other)
        let short = try await trough("merge", files[2], files[1], "-o", "json")
        #expect(short.status == 1)
        #expect(try JSONObject(short.output).json("cohort") == #"[{"first":11,"last":30,"of":40}]"#)
        #expect(short.errors.contains("patients 11 to 30 of 40"), "\(short.errors)")
        let cases: [(arguments: [String], word: String)] = [
            ([files[0], files[2]], "The patients 11 to 20 are in no part"),
            ([files[0], files[1], files[0]], "The patients 1 to 10 are in more than one part"),
            ([files[0], files[1], files[2], other], "\(other): It belongs to another simulation: the seed 2, not 1"),
            ([files[0], folder.path + "/none"], "\(folder.path)/none"), ([folder.path], folder.path),
            ([TestData.replica.path], "is no partial result"), (["/dev/null"], "is no partial result"),
            ([], "files"), ([files[0], "-o", "xml"], "xml"),
            ([files[0], "--partial", folder.path + "/none/out"], "none/out"),
        ]
        for (arguments, word) in cases {
            let ended = try await trough.run(["merge"] + arguments)
            #expect(ended.status == 2, "\(arguments): \(ended.status) \(ended.errors)")
            #expect(ended.output == "", "\(arguments)")
            #expect(ended.errors.contains(word), "\(arguments): \(ended.errors)")
        }
    }

    @Test("Of parts without anybody in them it is said in words")
    func empty() async throws {
        let folder = try TestFolder()
        for (size, words) in [("--patients", "5 patients"), ("--trials", "5 trials")] {
            let path = folder.path + "/part" + size
            let shard = ["simulate", size, "5", "--shard", "7/9"]
            #expect(try await trough.run(shard + ["--partial", path]).status == 0)
            let merged = try await trough("merge", path)
            #expect(merged.status == 1)
            let sentence = "trough: There are none of the \(words) in what was given; their parts were not.\n"
            #expect(merged.errors == sentence, "\(merged.errors)")
            for output in [merged.output, try await trough.run(shard).output] {
                #expect(!output.contains("4 to 3"), "\(output)")
                #expect(size == "--trials" || output.contains("seed 1, no patients\n"), "\(output)")
            }
        }
    }

    @Test("A torn or changed part is refused by name, and the others are not merged without it")
    func torn() async throws {
        let folder = try TestFolder()
        let files = try await parts(2, of: ["--patients", "40"], in: folder).sorted()
        let bytes = Array(folder.text("part-2").utf8)
        var changed = bytes
        changed[bytes.count / 2] ^= 1
        for bytes in [Array(bytes.dropLast()), Array(bytes.prefix(bytes.count / 2)), [], changed, bytes + bytes] {
            let path = try folder.file("torn", bytes: bytes)
            let ended = try await trough("merge", files[0], path)
            #expect(ended.status == 2)
            #expect(ended.output == "")
            #expect(ended.errors.hasPrefix("trough: \(path): The file is "), "\(ended.errors)")
            #expect(ended.errors.contains("expected"), "\(ended.errors)")
        }
    }

    @Test("Numbers that no simulation has are refused, though the checksum fits: the program does not break down")
    func forged() async throws {
        let folder = try TestFolder()
        _ = try await trough("simulate", "--patients", "3", "--partial", folder.path + "/good")
        let lines = folder.text("good").lines.dropLast()
        let (magic, header) = (Array(lines[..<1]), lines[1])
        let huge = "9223372036854775807"
        let horizons = ["-2", huge].map { header.replacing("\"horizon\":730", with: "\"horizon\":\($0)") }
        let count = header.replacing("\"count\":3", with: "\"count\":\(huge)")
        let cases: [(what: String, text: [String])] = [
            ("a horizon below zero", magic + [horizons[0]] + lines[2...]),
            ("an endless horizon", magic + [horizons[1]] + lines[2...]),
            ("huge counts", lines[..<3] + ["1 \(huge)", "2 \(huge)"]),
            ("a huge stretch", magic + [count, "0 \(huge) \(huge) 1"] + lines[3...]),
        ]
        for (what, text) in cases {
            _ = try folder.file("forged", text.map { $0 + "\n" }.joined())
            let sealed = try await trough.shell(
                "cd '\(folder.path)' && echo \"sha256 $(sha256sum < forged | cut -c 1-64)\" >> forged")
            #expect(sealed.status == 0)
            let ended = try await trough("merge", folder.path + "/forged")
            #expect(ended.status == 2, "\(what): \(ended.status) \(ended.errors.prefix(300))")
            #expect(ended.errors.contains("do not fit together"), "\(what)")
            #expect(ended.output == "")
        }
    }

    @Test("A full disk and a reader that goes away end it as they end other commands")
    func output() async throws {
        let folder = try TestFolder()
        let path = folder.path + "/part"
        _ = try await trough("simulate", "--trials", "20", "--partial", path)
        let full = try await trough.shell("exec \"$TROUGH\" merge '\(path)' > /dev/full")
        #expect(full.status == 1)
        #expect(full.errors.contains("standard output"))
        let closed = try await trough.shell("\"$TROUGH\" merge -o ndjson '\(path)' | head -n 1")
        #expect(closed.lines.count == 1)
        #expect(closed.errors == "")
    }
}
