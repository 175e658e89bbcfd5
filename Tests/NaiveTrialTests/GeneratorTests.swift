import Foundation
import Testing

@testable import NaiveTrial

@Suite struct GeneratorTests {
    @Test("the generator of random numbers gives the published sequence for seed 1234567")
    func splitMix() {
        var random = SplitMix64(seed: 1_234_567)
        let drawn = (0..<3).map { _ in random.next() }
        #expect(drawn == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423])
    }

    @Test("a seed always gives the same trial, and another seed another")
    func deterministic() {
        for seed in UInt64(0)..<20 {
            let (one, other) = (CaseGenerator(seed: seed).trial(), CaseGenerator(seed: seed).trial())
            #expect(one == other, "seed \(seed)")
            #expect(CaseGenerator(seed: seed + 1000).trial().eventLines != one.eventLines, "seed \(seed)")
        }
    }

    @Test("every line keeps to the event format, and no name is used for two contents")
    func valid() throws {
        for seed in UInt64(0)..<1000 {
            let trial = CaseGenerator(seed: seed).trial()
            var contents: [String: String] = [:]
            for text in trial.eventLines {
                let fault = try formatFault(text)
                #expect(fault == nil, "seed \(seed): \(fault ?? "") in \(text)")
                let line = try EventLine(text)
                let data = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
                let name = Self.scalars(
                    [line.subject, line.identity.source, line.identity.id].joined(separator: " | ")
                )
                let content =
                    "\(line.time.microseconds) \(Self.canonical(data?["type"])) \(Self.canonical(data?["data"]))"
                #expect(contents[name] == nil || contents[name] == content, "seed \(seed): \(text)")
                contents[name] = content
            }
        }
    }

    /// A text as numbers, so that no two spellings are taken for one.
    private static func scalars(_ text: String) -> String {
        text.unicodeScalars.map { String($0.value, radix: 16) }.joined(separator: " ")
    }

    /// A value with its keys in order.
    private static func canonical(_ value: Any?) -> String {
        if let object = value as? [String: Any] {
            let members = object.keys.sorted().map { "\($0): \(canonical(object[$0]))" }
            return "{" + members.joined(separator: ", ") + "}"
        }
        if let text = value as? String { return scalars(text) }
        if let number = nearestDouble(value) { return "\(number)" }
        return "null"
    }

    @Test("trials are small: at most 4 patients of at most 40 events each")
    func small() throws {
        for seed in UInt64(0)..<500 {
            let known = try patients(of: CaseGenerator(seed: seed).trial().eventLines)
            #expect(known.count <= 4, "seed \(seed)")
            #expect(known.allSatisfy { $0.events.count + $0.corrections.count <= 40 }, "seed \(seed)")
        }
    }

    @Test("a generated protocol is read back as it was meant")
    func protocols() throws {
        for seed in UInt64(0)..<500 {
            var random = SplitMix64(seed: seed)
            let definition = randomProtocol(&random)
            #expect(try ProtocolDefinition(yaml: definition.yaml(&random)) == definition, "seed \(seed)")
        }
    }

    @Test("a time written with any offset is read back to the microsecond")
    func times() throws {
        var random = SplitMix64(seed: 7)
        for _ in 0..<2000 {
            let day = random.number(1...50_000)
            let time = Instant(
                microseconds: day * Instant.microsecondsPerDay + random.number(0...Instant.microsecondsPerDay - 1)
            )
            for offset in Instant.offsets {
                let text = time.text(offsetMinutes: offset)
                #expect(try Instant(text) == time, "\(text)")
            }
        }
        #expect(Instant(microseconds: 0).text(offsetMinutes: 0) == "1900-01-01T00:00:00Z")
        #expect(try Instant("1970-01-01T00:00:00Z").utcDate == 25_567)
        #expect(try Instant("2016-03-01T00:00:00+00:00").utcDate - Instant("2016-02-28T23:59:59Z").utcDate == 2)
    }

    @Test("numbers keep every bit between the generator and the rules")
    func numbers() throws {
        for number in [
            Double(0.3), 0.3.nextDown, 0.009.nextUp, 299.99999999999994, 1e-7, .leastNormalMagnitude,
            123_456_789.000_000_1,
        ] {
            let data =
                try JSONSerialization.jsonObject(with: Data("[\(JSONValue.number(number).plain)]".utf8)) as? [Any]
            #expect(nearestDouble(data?.first) == number)
        }
    }
}
