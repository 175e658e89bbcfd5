import Testing

/// Corrections, recording, the form of lines and findings, worked by hand.
@Suite struct CorrectionTests {
    static let criterion = "{name: c, all: [{score: HBI, at-least: 5}]}"

    /// A replacement by an HBI.
    func hbi(_ time: String, _ total: Int) -> String {
        #"{"type":"trough.score.v1","time":"\#(time)","data":{"instrument":"HBI","total":\#(total)}}"#
    }

    @Test("a replacement stands in the place of its target under the target's name")
    func replaced() throws {
        var story = Story(Self.criterion)
        story.dose("1", "2016-01-15T10:00:00Z")
        story.correct("k", "2016-02-15T10:00:00Z", target: "1", to: hbi("2016-01-20T10:00:00Z", 5))
        #expect(try story.outcome() == #""status":"event","day":19,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
    }

    @Test("null removes the target")
    func voided() throws {
        var story = Story(Self.criterion)
        story.dose("0", "2016-01-14T10:00:00Z")
        story.hbi("1", "2016-01-15T10:00:00Z", 5)
        story.correct("k", "2016-02-15T10:00:00Z", target: "1", to: "null")
        #expect(try story.outcome() == #""status":"censored","day":13,"cause":"last-contact","evidence":[]"#)
    }

    @Test("the latest of several corrections wins, whatever the order of recording")
    func latestWins() throws {
        var story = Story(Self.criterion)
        story.hbi("1", "2016-01-15T10:00:00Z", 0)
        story.correct("k", "2016-02-15T10:00:00Z", target: "1", to: hbi("2016-01-20T10:00:00Z", 5))
        story.correct("z", "2016-02-15T10:59:59+01:00", target: "1", to: "null")
        #expect(try story.outcome() == #""status":"event","day":19,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
        story.lines.reverse()
        #expect(try story.outcome() == #""status":"event","day":19,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
    }

    @Test("of corrections at one time the greater (source, id) wins, as bytes and the source first")
    func tieWins() throws {
        var story = Story(Self.criterion)
        story.hbi("1", "2016-01-15T10:00:00Z", 0)
        story.correct("10", "2016-02-15T10:00:00Z", target: "1", to: "null")
        story.correct("9", "2016-02-15T11:00:00+01:00", target: "1", to: hbi("2016-01-20T10:00:00Z", 5))
        #expect(try story.outcome() == #""status":"event","day":19,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
        story.correct("0", "2016-02-15T10:00:00Z", target: "1", to: hbi("2016-01-21T10:00:00Z", 5), source: "/t")
        #expect(try story.outcome() == #""status":"event","day":20,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
    }

    @Test("a correction of a correction is ignored, and the corrected correction still applies")
    func correctionOfCorrection() throws {
        var story = Story(Self.criterion)
        story.hbi("1", "2016-01-15T10:00:00Z", 0)
        story.correct("k", "2016-02-15T10:00:00Z", target: "1", to: hbi("2016-01-20T10:00:00Z", 5))
        story.correct("l", "2016-02-16T10:00:00Z", target: "k", to: "null")
        #expect(try story.outcome() == #""status":"event","day":19,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
        #expect(try story.findings() == ["correction-of-correction /s l"])
    }

    @Test("a correction waits for its target; as of then it has no effect")
    func waiting() throws {
        var story = Story(Self.criterion)
        story.correct("k", "2016-02-15T10:00:00Z", target: "1", to: "null")
        story.hbi("1", "2016-01-15T10:00:00Z", 9)
        story.asOfCount = 3
        #expect(try story.outcome() == #""status":"censored","day":0,"cause":"last-contact","evidence":[]"#)
        #expect(try story.findings() == ["correction-without-target /s k"])
        story.asOfCount = 4
        #expect(try story.outcome() == #""status":"censored","day":0,"cause":"last-contact","evidence":[]"#)
        #expect(try story.findings().isEmpty)
    }

    @Test("as of a moment before a correction was recorded, it has not happened")
    func asOf() throws {
        var story = Story(Self.criterion)
        story.hbi("1", "2016-01-15T10:00:00Z", 9)
        story.correct("k", "2016-01-15T10:00:00Z", target: "1", to: "null")
        story.asOfCount = 3
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
        story.asOfCount = 4
        #expect(try story.outcome() == #""status":"censored","day":0,"cause":"last-contact","evidence":[]"#)
    }

    @Test("a cut looks at the time after correction and drops no correction")
    func cutAfterCorrection() throws {
        var story = Story(Self.criterion)
        story.hbi("1", "2016-03-15T10:00:00Z", 9)
        story.until = "2016-02-01T00:00:00Z"
        #expect(try story.outcome() == #""status":"censored","day":0,"cause":"last-contact","evidence":[]"#)
        story.correct("k", "2016-03-16T10:00:00Z", target: "1", to: hbi("2016-01-15T10:00:00Z", 9))
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
        story.correct("l", "2016-03-17T10:00:00Z", target: "1", to: hbi("2016-02-01T00:00:00.000001Z", 9))
        #expect(try story.outcome() == #""status":"censored","day":0,"cause":"last-contact","evidence":[]"#)
    }

    @Test("an event of the same name of another patient is not corrected")
    func otherPatient() throws {
        var story = Story(Self.criterion)
        story.hbi("1", "2016-01-15T10:00:00Z", 9)
        let data = #"{"corrects":{"source":"/s","id":"1"},"reason":"x","replacement":null}"#
        story.add("correction", "k", "2016-01-16T10:00:00Z", data, subject: "p")
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
        #expect(try story.findings() == ["correction-without-target /s k", "never-enrolled  "])
    }

    @Test("an event sent again counts once, whatever its spelling")
    func duplicates() throws {
        var story = Story(Self.criterion)
        story.add("randomisation", "R", "2016-01-01T10:00:00+01:00", #"{"drug" : "infliximab","arm":"\u0041"}"#)
        story.dose("1", "2016-01-15T10:00:00Z")
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"last-contact","evidence":[]"#)
        #expect(try story.findings().isEmpty)
    }

    @Test("only quotation marks, reverse solidi and control characters are escaped")
    func escapes() throws {
        var story = Story(Self.criterion)
        story.lines = []
        let arm = #"\u0061\/\"\\\u0008\f\n\r\t\u0001\u001F\u007f é"#
        story.add("randomisation", "R", "2016-01-01T09:00:00Z", #"{"arm":"\#(arm)","drug":"adalimumab"}"#)
        let written = #"a/\"\\\b\f\n\r\t\u0001\u001f"# + "\u{7F} \u{E9}"
        #expect(
            try story.outcomeLines() == [
                #"{"subject":"P","arm":""# + written + #"","disease":null,"drug":"adalimumab","outcomes":{"e":"#
                    + #"{"status":"censored","day":0,"cause":"last-contact","evidence":[]}},"findings":[]}"#
            ]
        )
    }

    @Test("patients stand in the order of their subjects' bytes, and only randomised ones")
    func order() throws {
        var story = Story(Self.criterion)
        story.lines = []
        for subject in ["b", "\u{1F600}", "B", "\u{FF5A}", "10", "e\u{301}", "9", "\u{E9}"] {
            story.add("randomisation", "R", Story.randomisation.1, Story.randomisation.0, subject: subject)
        }
        story.add("enrolment", "E", Story.enrolment.1, Story.enrolment.0, subject: "a")
        let after =
            #"","arm":"A","disease":null,"drug":"infliximab","outcomes":{"e":"#
            + #"{"status":"censored","day":0,"cause":"last-contact","evidence":[]}},"findings":[]}"#
        let lines = try story.outcomeLines()
        let wanted = ["10", "9", "B", "b", "e\u{301}", "\u{E9}", "\u{FF5A}", "\u{1F600}"]
        #expect(lines.map { Array($0.utf8) } == wanted.map { Array((#"{"subject":""# + $0 + after).utf8) })
    }
}
