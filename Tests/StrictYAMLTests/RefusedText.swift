import Testing

/// A text, what is asked of it, and the refusal that it must meet.
struct RefusedText: Sendable, CustomTestStringConvertible {
    let question: Question
    let yaml: String
    let place: String
    let message: String

    init(_ question: Question, _ yaml: String, _ place: String, _ message: String) {
        self.question = question
        self.yaml = yaml
        self.place = place
        self.message = message
    }

    var testDescription: String { "\(question) of \(yaml.prefix(64).debugDescription)" }
}

/// Texts that are not one document of YAML.
let textRefusals: [RefusedText] = [
    // Nothing.
    .init(.nothing, "", "1:1", "the file is empty; expected a mapping with clearance, volume."),
    .init(.nothing, "\u{FEFF}", "1:1", "the file is empty; expected a mapping with clearance, volume."),
    .init(.nothing, "\n# nothing\n", "1:1", "the file is empty; expected a mapping with clearance, volume."),
    .init(.fields, "---\n", "2:1", "found nothing; expected a mapping with clearance, volume."),
    // More than one document.
    .init(.nothing, "a: 1\n---\nb: 2\n", "2:1", "a second document begins here; expected one document in the file."),
    .init(.nothing, "--- {}\n---\n", "2:1", "a second document begins here; expected one document in the file."),
    // Characters.
    .init(.nothing, "a: \u{7}", "1:4", "found the character U+0007; expected only characters that YAML allows."),
    .init(.nothing, "a:\n # \u{0}", "2:4", "found the character U+0000; expected only characters that YAML allows."),
    .init(
        .nothing, "a\u{2028}b\u{9F}", "2:2",
        "found the character U+009F; expected only characters that YAML allows."),
    .init(.nothing, "\u{FFFE}", "1:1", "found the character U+FFFE; expected only characters that YAML allows."),
    // Syntax.
    .init(
        .nothing, "a: " + String(repeating: "[", count: 2_000), "1:5",
        "lists and mappings stand too deep in one another; expected a file that people write."),
    .init(
        .nothing, "a: 1: 2", "1:5",
        "the text is not valid YAML: mapping values are not allowed in this context; expected one YAML document."),
    .init(
        .nothing, "a: [1, 2\nb: 3", "2:2",
        "the text is not valid YAML: did not find expected ',' or ']', while parsing a flow sequence that begins at "
            + "line 1, column 4; expected one YAML document."),
    .init(
        .nothing, "a: *b", "1:4",
        "the text is not valid YAML: found undefined alias; expected one YAML document."),
    // Keys given twice.
    .init(
        .nothing, "a: {b: 1, c: 2, 'b': 3}", "1:5",
        "found \"b\" more than once as a key of one mapping, first here; expected each key once."),
    .init(
        .nothing, "a: 1\n1: 2\n'1': 3\n", "2:1",
        "found \"1\" more than once as a key of one mapping, first here; expected each key once."),
]

/// Texts with a node of another kind than was asked for, a tag, or a key that is missing or unknown.
let nodeRefusals: [RefusedText] = [
    // Kinds.
    .init(.text, "[a]", "1:1", "found a list; expected a word."),
    .init(.text, "\n {a: b}", "2:2", "found a mapping; expected a word."),
    .init(.number, "[1]", "1:1", "found a list; expected a finite decimal number."),
    .init(.truth, "{}", "1:1", "found a mapping; expected whether it counts, true or false."),
    .init(.list, "a", "1:1", "found \"a\"; expected a list of doses."),
    .init(.list, "~", "1:1", "found nothing; expected a list of doses."),
    .init(.list, "[]", "1:1", "the list is empty; expected one or more doses."),
    .init(.entries, "[a]", "1:1", "doses: found a list; expected a mapping of doses."),
    .init(.entries, "a: 1\n? [b]\n: 2", "2:3", "doses: found a list as a key; expected a mapping of doses."),
    .init(.fields, "5", "1:1", "found \"5\"; expected a mapping with clearance, volume."),
    // Tags.
    .init(.text, "!name a", "1:1", "found the tag \"!name\"; expected no tags in a drug file."),
    .init(.number, "!!int 5", "1:1", "found the tag \"tag:yaml.org,2002:int\"; expected no tags in a drug file."),
    .init(.truth, "!!bool true", "1:1", "found the tag \"tag:yaml.org,2002:bool\"; expected no tags in a drug file."),
    .init(.list, "!!set [a]", "1:1", "found the tag \"tag:yaml.org,2002:set\"; expected no tags in a drug file."),
    .init(
        .entries, "!!omap {a: b}", "1:1",
        "doses: found the tag \"tag:yaml.org,2002:omap\"; expected no tags in a drug file."),
    .init(.entries, "a: 1\n!b b: 2", "2:1", "doses: found the tag \"!b\"; expected no tags in a drug file."),
    // Keys.
    .init(.fields, "volume: 3", "1:1", "\"clearance\" is missing; expected the clearance in L/d."),
    .init(.fields, "{}", "1:1", "\"clearance\" is missing; expected the clearance in L/d."),
    .init(.fields, "clearance: 1\nhalf-life: 9", "2:1", "unknown key \"half-life\"; expected clearance, volume."),
    .init(
        .fields, "clearence: 1", "1:1",
        "unknown key \"clearence\"; expected clearance, volume. Did you mean \"clearance\"?"),
    .init(
        .fields, "{clearance: 1, Volume: 3}", "1:16",
        "unknown key \"Volume\"; expected clearance, volume. Did you mean \"volume\"?"),
    .init(.fields, "clearance: 1\n<<: {volume: 3}", "2:1", "unknown key \"<<\"; expected clearance, volume."),
    .init(
        .fields, "volume: 1\nclearance:  -1", "2:13",
        "clearance: found \"-1\"; expected L/d, a number from 0 to 100."),
    .init(.fields, "clearance:", "1:11", "clearance: found nothing; expected L/d, a number from 0 to 100."),
]

/// Texts with a word or a number that is none of those asked for.
let scalarRefusals: [RefusedText] = [
    // Texts and names.
    .init(.text, "~", "1:1", "found nothing; expected a word."),
    .init(.text, "Null", "1:1", "found nothing; expected a word."),
    .init(.name, "''", "1:1", "the name of the drug is empty; expected 1 to 128 bytes without control characters."),
    .init(
        .name, #""a\tb""#, "1:1",
        "the name of the drug has the control character U+0009; expected 1 to 128 bytes without control characters."),
    .init(
        .name, String(repeating: "\u{E9}", count: 65), "1:1",
        "the name of the drug has 130 bytes; expected 1 to 128 bytes without control characters."),
    .init(
        .shortName, "abcd", "1:1",
        "the name of the drug has 4 bytes; expected 1 to 3 bytes without control characters."),
    // Numbers that are not plain.
    .init(.number, "~", "1:1", "found nothing; expected a finite decimal number."),
    .init(.number, "'5'", "1:1", "found the text \"5\"; expected a finite decimal number."),
    .init(.clearance, "\"5\"", "1:1", "found the text \"5\"; expected the clearance in L/d, a number from 0 to 100."),
    .init(.clearance, "|\n  5", "1:1", "found the text \"5\"; expected the clearance in L/d, a number from 0 to 100."),
    // Numbers out of their range.
    .init(.clearance, "-0.4", "1:1", "found \"-0.4\"; expected the clearance in L/d, a number from 0 to 100."),
    .init(.clearance, "100.1", "1:1", "found \"100.1\"; expected the clearance in L/d, a number from 0 to 100."),
    .init(.clearance, "1e5", "1:1", "found \"1e5\"; expected the clearance in L/d, a number from 0 to 100."),
    .init(.share, "0.26", "1:1", "found \"0.26\"; expected the share, a number from -0.5 to 0.25."),
    .init(.day, "0", "1:1", "found \"0\"; expected the day, a whole number from 1 to 28."),
    .init(.day, "29", "1:1", "found \"29\"; expected the day, a whole number from 1 to 28."),
    .init(.day, "1.5", "1:1", "found \"1.5\"; expected the day, a whole number from 1 to 28."),
    .init(.day, "1e99", "1:1", "found \"1e99\"; expected the day, a whole number from 1 to 28."),
    // Truths.
    .init(.truth, "yes", "1:1", "found \"yes\"; expected whether it counts, true or false."),
    .init(.truth, "True", "1:1", "found \"True\"; expected whether it counts, true or false."),
    .init(.truth, "'true'", "1:1", "found the text \"true\"; expected whether it counts, true or false."),
]
