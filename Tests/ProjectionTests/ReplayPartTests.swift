import Crypto
import EventLog
import NaiveTrial
import Postgres
import Projection
import TestData
import TestLog
import Testing
import Trial

/// Replays in parts, through their files, against replays in one.
@Suite("Parts of a replay", .timeLimit(.minutes(12)))
struct ReplayPartTests {
    /// What a part is made from.
    private struct Source {
        var log: TestLog
        var study: Study
        var protocols: [StatedProtocol]
        var asOf: Int64?
        var until: Int64?

        /// The part of some slices, or of all.
        func part(_ slices: ClosedRange<Int>? = nil, shards: Int = 1) async throws -> ReplayPart {
            let (reader, created, digests) = try await log.connection.perform { [self] session throws(LogError) in
                var reader = try LogReader(study, asOf: asOf, session)
                if let slices { reader.restrict(to: slices) }
                return (reader, try reader.created(session), try reader.chainDigests(session))
            }
            let replay = Replay(
                at: log.configuration, protocols.map { CompiledProtocol($0.trial) }, until: until, shards: shards)
            let origin = ReplayPart.Origin(
                study: study, created: created, asOf: asOf, until: until, protocols: protocols)
            return ReplayPart(origin, reader, digests: digests, outcomes: try await replay.outcomes(reader))
        }

        /// The results of one replay.
        func whole(shards: Int = 2) async throws -> [ReplayResult] {
            let reader = try await log.connection.perform { [self] session throws(LogError) in
                try LogReader(study, asOf: asOf, session)
            }
            return try await Replay(
                at: log.configuration, protocols.map { CompiledProtocol($0.trial) }, until: until, shards: shards
            ).run(reader)
        }
    }

    private static func stated(_ text: String) throws -> StatedProtocol {
        StatedProtocol(file: "p", text: text, trial: try ProtocolFile.parse(text, fileName: "p"))
    }

    private static let builtIn = StatedProtocol(file: "", text: TrialProtocol.defaultYAML, trial: .roblin2020)

    /// A study's slices cut at random into stretches.
    private static func stretches(of count: Int, _ random: inout SeededRandom) -> [ClosedRange<Int>] {
        var stretches: [ClosedRange<Int>] = []
        var first = 0
        while first < count {
            let last = Int.random(in: first..<count, using: &random)
            stretches.append(first...last)
            first = last + 1
        }
        return stretches
    }

    /// A generated trial in a study of its own.
    private static func source(_ seed: UInt64, slices: Int, protocols: Int, _ log: TestLog) async throws -> Source {
        let trial = CaseGenerator(seed: seed).trial()
        let texts =
            [trial.protocolYAML]
            + (1..<max(protocols, 1)).map { CaseGenerator(seed: seed + UInt64($0) * 1_000).trial().protocolYAML }
        let study = try await log.study("seed-\(seed)", slices: slices)
        if !trial.eventLines.isEmpty { _ = try await log.append(trial.eventLines, to: study) }
        return Source(
            log: log, study: study, protocols: try texts.map(stated),
            until: trial.until.flatMap { Instant.parse(Array($0.utf8).span) })
    }

    @Test("Adversarial trials in parts, through files and in any order, give byte for byte what one replay gives")
    func roundTrip() async throws {
        try await TestLog.withLog { log in
            for seed: UInt64 in 9_000..<9_040 {
                var random = SeededRandom(seed: seed)
                let slices = 1 + Int(seed % 7)
                let source = try await Self.source(seed, slices: slices, protocols: 1 + Int(seed % 3), log)
                let expected = try await SaidResult.all(try await source.whole())
                var parts: [ReplayPart] = []
                for stretch in Self.stretches(of: slices, &random) {
                    let bytes = try await source.part(stretch, shards: 1 + Int(seed % 2)).encoded()
                    parts.append(try ReplayPart(bytes))
                    try #require(parts[parts.count - 1].encoded() == bytes, "seed \(seed): another spelling")
                }
                let joined = try ReplayPart.joining(parts.shuffled(using: &random))
                try joined.requireWhole()
                try #require(joined.isWhole, "seed \(seed)")
                let found = try await SaidResult.all(joined.results(shards: parts.count))
                try #require(found == expected, "seed \(seed), \(parts.map(\.slices))")
                let single = try await source.part(shards: 3).encoded()
                try #require(joined.encoded() == single, "seed \(seed): joined parts are the file of the whole")
            }
        }
    }

    @Test("The example in sixteen parts has the known digest, and heads as an anchor would have them")
    func example() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study()
            let source = Source(log: log, study: study, protocols: [Self.builtIn])
            _ = try await log.append(try TestData.lines(TestData.replica), to: study)
            var parts: [ReplayPart] = []
            var size = 0
            for number in 0..<16 {
                let bytes = try await source.part(number * 4...number * 4 + 3).encoded()
                size += bytes.count
                parts.append(try ReplayPart(bytes))
            }
            let joined = try ReplayPart.joining(parts)
            let result = try #require(joined.results(shards: 16).first)
            #expect(try await result.digest() == TestData.replicaDigest)
            #expect(result.events == 8_593)
            let state = try await log.connection.perform { session throws(LogError) in try StudyState(study, session) }
            #expect(joined.heads.map(\.position) == state.slices.map(\.position))
            #expect(joined.heads.map(\.digest.hexadecimalText) == state.slices.map(\.digest))
            // Each part has the protocol and its heads besides the columns.
            let fixed = 16 * (TrialProtocol.defaultYAML.utf8.count + 1_000)
            #expect(size < fixed + 90 * 150, "\(size) bytes")
        }
    }

    @Test("As of a moment, heads are those of that moment, with their digests")
    func asOf() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            var source = Source(log: log, study: study, protocols: [Self.builtIn])
            let lines = try TestData.lines(TestData.replica)
            _ = try await log.append(Array(lines.prefix(4_000)), to: study)
            let then = try await source.part()
            source.asOf = try await log.serverTime()
            _ = try await log.append(Array(lines.dropFirst(4_000)), to: study)
            #expect(try await source.part().heads == then.heads)
            let expected = try await SaidResult.all(then.results(shards: 1))
            var parts: [ReplayPart] = []
            for slice in 0..<3 { parts.append(try await source.part(slice...slice)) }
            #expect(try await SaidResult.all(try ReplayPart.joining(parts).results(shards: 3)) == expected)
        }
    }

    @Test("Every cut-off and every changed bit is found")
    func damage() async throws {
        try await TestLog.withLog { log in
            let bytes = try await Self.source(9_101, slices: 2, protocols: 1, log).part().encoded()
            for count in bytes.indices {
                #expect(throws: ReplayPartError.self, "cut off at \(count)") { try ReplayPart(Array(bytes[..<count])) }
            }
            for place in bytes.indices {
                for bit in 0..<8 {
                    var changed = bytes
                    changed[place] ^= 1 << bit
                    #expect(throws: ReplayPartError.self, "bit \(bit) of byte \(place)") { try ReplayPart(changed) }
                }
            }
            #expect(throws: ReplayPartError.self) { try ReplayPart(bytes + [0]) }
            #expect(throws: ReplayPartError.self) { try ReplayPart(bytes + bytes) }
        }
    }

    @Test("Whatever a file says under a checksum that fits, it is refused or spelled, and nothing breaks down")
    func forged() async throws {
        let seed: UInt64 = 9_201
        var random = SeededRandom(seed: seed)
        let good = try await TestLog.withLog { log in
            try await Self.source(seed, slices: 2, protocols: 2, log).part().encoded()
        }
        let body = Array(good.dropLast(32))
        // The protocols fill most of the file, and what stands around them is what numbers are read from.
        let ends = Array(0..<80) + Array(max(80, body.count - 1_500)..<body.count)
        var accepted = 0
        for number in 0..<6_000 {
            var forged = body
            for _ in 0...(number % 3) {
                let place = ends.randomElement(using: &random) ?? 0
                switch number % 4 {
                case 0: forged[min(place, forged.count - 1)] = UInt8.random(in: 0...255, using: &random)
                case 1: forged[min(place, forged.count - 1)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                case 2:
                    forged.insert(
                        contentsOf: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], at: min(place, forged.count)
                    )
                default: forged.remove(at: min(place, forged.count - 1))
                }
            }
            guard let part = try? ReplayPart(forged + SHA256.hash(data: forged)) else { continue }
            accepted += 1
            for result in part.results(shards: 1) {
                _ = try await result.digest()
                try await result.eachLine { _ in }
                try await result.eachSubject { _ in }
            }
            _ = part.encoded()
        }
        // A changed text or day is another text or day.
        #expect(accepted > 0, "seed \(seed)")
        #expect(accepted < 6_000, "seed \(seed)")
    }

    @Test("Parts that do not make one replay are refused, with the one that does not fit")
    func strangers() async throws {
        try await TestLog.withLog { log in
            let trial = CaseGenerator(seed: 9_301).trial()
            let text = trial.protocolYAML
            let study = try await log.study("one", slices: 6)
            let other = try await log.study("two", slices: 6)
            for study in [study, other] { _ = try await log.append(trial.eventLines, to: study) }
            let source = Source(log: log, study: study, protocols: [try Self.stated(text)])
            let first = try await source.part(0...2)
            let rest = try await source.part(3...5)
            func refusal(_ parts: ReplayPart...) -> ReplayJoinError? {
                do throws(ReplayJoinError) {
                    try ReplayPart.joining(parts).requireWhole()
                    return nil
                } catch {
                    return error
                }
            }
            #expect(refusal(rest, first) == nil)
            #expect(refusal() == .nothing)
            #expect(refusal(first) == .missing(3..<6, of: 6))
            #expect(refusal(rest) == .missing(0..<3, of: 6))
            #expect(try await refusal(source.part(0...1), rest) == .missing(2..<3, of: 6))
            #expect(refusal(first, rest, first) == .doubled(slice: 0, part: 2, other: 0))
            #expect(try await refusal(rest, source.part(0...3)) == .doubled(slice: 3, part: 0, other: 1))
            var strange = source
            strange.study = other
            #expect(try await difference(first, strange.part(3...5)) == "the study \"two\", not \"one\"")
            strange = source
            strange.asOf = 1_500_000_000_000_000
            let asOf = try await difference(first, strange.part(3...5))
            #expect(asOf == "as of 2017-07-14T02:40:00Z, not without such a cut", "\(asOf ?? "")")
            strange = source
            strange.until = 1
            #expect(try await difference(first, strange.part(3...5))?.hasPrefix("until 1970-01-01T00:00:00") == true)
            strange = source
            strange.protocols.append(Self.builtIn)
            #expect(try await difference(first, strange.part(3...5)) == "2 protocols, not 1")
            strange.protocols = [try Self.stated(text + "\n# the same but for a remark\n")]
            #expect(try await difference(first, strange.part(3...5)) == nil)
            var changed = source.protocols[0].trial
            changed.horizon += 1
            strange.protocols = [StatedProtocol(file: "p", text: text, trial: changed)]
            #expect(try await difference(first, strange.part(3...5))?.contains("says something else") == true)
        }
    }

    private func difference(_ first: ReplayPart, _ second: ReplayPart) -> String? {
        do throws(ReplayJoinError) {
            _ = try ReplayPart.joining([first, second])
            return nil
        } catch {
            guard case .otherReplay(part: 1, let difference) = error else { return "\(error)" }
            return difference
        }
    }

    @Test("A head that no batch ends at is damage")
    func headWithoutBatch() async throws {
        try await TestLog.withLog { log in
            let source = try await Self.source(9_401, slices: 1, protocols: 1, log)
            try await log.execute("UPDATE trough.head SET position = position + 1 WHERE position > 0")
            await #expect(throws: LogError.self) { _ = try await source.part() }
        }
    }
}
