import Foundation
import Testing

@testable import Trial

struct SyntaxTests {
    private static let completion = LineTemplate().text

    private static let refused: [RefusedCase] = [
        RefusedCase("", "blank"), RefusedCase("   \t ", "blank", column: 1),
        RefusedCase("[]", "exactly one JSON object", column: 1),
        RefusedCase("null", "exactly one", column: 1), RefusedCase("\"a\"", "exactly one", column: 1),
        RefusedCase("12", "exactly one", column: 1), RefusedCase("{", "a key", column: 2),
        RefusedCase("{}x", "follows the object", column: 3), RefusedCase("{} {}", "follows the object", column: 4),
        RefusedCase("{},", "follows the object", column: 3), RefusedCase("{a:1}", "a key in double quotes", column: 2),
        RefusedCase("{\"a\"}", "\":\" after a key", column: 5), RefusedCase("{\"a\":}", "a JSON value", column: 6),
        RefusedCase("{\"a\":1,}", "a key in double quotes", column: 8),
        RefusedCase("{\"a\":1 \"b\":2}", "\",\" or \"}\"", column: 8),
        RefusedCase("{\"a\":[1,]}", "a JSON value", column: 9),
        RefusedCase("{\"a\":[1 2]}", "\",\" or \"]\"", column: 9),
        RefusedCase("{\"a\":[1}", "\",\" or \"]\"", column: 8), RefusedCase("{\"a\":1]", "\",\" or \"}\"", column: 7),
        RefusedCase("{\"a\":tru}", "a JSON value", column: 6), RefusedCase("{\"a\":True}", "a JSON value", column: 6),
        RefusedCase("{\"a\":NaN}", "a JSON value", column: 6),
        RefusedCase("{\"a\":Infinity}", "a JSON value", column: 6),
        RefusedCase("{\"a\":nul", "a JSON value", column: 6),
        RefusedCase("{'a':1}", "a key in double quotes", column: 2),
        RefusedCase("{\"a\":1/**/}", "\",\" or \"}\"", column: 7),
        RefusedCase("{\"a\":truee}", "\",\" or \"}\"", column: 10),
        RefusedCase("{\"a\":", "a value", column: 6), RefusedCase("{\"a", "closing quote", column: 4),
        RefusedCase("{\"a\u{0B}\":1}", "U+000B", column: 4), RefusedCase("{\"a\t\":1}", "U+0009", column: 4),
        RefusedCase("{\"a\":\"x\ny\"}", "U+000A", column: 8), RefusedCase("{\u{0C}}", "U+000C", column: 2),
        RefusedCase("{\u{A0}}", "outside ASCII", column: 2), RefusedCase("\u{FEFF}{}", "byte order mark", column: 1),
        RefusedCase("{\"a\":\"\\x\"}", "backslash", column: 7), RefusedCase("{\"a\":\"\\u12\"}", "\\u", column: 7),
        RefusedCase("{\"a\":\"\\u12G4\"}", "\\u", column: 7), RefusedCase("{\"a\":\"\\", "closing quote", column: 8),
        RefusedCase("{\"a\":\"\\\"}", "closing quote", column: 10),
        RefusedCase("{\"a\":\"\\ud800\"}", "surrogate", column: 7),
        RefusedCase("{\"a\":\"\\udc00\"}", "surrogate", column: 7),
        RefusedCase("{\"a\":\"\\ud800\\u0041\"}", "surrogate", column: 7),
        RefusedCase("{\"a\":\"\\ud800\\ud800\"}", "surrogate", column: 7),
        RefusedCase("{\"a\":\"\\ud800x\"}", "surrogate", column: 7),
        RefusedCase("{\"a\":\"\\udc00\\ud800\"}", "surrogate", column: 7),
    ]

    private static let badNumbers = [
        "01", "-", "-a", "+1", ".5", "1.", "1.e3", "1e", "1e+", "1E-", "0x10", "1_000", "--1", "00", "-01", "1.5.2",
    ]

    private static let notUTF8: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xC2, 0x41], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF],
        [0xE1, 0x80], [0xE1, 0x80, 0x41], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80],
        [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
        [0xF0, 0x90, 0x80], [0xF0, 0x90, 0x41, 0x80],
    ]

    @Test("Refuses what is not one strict JSON object, and says where", arguments: refused)
    func refuses(refused: RefusedCase) throws {
        let refusal = try #require(ParsedLine(refused.line).refusal)
        #expect(refusal.code == .syntax)
        #expect(refusal.message.contains(refused.fragment), "\(refusal.message)")
        #expect(refused.column == nil || refusal.column == refused.column, "\(refusal)")
    }

    @Test("Refuses numbers outside JSON's grammar", arguments: badNumbers)
    func refusesNumbers(number: String) {
        #expect(ParsedLine("{\"a\":\(number)}").refusal?.code == .syntax)
        #expect(ParsedLine("{\"a\":[\(number)]}").refusal?.code == .syntax)
    }

    @Test("Refuses bytes that are not UTF-8, in keys, values and after escapes", arguments: notUTF8)
    func refusesNotUTF8(bytes: [UInt8]) {
        for (before, after) in [
            ("{\"", "\":1}"), ("{\"a\":\"", "\"}"), ("{\"a\":\"\\n", "\"}"), ("{\"a\":\"\\nxyz", ""),
        ] {
            let refusal = ParsedLine(Array(before.utf8) + bytes + Array(after.utf8)).refusal
            #expect(refusal?.code == .syntax)
            #expect(refusal?.message.contains("UTF-8") == true)
            #expect(refusal?.column == before.utf8.count + 1)
        }
        #expect(ParsedLine(Array("{".utf8) + bytes + Array("}".utf8)).refusal?.code == .syntax)
    }

    @Test("Takes the first and last scalar of every length of UTF-8, as they are and escaped")
    func takesEdgeScalars() {
        for value: UInt32 in [0x20, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x1_0000, 0x10_FFFF] {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let term = LineTemplate.of(
                "adverse-event", #"{"term":"\#(Character(scalar))","grade":1,"serious":false,"action":"none"}"#)
            let parsed = ParsedLine(term)
            #expect(parsed.refusal == nil)
            let units = String(Character(scalar)).utf16.map { unit in
                let digits = String(unit, radix: 16)
                return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            let escaped = LineTemplate.of(
                "adverse-event", #"{"term":"\#(units.joined())","grade":1,"serious":false,"action":"none"}"#)
            #expect(ParsedLine(escaped).detail == parsed.detail)
        }
    }

    @Test("Takes all white space of JSON, and a carriage return at the end")
    func takesWhiteSpace() {
        let spaced = Self.completion.replacingOccurrences(of: ":\"", with: "\t: \r\n\"")
        #expect(ParsedLine(" \t\r\n" + spaced + " \r").refusal == nil)
    }

    @Test("Nesting of 16 is not a fault of syntax, nesting of 17 is")
    func nesting() {
        func line(_ depth: Int) -> String {
            LineTemplate(
                further: ",\"x\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1)
            ).text
        }
        #expect(ParsedLine(line(16)).refusal?.code == .envelope)
        #expect(ParsedLine(line(17)).refusal?.code == .syntax)
        #expect(ParsedLine(line(17)).refusal?.message.contains("16") == true)
        let objects = "{\"a\":" + String(repeating: "{\"a\":", count: 30_000)
        #expect(ParsedLine(objects).refusal?.code == .syntax)
    }

    @Test("A line of 65,536 bytes is taken, one byte more is not")
    func longLines() {
        let room = 65_536 - LineTemplate(further: ",\"x\":\"\"").text.utf8.count
        let longest = LineTemplate(further: ",\"x\":\"\(String(repeating: "a", count: room))\"").text
        #expect(longest.utf8.count == 65_536)
        #expect(ParsedLine(longest).refusal == nil)
        let refusal = ParsedLine(longest + " ").refusal
        #expect(refusal?.code == .syntax)
        #expect(refusal?.message.contains("more than 65536 bytes") == true)
    }

    @Test("A line of any length that is taken is taken again as the log prints it, and no other is longer")
    func printedLines() throws {
        let values = #"{"analyte":"crp","value":9e15,"unit":"mg/L"}"#
        let whole = LineTemplate(type: "\"trough.assay.v1\"", further: ",\"x\":\"\"", data: values).text
        for missing in [0, 1, 50, 90, 100] {
            let room = 65_536 - missing - whole.utf8.count
            let line = whole.replacing("\"x\":\"\"", with: "\"x\":\"\(String(repeating: "a", count: room))\"")
            let parsed = ParsedLine(line)
            #expect(parsed.refusal == nil)
            var printed = Array("".utf8)
            try LineWriter.append(
                try #require(parsed.record), of: parsed.batch, subject: parsed.batch.subjects[0],
                source: parsed.batch.sources[0], recordedTime: receivedAt + 1, sequence: (1_023, .max), to: &printed)
            #expect(printed.count > line.utf8.count + 80)
            let again = ParsedLine(printed)
            #expect(again.refusal == nil, "\(missing): \(String(describing: again.refusal))")
            #expect(again.attributes == parsed.attributes && again.record?.value == 9e15)
            #expect(
                ParsedLine(printed + Array(repeating: UInt8(ascii: " "), count: 66_049 - printed.count)).refusal?.code
                    == .syntax)
        }
    }

    @Test(
        "Refuses a key that stands twice, at its second place",
        arguments: [
            ("{\"a\":1,\"a\":2}", 8), ("{\"a\":1,\"\\u0061\":2}", 8), ("{\"\":1,\"\":2}", 7),
            ("{\"x\":{\"b\":1,\"c\":2,\"b\":3}}", 19), ("{\"x\":[{\"b\":1,\"b\":1}]}", 14),
            ("{\"\\n\":1,\"b\":{},\"\\u000A\":2}", 16),
        ])
    func twins(line: String, column: Int) {
        let refusal = ParsedLine(line).refusal
        #expect(refusal?.code == .syntax)
        #expect(refusal?.message.contains("twice") == true)
        #expect(refusal?.column == column)
    }

    @Test("The same key in different objects is no twin")
    func noTwins() {
        #expect(ParsedLine("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}").refusal?.code == .envelope)
    }

    @Test("Finds a twin among any number of keys", arguments: [2, 23, 24, 25, 26, 27, 100, 4000])
    func twinsAmongMany(count: Int) {
        let keys = (0..<count).map { "k\($0)" }
        let text = { (keys: [String]) in "{" + keys.map { "\"\($0)\":1" }.joined(separator: ",") + "}" }
        #expect(ParsedLine(text(keys)).refusal?.code == .envelope)
        for twin in [0, count / 2, count - 1] {
            let refusal = ParsedLine(text(keys + ["k\(twin)"])).refusal
            #expect(refusal?.code == .syntax)
            #expect(refusal?.column == text(keys).utf8.count + 1)
        }
    }

    @Test("Thousands of keys that look alike do not take quadratic time")
    func manyKeys() {
        // Same length, first and last byte, so that no cheap summary tells the keys apart.
        let keys = (0..<5400).map { "a\(10_000 + $0)a" }
        let line = Array(("{" + keys.map { "\"\($0)\":1" }.joined(separator: ",") + "}").utf8)
        #expect(line.count <= LineLength.greatest)
        var tape = JSONTape()
        let duration = ContinuousClock().measure {
            for _ in 0..<10 { #expect(throws: Never.self) { try tape.scan(line.span) } }
        }
        #expect(tape.count == 10_801)
        // 10 × 5400² / 2 comparisons of nine bytes would take minutes without optimisation.
        #expect(duration < .seconds(30))
    }

    @Test("A refused line leaves records and arena as they were")
    func leavesBatch() throws {
        var parser = LineParser()
        var batch = EventBatch()
        let good = Array(LineTemplate.of("randomisation", #"{"arm":"combination","drug":"infliximab"}"#).utf8)
        try parser.parse(good.span, receivedAt: receivedAt, into: &batch)
        let arena = batch.arena
        let bad = [
            LineTemplate.of("enrolment", #"{"disease":"CD","sex":"F","albuminGPerL":40,"weightKg":0}"#), "{", "{}",
            LineTemplate.of("score", #"{"instrument":"HBI","total":3,"items":{"a":1}}"#),
            LineTemplate.correction(#"{"type":"trough.dose.v1","time":"2016-03-08T09:30:00Z","data":{}}"#),
        ]
        for line in bad {
            let bytes = Array(line.utf8)
            #expect(throws: Refusal.self) { try parser.parse(bytes.span, receivedAt: receivedAt, into: &batch) }
            #expect(batch.records.count == 1)
            #expect(batch.arena == arena)
        }
        try parser.parse(good.span, receivedAt: receivedAt, into: &batch)
        #expect(batch.records.count == 2)
    }
}
