import Foundation
import TestData
import Testing

/// What `-v` adds on standard error, and on it alone.
@Suite(.exampleLog, .timeLimit(.minutes(6)))
struct VerboseTests {
    /// Runs with and without `-v`, which may change nothing on standard output, and tells what is said with it.
    private func said(_ arguments: String...) async throws -> [String] {
        let trough = try CommandLog.shared.trough
        let (plain, ended) = (try await trough.run(arguments), try await trough.run(arguments + ["-v"]))
        #expect(plain.status == 0 && ended.status == 0, "\(ended.errors)")
        #expect(plain.errors == "")
        let number = /[0-9.]+/
        #expect(plain.output.replacing(number, with: "") == ended.output.replacing(number, with: ""))
        let lines = ended.errors.lines
        let database = /trough: database "[^"]+" at a local socket as "trough", PostgreSQL \d+.*, schema version \d+/
        #expect(lines.first?.wholeMatch(of: database) != nil, "\(ended.errors)")
        #expect(lines.allSatisfy { $0.hasPrefix("trough: ") }, "\(ended.errors)")
        return lines
    }

    @Test("verify tells what there is to check, and what each shard did")
    func verify() async throws {
        let lines = try await said("verify", "--shards", "2")
        #expect(lines.count == 4, "\(lines)")
        #expect(lines[1].hasPrefix(#"trough: study "main": 8593 events in 64 slices, "#), "\(lines)")
        for shard in 0..<2 {
            let pattern = try Regex("trough: shard \(shard): \\d+ slices, \\d+ events checked in \\d+\\.\\d{3} s")
            #expect(lines.contains { $0.wholeMatch(of: pattern) != nil }, "\(lines)")
        }
    }

    @Test("tail tells where it begins, and how much it printed")
    func tail() async throws {
        let lines = try await said("tail", "--subject", "SA-001", "--from", "0007-0000000000000000002")
        #expect(lines.count == 3, "\(lines)")
        #expect(lines[1].hasPrefix(#"trough: study "main": 8593 events in 64 slices, read from position 2 of slice 7"#))
        #expect(lines[2].contains(" events printed in "), "\(lines)")
    }

    @Test("seal tells of each segment, and of each shard; with --drop-rows of what it compared and removed")
    func seal() async throws {
        try await CommandLog.with { log in
            #expect(try await log.trough("append", TestData.replica.path).status == 0)
            let sealed = try await log.trough("seal", "-v", "--shards", "2", "-o", "json")
            #expect(sealed.status == 0, "\(sealed.errors)")
            let lines = sealed.errors.lines
            #expect(lines[1].hasPrefix(#"trough: study "main": 8593 events in rows alone, "#), "\(lines)")
            let segment = /: slice \d+: \d+ events up to position \d+ sealed in \d+ bytes$/
            #expect(try lines.count { $0.contains(segment) } == JSONObject(sealed.output).whole("segments"))
            let shard = /: shard [01]: \d+ slices, \d+ events sealed in \d+ segments,/
            #expect(lines.count { $0.contains(shard) } == 2, "\(lines)")
            let dropped = try await log.trough("seal", "-v", "--shards", "2", "--drop-rows")
            #expect(dropped.status == 0, "\(dropped.errors)")
            let words = dropped.errors.lines
            let comparison = /: shard [01]: the segments of \d+ slices compared in/
            #expect(words.count { $0.contains(comparison) } == 2, "\(words)")
            #expect(words.last == #"trough: study "main": the rows of 8593 events removed"#, "\(words)")
        }
    }
}
