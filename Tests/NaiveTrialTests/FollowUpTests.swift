import Testing

/// Limits, censoring and treatment stops, worked by hand.
@Suite struct FollowUpTests {
    static let criterion = "{name: c, all: [{score: HBI, at-least: 5}]}"
    static let stopped = #"{"drug":"infliximab","reason":"other"}"#

    @Test("without an event the patient is censored at the horizon when last seen then or later")
    func horizon() throws {
        var story = Story(Self.criterion)
        story.dose("1", "2016-04-10T00:00:00Z")
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"horizon","evidence":[]"#)
        story.dose("2", "2016-06-01T00:00:00Z")
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"horizon","evidence":[]"#)
    }

    @Test("a last contact the day before the horizon is named as such")
    func lastContact() throws {
        var story = Story(Self.criterion)
        story.dose("1", "2016-04-09T23:59:59Z")
        #expect(try story.outcome() == #""status":"censored","day":99,"cause":"last-contact","evidence":[]"#)
    }

    @Test("a correction is no contact")
    func correctionIsNoContact() throws {
        var story = Story(Self.criterion)
        story.dose("1", "2016-01-15T10:00:00Z")
        story.correct("2", "2016-04-10T00:00:00Z", target: "1", to: "null")
        #expect(try story.outcome() == #""status":"censored","day":0,"cause":"last-contact","evidence":[]"#)
    }

    @Test("withdrawal ends follow-up: what is met later is no event")
    func withdrawal() throws {
        var story = Story(Self.criterion)
        story.add("withdrawal", "w", "2016-01-15T10:00:00Z", #"{"reason":"other"}"#)
        story.add("withdrawal", "v", "2016-01-20T10:00:00Z", #"{"reason":"death"}"#)
        story.hbi("h", "2016-01-16T10:00:00Z", 9)
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"withdrawal","evidence":[]"#)
    }

    @Test("what is met on the day of the withdrawal, even after it, is an event")
    func onTheLimit() throws {
        var story = Story(Self.criterion)
        story.add("withdrawal", "w", "2016-01-15T10:00:00Z", #"{"reason":"other"}"#)
        story.hbi("h", "2016-01-15T20:00:00Z", 9)
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"h"}]"#)
    }

    @Test("what is met on the horizon is an event, a day later not")
    func onTheHorizon() throws {
        var story = Story(Self.criterion)
        story.hbi("h", "2016-04-11T00:00:00Z", 9)
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"horizon","evidence":[]"#)
        story.hbi("g", "2016-04-10T23:59:59Z", 9)
        #expect(try story.outcome() == #""status":"event","day":100,"cause":"c","evidence":[{"source":"/s","id":"g"}]"#)
    }

    @Test("completion ends follow-up")
    func completion() throws {
        var story = Story(Self.criterion)
        story.add("completion", "x", "2016-01-15T10:00:00Z", "{}")
        story.hbi("h", "2016-01-16T10:00:00Z", 9)
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"completion","evidence":[]"#)
    }

    @Test("a withdrawal, completion or treatment stop on a negative day ends nothing")
    func negativeDays() throws {
        var story = Story(Self.criterion)
        story.stop = "censor"
        story.add("withdrawal", "w", "2015-12-31T10:00:00Z", #"{"reason":"other"}"#)
        story.add("completion", "x", "2015-12-31T10:00:00Z", "{}")
        story.add("treatment-stop", "t", "2015-12-31T10:00:00Z", Self.stopped)
        story.dose("1", "2016-04-10T00:00:00Z")
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"horizon","evidence":[]"#)
        story.stop = "event"
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"horizon","evidence":[]"#)
    }

    @Test("equal limits are named in the order horizon, withdrawal, completion, treatment-stop, cut")
    func equalLimits() throws {
        var story = Story(Self.criterion)
        story.stop = "censor"
        story.until = "2016-04-10T23:00:00Z"
        story.add("treatment-stop", "t", "2016-04-10T10:00:00Z", Self.stopped)
        story.add("completion", "x", "2016-04-10T10:00:00Z", "{}")
        story.add("withdrawal", "w", "2016-04-10T10:00:00Z", #"{"reason":"other"}"#)
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"horizon","evidence":[]"#)
        story.horizon = 101
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"withdrawal","evidence":[]"#)
        story.lines.removeLast()
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"completion","evidence":[]"#)
        story.lines.removeLast()
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"treatment-stop","evidence":[]"#)
        story.stop = "ignore"
        #expect(try story.outcome() == #""status":"censored","day":100,"cause":"cut","evidence":[]"#)
    }

    @Test("a treatment stop for another reason than an adverse event is ignored, an event, or censors")
    func strategies() throws {
        var story = Story(Self.criterion)
        story.add("treatment-stop", "a", "2016-01-10T10:00:00Z", #"{"drug":"infliximab","reason":"adverse-event"}"#)
        story.add("treatment-stop", "u", "2016-01-15T10:00:00Z", #"{"drug":"azathioprine","reason":"other"}"#)
        story.add("treatment-stop", "t", "2016-01-15T08:00:00Z", Self.stopped)
        story.hbi("h", "2016-01-16T10:00:00Z", 9)
        #expect(try story.outcome() == #""status":"event","day":15,"cause":"c","evidence":[{"source":"/s","id":"h"}]"#)
        story.stop = "event"
        #expect(
            try story.outcome()
                == #""status":"event","day":14,"cause":"treatment-stop","evidence":[{"source":"/s","id":"t"}]"#
        )
        story.stop = "censor"
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"treatment-stop","evidence":[]"#)
    }

    @Test("a criterion met on the day of the treatment stop goes before it")
    func stopAndCriterion() throws {
        var story = Story(Self.criterion)
        story.add("treatment-stop", "t", "2016-01-15T08:00:00Z", Self.stopped)
        story.hbi("h", "2016-01-15T10:00:00Z", 9)
        for strategy in ["event", "censor", "ignore"] {
            story.stop = strategy
            #expect(
                try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"h"}]"#
            )
        }
    }

    @Test("a treatment stop after the limit is no event")
    func stopAfterLimit() throws {
        var story = Story(Self.criterion)
        story.stop = "event"
        story.add("withdrawal", "w", "2016-01-15T10:00:00Z", #"{"reason":"other"}"#)
        story.add("treatment-stop", "t", "2016-01-16T08:00:00Z", Self.stopped)
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"withdrawal","evidence":[]"#)
    }

    @Test("a cut keeps what happened at its very moment and drops what happened a microsecond later")
    func cut() throws {
        var story = Story(Self.criterion)
        story.hbi("h", "2016-01-15T10:00:00.000001Z", 9)
        story.dose("1", "2016-01-15T08:00:00Z")
        story.until = "2016-01-15T11:00:00.000001+01:00"
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"h"}]"#)
        story.until = "2016-01-15T10:00:00Z"
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"cut","evidence":[]"#)
        story.until = "2016-01-20T10:00:00+23:59"
        story.lines.remove(at: 2)
        #expect(try story.outcome() == #""status":"censored","day":14,"cause":"last-contact","evidence":[]"#)
    }

    @Test("a cut before the randomisation leaves a patient without an outcome")
    func cutBeforeRandomisation() throws {
        var story = Story(Self.criterion)
        story.until = "2016-01-01T08:59:59.999999Z"
        #expect(try story.outcomeLines().isEmpty)
    }
}
