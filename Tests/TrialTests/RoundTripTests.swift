import Foundation
import TestData
import Testing

@testable import Trial

struct RoundTripTests {
    /// Whether two records are the same in every field, bytes of the arena included.
    private func isSame(_ left: ParsedLine, _ right: ParsedLine) -> Bool {
        guard let one = left.record, let other = right.record else { return false }
        return one.time == other.time && one.value == other.value && one.value.sign == other.value.sign
            && one.kind == other.kind && one.code == other.code && one.unit == other.unit
            && one.qualifier == other.qualifier && one.level == other.level && left.detail == right.detail
            && left.attributes == right.attributes
            && left.batch.bytes(one.id).elementsEqual(right.batch.bytes(other.id))
            && left.batch.subjects[Int(one.patient)].elementsEqual(right.batch.subjects[Int(other.patient)])
            && left.batch.sources[Int(one.source)].elementsEqual(right.batch.sources[Int(other.source)])
    }

    @Test(
        "What is written reads back as the same record, and is written the same again",
        arguments: [1, 2, 3] as [UInt64])
    func writesWhatReadsBack(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for number in 0..<1500 {
            let event = SampleEvent(&random)
            let parsed = ParsedLine(event.plain)
            try #require(
                parsed.refusal == nil,
                "seed \(seed), event \(number): \(event.plain) \(String(describing: parsed.refusal))")
            let line = try parsed.written()
            let again = ParsedLine(line)
            try #require(isSame(parsed, again), "seed \(seed), event \(number): \(event.plain) became \(line)")
            try #require(try again.written() == line, "seed \(seed), event \(number): \(line)")
        }
    }

    /// Whether two values of Foundation's JSON are the same, numbers to 15 digits: Foundation reads some as decimals.
    private func isAlike(_ left: Any?, _ right: Any?) -> Bool {
        switch (left, right) {
        case (let one as NSDictionary, let other as NSDictionary):
            one.count == other.count && one.allKeys.allSatisfy { isAlike(one[$0], other[$0]) }
        case (let one as String, let other as String): Array(one.utf8) == Array(other.utf8)
        case (let one as NSNumber, let other as NSNumber):
            abs(one.doubleValue - other.doubleValue) <= 1e-15 * abs(one.doubleValue)
        case (is NSNull, is NSNull): true
        default: false
        }
    }

    @Test("Nothing is lost or changed between the data sent and the data written", arguments: [4] as [UInt64])
    func losesNothing(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for number in 0..<1500 {
            let event = SampleEvent(&random)
            let sent = try JSONSerialization.jsonObject(with: Data(event.plain.utf8)) as? NSDictionary
            let written =
                try JSONSerialization.jsonObject(with: Data(ParsedLine(event.plain).written().utf8)) as? NSDictionary
            try #require(isAlike(sent?["data"], written?["data"]), "seed \(seed), event \(number): \(event.plain)")
            for key in ["id", "source", "subject", "time", "type", "specversion"] {
                try #require(sent?[key] as? String == written?[key] as? String, "seed \(seed), event \(number): \(key)")
            }
        }
    }

    @Test(
        "Key order, white space, escapes, number spelling and offset do not change the content",
        arguments: [5, 6] as [UInt64])
    func spellingIsNoContent(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for number in 0..<1500 {
            var event = SampleEvent(&random)
            event.further = []
            let plain = ParsedLine(event.plain)
            let line = event.respelled(&random)
            let other = ParsedLine(line)
            try #require(
                other.refusal == nil, "seed \(seed), event \(number): \(line) \(String(describing: other.refusal))")
            let (one, two) = (try #require(plain.record), try #require(other.record))
            try #require(
                plain.batch.hasSameContent(one, as: two, in: other.batch), "seed \(seed), event \(number): \(line)")
            try #require(isSame(plain, other), "seed \(seed), event \(number): \(line)")
        }
    }

    @Test("Two different events have different content", arguments: [7] as [UInt64])
    func differentContent(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var seen: [String: String] = [:]
        for _ in 0..<1500 {
            let event = SampleEvent(&random)
            let parsed = ParsedLine(event.plain)
            let record = try #require(parsed.record)
            let content =
                "\(record.kind) \(record.time) \(record.code) \(record.unit) \(record.qualifier) \(record.level) \(record.value) \(parsed.detail ?? "")"
            let data = "\(record.time) \(event.data.plain)"
            if let earlier = seen[content] {
                let (one, two) = (
                    try JSONSerialization.jsonObject(with: Data(event.data.plain.utf8)) as? NSDictionary, earlier
                )
                let other = try JSONSerialization.jsonObject(with: Data(two.drop { $0 != "{" }.utf8)) as? NSDictionary
                try #require(one == other, "seed \(seed): \(data) and \(earlier)")
            }
            seen[content] = data
        }
        #expect(seen.count > 1400)
    }

    @Test("A unit with a micro sign is the same content, also in a replacement, and is given back as sent")
    func microSigns() throws {
        for template in ["value", "replacement"] {
            let lines = ["u", "\u{B5}", "\u{3BC}"].map { sign in
                let data = #"{"analyte":"infliximab","value":2,"unit":"\#(sign)g/mL"}"#
                return template == "value"
                    ? LineTemplate.of("assay", data)
                    : LineTemplate.correction(
                        #"{"type":"trough.assay.v1","time":"2016-03-08T09:30:00Z","data":\#(data)}"#)
            }
            let parsed = lines.map { ParsedLine($0) }
            for (line, other) in zip(lines, parsed) {
                let (one, two) = (try #require(parsed[0].record), try #require(other.record))
                #expect(parsed[0].batch.hasSameContent(one, as: two, in: other.batch))
                #expect(other.batch.hasSameContent(two, as: one, in: parsed[0].batch))
                #expect(try other.written() == line)
            }
        }
        let other = [1, 2].map { value in
            ParsedLine(
                LineTemplate.correction(
                    #"{"type":"trough.assay.v1","time":"2016-03-08T09:30:00Z","data":{"analyte":"crp","value":\#(value),"unit":"mg/L"}}"#
                ))
        }
        #expect(
            !other[0].batch.hasSameContent(
                try #require(other[0].record), as: try #require(other[1].record), in: other[1].batch))
    }

    @Test("Attributes come out in their order, with what the log adds")
    func outputOrder() throws {
        let parsed = ParsedLine(LineTemplate(further: ",\"b\":1,\"a\":\"x\"").text)
        var output: [UInt8] = []
        try LineWriter.append(
            #require(parsed.record), of: parsed.batch, subject: parsed.batch.subjects[0],
            source: parsed.batch.sources[0],
            recordedTime: 1_457_429_400_250_000, sequence: (slice: 12, position: 345), to: &output)
        let line = String(decoding: output, as: UTF8.self)
        #expect(
            line
                == #"{"specversion":"1.0","id":"e-1","source":"/sites/lyon","type":"trough.completion.v1","subject":"LY-001","time":"2016-03-08T09:30:00Z","recordedtime":"2016-03-08T09:30:00.25Z","sequence":"0012-0000000000000000345","a":"x","b":1,"data":{}}"#
        )
        #expect(isSame(parsed, ParsedLine(line)))
    }

    @Test("Places in the log read back, and other texts are none")
    func sequences() {
        for place in [(0, 0), (1, 1), (9999, .max), (12_345, 7)] as [(Int, Int64)] {
            var output: [UInt8] = []
            LineWriter.append(sequence: (slice: place.0, position: place.1), to: &output)
            let read = LineWriter.sequence(from: output.span)
            #expect(read?.slice == place.0 && read?.position == place.1)
        }
        let bad = [
            "", "-", "0001", "0001-1", "001-0000000000000000001", "00001-0000000000000000001",
            "0001_0000000000000000001",
            "0001-9999999999999999999", "000a-0000000000000000001", "0001-00000000000000000a1",
            "-001-0000000000000000001",
            "0001-00000000000000000001", "99999999999999-0000000000000000001",
        ]
        for text in bad { #expect(LineWriter.sequence(from: Array(text.utf8).span) == nil, "\(text)") }
    }
}
