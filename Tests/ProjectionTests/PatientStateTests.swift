import Testing
import Trial

@testable import Projection

struct PatientStateTests {
    private static let start = PatientStateStory().enrolled().randomised()
    private static let sensitive = #","method":"drug-sensitive""#
    private static let tolerant = #","method":"drug-tolerant""#

    @Test("Arm, disease, drug and date come from the enrolment and randomisation that count")
    func identity() throws {
        let state = try Self.start.adding("randomisation", 5, #"{"arm":"monotherapy","drug":"adalimumab"}"#).state()
        #expect(state.subject == Array("P".utf8))
        #expect(state.arm == Array("combination".utf8))
        #expect(state.disease == .crohn)
        #expect(state.drug == .infliximab)
        #expect(state.randomisedOn == PatientStateStory.dayZero)
        #expect(state.findings == 1)
    }

    @Test("The day on study is that of the last event, and of the cut where there is one")
    func day() throws {
        let story = Self.start.assayed(100, "crp", 3, "mg/L")
        #expect(try story.state().day == 100)
        #expect(try story.state(until: PatientStateStory.midnight(90)).day == 90)
        #expect(try story.state(until: PatientStateStory.midnight(400) - 1).day == 399)
        #expect(try PatientStateStory().enrolled().state().day == nil)
    }

    @Test("The last dose is of the study drug, whatever else is given later")
    func lastDose() throws {
        let dose = try #require(try Self.start.dosed(0).dosed(14).dosed(20, "azathioprine").state().lastDose)
        #expect(dose.drug == .infliximab)
        #expect(dose.amount == 5)
        #expect(dose.unit == .milligramPerKilogram)
        #expect(dose.occasion == .init(dayNumber: PatientStateStory.dayZero + 14, day: 14))
    }

    @Test("Without randomisation there is no day, no trough level and no outcome, and the last dose is of any drug")
    func neverRandomised() throws {
        let state = try PatientStateStory().enrolled("UC").dosed(2, "azathioprine").assayed(3, "infliximab", 2, "ug/mL")
            .state()
        #expect(state.disease == .ulcerativeColitis)
        #expect(state.arm == nil && state.drug == nil && state.randomisedOn == nil)
        #expect(state.trough == nil && state.antibodies.isEmpty && state.outcomes.isEmpty)
        #expect(state.lastDose?.drug == .azathioprine)
        #expect(state.lastDose?.occasion == .init(dayNumber: PatientStateStory.dayZero + 2, day: nil))
    }

    @Test("The trough level is the study drug's, in its stored unit and with its comparator")
    func trough() throws {
        let story = Self.start.assayed(10, "infliximab", 5100, "ng/mL").assayed(12, "adalimumab", 9, "ug/mL")
        #expect(
            try story.state().trough
                == .init(
                    value: 5100 * 0.001, unit: .microgramPerMillilitre, comparator: nil,
                    occasion: .init(dayNumber: PatientStateStory.dayZero + 10, day: 10)))
        let later = try story.assayed(20, "infliximab", 0.3, "mg/L", #","comparator":"<""#).state().trough
        #expect(later?.value == 0.3)
        #expect(later?.comparator == .below)
    }

    @Test(
        "Antibodies are judged by the protocol's thresholds for their method and unit",
        arguments: [
            (20.0, "ng/mL", "", sensitive, false as Bool?), (20.5, "ng/mL", "", sensitive, true),
            (0.02, "ug/mL", "", sensitive, false), (0.03, "ug/mL", "", sensitive, true),
            (10, "ng/mL", "<", sensitive, false), (20, "ng/mL", "<", sensitive, false),
            (50, "ng/mL", "<", sensitive, nil), (15, "ng/mL", ">", sensitive, nil),
            (300, "ng/mL", ">", sensitive, true),
            (50, "AU/mL", "", sensitive, nil), (9.9, "AU/mL", "", tolerant, false), (10, "AU/mL", "", tolerant, true),
            (50, "ng/mL", "", tolerant, nil),
        ])
    func antibodies(value: Double, unit: String, comparator: String, method: String, expected: Bool?) throws {
        let rest = (comparator.isEmpty ? "" : #","comparator":"\#(comparator)""#) + method
        let state = try Self.start.assayed(9, "anti-adalimumab", 400, "AU/mL", Self.tolerant)
            .assayed(10, "anti-infliximab", value, unit, rest).state()
        let antibodies = try #require(state.antibodies.first)
        #expect(state.antibodies.count == 1)
        #expect(antibodies.isPositive == expected)
        #expect(antibodies.method == (method == Self.sensitive ? .drugSensitive : .drugTolerant))
    }

    @Test("Each method keeps its own last result")
    func methods() throws {
        let state = try Self.start.assayed(10, "anti-infliximab", 50, "ng/mL", Self.sensitive)
            .assayed(11, "anti-infliximab", 3, "AU/mL", Self.tolerant)
            .assayed(12, "anti-infliximab", 5, "ng/mL", Self.sensitive).state()
        #expect(state.antibodies.map(\.method) == [.drugSensitive, .drugTolerant])
        #expect(state.antibodies.map(\.last.value) == [5, 3])
        #expect(state.antibodies.map(\.isPositive) == [false, false])
    }

    @Test("Conditions bound to another disease, and those that ask for low values, judge nothing")
    func otherConditions() throws {
        func criterion(_ disease: Disease?, _ relation: Threshold.Relation) -> Criterion {
            Criterion(
                name: "c-\(relation.rawValue)", disease: disease, within: 0, from: 0,
                conditions: [.assay(.antiStudyDrug, method: nil, unit: nil, Threshold(relation, 20))])
        }
        var trial = TrialProtocol.roblin2020
        let story = Self.start.assayed(10, "anti-infliximab", 50, "ng/mL", Self.sensitive)
        for (criterion, expected) in [
            (criterion(.ulcerativeColitis, .above), nil), (criterion(nil, .below), nil),
            (criterion(.crohn, .above), true),
            (criterion(nil, .atLeast), true),
        ] as [(Criterion, Bool?)] {
            trial.endpoints = [Endpoint(name: "e", criteria: [criterion])]
            #expect(try story.state(of: trial).antibodies.first?.isPositive == expected)
        }
    }

    @Test("The score is the last one of the patient's disease")
    func score() throws {
        let scores = { (story: PatientStateStory) in
            story.scored(5, #"{"instrument":"Mayo","total":7,"endoscopy":2}"#)
                .scored(6, #"{"instrument":"HBI","total":4}"#)
        }
        let crohn = try scores(Self.start).state().score
        #expect(crohn?.instrument == .hbi && crohn?.total == 4 && crohn?.endoscopy == nil)
        let colitis = try scores(PatientStateStory().enrolled("UC").randomised()).state().score
        #expect(colitis?.instrument == .mayo && colitis?.total == 7 && colitis?.endoscopy == 2)
        let partial = try scores(PatientStateStory().enrolled("UC").randomised())
            .scored(7, #"{"instrument":"partial-Mayo","total":3}"#).state().score
        #expect(partial?.instrument == .partialMayo && partial?.total == 3)
        #expect(try scores(PatientStateStory().randomised()).state().score?.instrument == .hbi)
    }

    @Test("Calprotectin and outcomes stand as the fold has them")
    func outcomes() throws {
        let state = try Self.start.assayed(100, "calprotectin", 300, "mg/kg")
            .scored(101, #"{"instrument":"HBI","total":6}"#).assayed(400, "calprotectin", 40, "ug/g").state()
        #expect(state.calprotectin?.value == 40)
        #expect(state.calprotectin?.unit == .microgramPerGram)
        #expect(
            state.outcomes == [
                .init(endpoint: "clinical-failure", isEvent: true, day: 101, cause: "crohn-activity"),
                .init(endpoint: "pharmacokinetic-failure", isEvent: false, day: 400, cause: "last-contact"),
            ])
    }
}
