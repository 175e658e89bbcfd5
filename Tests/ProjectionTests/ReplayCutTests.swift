import EventLog
import Foundation
import Postgres
import Projection
import TestData
import TestLog
import Testing
import Trial

@Suite("Data cuts through the log", .timeLimit(.minutes(12)))
struct ReplayCutTests {
    /// Corrections of events of the example: some are voided, some happen again a year later.
    static func corrections(of lines: [String], _ random: inout SeededRandom) throws -> [String] {
        try lines.shuffled(using: &random).prefix(400).enumerated().map { index, line in
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let (id, source) = (try #require(object["id"] as? String), try #require(object["source"] as? String))
            let (type, time) = (try #require(object["type"] as? String), try #require(object["time"] as? String))
            let data = try JSONSerialization.data(withJSONObject: try #require(object["data"]))
            let year = try #require(Int(time.prefix(4)))
            let moved = "\(year + 1)" + time.dropFirst(4).replacing("-02-29", with: "-02-28")
            let replacement =
                index % 3 == 0
                ? "null" : #"{"type":"\#(type)","time":"\#(moved)","data":\#(String(decoding: data, as: UTF8.self))}"#
            return """
                {"specversion":"1.0","id":"c-\(index)","source":"/office","type":"trough.correction.v1",\
                "subject":"\(try #require(object["subject"] as? String))","time":"2019-01-01T00:00:00Z",\
                "data":{"corrects":{"source":"\(source)","id":"\(id)"},"reason":"audit","replacement":\(replacement)}}
                """
        }
    }

    @Test("As of a moment between two appends, the log gives what a log of only the first ones gives")
    func asOf() async throws {
        let seed: UInt64 = 31
        var random = SeededRandom(seed: seed)
        let replica = try TestData.lines(TestData.replica)
        let corrections = try Self.corrections(of: replica, &random)
        let parts = random.cut(replica.shuffled(using: &random), into: 1500...3500) + [corrections]
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 16)
            var moments = [try await log.serverTime()]
            for part in parts {
                #expect(try await log.append(part, to: study).allSatisfy { $0 == .stored }, "seed \(seed)")
                moments.append(try await log.serverTime())
            }
            var digests = Set<String>()
            for (count, moment) in moments.enumerated() {
                let alone = try await log.study("first-\(count)", slices: 16)
                for part in parts.prefix(count) { _ = try await log.append(part, to: alone) }
                let expected = try await log.replay(alone)
                let found = try await log.replay(study, asOf: moment, shards: count + 1)
                #expect(found == expected, "seed \(seed), after \(count) appends")
                digests.insert(found.digest)
            }
            #expect(digests.count == moments.count, "the cuts should differ from each other")
            #expect(try await log.replay(study) == log.replay(study, asOf: .max / 4))
        }
    }

    @Test("What was recorded at the very moment of the cut counts; what was recorded a microsecond later does not")
    func edge() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            for number in 1...4 { _ = try await log.append([EventLines.assay("P-\(number)", "x")], to: study) }
            let times = try await log.connection.perform { session throws(PostgresError) in
                let rows = try session.query("SELECT recorded_at FROM trough.event ORDER BY recorded_at")
                var times: [Int64] = []
                for row in 0..<rows.count { times.append(try rows.timestamp(row, 0)) }
                return times
            }
            for (index, time) in times.enumerated() {
                #expect(try await log.replay(study, asOf: time).events == index + 1)
                #expect(try await log.replay(study, asOf: time - 1).events == index)
            }
        }
    }

    @Test("Until a moment, the example gives what its lines up to that moment give")
    func until() async throws {
        let seed: UInt64 = 32
        var random = SeededRandom(seed: seed)
        let lines = try TestData.lines(TestData.replica)
        let times = try lines.map { line in
            let time = try #require(line.firstMatch(of: /"time":"([^"]+)"/)).1
            let instant = Instant.parse(Array(time.utf8).span)
            return try #require(instant)
        }
        // At the very time of an event, and a microsecond before it.
        var cuts = (0..<4).map { _ in random.pick(times) }
        cuts += [cuts[0] - 1, (times.min() ?? 0) - 1, times.max() ?? 0]
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 8)
            _ = try await log.append(lines, to: study)
            for (index, cut) in cuts.enumerated() {
                let kept = zip(lines, times).filter { $1 <= cut }.map(\.0)
                let alone = try await log.study("until-\(index)", slices: 8)
                if !kept.isEmpty { _ = try await log.append(kept, to: alone) }
                let expected = try await log.replay(alone, until: cut)
                let found = try await log.replay(study, until: cut)
                #expect(found.lines == expected.lines, "seed \(seed), cut \(Instant.text(cut))")
                #expect(found.digest == expected.digest, "seed \(seed), cut \(Instant.text(cut))")
                #expect(found.patients == expected.patients, "seed \(seed), cut \(Instant.text(cut))")
            }
        }
    }
}
