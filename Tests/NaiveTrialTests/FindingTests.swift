import Testing

/// Findings, worked by hand.
@Suite struct FindingTests {
    static let criterion = "{name: c, all: [{score: HBI, at-least: 5}]}"

    @Test("a dose before the moment of the randomisation is a finding, at that moment not")
    func doseBeforeRandomisation() throws {
        var story = Story(Self.criterion)
        story.dose("1", "2016-01-01T08:59:59.999999Z")
        story.dose("2", "2016-01-01T10:00:00+01:00")
        #expect(try story.findings() == ["dose-before-randomisation /s 1"])
    }

    @Test("each later randomisation and enrolment is a finding")
    func secondOnes() throws {
        var story = Story(Self.criterion)
        story.add("randomisation", "S", "2016-01-01T09:00:00Z", Story.randomisation.0)
        story.add("randomisation", "T", "2016-01-02T09:00:00Z", #"{"arm":"X","drug":"infliximab"}"#)
        story.add("enrolment", "F", "2016-01-02T09:00:00Z", Story.enrolment.0)
        #expect(
            try story.findings() == [
                "second-enrolment /s F", "second-randomisation /s S", "second-randomisation /s T",
            ]
        )
    }

    @Test("an assay of a drug neither dosed at any time nor the first drug is a finding, its antibodies too")
    func neverGiven() throws {
        var story = Story(Self.criterion)
        story.add("assay", "1", "2016-01-15T10:00:00Z", #"{"analyte":"infliximab","value":1,"unit":"ug/mL"}"#)
        story.add(
            "assay",
            "2",
            "2016-01-15T10:00:00Z",
            #"{"analyte":"anti-adalimumab","value":1,"unit":"ng/mL","method":"drug-sensitive"}"#
        )
        story.calprotectin("3", "2016-01-15T10:00:00Z", 100)
        #expect(try story.findings() == ["assay-of-drug-never-given /s 1", "assay-of-drug-never-given /s 2"])
        story.dose("4", "2016-03-15T10:00:00Z")
        #expect(try story.findings() == ["assay-of-drug-never-given /s 2"])
        story.until = "2016-03-15T09:59:59Z"
        #expect(try story.findings() == ["assay-of-drug-never-given /s 1", "assay-of-drug-never-given /s 2"])
        story.lines[0] = story.lines[0].replacing(#""sex":"F""#, with: #""sex":"F","firstDrug":"adalimumab""#)
        #expect(try story.findings() == ["assay-of-drug-never-given /s 1"])
    }

    @Test("a patient never enrolled is a finding without an event")
    func neverEnrolled() throws {
        var story = Story(Self.criterion)
        story.correct("k", "2016-01-15T10:00:00Z", target: "E", to: "null")
        #expect(try story.findings() == ["never-enrolled  "])
    }

    @Test("an arm outside the protocol is a finding, and the patient is reported under it")
    func unknownArm() throws {
        var story = Story(Self.criterion)
        story.lines[1] = story.lines[1].replacing(#""arm":"A""#, with: #""arm":"a""#)
        #expect(try story.findings() == ["unknown-arm /s R"])
        #expect(
            try story.outcomeLines() == [
                #"{"subject":"P","arm":"a","disease":"CD","drug":"infliximab","outcomes":{"e":"#
                    + #"{"status":"censored","day":0,"cause":"last-contact","evidence":[]}},"findings":[]}"#
            ]
        )
    }
}
