import EventLog
import Foundation
import NaiveTrial
import Postgres
import TestData
import TestLog
import Testing
import Trial

@testable import Projection

/// Outcomes that were put aside say what outcomes in memory say.
@Suite("Outcomes put aside", .timeLimit(.minutes(12)))
struct SpilledOutcomesTests {
    /// A folder of one test.
    private struct Folder: ~Copyable {
        let path: String

        init() throws {
            path = NSTemporaryDirectory() + "trough-spill-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
    }

    @Test("Adversarial trials, in rows and in segments, say the same however little stays in memory")
    func adversarial() async throws {
        let folder = try Folder()
        let path = folder.path
        try await TestLog.withLog { log in
            for seed: UInt64 in 11_000..<11_014 {
                var random = SeededRandom(seed: seed)
                let trial = CaseGenerator(seed: seed).trial()
                if trial.eventLines.isEmpty { continue }
                // The last one has the outcomes of the first, which are put aside once.
                let other = CaseGenerator(seed: seed + 1).trial().protocolYAML
                let texts = [trial.protocolYAML, other, trial.protocolYAML]
                let until = trial.until.flatMap { Instant.parse(Array($0.utf8).span) }
                let study = try await log.study("seed-\(seed)", slices: 1 + Int(seed % 5))
                for part in random.cut(trial.eventLines, into: 1...max(1, trial.eventLines.count / 3)) {
                    _ = try await log.append(part, to: study)
                    if random.chance(50) { try await log.sealWithoutRows(study) }
                }
                let reader = try await log.connection.perform { session throws(LogError) in
                    try LogReader(study, session)
                }
                let compiled = try texts.map { CompiledProtocol(try ProtocolFile.parse($0, fileName: "p")) }
                var replay = Replay(at: log.configuration, compiled, until: until, shards: 1 + Int(seed % 3))
                let whole = try await SaidResult.all(replay.run(reader))
                for bytes in [0, 300, 3_000] {
                    replay.spillSpace = SpillSpace(folder: path, bytes: bytes)
                    let said = try await SaidResult.all(replay.run(reader))
                    try #require(said == whole, "seed \(seed), \(bytes) bytes")
                }
                replay.spellsLines = false
                replay.spillSpace = SpillSpace(folder: path, bytes: Int(seed % 2) * 300)
                for (result, expected) in zip(try await replay.run(reader), whole) {
                    #expect(try await SaidResult.subjects(result) == expected.subjects, "seed \(seed)")
                    #expect(result.findingCounts == expected.findings, "seed \(seed)")
                }
            }
        }
        #expect(folder.names.isEmpty)
    }

    @Test(
        "Patients of any runs, in memory and put aside, come in the order of their subjects' bytes",
        arguments: 0..<40)
    func order(seed: UInt64) async throws {
        let folder = try Folder()
        var random = SeededRandom(seed: 11_100 + seed)
        let space = SpillSpace(folder: folder.path, bytes: Int.random(in: 0...200_000, using: &random))
        var runs = OutcomeRuns([.roblin2020], space)
        var subjects: Set<[UInt8]> = []
        let (noBytes, noFindings, noEvents): ([UInt8], [Finding], [EventRecord]) = ([], [], [])
        for slice in 0..<Int.random(in: 0...30, using: &random) {
            var outcomes = SliceOutcomes()
            for _ in 0..<Int.random(in: 0...200, using: &random) {
                // Few letters and up to 20 of them: many have their first sixteen bytes in common.
                let length = Int.random(in: 0...20, using: &random)
                let subject = (0..<length).map { UInt8(ascii: "a") + UInt8($0 < 16 ? 0 : random.chance(50) ? 1 : 2) }
                let name = random.chance(50) ? subject : subject.map { $0 ^ UInt8.random(in: 0...255, using: &random) }
                guard subjects.insert(name).inserted else { continue }
                var results = EndpointResults()
                for _ in TrialProtocol.roblin2020.endpoints {
                    results.append(.censored(.horizon), day: slice, evidence: [])
                }
                outcomes.randomised.append(subject: name[...], arm: [], disease: nil, drug: .infliximab)
                outcomes.add(
                    results.entries.span, evidence: results.evidence.span, noFindings.span, of: noEvents.span,
                    noBytes.span,
                    hasLine: true, isLikeFirst: false)
            }
            try await runs.add(FoldedSlice(index: slice, outcomes: [outcomes]))
        }
        let result = ReplayResult.results([runs], protocols: [.roblin2020], shards: 1)[0]
        var found: [[UInt8]] = []
        try await result.eachSubject { found.append(Array($0.name)) }
        #expect(found == subjects.sorted { $0.lexicographicallyPrecedes($1) }, "seed \(seed)")
        #expect(result.randomised == subjects.count, "seed \(seed)")
    }

    @Test("A block that the disk changed in any byte, or lost, is not told as outcomes")
    func damaged() async throws {
        let folder = try Folder()
        let file = try await SpillFile.make(in: folder.path)
        #expect(folder.names.isEmpty, "it has no name")
        let blocks = (0..<3).map { number in (0..<40).map { UInt8($0 * 5 + number) } }
        let extents = try await file.append([blocks[0]]) + file.append([blocks[1], blocks[2]])
        #expect(try await file.blocks(extents) { $0 } == blocks)
        #expect(try await file.blocks([extents[2], extents[0]]) { $0 } == [blocks[2], blocks[0]])
        let open = try #require(FileHandle(forUpdatingAtPath: try Self.descriptor(in: folder.path)))
        for place in extents[1].offset..<extents[2].offset {
            try open.seek(toOffset: UInt64(place))
            let byte = try #require(try open.read(upToCount: 1))
            for changed in [byte[byte.startIndex] ^ 1, byte[byte.startIndex]] {
                try open.seek(toOffset: UInt64(place))
                try open.write(contentsOf: Data([changed]))
                if changed == byte[byte.startIndex] {
                    #expect(try await file.blocks(extents) { $0 } == blocks, "byte \(place)")
                } else {
                    await #expect(throws: SpillError.self, "byte \(place)") { try await file.blocks(extents) { $0 } }
                }
            }
        }
        try open.truncate(atOffset: UInt64(extents[2].offset + 10))
        let error = await #expect(throws: SpillError.self) { try await file.blocks([extents[2]]) { $0 } }
        let sentence = "\(folder.path): outcomes that were put aside there could not be read: "
        #expect(error?.description.hasPrefix(sentence) == true)
        #expect(try await file.blocks([extents[0]]) { $0 } == [blocks[0]])
    }

    /// The open file without a name that lies in a folder.
    private static func descriptor(in folder: String) throws -> String {
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return try #require(
            descriptors.map { "/proc/self/fd/\($0)" }.first {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: $0))?.hasPrefix(folder) == true
            })
    }

    @Test("A block with a word or a byte changed is refused or read, and never looked up beyond its end")
    func unfitting() throws {
        var random = SeededRandom(seed: 11_200)
        let trial = TrialProtocol.roblin2020
        var names = SharedNames()
        let source = names.sources.intern(Array("/labs/cic-1408".utf8).span)
        _ = names.arms.intern(Array("monotherapy".utf8).span)
        let tables = SpilledRun.Tables(names, [trial, trial])
        var outcomes = [SliceOutcomes](repeating: SliceOutcomes(sources: names.sources), count: 2)
        var randomised = RandomisedPatients(arms: names.arms)
        for number in 0..<40 {
            let event = EventRecord(
                time: 0, patient: 0, source: source, id: ByteRange(start: 0, count: 3), kind: .assay)
            let isOdd = random.chance(20)
            for place in outcomes.indices {
                var results = EndpointResults()
                for _ in trial.endpoints { results.append(.treatmentStop, day: number, evidence: [0]) }
                let findings = isOdd ? [Finding(code: .unknownArm, event: event)] : []
                outcomes[place].add(
                    results.entries.span, evidence: results.evidence.span, findings.span, of: [event].span,
                    Array("abc".utf8).span, hasLine: true, isLikeFirst: place == 1 && random.chance(50))
            }
            randomised.append(
                subject: Array("S-\(100 + number)".utf8)[...], arm: 0, number % 2 == 0 ? Disease.allCases[0] : nil,
                .infliximab)
        }
        for place in outcomes.indices { outcomes[place].finish(randomised, sources: names.sources) }
        let whole = OutcomeStretch(sorting: outcomes, protocols: [trial, trial])
        let block = OutcomeBlock(whole, 0..<whole.count).bytes
        let read = try #require(OutcomeStretch(block: block, tables))
        #expect(Self.lines(read) == Self.lines(whole))
        var refused = 0
        for _ in 0..<4_000 {
            var changed = block
            if random.chance(10) { changed.removeLast(Int.random(in: 1...changed.count, using: &random)) }
            if !changed.isEmpty {
                let place = Int.random(in: 0..<changed.count, using: &random)
                changed[place] = random.chance(50) ? changed[place] ^ 1 << UInt8(place % 8) : 255
            }
            guard let other = OutcomeStretch(block: changed, tables) else {
                refused += 1
                continue
            }
            #expect(Self.lines(other).count == 2 * other.count)
        }
        #expect(refused > 1_000)
    }

    /// The lines of a stretch, protocol by protocol.
    private static func lines(_ stretch: OutcomeStretch) -> [[UInt8]] {
        stretch.lines.flatMap { lines in (0..<stretch.count).map { Array(lines.line(of: stretch.entry(at: $0))) } }
    }

    @Test("A folder that is not there is told, with what was expected")
    func noRoom() async throws {
        let missing = await #expect(throws: SpillError.self) { try await SpillFile.make(in: "/nowhere/at/all") }
        #expect(
            missing?.description == """
                /nowhere/at/all: no temporary file could be made there: No such file or directory. Expected a folder with \
                room for some hundred bytes a patient and protocol; TMPDIR may name another one.
                """)
    }
}
