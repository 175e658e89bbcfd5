import Testing

/// Days, observations and conditions, worked by hand.
@Suite struct ObservationTests {
    static let last = #""status":"censored","day":30,"cause":"last-contact","evidence":[]"#

    /// The outcome after one assay on day 14 and a dose on day 30.
    func outcome(ofAssay data: String, _ condition: String) throws -> String {
        var story = Story("{name: c, all: [\(condition)]}")
        story.add("assay", "1", "2016-01-15T10:00:00Z", data)
        story.dose("2", "2016-01-31T10:00:00Z")
        return try story.outcome()
    }

    static let met = #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#

    @Test("a day is a difference of UTC dates, also for a clock that shows another date")
    func utcDates() throws {
        var story = Story("{name: c, all: [{score: HBI, at-least: 5}]}")
        // 00:30 on the 16th in Paris is 23:30 on the 15th in UTC, day 14.
        story.hbi("1", "2016-01-16T00:30:00+01:00", 5)
        #expect(try story.outcome() == #""status":"event","day":14,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
    }

    @Test("what happens on the date of the randomisation before its hour is on day 0 and counts")
    func dayZero() throws {
        var story = Story("{name: c, all: [{score: HBI, at-least: 5}]}")
        story.hbi("1", "2016-01-01T00:00:00Z", 5)
        #expect(try story.outcome() == #""status":"event","day":0,"cause":"c","evidence":[{"source":"/s","id":"1"}]"#)
    }

    @Test("what happens on a negative day is not looked at")
    func negativeDay() throws {
        var story = Story("{name: c, all: [{score: HBI, at-least: 5}]}")
        story.hbi("1", "2015-12-31T23:59:59.999999Z", 5)
        #expect(try story.outcome() == #""status":"censored","day":0,"cause":"last-contact","evidence":[]"#)
    }

    @Test(
        "a value at the threshold satisfies at-least and at-most only",
        arguments: [("at-least", true), ("above", false), ("below", false), ("at-most", true)]
    )
    func atThreshold(relation: String, isMet: Bool) throws {
        let data = #"{"analyte":"crp","value":5,"unit":"mg/L"}"#
        #expect(
            try outcome(ofAssay: data, "{assay: crp, \(relation): 5}") == (isMet ? Self.met : Self.last)
        )
    }

    @Test(
        "a value under the limit of quantification satisfies below and at-most when the limit does not exceed x",
        arguments: [
            ("below: 0.3", true), ("at-most: 0.3", true), ("below: 0.29", false), ("at-most: 0.29", false),
            ("above: 0", false), ("at-least: 0", false), ("above: 0.3", false), ("at-least: 0.3", false),
        ]
    )
    func belowLimit(comparison: String, isMet: Bool) throws {
        let data = #"{"analyte":"infliximab","value":0.3,"unit":"ug/mL","comparator":"<"}"#
        #expect(
            try outcome(ofAssay: data, "{assay: study-drug, \(comparison)}") == (isMet ? Self.met : Self.last)
        )
    }

    @Test(
        "a value over the limit of quantification satisfies above and at-least when the limit is not under x",
        arguments: [
            ("above: 20", true), ("at-least: 20", true), ("above: 20.5", false), ("at-least: 20.5", false),
            ("below: 1000", false), ("at-most: 1000", false), ("at-most: 20", false),
        ]
    )
    func aboveLimit(comparison: String, isMet: Bool) throws {
        let data = #"{"analyte":"infliximab","value":20,"unit":"ug/mL","comparator":">"}"#
        #expect(
            try outcome(ofAssay: data, "{assay: study-drug, \(comparison)}") == (isMet ? Self.met : Self.last)
        )
    }

    @Test("a unit is converted by one multiplication: 9 ng/mL × 0.001 is a little more than 0.009 ug/mL")
    func conversion() throws {
        let data = #"{"analyte":"infliximab","value":9,"unit":"ng/mL"}"#
        #expect(try outcome(ofAssay: data, "{assay: study-drug, above: 0.009}") == Self.met)
        #expect(try outcome(ofAssay: data, "{assay: study-drug, at-most: 0.009}") == Self.last)
    }

    @Test("the limit of quantification is converted like a value, and both signs for micro are read")
    func convertedLimit() throws {
        for unit in ["\u{B5}g/mL", "\u{3BC}g/mL", "ug/mL"] {
            let data =
                #"{"analyte":"anti-infliximab","value":0.02,"unit":"\#(unit)","comparator":">","#
                + #""method":"drug-sensitive"}"#
            #expect(try outcome(ofAssay: data, "{assay: anti-study-drug, unit: ng/mL, at-least: 20}") == Self.met)
        }
    }

    @Test("AU/mL is never compared with ng/mL when the condition asks for a unit")
    func arbitraryUnits() throws {
        let data = #"{"analyte":"anti-infliximab","value":50,"unit":"AU/mL","method":"drug-tolerant"}"#
        #expect(try outcome(ofAssay: data, "{assay: anti-study-drug, unit: ng/mL, above: 20}") == Self.last)
        #expect(try outcome(ofAssay: data, "{assay: anti-study-drug, unit: AU/mL, above: 20}") == Self.met)
        #expect(try outcome(ofAssay: data, "{assay: anti-study-drug, above: 20}") == Self.met)
    }

    @Test("a condition with a method looks at that method only")
    func method() throws {
        let data = #"{"analyte":"anti-infliximab","value":50,"unit":"ng/mL","method":"drug-tolerant"}"#
        #expect(
            try outcome(ofAssay: data, "{assay: anti-study-drug, method: drug-sensitive, above: 20}") == Self.last
        )
        #expect(
            try outcome(ofAssay: data, "{assay: anti-study-drug, method: drug-tolerant, above: 20}") == Self.met
        )
    }

    @Test("the study drug is that of the randomisation, and another drug has to be named")
    func studyDrug() throws {
        let data = #"{"analyte":"adalimumab","value":0.1,"unit":"mg/L"}"#
        #expect(try outcome(ofAssay: data, "{assay: study-drug, below: 0.3}") == Self.last)
        #expect(try outcome(ofAssay: data, "{assay: adalimumab, below: 0.3}") == Self.met)
    }

    @Test("a score is looked at by its total, its items, and for Mayo by its endoscopy")
    func scores() throws {
        let data = #"{"instrument":"Mayo","total":5,"endoscopy":2,"items":{"bleeding":3,"physician":2}}"#
        for (condition, isMet) in [
            ("{score: Mayo, at-least: 5}", true), ("{score: Mayo, above: 5}", false),
            ("{score: Mayo, item: total, at-least: 5}", true), ("{score: Mayo, item: endoscopy, above: 1}", true),
            ("{score: Mayo, item: bleeding, above: 2}", true), ("{score: Mayo, item: physician, above: 2}", false),
            ("{score: Mayo, item: stools, at-least: 0}", false), ("{score: partial-Mayo, at-least: 0}", false),
        ] {
            var story = Story("{name: c, all: [\(condition)]}")
            story.add("score", "1", "2016-01-15T10:00:00Z", data)
            story.dose("2", "2016-01-31T10:00:00Z")
            #expect(try story.outcome() == (isMet ? Self.met : Self.last), "\(condition)")
        }
    }

    @Test("an adverse event is looked at by action, drug, grade and seriousness")
    func adverseEvents() throws {
        let data = #"{"term":"rash","grade":3,"serious":false,"action":"withdrawn","drug":"infliximab"}"#
        for (asked, isMet) in [
            ("action: withdrawn", true), ("action: reduced", false),
            ("action: withdrawn, drug: study-drug", true), ("action: withdrawn, drug: infliximab", true),
            ("action: withdrawn, drug: adalimumab", false), ("action: withdrawn, drug: any", true),
            ("action: withdrawn, min-grade: 3", true), ("action: withdrawn, min-grade: 4", false),
            ("action: withdrawn, serious: false", true), ("action: withdrawn, serious: true", false),
        ] {
            var story = Story("{name: c, all: [{adverse-event: {\(asked)}}]}")
            story.add("adverse-event", "1", "2016-01-15T10:00:00Z", data)
            story.dose("2", "2016-01-31T10:00:00Z")
            #expect(try story.outcome() == (isMet ? Self.met : Self.last), "\(asked)")
        }
    }

    @Test("an adverse event without a drug is of no drug that is asked for by name")
    func adverseEventWithoutDrug() throws {
        for (asked, isMet) in [("", true), (", drug: any", true), (", drug: study-drug", false)] {
            var story = Story("{name: c, all: [{adverse-event: {action: none\(asked)}}]}")
            let data = #"{"term":"rash","grade":1,"serious":false,"action":"none"}"#
            story.add("adverse-event", "1", "2016-01-15T10:00:00Z", data)
            story.dose("2", "2016-01-31T10:00:00Z")
            #expect(try story.outcome() == (isMet ? Self.met : Self.last), "\(asked)")
        }
    }
}
