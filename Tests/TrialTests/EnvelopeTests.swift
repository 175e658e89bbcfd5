import Testing

@testable import Trial

struct EnvelopeTests {
    private static func long(_ count: Int) -> String { "\"" + String(repeating: "a", count: count) + "\"" }

    private static let refused: [RefusedCase] = [
        RefusedCase("{}", "specversion is missing"),
        RefusedCase(LineTemplate(specversion: "\"1.1\"").text, "specversion is \"1.1\"", column: 16),
        RefusedCase(LineTemplate(specversion: "1.0").text, "specversion is 1.0", column: 16),
        RefusedCase(LineTemplate(specversion: "null").text, "specversion is missing"),
        RefusedCase(LineTemplate(id: "\"\"").text, "id is an empty text; it is a text of 1 to 128 bytes"),
        RefusedCase(LineTemplate(id: "7").text, "id is 7"), RefusedCase(LineTemplate(id: "null").text, "id is missing"),
        RefusedCase(LineTemplate(id: long(129)).text, "of 129 bytes; it is a text of 1 to 128 bytes"),
        RefusedCase(LineTemplate(id: "\"a\\u0000b\"").text, "no control characters"),
        RefusedCase(LineTemplate(id: "\"a\\nb\"").text, "no control characters"),
        RefusedCase(LineTemplate(id: "\"a\u{7F}\"").text, "no control characters"),
        RefusedCase(LineTemplate(id: "\"a\u{85}\"").text, "no control characters"),
        RefusedCase(LineTemplate(id: "[\"a\"]").text, "id is an array"),
        RefusedCase(LineTemplate(source: "\"\"").text, "source is an empty text"),
        RefusedCase(LineTemplate(source: long(257)).text, "1 to 256 bytes"),
        RefusedCase(LineTemplate(source: "true").text, "source is true"),
        RefusedCase(LineTemplate(source: "null").text, "source is missing"),
        RefusedCase(LineTemplate(subject: "\"\"").text, "subject is an empty text"),
        RefusedCase(LineTemplate(subject: long(65)).text, "1 to 64 bytes"),
        RefusedCase(LineTemplate(subject: "{}").text, "subject is an object"),
        RefusedCase(LineTemplate(subject: "null").text, "subject is missing"),
        RefusedCase(LineTemplate(subject: "\"\u{20AC}\(String(repeating: "a", count: 62))\"").text, "1 to 64 bytes"),
        RefusedCase(LineTemplate(type: "\"\"").text, "type is an empty text"),
        RefusedCase(LineTemplate(type: "3").text, "type is 3"),
        RefusedCase(LineTemplate(type: "null").text, "type is missing"),
        RefusedCase(LineTemplate(time: "1457429400").text, "time is 1457429400"),
        RefusedCase(LineTemplate(time: "\"\"").text, "time is an empty text"),
        RefusedCase(LineTemplate(time: "null").text, "time is missing"),
        RefusedCase(LineTemplate(data: "null").text, "data is missing"),
        RefusedCase(LineTemplate(data: "[]").text, "data is an array"),
        RefusedCase(LineTemplate(data: "\"{}\"").text, "data is \"{}\""),
        RefusedCase(LineTemplate(data: "1").text, "data is 1"),
        RefusedCase(LineTemplate(further: ",\"data_base64\":\"e30=\"").text, "beside data_base64"),
        RefusedCase(LineTemplate(further: ",\"data_base64\":\"e30=\"", data: "null").text, "data is missing"),
        RefusedCase(LineTemplate(further: ",\"Site\":1").text, "\"Site\""),
        RefusedCase(LineTemplate(further: ",\"my_site\":1").text, "\"my_site\""),
        RefusedCase(LineTemplate(further: ",\"my-site\":null").text, "\"my-site\""),
        RefusedCase(LineTemplate(further: ",\"\":1").text, "lower-case letters and digits"),
        RefusedCase(LineTemplate(further: ",\"é\":1").text, "\"é\""),
        RefusedCase(LineTemplate(further: ",\"birthYear\":1").text, "\"birthYear\""),
        RefusedCase(LineTemplate(further: ",\"site\":{}").text, "\"site\" is an object"),
        RefusedCase(LineTemplate(further: ",\"site\":[1]").text, "\"site\" is an array"),
        RefusedCase(LineTemplate(further: ",\"site\":\"a\\u0000\"").text, "without U+0000"),
        RefusedCase(LineTemplate(further: ",\"recordedtime\":{}").text, "\"recordedtime\" is an object"),
    ]

    private static let badSources = [
        "a b", "/a%2", "/a%2G", "/a%", "a#b#c", "/é", "1http://x", ":a", "a_b:c", "/a\\\\b", "<a>", "/a\\\"", "{x}",
        "a^b", "`",
        "|", "/a[1]", "a[b", "/a?x=[1]", "%41:b", "é:a", "//[::1]/a]", "http://[", "http://[::1", "http://[]/",
        "http://[::1]x/",
        "http://a:b/", "//a:1:2/", "http://a]/", "http://[zz]/", "http://a@b@c/", "//@@a", "//a[b@c/",
        "//[1.2.3.4]/", "//[:::]/", "//[1::2::3]/", "//[:1::2]/", "//[1::2:]/", "//[1:2:3:4:5:6:7]/",
        "//[1:2:3:4:5:6:7:8:9]/", "//[1:2:3:4:5:6:7:8::]/", "//[12345::]/", "//[::1.2.3]/", "//[::1.2.3.256]/",
        "//[::1.2.3.04]/", "//[::1.2.3.4.5]/", "//[1.2.3.4::]/", "//[1:2:3:4:5:6:7:1.2.3.4]/", "//[v.x]/", "//[v1.]/",
        "//[vg.x]/", "//[v1.a@b]/", "//[fe80::1%25eth0]/",
    ]

    private static let goodSources = [
        "/sites/lyon", "urn:uuid:6e8bc430-9c3a-11d9-9669-0800200c9a66", "https://a.example/b?c=d#e", "a", "./a:b",
        "?q:r",
        "#f:g", "mailto:a@b.example", "//host/path", "//[2001:db8::1]:80/a", "https://[::1]/", "http://u:p@h:80/",
        "http://[v1.x]:/", "//[vAF.a:b!$&'()*+,;=~]/", "//[::]/", "//[1::]/", "//[::ffff:192.0.2.255]/", "//@a",
        "//a:b@[::]",
        "//[1:2:3:4:5:6:7:8]/", "//[1:2:3:4:5:6:7::]/", "//[::2:3:4:5:6:7:8]/", "//[1:2:3:4:5:6:0.0.0.0]/",
        "//[ABCD::eF01]/",
        "file:///a", "http://h:", "urn:a:b", "a%20b", "../x",
        "x+y.z-1:a",
        "/a;b=c,d!$&'()*+", "~user", "http://a/b?c?d/e", "a/b:c", "1/2",
    ]

    @Test("Refuses faulty attributes with the attribute, what it is and what it should be", arguments: refused)
    func refuses(refused: RefusedCase) throws {
        let refusal = try #require(ParsedLine(refused.line).refusal)
        #expect(refusal.code == .envelope)
        #expect(refusal.message.contains(refused.fragment), "\(refusal.message)")
        #expect(refused.column == nil || refusal.column == refused.column, "\(refusal)")
        #expect(refusal.message.hasSuffix("."))
    }

    @Test("Refuses a line that lacks any one required attribute")
    func missing() {
        for name in ["specversion", "id", "source", "type", "subject", "time", "data"] {
            let line = LineTemplate().text.replacing("\"\(name)\":", with: "\"x\(name)\":")
            let refusal = ParsedLine(line.replacing("\"xdata\":{}", with: "\"xdata\":1")).refusal
            #expect(refusal?.code == .envelope)
            #expect(refusal?.message == "\(name) is missing; every event has one.")
        }
    }

    @Test("Refuses sources that are no URI-reference", arguments: badSources)
    func refusesSource(source: String) {
        let refusal = ParsedLine(LineTemplate(source: "\"\(source)\"").text).refusal
        #expect(refusal?.code == .envelope)
        #expect(refusal?.message.hasPrefix("source is ") == true)
    }

    @Test("Takes URI-references of every form", arguments: goodSources)
    func takesSource(source: String) {
        let parsed = ParsedLine(LineTemplate(source: "\"\(source)\"").text)
        #expect(parsed.refusal == nil)
        #expect(parsed.batch.sources.count == 1 && Array(parsed.batch.sources[0]) == Array(source.utf8))
    }

    @Test("Takes texts of the greatest length, counted in bytes after unescaping")
    func boundaries() {
        let id = String(repeating: "\\u0061", count: 128)
        #expect(ParsedLine(LineTemplate(id: "\"\(id)\"").text).refusal == nil)
        #expect(ParsedLine(LineTemplate(source: Self.long(256)).text).refusal == nil)
        #expect(ParsedLine(LineTemplate(subject: Self.long(64)).text).refusal == nil)
        #expect(ParsedLine(LineTemplate(subject: "\"\(String(repeating: "é", count: 32))\"").text).refusal == nil)
        #expect(
            ParsedLine(LineTemplate(subject: "\"\(String(repeating: "é", count: 33))\"").text).refusal?.code
                == .envelope)
    }

    @Test(
        "A subject has printable characters only",
        arguments: [
            ("SE-014", true), ("a b", true), ("名前", true), ("é\u{301}", true), ("\u{A0}", true), ("\u{1F600}", true),
            ("a\u{7F}", false), ("\u{85}", false), ("a\u{200B}", false), ("\u{AD}", false), ("\u{E000}", false),
            ("\u{FFFF}", false), ("\u{378}", false), ("\u{2028}", false), ("\u{2029}", false), ("\u{10FFFF}", false),
            ("\u{FEFF}a", false), ("a\\u0009", false),
        ])
    func printableSubjects(subject: String, isTaken: Bool) {
        let refusal = ParsedLine(LineTemplate(subject: "\"\(subject)\"").text).refusal
        #expect(isTaken ? refusal == nil : refusal?.code == .envelope)
    }

    @Test("Keeps further attributes in the order of their names, scalars as they are")
    func keepsFurtherAttributes() throws {
        let further =
            #","zz":true,"datacontenttype":"application\/json","n":1.50E2,"a1":"\u00e9\n","gone":null,"f":false"#
        let parsed = ParsedLine(LineTemplate(further: further).text)
        let expected = #"{"a1":"é\n","datacontenttype":"application/json","f":false,"n":1.50E2,"zz":true}"#
        #expect(parsed.attributes == expected)
        #expect(try parsed.written().contains("," + expected.dropFirst().dropLast() + ",\"data\":{}}"))
        #expect(ParsedLine(try parsed.written()).attributes == expected)
    }

    @Test("Names of data fields are free for further attributes where they are made of letters and digits")
    func dataNamesAreFree() {
        #expect(
            ParsedLine(LineTemplate(further: ",\"drug\":\"x\",\"method\":1").text).attributes
                == #"{"drug":"x","method":1}"#)
    }

    @Test("What the log adds on the way out is not read on the way in")
    func ignoresOutputAttributes() {
        let parsed = ParsedLine(
            LineTemplate(further: ",\"recordedtime\":\"whenever\",\"sequence\":\"0001-0000000000000000001\"").text)
        #expect(parsed.refusal == nil)
        #expect(parsed.attributes == "")
    }

    @Test("data_base64 of null is not there")
    func nullBase64() {
        #expect(ParsedLine(LineTemplate(further: ",\"data_base64\":null").text).refusal == nil)
    }

    @Test(
        "Refuses unknown types and versions, and names those that are known",
        arguments: [
            ("trough.assay.v2", "trough.assay is known as \"trough.assay.v1\""),
            ("trough.assay", "trough.assay is known as \"trough.assay.v1\""),
            ("trough.adverse-event.v10", "\"trough.adverse-event.v1\""),
            ("trough.assai.v1", "the types are \"trough.enrolment.v1\", "),
            ("Trough.assay.v1", "the types are"), ("trough.assay.v1 ", "known"), ("x", "\"trough.correction.v1\""),
        ])
    func types(type: String, fragment: String) throws {
        let refusal = try #require(ParsedLine(LineTemplate(type: "\"\(type)\"").text).refusal)
        #expect(refusal.code == .type)
        #expect(refusal.message.contains(fragment), "\(refusal.message)")
        #expect(refusal.column == 63)
    }

    @Test(
        "Refuses times outside the rules, and says which rule",
        arguments: [
            ("2016-03-08T09:30:00", "offset"), ("2016-02-30T09:30:00Z", "no such instant"), ("soon", "RFC 3339"),
            ("2016-03-08T09:30:60Z", "leap"), ("2016-03-08T09:30:00.1234567Z", "six"),
            ("1899-12-31T23:59:59.999999Z", "1900-01-01T00:00:00Z"),
            ("1900-01-01T00:00:00+00:01", "1900-01-01T00:00:00Z"),
            ("2026-01-02T00:00:00.000001Z", "2026-01-01T00:00:00Z"), ("9999-12-31T23:59:59Z", "24 hours"),
        ])
    func times(time: String, fragment: String) throws {
        let refusal = try #require(ParsedLine(LineTemplate(time: "\"\(time)\"").text).refusal)
        #expect(refusal.code == .time)
        #expect(refusal.message.contains(fragment), "\(refusal.message)")
        #expect(refusal.column == 112)
    }

    @Test(
        "Takes times up to the limits, in any offset",
        arguments: [
            ("1900-01-01T00:00:00Z", -2_208_988_800_000_000), ("2026-01-02T00:00:00Z", 1_767_312_000_000_000),
            ("2026-01-02T05:30:00+05:30", 1_767_312_000_000_000), ("1899-12-31T23:00:00-01:00", -2_208_988_800_000_000),
            ("2016-03-08t09:30:00.25z", 1_457_429_400_250_000),
        ] as [(String, Int64)])
    func takesTimes(time: String, expected: Int64) {
        #expect(ParsedLine(LineTemplate(time: "\"\(time)\"").text).record?.time == expected)
    }

    @Test("Envelope is checked before type, type before time, time before data")
    func order() {
        let all = LineTemplate(type: "\"x\"", subject: "\"\"", time: "\"x\"", data: "{\"x\":1}")
        var template = all
        #expect(ParsedLine(template.text).refusal?.code == .envelope)
        template.subject = "\"a\""
        #expect(ParsedLine(template.text).refusal?.code == .type)
        template.type = "\"trough.completion.v1\""
        #expect(ParsedLine(template.text).refusal?.code == .time)
        template.time = "\"2016-03-08T09:30:00Z\""
        #expect(ParsedLine(template.text).refusal?.code == .data)
        template.data = "{}"
        #expect(ParsedLine(template.text).refusal == nil)
    }
}
