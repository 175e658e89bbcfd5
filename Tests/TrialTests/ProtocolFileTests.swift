import StrictYAML
import Testing
import Trial

@Suite("The protocol file")
struct ProtocolFileTests {
    @Test("the shipped protocol is the one of the endpoint rules")
    func defaultProtocol() throws {
        let expected = TrialProtocol(
            name: "roblin-2020", arms: ["monotherapy", "combination"], horizon: 730, treatmentStop: .ignore,
            endpoints: [
                Endpoint(
                    name: "clinical-failure",
                    criteria: [
                        Criterion(
                            name: "crohn-activity", disease: .crohn, within: 28, from: 84,
                            conditions: [
                                .score(.hbi, item: "total", Threshold(.atLeast, 5)),
                                .assay(.analyte(.calprotectin), method: nil, unit: nil, Threshold(.above, 250)),
                            ]),
                        Criterion(
                            name: "colitis-activity", disease: .ulcerativeColitis, within: 0, from: 84,
                            conditions: [
                                .score(.mayo, item: "total", Threshold(.above, 5)),
                                .score(.mayo, item: "endoscopy", Threshold(.above, 1)),
                            ]),
                        Criterion(
                            name: "adverse-event-stop", disease: nil, within: 0, from: 0,
                            conditions: [.adverseEvent(.withdrawn, drug: .any, minimumGrade: 1, serious: nil)]),
                    ]),
                Endpoint(
                    name: "pharmacokinetic-failure",
                    criteria: [
                        Criterion(
                            name: "drug-sensitive", disease: nil, within: 1, from: 14,
                            conditions: [
                                .assay(.studyDrug, method: nil, unit: nil, Threshold(.below, 0.3)),
                                .assay(
                                    .antiStudyDrug, method: .drugSensitive, unit: .nanogramPerMillilitre,
                                    Threshold(.above, 20)),
                            ]),
                        Criterion(
                            name: "drug-tolerant", disease: nil, within: 0, from: 14,
                            conditions: [
                                .assay(
                                    .antiStudyDrug, method: .drugTolerant, unit: .arbitraryUnitPerMillilitre,
                                    Threshold(.atLeast, 10))
                            ]),
                    ]),
            ])
        #expect(try ProtocolFile.parse(TrialProtocol.defaultYAML, fileName: "roblin-2020.yaml") == expected)
        #expect(TrialProtocol.roblin2020 == expected)
    }

    @Test("each criterion of the shipped protocol says what is published and what is assumed")
    func originsAreMarked() {
        let blocks = TrialProtocol.defaultYAML.split(separator: "- name:", omittingEmptySubsequences: false)
        #expect(blocks.count == 6)
        for block in blocks.dropLast() {
            #expect(block.contains("# published: "))
            #expect(block.contains("# assumption: "))
        }
    }

    @Test("what is left out has its default")
    func defaults() throws {
        let parsed = try parse(
            "{name: n, arms: [a], horizon: 1, endpoints: {e: [{name: c, all: [{score: HBI, above: 4}]}]}}")
        let criterion = Criterion(
            name: "c", disease: nil, within: 0, from: 0,
            conditions: [.score(.hbi, item: "total", Threshold(.above, 4))])
        #expect(
            parsed
                == TrialProtocol(
                    name: "n", arms: ["a"], horizon: 1, treatmentStop: .ignore,
                    endpoints: [Endpoint(name: "e", criteria: [criterion])]))
    }

    @Test(
        "a number may be spelled as a whole number, a fraction or with an exponent",
        arguments: [
            ("250", 250), ("250.0", 250), ("+250", 250), ("250.", 250), (".25", 0.25), ("-0.5", -0.5), ("2.5e2", 250),
            ("25E+1", 250), ("0.3", 0.3), ("0", 0), ("1e-05", 1e-05), ("9007199254740993", 9_007_199_254_740_992),
        ])
    func numberSpelling(spelling: String, value: Double) throws {
        let parsed = try parse(edited("above: 250", "above: \(spelling)"))
        guard case .assay(_, _, _, let threshold) = parsed.endpoints[0].criteria[0].conditions[1] else {
            Issue.record("The second condition is not an assay.")
            return
        }
        #expect(threshold == Threshold(.above, value))
    }

    @Test(
        "a text is read as it is spelled, plain or in quotes",
        arguments: [
            ("no", "no"), ("2020", "2020"), ("1:30", "1:30"), ("'a: b'", "a: b"), (#""\u00e9""#, "\u{E9}"),
            ("\"~\"", "~"), ("'null'", "null"), ("0x1F", "0x1F"), ("<<", "<<"),
        ])
    func textSpelling(spelling: String, text: String) throws {
        #expect(try parse(edited("name: small", "name: \(spelling)")).name == text)
        #expect(try parse(edited("[control,", "[\(spelling),")).arms == [text, "active"])
    }

    @Test(
        "a micro sign in a unit is read as u",
        arguments: ["ug/g", "\u{B5}g/g", "\u{3BC}g/g"])
    func microSign(unit: String) throws {
        let parsed = try parse(edited("above: 250", "above: 250, unit: \(unit)"))
        #expect(
            parsed.endpoints[0].criteria[0].conditions[1]
                == .assay(.analyte(.calprotectin), method: nil, unit: .microgramPerGram, Threshold(.above, 250)))
    }

    @Test("line endings, a byte order mark and anchors do not change the meaning")
    func spellingsOfTheSameFile() throws {
        let plain = try parse(smallYAML)
        #expect(try parse("\u{FEFF}" + smallYAML) == plain)
        #expect(try parse(smallYAML.split(separator: "\n").joined(separator: "\r\n") + "\r\n") == plain)
        #expect(try parse("%YAML 1.1\n---\n" + smallYAML + "...\n") == plain)
        let anchored = smallYAML.replacing("within: 28", with: "within: &days 28").replacing(
            "from: 84", with: "from: *days")
        #expect(try parse(anchored).endpoints[0].criteria[0].from == 28)
    }

    @Test("the least, the greatest and the boundary values are accepted")
    func boundaries() throws {
        #expect(try parse(edited("horizon: 365", "horizon: 36525")).horizon == 36_525)
        #expect(try parse(edited("from: 84", "from: 365")).endpoints[0].criteria[0].from == 365)
        #expect(try parse(edited("within: 28", "within: 0")).endpoints[0].criteria[0].within == 0)
        let name = String(repeating: "\u{E9}", count: 64)
        #expect(try parse(edited("name: small", "name: \(name)")).name == name)
        let renamed = edited("treatment-stop: event", "treatment-stop: censor").replacing(
            "name: stop,", with: "name: treatment-stop,")
        #expect(try parse(renamed).endpoints[0].criteria[1].name == "treatment-stop")
    }

    @Test("a file as long as the limit is read, one byte more is refused")
    func sizeLimit() throws {
        let filler = String(repeating: "#", count: ProtocolFile.greatestSize - smallYAML.utf8.count)
        #expect(try parse(smallYAML + filler) == parse(smallYAML))
        let error = #expect(throws: YAMLRefusal.self) { try parse(smallYAML + filler + "#") }
        #expect(error?.message == "the file has more than 262144 bytes; expected no more.")
    }

    @Test("a text that nests without end is refused, not followed", arguments: ["[", "{a: ", "- ", "? "])
    func deepNesting(opening: String) {
        let text = String(repeating: opening, count: ProtocolFile.greatestSize / opening.utf8.count)
        #expect(throws: YAMLRefusal.self) { try parse(text) }
    }
}

/// A small protocol, which tests change in one place; line 14 is that of the adverse event.
let smallYAML = """
    name: small
    arms: [control, active]
    horizon: 365
    intercurrent: {treatment-stop: event}
    endpoints:
      failure:
        - name: activity
          disease: CD
          within: 28
          from: 84
          all:
            - {score: HBI, at-least: 5}
            - {assay: calprotectin, above: 250}
        - {name: stop, all: [{adverse-event: {action: withdrawn, drug: any, min-grade: 2, serious: true}}]}
      antibodies:
        - name: tolerant
          all: [{assay: anti-study-drug, method: drug-tolerant, unit: AU/mL, at-least: 10}]

    """

/// The small protocol with one piece, which it has exactly once, replaced.
func edited(_ piece: String, _ replacement: String, sourceLocation: SourceLocation = #_sourceLocation) -> String {
    #expect(smallYAML.ranges(of: piece).count == 1, "\(piece)", sourceLocation: sourceLocation)
    return smallYAML.replacing(piece, with: replacement)
}

/// The protocol of a text, called `small.yaml`.
func parse(_ yaml: String) throws(YAMLRefusal) -> TrialProtocol {
    try ProtocolFile.parse(yaml, fileName: "small.yaml")
}
