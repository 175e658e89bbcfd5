import Crypto
import Simulation
import TestData
import Testing
import Trial
import VirtualCohort

/// Files that jobs leave, and what may have happened to them.
@Suite("Partial results as files", .timeLimit(.minutes(5)))
struct PartialResultTests {
    private static let setups = [
        SimulationSetup(Scenario(), seed: .max, .roblin2020, .patients(40)),
        SimulationSetup(Scenario().eventful.sized(4, 3), seed: 31, .roblin2020, .trials(12)),
    ]

    /// A file's text with a checksum that fits.
    private static func sealed(_ lines: [String]) -> [UInt8] {
        let text = Array(lines.joined(separator: "\n").utf8) + [UInt8(ascii: "\n")]
        let digits = SHA256.hash(data: text).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return text + Array("sha256 \(digits.joined())\n".utf8)
    }

    /// The lines of a file without the checksum.
    private static func body(_ setup: SimulationSetup) async throws -> [String] {
        let text = String(decoding: try PartialResult.encode(try await setup.run()), as: UTF8.self)
        return text.split(separator: "\n").dropLast().map(String.init)
    }

    @Test("a file reads back as the same result, the largest seed, infinities and all", arguments: setups)
    func roundTrip(_ setup: SimulationSetup) async throws {
        let result = try await setup.run()
        let bytes = try PartialResult.encode(result)
        let read = try PartialResult.decode(bytes)
        #expect(read == result)
        #expect(read.header.seed == setup.seed)
        #expect(try PartialResult.encode(read) == bytes)
        if result.header.isTrials {
            let medians = result.trials.flatMap { $0.endpoints.flatMap(\.medianDays) }
            #expect(medians.contains(.infinity), "an infinity was to be among what is read back")
            let estimates = result.trials.flatMap { $0.endpoints.flatMap(\.survival) }
            #expect(estimates.contains(nil), "an estimate that is none was to be among what is read back")
        }
        // What the tests below change by hand has the form that they believe it has.
        #expect(Self.sealed(try await Self.body(setup)) == bytes)
    }

    @Test("a file that ends anywhere before its end is refused", arguments: setups)
    func torn(_ setup: SimulationSetup) async throws {
        let bytes = try PartialResult.encode(try await setup.run())
        for count in 0..<bytes.count {
            let error = #expect(throws: PartialResultError.self, "\(count) of \(bytes.count) bytes") {
                try PartialResult.decode(Array(bytes[..<count]))
            }
            #expect(error?.reason.contains("; expected ") == true)
        }
    }

    @Test("a file with more after its end is refused", arguments: setups)
    func longer(_ setup: SimulationSetup) async throws {
        let bytes = try PartialResult.encode(try await setup.run())
        for more in ["\n", " ", "0 1\n", String(decoding: bytes, as: UTF8.self)] {
            #expect(throws: PartialResultError.self) { try PartialResult.decode(bytes + Array(more.utf8)) }
        }
    }

    @Test("a file with any one byte changed is refused", arguments: setups, [1, 2] as [UInt64])
    func changed(_ setup: SimulationSetup, seed: UInt64) async throws {
        let bytes = try PartialResult.encode(try await setup.run())
        var random = SeededRandom(seed: seed)
        var places = Array(bytes.indices)
        while places.count < 500 { places.append(random.below(bytes.count)) }
        for place in places {
            var other = bytes
            // Half of the changes are to a byte that the file has elsewhere, which stays closer to a file.
            other[place] = random.chance(2) ? random.pick(bytes) : UInt8(random.below(256))
            if other[place] == bytes[place] { other[place] ^= 1 }
            #expect(throws: PartialResultError.self, "seed \(seed), byte \(place) is \(other[place])") {
                try PartialResult.decode(other)
            }
        }
    }

    @Test("two lines that changed places, or one that is missing or twice, are refused", arguments: setups)
    func lines(_ setup: SimulationSetup) async throws {
        let bytes = try PartialResult.encode(try await setup.run())
        let lines = bytes.split(separator: UInt8(ascii: "\n")).map(Array.init)
        func file(_ lines: [[UInt8]]) -> [UInt8] { lines.flatMap { $0 + [UInt8(ascii: "\n")] } }
        #expect(file(lines) == bytes)
        for place in 0..<lines.count - 1 {
            var others = [lines, lines, lines]
            others[0].swapAt(place, place + 1)
            others[1].remove(at: place)
            others[2].insert(lines[place], at: place)
            for other in others where other != lines {
                #expect(throws: PartialResultError.self, "line \(place)") { try PartialResult.decode(file(other)) }
            }
        }
    }

    @Test("other files are refused with what was expected")
    func foreign() throws {
        let replica = try TestData.lines(TestData.replica).prefix(3).joined(separator: "\n")
        for text in [
            "", "\n", "trough-partial 2", "trough-partial 2\n", "PK\u{3}\u{4}", replica, "trough-partial 20\n",
        ] {
            let error = #expect(throws: PartialResultError.self) { try PartialResult.decode(Array(text.utf8)) }
            #expect(error?.reason.contains("expected") == true, "\(text)")
        }
        #expect(throws: PartialResultError.self) { try PartialResult.decode([0xFF, 0xFE, 0x0A]) }
    }

    @Test("a file of another version is refused, though its checksum fits", arguments: setups)
    func otherVersion(_ setup: SimulationSetup) async throws {
        let lines = try await Self.body(setup)
        for magic in ["trough-partial 1", "trough-partial 22", "trough-partial", "trough-partial 2 "] {
            #expect(throws: PartialResultError.self, "\(magic)") {
                try PartialResult.decode(Self.sealed([magic] + lines.dropFirst()))
            }
        }
    }

    @Test("contents that do not fit together are refused, though the checksum fits", arguments: setups)
    func contradictions(_ setup: SimulationSetup) async throws {
        let lines = try await Self.body(setup)
        let numbers = lines[2].split(separator: " ").map(String.init)
        let last = lines[lines.count - 1]
        var others: [(what: String, lines: [String])] = [
            ("a row is missing", lines.dropLast()), ("a row is twice", lines + [last]), ("no rows", Array(lines[..<3])),
            ("no header", [lines[0]] + lines[2...]), ("no numbers", Array(lines[..<2]) + lines[3...]),
            ("a row of words", lines.dropLast() + ["one two"]), ("a longer row", lines.dropLast() + [last + " 1"]),
        ]
        for stretch in ["-1 3", "5 2", "0 \(setup.size.count + 1)", "0 1", "0", "a b"] {
            others.append(
                ("the stretch \(stretch)", lines[..<2] + ["\(stretch) \(numbers[2]) \(numbers[3])"] + lines[3...]))
        }
        for (key, value) in [("horizon", "\"x\""), ("isTrials", "1"), ("count", "3")] {
            let header = lines[1].replacing(try Regex("\"\(key)\":[a-z0-9]+"), with: "\"\(key)\":\(value)")
            #expect(header != lines[1])
            others.append(("\(key) is \(value)", [lines[0], header] + lines[2...]))
        }
        for (what, lines) in others {
            #expect(throws: PartialResultError.self, "\(what)") { try PartialResult.decode(Self.sealed(lines)) }
        }
    }

    @Test("a count for a place that does not exist, of nobody, or given twice is refused, though the checksum fits")
    func wrongCounts() async throws {
        let lines = try await Self.body(Self.setups[0])
        let row = lines[lines.count - 1].split(separator: " ").map(String.init)
        let count = try #require(Int(row[1]))
        // All rows but the last, which ends with as many patients as the last two had.
        let before = lines[lines.count - 2].split(separator: " ").map(String.init)
        let both = try #require(Int(before[1])) + count
        let rows: [(what: String, rows: [String])] = [
            ("beyond the end", ["5848 \(count)"]), ("before the start", ["-1 \(count)"]),
            ("of nobody", ["\(row[0]) \(count)", "3 0"]), ("negative", ["\(row[0]) \(count + 1)", "3 -1"]),
            ("too many", ["\(row[0]) \(count + 1)"]),
        ]
        for (what, rows) in rows {
            #expect(throws: PartialResultError.self, "\(what)") {
                try PartialResult.decode(Self.sealed(lines.dropLast() + rows))
            }
        }
        // Patients who are counted at a place that another row then overwrites would be lost.
        let twice = Self.sealed(lines.dropLast(2) + ["\(row[0]) \(both - 1)", "\(row[0]) 1"])
        let read = try? PartialResult.decode(twice)
        #expect(read == nil, "the same place twice")
    }
}
