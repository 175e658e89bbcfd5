import StrictYAML
import Testing
import Trial

@Suite("A protocol file is refused with its place, what was found and what was expected")
struct ProtocolRefusalTests {
    @Test("for its text, its nodes and its keys", arguments: structureEdits)
    func structure(edit: RefusedEdit) { check(edit) }

    @Test("for its names, arms, horizon, strategy and windows", arguments: frameEdits)
    func frame(edit: RefusedEdit) { check(edit) }

    @Test("for its conditions", arguments: conditionEdits)
    func conditions(edit: RefusedEdit) { check(edit) }

    @Test(
        "for a number that is not a plain finite decimal",
        arguments: [
            ".inf", "-.inf", ".nan", "1e999", "0x1F", "010", "1_000", "1:30", "five", "", "~", "'250'", "[250]", "1e",
            ".", "--1", "2,5", "250 ug", "true", "\u{0661}",
        ])
    func numbers(spelling: String) throws {
        let text = smallYAML.replacing(
            "- {assay: calprotectin, above: 250}", with: "- assay: calprotectin\n          above: \(spelling)")
        let error = try #require(throws: YAMLRefusal.self) { try parse(text) }
        #expect(error.line == 14)
        #expect(error.message.hasPrefix("failure.activity, condition 2: found "), "\(error)")
        #expect(error.message.hasSuffix("; expected a finite decimal number for \"above\"."), "\(error)")
    }

    @Test(
        "for days that are not whole numbers from 0 on",
        arguments: ["-1", "2.5", "1e99", "36526", "soon", "", "'28'", "{}", "99999999999999999999"])
    func days(spelling: String) throws {
        for key in ["within: 28", "from: 84"] {
            let word = try #require(key.split(separator: ":").first)
            let text = edited(key, "\(word): \(spelling)")
            let error = try #require(throws: YAMLRefusal.self) { try parse(text) }
            #expect(error.line == (word == "within" ? 9 : 10))
            #expect(error.message.hasPrefix("failure.activity: found "), "\(error)")
            #expect(error.message.contains("a whole number from 0 to 36525."), "\(error)")
        }
    }

    @Test("as a whole sentence, with the nearest key")
    func wholeSentence() throws {
        let error = try #require(throws: YAMLRefusal.self) { try parse(edited("within: 28", "wihtin: 28")) }
        #expect(
            error.description
                == "small.yaml:9:7: failure.activity: unknown key \"wihtin\"; "
                + "expected name, disease, within, from, all. Did you mean \"within\"?")
        #expect(error.file == "small.yaml" && error.line == 9 && error.column == 7)
    }

    @Test(
        "at the same place whatever the line ends are, with columns in Unicode scalars",
        arguments: ["\n", "\r\n", "\r"], ["horizon: \u{E9}\u{1F9EA} 1", "\u{E9}\u{1F9EA}: \u{1}"])
    func places(lineEnd: String, line: String) throws {
        let text = edited("horizon: 365", line).replacing("\n", with: lineEnd)
        for prefix in ["", "\u{FEFF}"] {
            let error = try #require(throws: YAMLRefusal.self) { try parse(prefix + text) }
            #expect(error.line == 3)
            #expect(error.column == (line.hasSuffix("1") ? 10 : 5))
        }
    }

    @Test("when it is empty", arguments: ["", "\n\n", "# nothing\n", "---\n", "~\n"])
    func empty(text: String) throws {
        let error = try #require(throws: YAMLRefusal.self) { try parse(text) }
        #expect(error.message.contains("expected a mapping with name, arms, horizon, intercurrent, endpoints."))
    }

    private func check(_ edit: RefusedEdit, sourceLocation: SourceLocation = #_sourceLocation) {
        let text = edited(edit.piece, edit.replacement, sourceLocation: sourceLocation)
        do {
            let parsed = try parse(text)
            Issue.record("Accepted as \(parsed).", sourceLocation: sourceLocation)
        } catch {
            let description = error.description
            #expect(description.hasPrefix("small.yaml:\(edit.place): "), "\(error)", sourceLocation: sourceLocation)
            #expect(description.contains(edit.fragment), "\(error)", sourceLocation: sourceLocation)
            #expect(description.contains("; expected "), "\(error)", sourceLocation: sourceLocation)
            #expect(
                description.hasSuffix(".") || description.hasSuffix("\"?"), "\(error)", sourceLocation: sourceLocation)
        }
    }
}
