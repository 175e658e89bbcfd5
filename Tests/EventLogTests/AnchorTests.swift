import Crypto
import EventLog
import Foundation
import TestLog
import Testing

struct AnchorTests {
    private static func withFile(_ body: (TestLog, [UInt8]) async throws -> Void) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study("a \"study\" é", slices: 3)
            _ = try await log.append(EventLines.everyType("P-1") + EventLines.everyType("P-2"), to: study)
            _ = try await log.study("empty", slices: 1)
            try await body(log, log.anchor(nil).file)
        }
    }

    /// A file with other contents and a checksum that fits them.
    private static func sealed(_ file: [UInt8], _ edit: (String) -> String) -> [UInt8] {
        let lines = String(decoding: file, as: UTF8.self).split(separator: "\n")
        let body = edit(lines.dropLast().map { $0 + "\n" }.joined())
        let sum = SHA256.hash(data: Array(body.utf8)).map { String(format: "%02x", $0) }.joined()
        return Array((body + "\"sha256\":\"\(sum)\"}\n").utf8)
    }

    @Test("An anchor is JSON with a line for each slice, the heads of the log, and is read back as it was")
    func file() async throws {
        try await Self.withFile { log, file in
            let anchor = try Anchor(file: file)
            #expect(anchor == (try await log.anchor(nil)))
            #expect(anchor.file == file)
            let lines = String(decoding: file, as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 8, "the beginning, two studies with three and one slices, the checksum")
            #expect(lines[0] == #"{"format":"trough-anchor-1","time":"2030-01-02T00:00:00.5Z","studies":["#)
            let heads = try await log.texts(
                """
                SELECT format('{"slice":%s,"position":%s,"digest":"%s"}', h.slice - s.first_slice, h.position,
                    encode(h.digest, 'hex')) FROM trough.head h JOIN trough.study s USING (study) ORDER BY h.slice
                """)
            for head in heads { #expect(lines.contains { $0.hasPrefix(head) }, "\(head)") }
            #expect(Self.sealed(file) { $0 } == file)
            let object = try #require(JSONSerialization.jsonObject(with: Data(file)) as? [String: Any])
            #expect(
                (object["studies"] as? [[String: Any]])?.map { $0["study"] as? String } == ["a \"study\" é", "empty"])
            #expect(object["sha256"] is String)
        }
    }

    @Test("Every bit of a kept file that changes, and every byte that is missing, is refused as damage")
    func damage() async throws {
        try await Self.withFile { _, file in
            for index in file.indices {
                for bit in 0..<8 {
                    var changed = file
                    changed[index] ^= 1 << bit
                    #expect(throws: AnchorError.self, "byte \(index), bit \(bit)") { try Anchor(file: changed) }
                }
                #expect(throws: AnchorError.self) { try Anchor(file: Array(file[..<index])) }
                #expect(throws: AnchorError.self) { try Anchor(file: Array(file[..<index] + file[(index + 1)...])) }
            }
            for more in ["\n", " ", "x"] {
                #expect(throws: AnchorError.self) { try Anchor(file: file + Array(more.utf8)) }
            }
        }
    }

    @Test("Contents that are none of an anchor are refused also with a checksum that fits them")
    func contents() async throws {
        try await Self.withFile { _, file in
            let edits: [(String) -> String] = [
                { $0.replacing("trough-anchor-1", with: "trough-anchor-2") },
                { $0.replacing("\"slice\":1,", with: "\"slice\":2,") },
                { $0.replacing("\"slices\":3", with: "\"slices\":4") },
                { $0.replacing("\"position\":", with: "\"position\":-") },
                { $0.replacing("\"position\":", with: "\"position\": ") },
                { $0.replacing("\"empty\"", with: #""a \"study\" é""#) },
                { $0.replacing("2030-01-02", with: "2030-02-30") },
                { $0.replacing(#""digest":"00"#, with: #""digest":"0"#) },
                { $0.replacing(#""digest":"00"#, with: #""digest":"+0"#) },
                { $0.replacing("\"heads\"", with: "\"haeds\"") },
                { _ in "{\"format\":\"trough-anchor-1\"\n" },
            ]
            for (number, edit) in edits.enumerated() {
                let changed = Self.sealed(file, edit)
                #expect(changed != file, "edit \(number) changes something")
                #expect(throws: AnchorError.self, "edit \(number)") { try Anchor(file: changed) }
            }
        }
    }

    @Test("What is wrong with a file is said in a sentence")
    func words() async throws {
        try await Self.withFile { _, file in
            func words(_ file: [UInt8]) -> String {
                #expect(throws: AnchorError.self) { try Anchor(file: file) }?.description ?? ""
            }
            #expect(words([]).hasPrefix("is no anchor;"))
            #expect(words(Array("{}".utf8)).hasPrefix("is no anchor;"))
            #expect(words(file.dropLast(1)).hasPrefix("is torn or was changed:"))
            #expect(words(Self.sealed(file) { $0.replacing("anchor-1", with: "anchor-2") }).contains("trough-anchor-1"))
        }
    }
}
