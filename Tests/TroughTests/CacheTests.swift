import Foundation
import TestData
import Testing

/// `replay --cache` from outside.
@Suite(.timeLimit(.minutes(6)))
struct CacheTests {
    /// The files of a cache, by name.
    private static func files(_ folder: String) throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            files[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
        }
        return files
    }

    private static func digest(_ log: CommandLog, cache: String) async throws -> String {
        let ended = try await log.trough("replay", "-o", "json", "--cache", cache)
        try #require(ended.status == 0, "\(ended.errors)")
        return try JSONObject(ended.output).string("digest")
    }

    /// Calls `body` with the sealed example, a folder for its cache, and what a first replay leaves there.
    private static func withCache(
        _ body: (CommandLog, _ folder: String, _ files: [String: Data]) async throws -> Void
    ) async throws {
        try await CommandLog.with { log in
            let parent = try TestFolder()
            let folder = parent.path + "/within/cache"
            for arguments in [["append", TestData.replica.path], ["seal"]] {
                let ended = try await log.trough.run(arguments)
                try #require(ended.status == 0, "\(ended.errors)")
            }
            #expect(try await digest(log, cache: folder) == TestData.replicaDigest)
            let files = try files(folder)
            #expect(files.count > 40)
            #expect(files.keys.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{64}\.segment/) != nil })
            try await body(log, folder, files)
        }
    }

    @Test("What is in the folder is not asked of the database again")
    func isUsed() async throws {
        try await Self.withCache { log, folder, _ in
            try await log.execute(
                """
                ALTER TABLE trough.segment DISABLE TRIGGER ALL;
                UPDATE trough.segment SET data = ''
                """)
            let without = try await log.trough("replay")
            #expect(without.status != 0)
            #expect(try await Self.digest(log, cache: folder) == TestData.replicaDigest)
        }
    }

    @Test("What cannot be kept is told once, and changes nothing else")
    func unkept() async throws {
        try await Self.withCache { log, folder, whole in
            for name in whole.keys {
                let path = folder + "/" + name
                try FileManager.default.removeItem(atPath: path)
                // No file can take the place of a folder that something is in.
                try FileManager.default.createDirectory(atPath: path + "/full", withIntermediateDirectories: true)
            }
            let ended = try await log.trough("replay", "-o", "json", "--cache", folder)
            #expect(ended.status == 0)
            #expect(try JSONObject(ended.output).string("digest") == TestData.replicaDigest)
            #expect(ended.errors.lines.count == 1, "\(ended.errors)")
            #expect(ended.errors.contains("/within/cache: a segment could not be kept in the cache"), "\(ended.errors)")
            #expect(try await log.trough("replay", "-q", "--cache", folder).errors == "")
        }
    }

    @Test("What is no file is passed over, and a file takes its place")
    func special() async throws {
        try await Self.withCache { log, folder, whole in
            let names = whole.keys.sorted()
            let made = try await log.trough.shell(
                """
                cd '\(folder)' && rm '\(names[0])' '\(names[1])' '\(names[2])' && mkfifo '\(names[0])'
                ln -s /dev/zero '\(names[1])' && ln -s '\(names[2])' '\(names[2])'
                """)
            try #require(made.status == 0, "\(made.errors)")
            #expect(try await Self.digest(log, cache: folder) == TestData.replicaDigest)
            #expect(try Self.files(folder) == whole)
        }
    }

    @Test("Each of more than 2,000 changed bits, and files cut short, are found, and the files are fetched again")
    func damage() async throws {
        let seed = UInt64.random(in: 0..<1_000_000)
        print("cache: seed \(seed)")
        var random = SeededRandom(seed: seed)
        try await Self.withCache { log, folder, whole in
            var changed = 0
            for round in 0..<44 {
                for (name, data) in whole.sorted(by: { $0.key < $1.key }) {
                    var data = data
                    if round == 0 {
                        data = data.prefix(random.below(data.count))
                    } else {
                        let bit = random.below(data.count * 8)
                        data[bit / 8] ^= 1 << UInt8(bit % 8)
                        changed += 1
                    }
                    try data.write(to: URL(fileURLWithPath: folder + "/" + name))
                }
                let digest = try await Self.digest(log, cache: folder)
                #expect(digest == TestData.replicaDigest, "seed \(seed), round \(round)")
                let isRestored = try Self.files(folder) == whole
                #expect(isRestored, "seed \(seed), round \(round)")
            }
            #expect(changed > 2_000)
        }
    }

    @Test("A folder that cannot be one is refused with a sentence, before anything is read")
    func noFolder() async throws {
        let folder = try TestFolder()
        let file = try folder.file("taken", "text").path
        try await CommandLog.with { log in
            let ended = try await log.trough("replay", "--cache", file)
            #expect(ended.status == 2)
            #expect(ended.output == "")
            let expected = "\(file): the cache cannot be kept there; expected a folder that can be made and written to."
            #expect(ended.errors.contains(expected))
            let empty = try await log.trough("replay", "--cache", "")
            #expect(empty.status == 2 && empty.output == "")
            #expect(empty.errors.contains("--cache is empty; expected the name of a folder."), "\(empty.errors)")
        }
    }
}
