import Testing

/// One change to the small protocol, and the refusal that it must meet.
struct RefusedEdit: Sendable, CustomTestStringConvertible {
    let piece: String
    let replacement: String
    let place: String
    let fragment: String

    init(_ piece: String, _ replacement: String, _ place: String, _ fragment: String) {
        self.piece = piece
        self.replacement = replacement
        self.place = place
        self.fragment = fragment
    }

    var testDescription: String { "\(piece.debugDescription) as \(replacement.debugDescription)" }
}

/// Edits that break the text, its nodes or its keys.
let structureEdits: [RefusedEdit] = [
    // Text and documents.
    .init("arms: [control, active]", "arms: [control, active", "3:8", "the text is not valid YAML: did not find"),
    .init("horizon: 365", "horizon: 365: 1", "3:13", "mapping values are not allowed in this context"),
    .init("horizon: 365", "horizon: @365", "3:10", "found character that cannot start any token"),
    .init("horizon: 365", "\thorizon: 365", "3:1", "the text is not valid YAML"),
    .init("name: small", "name: \"small", "18:1", "found unexpected end of stream"),
    .init("horizon: 365", "horizon: *days", "3:10", "undefined alias"),
    .init("name: small", "name: sm\u{7}all", "1:9", "found the character U+0007"),
    .init("horizon: 365", "horizon: 365 # \u{0}", "3:16", "found the character U+0000"),
    .init("endpoints:\n", "---\nendpoints:\n", "5:1", "a second document begins here; expected one document"),
    .init("name: small", "--- {}\n---\nname: small", "2:1", "a second document begins here"),
    // Kinds of nodes.
    .init("name: small\n", "- name: small\n", "2:1", "the text is not valid YAML"),
    .init("name: small", "name: [small]", "1:7", "found a list; expected the name of the protocol"),
    .init("[control, active]", "control", "2:7", "arms: found \"control\"; expected a list of arms"),
    .init("[control, active]", "[control, [active]]", "2:17", "arms: found a list; expected the name of an arm"),
    .init("[control, active]", "{control: active}", "2:7", "found a mapping; expected a list of arms"),
    .init("{treatment-stop: event}", "event", "4:15", "intercurrent: found \"event\"; expected a mapping"),
    .init("{treatment-stop: event}", "", "4:14", "intercurrent: found nothing; expected a mapping"),
    .init("  failure:\n", "  - failure:\n", "15:3", "the text is not valid YAML"),
    .init("- {score: HBI, at-least: 5}", "- HBI", "12:11", "condition 1: found \"HBI\"; expected a mapping"),
    .init("{action: withdrawn, drug: any, min-grade: 2, serious: true}", "withdrawn", "14:42", "found \"withdrawn\""),
    .init("- name: tolerant\n", "- tolerant\n", "17:10", "the text is not valid YAML"),
    .init("- {name: stop, ", "- activity\n    - {name: stop, ", "14:7", "failure, criterion 2: found \"activity\""),
    // Tags.
    .init("horizon: 365", "horizon: !days 365", "3:10", "found the tag \"!days\"; expected no tags"),
    .init("arms: [", "arms: !!set [", "2:7", "expected no tags"),
    .init("{treatment-stop: event}", "!!omap {treatment-stop: event}", "4:15", "expected no tags"),
    .init("name: small", "!!int name: small", "1:1", "expected no tags"),
    // Unknown keys.
    .init("horizon: 365", "horizn: 365", "3:1", "unknown key \"horizn\"; expected name, arms, horizon, inter"),
    .init("horizon: 365", "horizn: 365", "3:1", "Did you mean \"horizon\"?"),
    .init("horizon: 365", "horizon: 365\nauthor: me", "4:1", "unknown key \"author\""),
    .init("horizon: 365", "horizon: 365\n<<: {}", "4:1", "unknown key \"<<\""),
    .init("horizon: 365", "horizon: 365\n? [a]\n: 1", "4:3", "found a list as a key"),
    .init(
        "{treatment-stop: event}", "{death: event}", "4:16", "intercurrent: unknown key \"death\"; expected treatment"),
    .init("within: 28", "wihtin: 28", "9:7", "failure.activity: unknown key \"wihtin\"; expected name, disease, "),
    .init("- name: activity", "- nam: activity", "7:7", "failure, criterion 1: unknown key \"nam\""),
    .init("{score: HBI, at-least: 5}", "{score: HBI, atleast: 5}", "12:24", "Did you mean \"at-least\"?"),
    .init(
        "{score: HBI,", "{score: HBI, unit: mg,", "12:24", "unknown key \"unit\" for a score condition; expected score,"
    ),
    .init("above: 250", "above: 250, item: total", "13:45", "unknown key \"item\" for an assay condition"),
    .init(
        "serious: true}", "serious: true}, above: 1", "14:103", "unknown key \"above\" for an adverse-event condition"),
    .init(
        "min-grade: 2", "grade: 2", "14:73", "failure.stop, condition 1: unknown key \"grade\"; expected action, drug"),
    // Keys given twice.
    .init("horizon: 365", "horizon: 365\nhorizon: 730", "3:1", "found \"horizon\" more than once as a key"),
    .init("  antibodies:", "  failure:", "6:3", "found \"failure\" more than once as a key of one mapping, first here"),
    .init(
        "  antibodies:", "  'failure':", "6:3", "found \"failure\" more than once as a key of one mapping, first here"),
    .init("at-least: 5", "at-least: 5, at-least: 6", "12:24", "found \"at-least\" more than once"),
    // Which letters they have counts, not which code points spell them: outcomes of two such names look alike.
    .init(
        "horizon: 365", "horizon: 365\n\u{E9}: 1\ne\u{301}: 2", "4:1",
        "expected each key once, whatever code points spell it"),
]

/// Edits that break names, arms, the horizon, the strategy or windows.
let frameEdits: [RefusedEdit] = [
    // Missing.
    .init("name: small\n", "", "1:1", "\"name\" is missing; expected the name of the protocol"),
    .init("arms: [control, active]\n", "", "1:1", "\"arms\" is missing; expected a list of arms"),
    .init("horizon: 365\n", "", "1:1", "\"horizon\" is missing; expected the last day"),
    .init("name: stop, ", "", "14:7", "failure, criterion 2: \"name\" is missing; expected the name of the criterion"),
    .init(
        ", all: [{adverse-event: {action: withdrawn, drug: any, min-grade: 2, serious: true}}]}", "}", "14:7",
        "failure.stop: \"all\" is missing; expected a list of conditions"),
    // Empty.
    .init("[control, active]", "[]", "2:7", "arms: the list is empty; expected one or more arms"),
    .init(
        "  antibodies:\n", "  none: []\n  antibodies:\n", "15:9", "none: the list is empty; expected one or more crit"),
    .init("  antibodies:\n", "  none:\n  antibodies:\n", "15:8", "none: found nothing; expected a list of criteria"),
    .init("- name: tolerant\n", "- {name: never, all: []}\n    - name: tolerant\n", "16:26", "one or more conditions"),
    .init("{action: withdrawn, drug: any, min-grade: 2, serious: true}", "{}", "14:42", "one or more of action, drug"),
    // Names.
    .init("name: small", "name:", "1:6", "found nothing; expected the name of the protocol"),
    .init("name: small", "name: ''", "1:7", "the name of the protocol is empty; expected 1 to 128 bytes"),
    .init("name: small", "name: \"a\\tb\"", "1:7", "has the control character U+0009"),
    .init("name: small", "name: " + String(repeating: "\u{E9}", count: 65), "1:7", "has 130 bytes; expected 1 to 128"),
    .init("[control, active]", "[control, \"\\e[2J\"]", "2:17", "the name of an arm has the control character U+001B"),
    .init("[control, active]", "[control, '']", "2:17", "the name of an arm is empty"),
    .init("[control, active]", "[active, active]", "2:16", "the arm \"active\" is named twice; expected each arm once"),
    .init("[control, active]", "[a, b, c, b]", "2:17", "the arm \"b\" is named twice"),
    .init(
        "[control, active]", "[\u{E9}, e\u{301}]", "2:11",
        "the arm \"e\u{301}\" is named twice, once in other code points for the same letters; expected each arm once"),
    .init("  failure:\n", "  \"fail\\nure\":\n", "6:3", "the name of an endpoint has the control character U+000A"),
    .init("  failure:\n", "  '':\n", "6:3", "the name of an endpoint is empty"),
    .init("- name: activity", "- name: ''", "7:13", "failure, criterion 1: the name of a criterion is empty"),
    .init("name: stop,", "name: activity,", "14:14", "two criteria are named \"activity\"; expected each name once"),
    .init(
        "name: stop,", "name: \u{E9}, all: [{adverse-event: {serious: true}}]}\n    - {name: e\u{301},", "15:14",
        "two criteria are named \"e\u{301}\", once in other code points for the same letters; expected each name once"),
    .init("name: stop,", "name: treatment-stop,", "14:14", "is the cause of outcomes under the strategy \"event\""),
    .init("drug: any", "drug: ''", "14:68", "the name of a drug is empty"),
    .init("score: HBI,", "score: HBI, item: '',", "12:30", "the name of an item is empty"),
    // Horizon, strategy, disease, windows.
    .init(
        "horizon: 365", "horizon: 0", "3:10", "found \"0\"; expected the last day of follow-up, a whole number from 1"),
    .init("horizon: 365", "horizon: -365", "3:10", "found \"-365\"; expected the last day of follow-up"),
    .init("horizon: 365", "horizon: 36526", "3:10", "a whole number from 1 to 36525."),
    .init("horizon: 365", "horizon: 1.5", "3:10", "found \"1.5\""),
    .init("horizon: 365", "horizon: a year", "3:10", "found \"a year\""),
    .init("horizon: 365", "horizon: '365'", "3:10", "found the text \"365\"; expected the last day of follow-up"),
    .init("treatment-stop: event", "treatment-stop: ignored", "4:32", "Did you mean \"ignore\"?"),
    .init("treatment-stop: event", "treatment-stop: stop", "4:32", "expected \"ignore\", \"event\" or \"censor\"."),
    .init(
        "disease: CD", "disease: cd", "8:16", "unknown disease \"cd\"; expected \"CD\" or \"UC\". Did you mean \"CD\"?"),
    .init("disease: CD", "disease: DC", "8:16", "Did you mean \"CD\"?"),
    .init("disease: CD", "disease: RA", "8:16", "expected \"CD\" or \"UC\"."),
    .init("disease: CD", "disease:", "8:15", "found nothing; expected \"CD\" or \"UC\""),
    .init(
        "from: 84", "from: 366", "10:13", "the window is empty, since \"from\" is day 366 and the horizon is day 365"),
    .init("within: 28", "within:", "9:14", "failure.activity: found nothing; expected days to look back, a whole"),
    .init("within: 28", "within: -1", "9:15", "failure.activity: found \"-1\"; expected days to look back"),
]

/// Edits that break conditions.
let conditionEdits: [RefusedEdit] = [
    .init("{score: HBI, at-least: 5}", "{at-least: 5}", "12:11", "without a kind; expected one of score, assay or adv"),
    .init(
        "{score: HBI, at-least: 5}", "{}", "12:11", "failure.activity, condition 1: found a condition without a kind"),
    .init("{score: HBI,", "{score: HBI, assay: crp,", "12:24", "found both \"score\" and \"assay\" in one condition"),
    .init("{score: HBI, at-least: 5}", "{score: HBI}", "12:11", "no comparison; expected at-least, above, below or at"),
    .init("at-least: 5", "at-least: 5, below: 9", "12:37", "found both \"at-least\" and \"below\" in one condition"),
    .init("at-least: 5", "at-least: ~", "12:34", "found nothing; expected a finite decimal number for \"at-least\""),
    .init(
        "score: HBI", "score: HBl", "12:19",
        "unknown instrument \"HBl\"; expected \"HBI\", \"Mayo\" or \"partial-Mayo\""),
    .init("score: HBI", "score: HBI, item: endoscopy", "12:30", "HBI has no item \"endoscopy\", only Mayo has"),
    .init("score: HBI", "score: partial-Mayo, item: endoscopy", "12:39", "partial-Mayo has no item \"endoscopy\""),
    .init("score: HBI", "score: [HBI]", "12:19", "found a list; expected \"HBI\", \"Mayo\" or"),
    .init(
        "calprotectin", "calprotektin", "13:19", "unknown analyte \"calprotektin\"; expected \"study-drug\", \"anti-st"),
    .init("calprotectin", "calprotektin", "13:19", "or \"6-tgn\". Did you mean \"calprotectin\"?"),
    .init("above: 250", "method: drug-tolerant, above: 250", "13:41", "the assay of \"calprotectin\" has no method"),
    .init(
        "assay: anti-study-drug,", "assay: study-drug,", "17:41",
        "expected a method only for \"anti-study-drug\", \"anti-i"),
    .init("method: drug-tolerant", "method: tolerant", "17:46", "expected \"drug-sensitive\" or \"drug-tolerant\"."),
    .init(
        "unit: AU/mL", "unit: AU/ml", "17:67",
        "unknown unit \"AU/ml\" of \"anti-study-drug\"; expected \"ng/mL\" or \"AU/mL\". Did"),
    .init(
        "unit: AU/mL", "unit: ug/mL", "17:67",
        "values of \"anti-study-drug\" are not kept in \"ug/mL\"; expected \"ng/mL\""),
    .init("above: 250", "above: 250, unit: mg/kg", "13:51", "not kept in \"mg/kg\"; expected \"ug/g\"."),
    .init(
        "calprotectin, above: 250", "study-drug, above: 1, unit: mg/L", "13:47",
        "not kept in \"mg/L\"; expected \"ug/mL\"."),
    .init(
        "calprotectin, above: 250", "crp, above: 5, unit: mg/dL", "13:40", "not kept in \"mg/dL\"; expected \"mg/L\"."),
    .init(
        "action: withdrawn", "action: stopped", "14:51", "unknown action \"stopped\"; expected \"none\", \"reduced\", "),
    .init(
        "min-grade: 2", "min-grade: 0", "14:84", "found \"0\"; expected the least grade, a whole number from 1 to 5."),
    .init("min-grade: 2", "min-grade: 6", "14:84", "found \"6\"; expected the least grade"),
    .init("min-grade: 2", "min-grade: 2.5", "14:84", "found \"2.5\"; expected the least grade"),
    .init(
        "serious: true", "serious: yes", "14:96", "found \"yes\"; expected whether the event is serious, true or false."
    ),
    .init("serious: true", "serious: 'true'", "14:96", "found the text \"true\"; expected whether"),
]
