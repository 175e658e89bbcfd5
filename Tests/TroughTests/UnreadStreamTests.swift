import Foundation
import Glibc
import Testing

@testable import trough

/// What is said to people while nobody reads it.
@Suite(.exampleLog, .timeLimit(.minutes(2)))
struct UnreadStreamTests {
    /// Runs a command whose standard error is a full pipe that nobody reads, sends it a signal once it waits, and tells
    /// how it ended; 9 where it has not within so many seconds.
    private func signalled(
        _ command: String, by trough: TroughProgram = TroughProgram(), within seconds: Int
    ) async throws -> Finished {
        let folder = try TestFolder()
        return try await trough.shell(
            """
            cd '\(folder.path)' && mkfifo said && exec 3<>said && head -c 65536 /dev/zero >&3 || exit 8
            "$TROUGH" \(command) 2>&3 & process=$!
            sleep 2; kill -TERM $process || exit 7
            for step in $(seq \(seconds * 10)); do
                kill -0 $process 2>/dev/null || break
                sleep 0.1
            done
            kill -KILL $process 2>/dev/null && exit 9
            wait $process
            """)
    }

    @Test("Log lines that nobody reads hold up neither the work nor the end after a signal")
    func unreadLog() async throws {
        let ended = try await signalled("report -v -o json", by: CommandLog.shared.trough, within: 5)
        #expect(ended.status == 143, "\(ended.errors)")
        #expect(ended.output.hasPrefix(#"{"protocol":"roblin-2020","#), "the report is there all the same")
    }

    @Test("What does not end is ended ten seconds after a signal, though nobody can be told")
    func unreadSentence() async throws {
        // Neither what it prints nor what it says finds a reader.
        let ended = try await signalled(
            "simulate --patients 20000 --to - --progress always >&3", within: 13)
        #expect(ended.status == 143, "\(ended.errors)")
    }

    @Test("Lines beyond the bound are counted, the loss is said where they are missing, and a flush waits for all")
    func loss() async throws {
        let pipe = Pipe()
        let stream = StandardStreams(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        let lines = (0..<40_000).map { "line \($0) " + String(repeating: "x", count: 80) }
        for line in lines { stream.say(line + "\n") }
        await stream.flush(within: .milliseconds(200))
        let reading = pipe.fileHandleForReading
        let text = try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await untilCancelled { try reading.readToEnd().map { String(decoding: $0, as: UTF8.self) } }
            }
            group.addTask {
                await stream.flush()
                stream.say("a line for which there is room again\n")
                await stream.write("and one that is waited for\n")
                try pipe.fileHandleForWriting.close()
                return nil
            }
            return try await group.reduce("") { $0 + ($1 ?? "") }
        }
        let (said, ending) = (text.lines.dropLast(2), text.lines.suffix(2))
        #expect(ending == ["a line for which there is room again", "and one that is waited for"])
        // A thread that writes late may make more than one gap.
        var (next, lost) = (0, 0)
        for line in said {
            if let gap = line.firstMatch(of: /^trough: (\d+) lines? of the log (is|are) missing here/) {
                lost += Int(gap.1) ?? 0
                next += Int(gap.1) ?? 0
            } else {
                #expect(next < lines.count && line == lines[next], "after \(next)")
                next += 1
            }
        }
        #expect(next == lines.count && lost > 0 && lost < 35_000, "\(lost) of \(next)")
    }

    @Test("Progress takes no room from log lines, and of pictures none waits behind another")
    func progress() async throws {
        let pipe = Pipe()
        let stream = StandardStreams(descriptor: pipe.fileHandleForWriting.fileDescriptor)
        // What a pipe holds, and so much that the queue waits.
        stream.say(String(repeating: "-", count: 90_000) + "\n")
        for _ in 0..<5000 { stream.show("progress\n") }
        for _ in 0..<5000 { stream.draw("picture\n") }
        let reading = pipe.fileHandleForReading
        let text = try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await untilCancelled { try reading.readToEnd().map { String(decoding: $0, as: UTF8.self) } }
            }
            group.addTask {
                await stream.flush()
                for number in 0..<100 { stream.show("later \(number)\n") }
                await stream.flush()
                try pipe.fileHandleForWriting.close()
                return nil
            }
            return try await group.reduce("") { $0 + ($1 ?? "") }
        }
        #expect(text.lines.count == 101, "\(text.lines.count)")
        #expect(!text.contains("picture") && !text.contains("progress") && !text.contains("missing"))
    }
}
