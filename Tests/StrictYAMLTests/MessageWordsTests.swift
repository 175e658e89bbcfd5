import StrictYAML
import Testing

@Suite("The words of messages")
struct MessageWordsTests {
    @Test(
        "a word is suggested where it is a slip away, and only then",
        arguments: [
            ("volum", "volume"), ("volumes", "volume"), ("vulome", "volume"), ("ovlume", "volume"),
            ("VOLUME", "volume"), ("clearnce", "clearance"), ("xlearanse", "clearance"), ("ka", "k"), ("", "k"),
            ("clear", nil), ("half", nil),
        ] as [(String, String?)])
    func suggestions(word: String, nearest: String?) {
        let question = nearest.map { " Did you mean \"\($0)\"?" } ?? ""
        #expect(word.suggestion(from: ["clearance", "volume", "k"]) == question)
        #expect(word.suggestion(from: []).isEmpty)
    }

    @Test("a word is not compared where it is too long to be a slip")
    func longWords() {
        let word = String(repeating: "a", count: 65)
        #expect(word.suggestion(from: [word]).isEmpty)
        #expect(String(word.dropLast()).suggestion(from: [word]) == " Did you mean \(word.quoted)?")
    }

    @Test("a quotation shows control characters by number and is cut where it is long")
    func quotations() {
        #expect("a\u{1B}[2J\u{2028}\u{E9}".quoted == "\"a<U+001B>[2J<U+2028>\u{E9}\"")
        #expect("\r\n".quoted == "\"<U+000D>\"")
        let long = String(repeating: "\u{1F9EA}", count: 64)
        #expect(long.quoted == "\"\(long)\"")
        #expect((long + "a").quoted == "\"\(long)…\"")
    }

    @Test("a choice is joined as it is said")
    func choices() {
        #expect([].joinedAsChoice.isEmpty)
        #expect(["a"].joinedAsChoice == "a")
        #expect(["a", "b"].joinedAsChoice == "a or b")
        #expect(["a", "b", "c"].joinedAsChoice == "a, b or c")
    }

    @Test("a word that is not in its list is refused with the list and the nearest")
    func unknownWords() throws {
        let node = try YAMLDocument.parse("\nratt", fileName: "f", kind: "drug file", expected: "a word")
        let refusal = node.placed(in: "doses").unknown("species", "ratt", choices: ["rat", "mouse"])
        #expect(
            refusal.description == "f:2:1: doses: unknown species \"ratt\"; expected \"rat\" or \"mouse\". "
                + "Did you mean \"rat\"?")
    }

    @Test("keys that belong to another use are refused with that use")
    func keysOfAnotherUse() throws {
        let node = try YAMLDocument.parse("{a: 1, b: 2}", fileName: "f", kind: "drug file", expected: "a mapping")
        let refusal = try #require(throws: YAMLRefusal.self) {
            try node.fields(["a", "b"]).expectOnly(["a"], for: "an infusion")
        }
        #expect(
            refusal
                == YAMLRefusal(
                    file: "f", line: 1, column: 8,
                    message: "unknown key \"b\" for an infusion; expected a. Did you mean \"a\"?"))
    }
}
