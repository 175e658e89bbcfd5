import Foundation
import LoadTest
import TestData
import Testing

@Suite("The log of histograms", .timeLimit(.minutes(2)))
struct HistogramLogTests {
    /// A histogram as this reader finds it: how often each stretch of values came.
    private struct Decoded {
        var digits = 0
        var lowest = 0
        var highest = 0
        var counts: [(values: ClosedRange<Int>, count: Int)] = []
    }

    private struct Broken: Error {
        let what: String
    }

    /// Reads numbers from bytes.
    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func number(_ length: Int) -> Int {
            defer { bytes.removeFirst(length) }
            return bytes.prefix(length).reduce(0) { $0 << 8 | Int($1) }
        }

        mutating func signed() -> Int {
            var (value, shift) = (0, 0)
            while let byte = bytes.popFirst() {
                value |= Int(byte & 0x7f) << shift
                shift += 7
                if byte & 0x80 == 0 { break }
            }
            return value & 1 == 0 ? value / 2 : -(value + 1) / 2
        }
    }

    /// Unpacks stored blocks after RFC 1950 and 1951, with another checksum than the writer's.
    private func inflate(_ stream: [UInt8]) throws -> [UInt8] {
        guard stream.count > 6, (Int(stream[0]) * 256 + Int(stream[1])) % 31 == 0, stream[0] & 15 == 8 else {
            throw Broken(what: "zlib header")
        }
        var place = 2
        var bytes: [UInt8] = []
        var isLast = false
        while !isLast {
            guard stream[place] & 6 == 0 else { throw Broken(what: "not a stored block") }
            isLast = stream[place] & 1 == 1
            let length = Int(stream[place + 1]) + 256 * Int(stream[place + 2])
            let inverted = Int(stream[place + 3]) + 256 * Int(stream[place + 4])
            guard length ^ inverted == 0xffff else { throw Broken(what: "length of a block") }
            bytes += stream[place + 5..<place + 5 + length]
            place += 5 + length
        }
        var reader = Reader(bytes: stream[place...])
        let first = (1 + bytes.reduce(0) { $0 + Int($1) }) % 65_521
        let second = (bytes.count + bytes.enumerated().reduce(0) { $0 + (bytes.count - $1.0) * Int($1.1) }) % 65_521
        guard reader.bytes.count == 4, reader.number(4) == second * 65_536 + first else {
            throw Broken(what: "checksum")
        }
        return bytes
    }

    /// The values of each place, found by going up from 0 and doubling the width after each 1,024 places.
    private func ranges(upTo highest: Int) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        var (start, width) = (0, 1)
        while start <= highest {
            for _ in 0..<(start == 0 ? 2_048 : 1_024) {
                ranges.append(start...start + width - 1)
                start += width
            }
            width *= 2
        }
        return ranges
    }

    private func decode(_ text: String) throws -> Decoded {
        guard let data = Data(base64Encoded: text) else { throw Broken(what: "base64") }
        var outer = Reader(bytes: Array(data)[...])
        guard outer.number(4) == 0x1c84_9314, outer.number(4) == outer.bytes.count else {
            throw Broken(what: "outer header")
        }
        var reader = Reader(bytes: try inflate(Array(outer.bytes))[...])
        guard reader.number(4) == 0x1c84_9313, reader.number(4) == reader.bytes.count - 32, reader.number(4) == 0 else {
            throw Broken(what: "inner header")
        }
        var decoded = Decoded()
        decoded.digits = reader.number(4)
        decoded.lowest = reader.number(8)
        decoded.highest = reader.number(8)
        guard Double(bitPattern: UInt64(reader.number(8))) == 1 else { throw Broken(what: "ratio") }
        let ranges = ranges(upTo: decoded.highest)
        var place = 0
        while !reader.bytes.isEmpty {
            let count = reader.signed()
            if count < 0 {
                place -= count
            } else {
                decoded.counts.append((ranges[place], count))
                place += 1
            }
        }
        return decoded
    }

    /// A test of two and a half seconds whose delays jump about.
    private func result(seed: UInt64) async throws -> LoadResult {
        try await SimulatedTime.run { clock in
            let log = FakeLog(
                clock,
                durable: { time in
                    var random = SeededRandom(seed: UInt64(time) &+ seed)
                    return time + ms(random.unit() * random.unit() * 400)
                }, visible: { $0 + ms(70) })
            let plan = try LoadPlan(rate: 3_000, seconds: 2.5, patients: 50)
            return try await LoadTest(log.target, clock: clock).run(plan, stop: { try? await clock.sleep(.max) })
        }
    }

    @Test("holds every latency of every second", arguments: [1, 2, 3] as [UInt64])
    func roundTrip(seed: UInt64) async throws {
        let result = try await result(seed: seed)
        let lines = HistogramLog.text(of: result).split(separator: "\n").map(String.init)
        #expect(lines[0] == "#[Histogram log format version 1.3]")
        #expect(lines.contains { $0.hasPrefix("#[StartTime: 0.000 (seconds since epoch), 1970-01-01T00:00:00") })
        #expect(lines.contains("#[BaseTime: 0.000 (seconds since epoch)]"))
        let intervals = lines.filter { $0.hasPrefix("Tag=") }.map { $0.split(separator: ",").map(String.init) }
        #expect(intervals.count == 2 * result.perSecond.count)
        for stage in LoadStage.allCases {
            var all: [Int: Int] = [:]
            let ofStage = intervals.filter { $0[0] == "Tag=\(stage.rawValue)" }
            for (number, fields) in ofStage.enumerated() {
                #expect(fields.count == 5)
                let second = result.perSecond[number]
                #expect(Double(fields[1]) == second.start)
                #expect(abs((Double(fields[2]) ?? -1) - second.length) < 0.001)
                let decoded = try decode(fields[4])
                #expect(decoded.digits == 3 && decoded.lowest == 1 && decoded.highest == 3_600_000_000)
                let count = decoded.counts.reduce(0) { $0 + $1.count }
                #expect(count == (stage == .append ? second.acknowledged : second.visible))
                let max = Int(((Double(fields[3]) ?? -1) * 1_000).rounded())
                if let last = decoded.counts.last { #expect(last.values.contains(max)) } else { #expect(max == 0) }
                for (values, count) in decoded.counts where count > 0 { all[values.lowerBound, default: 0] += count }
            }
            let expected = result.latencies(stage).occurrences
            #expect(expected.allSatisfy { all[$0.least] == $0.count } && all.count == expected.count)
        }
    }
}
