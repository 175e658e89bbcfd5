import Testing

/// Windows, first days, evidence and the order of criteria, worked by hand.
@Suite struct CriterionTests {
    static let both = "all: [{score: HBI, at-least: 5}, {assay: calprotectin, above: 250}]"

    @Test("conditions that lie apart by exactly the window hold together on the later day")
    func windowEdge() throws {
        var story = Story("{name: c, within: 7, \(Self.both)}")
        story.hbi("h", "2016-01-15T00:00:00Z", 6)
        story.calprotectin("k", "2016-01-22T23:59:59Z", 300)
        #expect(
            try story.outcome()
                == #""status":"event","day":21,"cause":"c","#
                + #""evidence":[{"source":"/s","id":"h"},{"source":"/s","id":"k"}]"#
        )
    }

    @Test("conditions that lie apart by a day more than the window do not hold together")
    func beyondWindow() throws {
        var story = Story("{name: c, within: 7, \(Self.both)}")
        story.hbi("h", "2016-01-15T23:59:59Z", 6)
        story.calprotectin("k", "2016-01-23T00:00:00Z", 300)
        #expect(try story.outcome() == #""status":"censored","day":22,"cause":"last-contact","evidence":[]"#)
    }

    @Test("without a window the conditions have to be satisfied on the same day, in any order of hours")
    func sameDay() throws {
        var story = Story("{name: c, \(Self.both)}")
        story.hbi("h1", "2016-01-14T23:00:00Z", 6)
        story.calprotectin("k", "2016-01-15T01:00:00Z", 300)
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"last-contact","evidence":[]"#)
        story.hbi("h2", "2016-01-15T22:00:00Z", 6)
        #expect(
            try story.outcome()
                == #""status":"event","day":14,"cause":"c","#
                + #""evidence":[{"source":"/s","id":"h2"},{"source":"/s","id":"k"}]"#
        )
    }

    @Test("the later day may be that of either condition")
    func eitherCompletes() throws {
        var story = Story("{name: c, within: 7, \(Self.both)}")
        story.calprotectin("k", "2016-01-15T10:00:00Z", 300)
        story.hbi("h", "2016-01-16T10:00:00Z", 6)
        #expect(
            try story.outcome()
                == #""status":"event","day":15,"cause":"c","#
                + #""evidence":[{"source":"/s","id":"h"},{"source":"/s","id":"k"}]"#
        )
    }

    @Test("an observation the day before the first day does not count, though the window reaches it")
    func beforeFirstDay() throws {
        var story = Story("{name: c, within: 7, from: 14, \(Self.both)}")
        story.hbi("h", "2016-01-14T10:00:00Z", 6)
        story.calprotectin("k", "2016-01-15T10:00:00Z", 300)
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"last-contact","evidence":[]"#)
    }

    @Test("an observation on the first day counts")
    func onFirstDay() throws {
        var story = Story("{name: c, from: 14, all: [{score: HBI, at-least: 5}]}")
        story.hbi("early", "2016-01-14T23:59:59Z", 6)
        story.hbi("h", "2016-01-15T00:00:00Z", 6)
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"h"}]"#)
    }

    @Test("evidence is the latest observation of the window, up to the end of the day")
    func latestEvidence() throws {
        var story = Story("{name: c, within: 28, \(Self.both)}")
        story.hbi("h1", "2016-01-05T10:00:00Z", 6)
        story.hbi("h2", "2016-01-06T10:00:00Z", 4)
        story.calprotectin("k1", "2016-01-15T10:00:00Z", 300)
        story.calprotectin("k2", "2016-01-15T20:00:00Z", 260)
        story.calprotectin("k3", "2016-01-16T00:00:00Z", 500)
        #expect(
            try story.outcome()
                == #""status":"event","day":14,"cause":"c","#
                + #""evidence":[{"source":"/s","id":"h1"},{"source":"/s","id":"k2"}]"#
        )
    }

    @Test("of observations at one time the greater (source, id) is later, as bytes and the source first")
    func tiedEvidence() throws {
        var story = Story("{name: c, all: [{score: HBI, at-least: 5}]}")
        story.hbi("10", "2016-01-15T10:00:00Z", 6)
        story.hbi("9", "2016-01-15T11:00:00+01:00", 6)
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"9"}]"#)
        // A lower-case letter is greater than an upper-case one, and the decomposed é begins with a plain e.
        story.hbi("Z", "2016-01-15T10:00:00Z", 6)
        story.hbi("a", "2016-01-15T10:00:00Z", 6)
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"a"}]"#)
        story.hbi("e\u{301}", "2016-01-15T10:00:00Z", 6)
        story.hbi("z", "2016-01-15T10:00:00Z", 6)
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"z"}]"#)
        // U+1F600 is above U+FF5A in bytes and below it in UTF-16.
        story.hbi("\u{FF5A}", "2016-01-15T10:00:00Z", 6)
        story.hbi("\u{1F600}", "2016-01-15T10:00:00Z", 6)
        #expect(
            try story.outcome()
                == "\"status\":\"event\",\"day\":14,\"cause\":\"c\",\"evidence\":[{\"source\":\"/s\",\"id\":\"\u{1F600}\"}]"
        )
        // "/s/" + "0" run together sorts after "/s" + everything above, but so does its source alone.
        story.hbi("0", "2016-01-15T10:00:00Z", 6, source: "/s/")
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s/","id":"0"}]"#)
    }

    @Test("one event may be evidence for two conditions, in the order of the conditions")
    func evidenceTwice() throws {
        var story = Story("{name: c, all: [{score: Mayo, item: endoscopy, above: 1}, {score: Mayo, above: 5}]}")
        story.add("score", "m", "2016-01-15T10:00:00Z", #"{"instrument":"Mayo","total":6,"endoscopy":2}"#)
        #expect(
            try story.outcome()
                == #""status":"event","day":14,"cause":"c","#
                + #""evidence":[{"source":"/s","id":"m"},{"source":"/s","id":"m"}]"#
        )
    }

    @Test("of criteria that hold on the same day the first in the protocol names the cause")
    func firstOfSameDay() throws {
        var story = Story(
            "{name: first, all: [{score: HBI, at-least: 5}]}",
            "{name: second, all: [{assay: calprotectin, above: 250}]}"
        )
        story.calprotectin("k", "2016-01-15T08:00:00Z", 300)
        story.hbi("h", "2016-01-15T10:00:00Z", 6)
        #expect(
            try story.outcome() == #""status":"event","day":14,"cause":"first","evidence":[{"source":"/s","id":"h"}]"#
        )
    }

    @Test("the criterion that holds first makes the event, wherever it stands in the protocol")
    func earlierDay() throws {
        var story = Story(
            "{name: first, all: [{score: HBI, at-least: 5}]}",
            "{name: second, all: [{assay: calprotectin, above: 250}]}"
        )
        story.calprotectin("k", "2016-01-14T08:00:00Z", 300)
        story.hbi("h", "2016-01-15T10:00:00Z", 6)
        #expect(
            try story.outcome() == #""status":"event","day":13,"cause":"second","evidence":[{"source":"/s","id":"k"}]"#
        )
    }

    @Test("a criterion of the other disease does not apply")
    func otherDisease() throws {
        var story = Story("{name: c, disease: UC, all: [{score: HBI, at-least: 5}]}")
        story.hbi("h", "2016-01-15T10:00:00Z", 6)
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"last-contact","evidence":[]"#)
    }

    @Test("a patient never enrolled has no disease: only criteria without a disease apply")
    func neverEnrolled() throws {
        var story = Story(
            "{name: c, disease: CD, all: [{score: HBI, at-least: 5}]}",
            "{name: d, all: [{score: HBI, at-least: 7}]}"
        )
        story.lines.removeFirst()
        story.hbi("h", "2016-01-15T10:00:00Z", 6)
        story.hbi("i", "2016-01-16T10:00:00Z", 7)
        #expect(
            try story.outcomeLines() == [
                #"{"subject":"P","arm":"A","disease":null,"drug":"infliximab","outcomes":{"e":"#
                    + #"{"status":"event","day":15,"cause":"d","evidence":[{"source":"/s","id":"i"}]}},"findings":[]}"#
            ]
        )
    }

    @Test("the first enrolment and the first randomisation in order count")
    func firstOnes() throws {
        var story = Story("{name: c, disease: CD, all: [{assay: study-drug, below: 0.3}]}")
        story.add("randomisation", "Q", "2016-01-01T09:00:00Z", #"{"arm":"B","drug":"adalimumab"}"#)
        story.add("enrolment", "F", "2015-12-20T09:00:00Z", #"{"disease":"UC","sex":"F"}"#)
        story.add("assay", "1", "2016-01-15T10:00:00Z", #"{"analyte":"adalimumab","value":0.1,"unit":"ug/mL"}"#)
        #expect(
            try story.outcomeLines() == [
                #"{"subject":"P","arm":"B","disease":"UC","drug":"adalimumab","outcomes":{"e":"#
                    + #"{"status":"censored","day":14,"cause":"last-contact","evidence":[]}},"findings":[]}"#
            ]
        )
    }
}
