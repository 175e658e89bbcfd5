import StrictYAML
import Testing

@Suite("A YAML file has exactly one meaning")
struct ReadingTests {
    @Test(
        "a number is its decimal spelling",
        arguments: [
            ("0", 0), ("10", 10), ("+10", 10), ("-0.4", -0.4), ("10.", 10), (".5", 0.5), ("1e5", 100_000),
            ("25E-1", 2.5), ("-1.5e+2", -150), ("0.1", 0.1),
        ])
    func numbers(spelling: String, value: Double) throws {
        #expect(try Question.number.answer(of: spelling) == "\(value)")
    }

    @Test(
        "a number within a range may be either bound",
        arguments: [
            (Question.clearance, "0", "0.0"), (.clearance, "100", "100.0"), (.clearance, "1e2", "100.0"),
            (.clearance, "0.25", "0.25"), (.share, "-0.5", "-0.5"), (.share, ".25", "0.25"), (.day, "1", "1"),
            (.day, "28.0", "28"), (.day, "2.8e1", "28"),
        ])
    func ranges(question: Question, spelling: String, answer: String) throws {
        #expect(try question.answer(of: spelling) == answer)
    }

    @Test(
        "a text is read as it is spelled, plain or in quotes",
        arguments: [
            ("no", "no"), ("010", "010"), ("1:30", "1:30"), ("'a: b'", "a: b"), (#""\u00e9""#, "\u{E9}"),
            ("'~'", "~"), ("\"null\"", "null"), ("''", ""), ("|\n  two\n  lines", "two\nlines"), ("<<", "<<"),
        ])
    func texts(spelling: String, text: String) throws {
        #expect(try Question.text.answer(of: spelling) == text)
    }

    @Test(
        "a tag that says what is there anyway changes nothing",
        arguments: [
            (Question.text, "!!str a", "a"), (.list, "!!seq [a]", "\"a\""), (.entries, "!!map {a: b}", "a: \"b\""),
        ])
    func ownTags(question: Question, yaml: String, answer: String) throws {
        #expect(try question.answer(of: yaml) == answer)
    }

    @Test("a name may be as long as the limit, in bytes of UTF-8")
    func names() throws {
        let name = String(repeating: "\u{E9}", count: YAMLNode.greatestNameLength / 2)
        #expect(try Question.name.answer(of: name) == name)
        #expect(try Question.shortName.answer(of: "\u{E9}n") == "\u{E9}n")
    }

    @Test("true and false are the only truths", arguments: ["true", "false"])
    func truths(spelling: String) throws {
        #expect(try Question.truth.answer(of: spelling) == spelling)
    }

    @Test("lists and mappings keep the order of the file")
    func order() throws {
        #expect(try Question.list.answer(of: "[b, {}, [], ~, a]") == "\"b\", a mapping, a list, nothing, \"a\"")
        #expect(try Question.entries.answer(of: "{b: 1, 1: [], a: }") == "b: \"1\", 1: a list, a: nothing")
        #expect(try Question.entries.answer(of: "{}").isEmpty)
        #expect(try Question.fields.answer(of: "volume: 3\nclearance: 0.4\n") == "0.4, \"3\"")
        #expect(try Question.fields.answer(of: "{clearance: 0.4}") == "0.4, no volume")
    }

    @Test(
        "line ends, a byte order mark, anchors and the marks of a document do not change the meaning",
        arguments: [
            "\u{FEFF}clearance: 2\nvolume: 2\n", "clearance: 2\r\nvolume: 2\r\n", "clearance: 2\rvolume: 2",
            "clearance: &two 2\nvolume: *two\n", "%YAML 1.1\n---\nclearance: 2\nvolume: 2\n...\n",
            "# a comment\n\n{volume: 2, clearance: 2.0}",
        ])
    func spellings(yaml: String) throws {
        #expect(try Question.fields.answer(of: yaml) == "2.0, \"2\"")
    }

    @Test("a file may be as long as the limit, in bytes")
    func size() throws {
        let filler = String(repeating: "#", count: YAMLDocument.greatestSize - 2)
        #expect(try Question.text.answer(of: "a\n" + filler) == "a")
        #expect(try Question.text.answer(of: "\u{E9}", greatestSize: 2) == "\u{E9}")
    }
}
