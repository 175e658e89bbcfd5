import StrictYAML
import Testing

@Suite("A YAML file is refused with its place, what was found and what was expected")
struct RefusalTests {
    @Test("for its text and documents", arguments: textRefusals)
    func text(refused: RefusedText) { check(refused) }

    @Test("for its nodes, tags and keys", arguments: nodeRefusals)
    func nodes(refused: RefusedText) { check(refused) }

    @Test("for its words and numbers", arguments: scalarRefusals)
    func scalars(refused: RefusedText) { check(refused) }

    @Test(
        "for every spelling that is no plain finite decimal",
        arguments: [
            "010", "-010", "00", "01.5", "0x1F", "0o17", "0b1", "1_000", "1,000", "1:30", ".inf", "-.INF", ".nan",
            "inf",
            "nan", "1e999", "1e", "e5", ".", "+", "--1", "1 2", "five", "true", "\u{0661}", "0x1p3",
        ])
    func numbers(spelling: String) {
        for (question, expected) in [
            (Question.number, "a finite decimal number"),
            (.clearance, "the clearance in L/d, a number from 0 to 100"),
            (.day, "the day, a whole number from 1 to 28"),
        ] {
            check(.init(question, spelling, "1:1", "found \"\(spelling)\"; expected \(expected)."))
        }
    }

    @Test(
        "at the same place whatever the line ends are, with columns in Unicode scalars",
        arguments: ["\n", "\r\n", "\r"])
    func lineEnds(lineEnd: String) {
        for mark in ["", "\u{FEFF}"] {
            let start = mark + "# drug" + lineEnd + lineEnd
            check(
                .init(
                    .fields, start + "clearance: 1" + lineEnd + "volum: 2", "4:1",
                    "unknown key \"volum\"; expected clearance, volume. Did you mean \"volume\"?"))
            check(
                .init(
                    .fields, start + "{\u{E9}\u{1F9EA}: 1}", "3:2",
                    "unknown key \"\u{E9}\u{1F9EA}\"; expected clearance, volume."))
            check(
                .init(
                    .nothing, start + "\u{E9}\u{1F9EA}\u{1}", "3:3",
                    "found the character U+0001; expected only characters that YAML allows."))
        }
    }

    @Test("where it is longer than its limit, before anything else is looked at")
    func size() {
        check(
            .init(
                .nothing, String(repeating: "\u{7}", count: YAMLDocument.greatestSize + 1), "1:1",
                "the file has more than 262144 bytes; expected no more."))
        let refusal = #expect(throws: YAMLRefusal.self) { try Question.text.answer(of: "\u{E9}a", greatestSize: 2) }
        #expect(refusal?.message == "the file has more than 2 bytes; expected no more.")
    }

    @Test("where it nests without end", arguments: ["[", "{a: ", "- ", "? "])
    func nesting(opening: String) {
        let yaml = String(repeating: opening, count: YAMLDocument.greatestSize / opening.utf8.count)
        #expect(throws: YAMLRefusal.self) { try Question.nothing.answer(of: yaml) }
    }

    private func check(_ refused: RefusedText, sourceLocation: SourceLocation = #_sourceLocation) {
        do {
            let answer = try refused.question.answer(of: refused.yaml)
            Issue.record("\(refused.testDescription) is read as \(answer).", sourceLocation: sourceLocation)
        } catch {
            let expected = "drug.yaml:\(refused.place): \(refused.message)"
            #expect(error.description == expected, sourceLocation: sourceLocation)
        }
    }
}
