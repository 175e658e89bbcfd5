import Testing

@testable import Trial

struct DataTests {
    private static func refused(_ kind: String, _ data: String, _ fragment: String) -> RefusedCase {
        RefusedCase(LineTemplate.of(kind, data), fragment)
    }

    private static func text(_ count: Int) -> String { "\"" + String(repeating: "x", count: count) + "\"" }

    private static let enrolments: [RefusedCase] = [
        refused("enrolment", "{}", "data.disease is missing"),
        refused("enrolment", #"{"disease":"CD"}"#, "data.sex is missing"),
        refused("enrolment", #"{"disease":"cd","sex":"F"}"#, #"data.disease is "cd"; "CD" or "UC" was expected"#),
        refused("enrolment", #"{"disease":"CD","sex":"X"}"#, #""F" or "M" was expected"#),
        refused("enrolment", #"{"disease":null,"sex":"F"}"#, "data.disease is null"),
        refused(
            "enrolment", #"{"disease":"CD","sex":"F","age":4}"#,
            #"unknown field "age"; an enrolment has only disease, sex, "#),
        refused(
            "enrolment", #"{"disease":"CD","sex":"F","birthYear":1879}"#,
            "data.birthYear is 1879; an enrolment's birthYear is a whole number from 1880 to 2100"),
        refused("enrolment", #"{"disease":"CD","sex":"F","birthYear":2101}"#, "1880 to 2100"),
        refused("enrolment", #"{"disease":"CD","sex":"F","birthYear":1980.5}"#, "is 1980.5"),
        refused("enrolment", #"{"disease":"CD","sex":"F","birthYear":"1980"}"#, #"is "1980""#),
        refused("enrolment", #"{"disease":"CD","sex":"F","weightKg":0}"#, "a number above 0"),
        refused("enrolment", #"{"disease":"CD","sex":"F","weightKg":-0.0}"#, "a number above 0"),
        refused("enrolment", #"{"disease":"CD","sex":"F","weightKg":null}"#, "data.weightKg is null"),
        refused("enrolment", #"{"disease":"CD","sex":"F","weightKg":1e999}"#, "which a double can hold"),
        refused(
            "enrolment", #"{"disease":"CD","sex":"F","albuminGPerL":-1}"#,
            "data.albuminGPerL is -1; an enrolment's albuminGPerL is a number of at least 0"),
        refused("enrolment", #"{"disease":"CD","sex":"F","crpMgPerL":"1"}"#, "data.crpMgPerL"),
        refused("enrolment", #"{"disease":"CD","sex":"F","diseaseDurationYears":-0.1}"#, "data.diseaseDurationYears"),
        refused("enrolment", #"{"disease":"CD","sex":"F","hlaDQA105":1}"#, "true or false"),
        refused("enrolment", #"{"disease":"CD","sex":"F","hlaDQA105":"true"}"#, "true or false"),
        refused(
            "enrolment", #"{"disease":"CD","sex":"F","firstDrug":"azathioprine"}"#,
            #""infliximab" or "adalimumab" was expected"#),
    ]

    private static let treatments: [RefusedCase] = [
        refused("randomisation", #"{"arm":"a"}"#, "data.drug is missing"),
        refused("randomisation", #"{"drug":"infliximab"}"#, "data.arm is missing"),
        refused("randomisation", #"{"arm":"","drug":"infliximab"}"#, "data.arm is an empty text"),
        refused(
            "randomisation", #"{"arm":\#(text(129)),"drug":"infliximab"}"#,
            "of 129 bytes; a randomisation's arm is a text of 1 to 128 bytes"),
        refused("randomisation", #"{"arm":"a\u0000b","drug":"infliximab"}"#, "no U+0000"),
        refused("randomisation", #"{"arm":1,"drug":"infliximab"}"#, "data.arm is 1"),
        refused("randomisation", #"{"arm":"a","drug":"azathioprine"}"#, #"data.drug is "azathioprine""#),
        refused("dose", #"{"amount":1,"unit":"mg","route":"IV"}"#, "data.drug is missing"),
        refused("dose", #"{"drug":"infliximab","unit":"mg","route":"IV"}"#, "data.amount is missing"),
        refused("dose", #"{"drug":"infliximab","amount":1,"route":"IV"}"#, "data.unit is missing"),
        refused("dose", #"{"drug":"infliximab","amount":1,"unit":"mg"}"#, "data.route is missing"),
        refused(
            "dose", #"{"drug":"vedolizumab","amount":1,"unit":"mg","route":"IV"}"#, #""azathioprine" was expected"#),
        refused(
            "dose", #"{"drug":"infliximab","amount":0,"unit":"mg","route":"IV"}"#,
            "data.amount is 0; a dose's amount is a number above 0"),
        refused("dose", #"{"drug":"infliximab","amount":-5,"unit":"mg","route":"IV"}"#, "above 0"),
        refused("dose", #"{"drug":"infliximab","amount":1e-400,"unit":"mg","route":"IV"}"#, "above 0"),
        refused("dose", #"{"drug":"infliximab","amount":1e400,"unit":"mg","route":"IV"}"#, "which a double can hold"),
        refused("dose", #"{"drug":"infliximab","amount":"5","unit":"mg","route":"IV"}"#, #"data.amount is "5""#),
        refused(
            "dose", #"{"drug":"infliximab","amount":5,"unit":"g","route":"IV"}"#,
            #"a dose is in "mg", "mg/kg" or "mg/kg/day""#),
        refused("dose", #"{"drug":"infliximab","amount":5,"unit":"ug/mL","route":"IV"}"#, "a dose is in"),
        refused(
            "dose", #"{"drug":"infliximab","amount":5,"unit":"mg","route":"iv"}"#, #""IV", "SC" or "PO" was expected"#),
        refused("treatment-stop", #"{"drug":"","reason":"other"}"#, "1 to 128 bytes"),
        refused("treatment-stop", #"{"reason":"other"}"#, "data.drug is missing"),
        refused("treatment-stop", #"{"drug":"infliximab"}"#, "data.reason is missing"),
        refused("treatment-stop", #"{"drug":"infliximab","reason":"tired"}"#, #""lack-of-efficacy""#),
        refused("treatment-stop", #"{"drug":\#(text(129)),"reason":"other"}"#, "1 to 128 bytes"),
        refused("withdrawal", "{}", "data.reason is missing"),
        refused(
            "withdrawal", #"{"reason":"adverse-event"}"#,
            #""consent-withdrawn", "lost-to-follow-up", "death" or "other""#),
        refused(
            "withdrawal", #"{"reason":"death","date":"x"}"#, #"unknown field "date"; a withdrawal has only reason"#),
        refused("completion", #"{"reason":"other"}"#, "a completion has no fields"),
        refused("completion", #"{"type":"x"}"#, #"unknown field "type""#),
    ]

    private static let observations: [RefusedCase] = [
        refused("assay", #"{"value":1,"unit":"ug/mL"}"#, "data.analyte is missing"),
        refused("assay", #"{"analyte":"infliximab","unit":"ug/mL"}"#, "data.value is missing; an assay has one"),
        refused("assay", #"{"analyte":"infliximab","value":1}"#, "data.unit is missing"),
        refused("assay", #"{"analyte":"ifx","value":1,"unit":"ug/mL"}"#, #""6-tgn" was expected"#),
        refused(
            "assay", #"{"analyte":"infliximab","value":-1,"unit":"ug/mL"}"#,
            "data.value is -1; an assay's value is a number of at least 0."),
        refused(
            "assay", #"{"analyte":"infliximab","value":-1e-400,"unit":"ug/mL"}"#,
            "data.value is -1e-400; an assay's value is a number of at least 0."),
        refused(
            "assay", #"{"analyte":"anti-infliximab","value":1,"unit":"AU/mL"}"#,
            "data.method is missing; an assay of antibodies has one."),
        refused(
            "score", #"{"instrument":"Mayo","total":3}"#, "data.endoscopy is missing; a Mayo score has one."),
        refused("assay", #"{"analyte":"infliximab","value":"<0.3","unit":"ug/mL"}"#, #"data.value is "<0.3""#),
        refused("assay", #"{"analyte":"infliximab","value":1e309,"unit":"ug/mL"}"#, "which a double can hold"),
        refused(
            "assay", #"{"analyte":"infliximab","value":1,"unit":"mg/dL"}"#,
            #"data.unit is "mg/dL"; an assay of infliximab is in one of "ug/mL", "mg/L", "ng/mL""#),
        refused("assay", #"{"analyte":"6-tgn","value":1,"unit":"ug/mL"}"#, #""pmol/8e8RBC""#),
        refused("assay", #"{"analyte":"crp","value":1,"unit":5}"#, "data.unit is 5"),
        refused("assay", #"{"analyte":"infliximab","value":1,"unit":"AU/mL"}"#, "one of"),
        refused(
            "assay", #"{"analyte":"infliximab","value":1,"unit":"ug/mL","comparator":"<="}"#,
            #""<" or ">" was expected"#),
        refused(
            "assay", #"{"analyte":"infliximab","value":1,"unit":"ug/mL","comparator":null}"#, "data.comparator is null"),
        refused(
            "assay", #"{"analyte":"infliximab","value":1,"unit":"ug/mL","method":"drug-tolerant"}"#,
            "only antibodies have one"),
        refused("assay", #"{"analyte":"anti-infliximab","value":1,"unit":"ng/mL"}"#, "data.method is missing"),
        refused(
            "assay", #"{"analyte":"anti-infliximab","value":1,"unit":"ng/mL","method":"elisa"}"#,
            #""drug-sensitive" or "drug-tolerant""#),
        refused("score", #"{"total":3}"#, "data.instrument is missing"),
        refused("score", #"{"instrument":"HBI"}"#, "data.total is missing"),
        refused("score", #"{"instrument":"CDAI","total":3}"#, #""partial-Mayo" was expected"#),
        refused("score", #"{"instrument":"HBI","total":101}"#, "the total of HBI is a whole number from 0 to 100"),
        refused("score", #"{"instrument":"HBI","total":-1}"#, "data.total is -1"),
        refused("score", #"{"instrument":"HBI","total":3.5}"#, "data.total is 3.5"),
        refused("score", #"{"instrument":"HBI","total":null}"#, "data.total is null"),
        refused("score", #"{"instrument":"Mayo","total":13,"endoscopy":1}"#, "from 0 to 12"),
        refused("score", #"{"instrument":"Mayo","total":5}"#, "data.endoscopy is missing"),
        refused("score", #"{"instrument":"Mayo","total":5,"endoscopy":4}"#, "whole number from 0 to 3"),
        refused("score", #"{"instrument":"partial-Mayo","total":10}"#, "from 0 to 9"),
        refused("score", #"{"instrument":"partial-Mayo","total":1,"endoscopy":1}"#, "only Mayo has one"),
        refused("score", #"{"instrument":"HBI","total":1,"endoscopy":1}"#, "only Mayo has one"),
        refused(
            "score", #"{"instrument":"HBI","total":3,"items":{"a":1,"b":1}}"#,
            "data.items add up to 2 and data.total is 3"),
        refused("score", #"{"instrument":"HBI","total":3,"items":{}}"#, "add up to 0"),
        refused("score", #"{"instrument":"HBI","total":3,"items":[3]}"#, "data.items is an array"),
        refused("score", #"{"instrument":"HBI","total":3,"items":null}"#, "data.items is null"),
        refused("score", #"{"instrument":"HBI","total":3,"items":{"a":4,"b":-1}}"#, #"data.items has 4 for "a""#),
        refused("score", #"{"instrument":"HBI","total":3,"items":{"a":1.5,"b":1.5}}"#, "whole number"),
        refused("score", #"{"instrument":"HBI","total":3,"items":{"a":"3"}}"#, "whole number"),
        refused("score", #"{"instrument":"HBI","total":3,"items":{"":3}}"#, "1 to 64 bytes"),
        refused("score", #"{"instrument":"HBI","total":3,"items":{\#(text(65)):3}}"#, "1 to 64 bytes"),
    ]

    private static let adverseEvents: [RefusedCase] = [
        refused("adverse-event", #"{"grade":1,"serious":false,"action":"none"}"#, "data.term is missing"),
        refused(
            "adverse-event", #"{"term":"x","serious":false,"action":"none"}"#,
            "data.grade is missing; an adverse event has one"),
        refused("adverse-event", #"{"term":"x","grade":1,"action":"none"}"#, "data.serious is missing"),
        refused("adverse-event", #"{"term":"x","grade":1,"serious":false}"#, "data.action is missing"),
        refused("adverse-event", #"{"term":"","grade":1,"serious":false,"action":"none"}"#, "1 to 500 bytes"),
        refused(
            "adverse-event", #"{"term":\#(text(501)),"grade":1,"serious":false,"action":"none"}"#,
            "of 501 bytes; an adverse event's term is a text of 1 to 500 bytes"),
        refused("adverse-event", #"{"term":"a\u0000","grade":1,"serious":false,"action":"none"}"#, "U+0000"),
        refused(
            "adverse-event", #"{"term":"x","grade":0,"serious":false,"action":"none"}"#, "whole number from 1 to 5"),
        refused(
            "adverse-event", #"{"term":"x","grade":6,"serious":false,"action":"none"}"#, "whole number from 1 to 5"),
        refused("adverse-event", #"{"term":"x","grade":2.5,"serious":false,"action":"none"}"#, "data.grade is 2.5"),
        refused("adverse-event", #"{"term":"x","grade":2,"serious":"no","action":"none"}"#, "true or false"),
        refused(
            "adverse-event", #"{"term":"x","grade":2,"serious":false,"action":"stopped"}"#, #""withdrawn" was expected"#
        ),
        refused(
            "adverse-event", #"{"term":"x","grade":2,"serious":false,"action":"withdrawn"}"#,
            "unless its action is \"none\""),
        refused(
            "adverse-event", #"{"term":"x","grade":2,"serious":false,"action":"none","drug":""}"#, "1 to 128 bytes"),
        refused(
            "adverse-event", #"{"term":"x","grade":2,"serious":false,"action":"none","drug":null}"#, "data.drug is null"
        ),
    ]

    @Test(
        "Refuses data that do not fit the type",
        arguments: [enrolments, treatments, observations, adverseEvents].flatMap { $0 })
    func refuses(refused: RefusedCase) throws {
        let refusal = try #require(ParsedLine(refused.line).refusal)
        #expect(refusal.code == .data)
        #expect(refusal.message.contains(refused.fragment), "\(refusal.message)")
        #expect(refusal.message.hasSuffix("."))
        #expect(refusal.column != nil)
    }

    @Test("The column is that of the value at fault")
    func column() throws {
        let line = LineTemplate.of("assay", #"{"analyte":"infliximab","value":-1,"unit":"ug/mL"}"#)
        let before = try #require(line.firstRange(of: "-1,\"unit\""))
        #expect(ParsedLine(line).refusal?.column == line[..<before.lowerBound].utf8.count + 1)
    }

    @Test("Reads an enrolment with and without its optional fields")
    func enrolment() throws {
        let bare = ParsedLine(LineTemplate.of("enrolment", #"{"disease":"UC","sex":"M"}"#))
        #expect(bare.record?.code == Disease.ulcerativeColitis.rawValue)
        #expect(bare.record?.qualifier == Sex.male.rawValue)
        #expect(bare.record?.detail.isEmpty == true)
        let full = ParsedLine(
            LineTemplate.of(
                "enrolment",
                #"{"weightKg":70.70,"disease":"CD","sex":"F","birthYear":198e1,"albuminGPerL":46.9,"crpMgPerL":-0,"diseaseDurationYears":0.5,"hlaDQA105":true,"firstDrug":"adalimumab"}"#
            ))
        #expect(
            full.detail
                == #"{"albuminGPerL":46.9,"birthYear":1980,"crpMgPerL":0,"diseaseDurationYears":0.5,"firstDrug":"adalimumab","hlaDQA105":true,"weightKg":70.7}"#
        )
        let record = try #require(full.record)
        var expected = EnrolmentDetail()
        expected.birthYear = 1980
        expected.weightKg = 70.7
        expected.albuminGPerL = 46.9
        expected.crpMgPerL = 0
        expected.diseaseDurationYears = 0.5
        expected.hlaDQA105 = true
        expected.firstDrug = .adalimumab
        #expect(try EventDetail.enrolment(of: record, in: full.batch.arena.span) == expected)
        #expect(
            try full.written().hasSuffix(
                #""data":{"disease":"CD","sex":"F","birthYear":1980,"weightKg":70.7,"albuminGPerL":46.9,"crpMgPerL":0,"diseaseDurationYears":0.5,"hlaDQA105":true,"firstDrug":"adalimumab"}}"#
            ))
    }

    @Test("Reads a randomisation, whose arm may be any text without U+0000")
    func randomisation() throws {
        let parsed = ParsedLine(LineTemplate.of("randomisation", #"{"drug":"infliximab","arm":"\"A\" \u00e9\\"}"#))
        #expect(parsed.record?.code == Drug.infliximab.rawValue)
        #expect(parsed.detail == #"{"arm":"\"A\" é\\"}"#)
        let record = try #require(parsed.record)
        #expect(try EventDetail.arm(of: record, in: parsed.batch.arena.span) == Array(#""A" é\"#.utf8))
    }

    @Test("Reads a dose of any drug in any unit by any route")
    func dose() {
        for drug in Drug.allCases {
            for unit in Unit.allCases where unit.isDoseUnit {
                for route in Route.allCases {
                    let parsed = ParsedLine(
                        LineTemplate.of(
                            "dose",
                            #"{"drug":"\#(drug.name)","amount":2.50,"unit":"\#(unit.name)","route":"\#(route.name)"}"#))
                    #expect(parsed.record?.code == drug.rawValue)
                    #expect(parsed.record?.unit == unit.rawValue)
                    #expect(parsed.record?.qualifier == route.rawValue)
                    #expect(parsed.record?.value == 2.5)
                    #expect(parsed.record?.detail.isEmpty == true)
                }
            }
        }
    }

    @Test("Takes exactly the units that fit the analyte, and keeps the unit as sent")
    func assayUnits() {
        for analyte in Analyte.allCases {
            for unit in Unit.allCases {
                let method = analyte.isAntibody ? #","method":"drug-tolerant""# : ""
                let parsed = ParsedLine(
                    LineTemplate.of(
                        "assay",
                        #"{"analyte":"\#(analyte.name)","value":0,"unit":"\#(unit.name)","comparator":"<"\#(method)}"#))
                let fits = analyte.conversion(from: unit) != nil
                #expect((parsed.refusal == nil) == fits)
                #expect(!fits || parsed.record?.unit == unit.rawValue)
                #expect(!fits || parsed.record?.level == Comparator.below.rawValue)
                #expect(
                    !fits || parsed.record?.qualifier == (analyte.isAntibody ? AssayMethod.drugTolerant.rawValue : 0))
            }
        }
    }

    @Test("Reads scores at their limits, and items in the order of their names")
    func score() throws {
        let hbi = ParsedLine(
            LineTemplate.of(
                "score", #"{"instrument":"HBI","total":5.0,"items":{"stools":3e0,"pain":2,"\u0061bc":0.0}}"#))
        #expect(hbi.record?.value == 5)
        #expect(hbi.detail == #"{"items":{"abc":0,"pain":2,"stools":3}}"#)
        let record = try #require(hbi.record)
        let items = try EventDetail.items(of: record, in: hbi.batch.arena.span)
        #expect(items.map { String(decoding: $0.name, as: UTF8.self) } == ["abc", "pain", "stools"])
        #expect(items.map(\.value) == [0, 2, 3])
        for line in [#"{"instrument":"HBI","total":100}"#, #"{"instrument":"partial-Mayo","total":9}"#] {
            #expect(ParsedLine(LineTemplate.of("score", line)).refusal == nil)
        }
        let mayo = ParsedLine(LineTemplate.of("score", #"{"instrument":"Mayo","total":12,"endoscopy":30e-1}"#))
        #expect(mayo.record?.level == 3)
        let empty = ParsedLine(LineTemplate.of("score", #"{"instrument":"HBI","total":0,"items":{}}"#))
        #expect(empty.detail == #"{"items":{}}"#)
        #expect(try EventDetail.items(of: #require(empty.record), in: empty.batch.arena.span).isEmpty)
        #expect(try EventDetail.items(of: #require(mayo.record), in: mayo.batch.arena.span).isEmpty)
    }

    @Test("Reads adverse events with and without a drug")
    func adverseEvent() throws {
        let none = ParsedLine(
            LineTemplate.of("adverse-event", #"{"term":"flu\n","grade":5.0,"serious":true,"action":"none"}"#))
        #expect(none.record?.level == 5)
        #expect(none.record?.qualifier == 1)
        #expect(none.detail == #"{"term":"flu\n"}"#)
        let read = try EventDetail.adverseEvent(of: #require(none.record), in: none.batch.arena.span)
        #expect(read.term == Array("flu\n".utf8) && read.drug == nil)
        let stopped = ParsedLine(
            LineTemplate.of(
                "adverse-event",
                #"{"term":\#(Self.text(500)),"grade":1,"serious":false,"action":"withdrawn","drug":"my \"drug\""}"#))
        #expect(stopped.record?.code == AdverseEventAction.withdrawn.rawValue)
        #expect(stopped.record?.qualifier == 0)
        #expect(
            try EventDetail.adverseEventDrug(of: #require(stopped.record), in: stopped.batch.arena.span)
                == Array(#"my "drug""#.utf8))
        #expect(
            try EventDetail.adverseEvent(of: #require(stopped.record), in: stopped.batch.arena.span).term.count == 500)
    }

    @Test("Reads treatment stops, withdrawals and completions")
    func ends() throws {
        let stop = ParsedLine(LineTemplate.of("treatment-stop", #"{"drug":"budesonide","reason":"patient-decision"}"#))
        #expect(stop.record?.code == TreatmentStopReason.patientDecision.rawValue)
        #expect(
            try EventDetail.treatmentStopDrug(of: #require(stop.record), in: stop.batch.arena.span)
                == Array("budesonide".utf8))
        let withdrawal = ParsedLine(LineTemplate.of("withdrawal", #"{"reason":"death"}"#))
        #expect(withdrawal.record?.code == WithdrawalReason.death.rawValue)
        #expect(ParsedLine(LineTemplate.of("completion", "{ }")).record?.kind == .completion)
    }
}
