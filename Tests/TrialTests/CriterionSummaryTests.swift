import Testing
import Trial

@Suite("Summaries for people")
struct CriterionSummaryTests {
    @Test("the shipped protocol reads as the publication's rules")
    func shippedProtocol() {
        let summaries = TrialProtocol.roblin2020.endpoints.flatMap(\.criteria).map(\.summary)
        #expect(
            summaries == [
                "CD: HBI ≥ 5 and calprotectin > 250 ug/g within 28 days, from day 84",
                "UC: Mayo > 5 and Mayo endoscopy > 1 on the same day, from day 84",
                "adverse event with the drug withdrawn",
                "study-drug < 0.3 ug/mL and anti-study-drug (drug-sensitive) > 20 ng/mL within 1 day, from day 14",
                "anti-study-drug (drug-tolerant) ≥ 10 AU/mL, from day 14",
            ])
    }

    @Test(
        "a condition names what it needs and no more",
        arguments: [
            (Condition.score(.partialMayo, item: "bleeding", Threshold(.atMost, 1)), "partial-Mayo bleeding ≤ 1"),
            (.assay(.analyte(.crp), method: nil, unit: .milligramPerLitre, Threshold(.below, 2.5)), "crp < 2.5 mg/L"),
            (.assay(.analyte(.antiInfliximab), method: nil, unit: nil, Threshold(.above, 10)), "anti-infliximab > 10"),
            (.assay(.studyDrug, method: nil, unit: nil, Threshold(.above, -0.0)), "study-drug > 0 ug/mL"),
            (.assay(.studyDrug, method: nil, unit: nil, Threshold(.above, 1e300)), "study-drug > 1e+300 ug/mL"),
            (.adverseEvent(nil, drug: .any, minimumGrade: 3, serious: nil), "adverse event of grade ≥ 3"),
            (.adverseEvent(nil, drug: .any, minimumGrade: 1, serious: true), "serious adverse event"),
            (
                .adverseEvent(.interrupted, drug: .studyDrug, minimumGrade: 2, serious: false),
                "non-serious adverse event of grade ≥ 2 with the study drug interrupted"
            ),
            (
                .adverseEvent(.reduced, drug: .named("azathioprine"), minimumGrade: 1, serious: nil),
                "adverse event with azathioprine reduced"
            ),
            (
                .adverseEvent(AdverseEventAction.none, drug: .any, minimumGrade: 1, serious: nil),
                "adverse event with no action"
            ),
            (
                .adverseEvent(nil, drug: .studyDrug, minimumGrade: 1, serious: nil),
                "adverse event with any action on the study drug"
            ),
        ])
    func condition(_ condition: Condition, summary: String) {
        #expect(condition.summary == summary)
    }

    @Test("an assay target keeps the units that its analytes keep")
    func storedUnits() {
        #expect(AssayTarget.studyDrug.storedUnits == [.microgramPerMillilitre])
        #expect(AssayTarget.antiStudyDrug.storedUnits == [.nanogramPerMillilitre, .arbitraryUnitPerMillilitre])
        #expect(AssayTarget.analyte(.thioguanine).storedUnits == [.picomolePer8e8RedCells])
        let antibodies = AssayTarget.allTargets.filter(\.isAntibody).map(\.name)
        #expect(antibodies == ["anti-study-drug", "anti-infliximab", "anti-adalimumab"])
    }
}
