import Foundation
import Projection
import Report
import Testing
import Trial

struct PatientCorrectionTests {
    private static let time = "2016-03-08T12:00:00Z"
    private static let start = [
        eventLine("enrolment", "2016-03-01T09:00:00Z", #"{"disease":"CD","sex":"M"}"#, id: "en"),
        eventLine("randomisation", time, #"{"arm":"combination","drug":"infliximab"}"#, id: "ra"),
        eventLine("dose", time, #"{"drug":"infliximab","amount":5,"unit":"mg/kg","route":"IV"}"#, id: "do"),
        eventLine(
            "assay", "2016-06-10T09:30:00Z", #"{"analyte":"infliximab","value":24,"unit":"ug/mL"}"#, id: "as",
            source: "/labs/a"),
        eventLine("withdrawal", "2016-06-11T09:30:00Z", #"{"reason":"death"}"#, id: "wi"),
    ]

    private static func correction(
        _ id: String, _ time: String, of target: String, in source: String = "/sites/lyon", _ reason: String,
        _ replacement: String = "null"
    ) -> String {
        eventLine(
            "correction", time,
            #"{"corrects":{"source":"\#(source)","id":"\#(target)"},"reason":"\#(reason)","replacement":\#(replacement)}"#,
            id: id, source: "/labs/a")
    }

    private static let corrections = [
        correction(
            "c1", "2016-07-01T10:00:00Z", of: "as", in: "/labs/a", "first try",
            #"{"type":"trough.completion.v1","time":"2016-06-10T09:30:00Z","data":{}}"#),
        correction(
            "c2", "2016-07-02T10:00:00Z", of: "as", in: "/labs/a",
            "the decimal point was lost when the value was copied from the analyser to the sheet",
            #"{"type":"trough.assay.v1","time":"2016-06-10T08:00:00Z","data":{"analyte":"infliximab","value":2.4,"unit":"ug/mL"}}"#
        ),
        correction("c3", "2016-07-03T10:00:00Z", of: "wi", "other patient"),
        correction("c4", "2016-07-04T10:00:00Z", of: "c3", in: "/labs/a", "no"),
        correction("c5", "2016-07-05T10:00:00Z", of: "lost", "not here yet"),
    ]

    private static func table(_ cohort: PatientReplica) throws -> [String] {
        try lines(text { try cohort.timeline(cohort.patients[0]).appendTable(to: &$0) })
    }

    @Test("A corrected event shows what stood before, by which correction and why; a voided one stays in its place")
    func corrected() throws {
        let table = try Self.table(PatientReplica(lines: Self.corrections + Self.start))
        let first = try #require(table.firstIndex { $0.contains("2016-06-10") })
        #expect(
            table[first...].prefix(13).map { $0 } == [
                "  94  13 2016-06-10 08:00 assay infliximab trough 2.4 ug/mL                 b as",
                "                                corrected on 2016-07-02 (last of 2): the    b c2",
                "                                decimal point was lost when the value was",
                "                                copied from the analyser to the sheet",
                "                                stood before: infliximab trough 24 ug/mL at",
                "                                2016-06-10 09:30",
                "── clinical-failure: censored on day 94, last-contact ──────────────────────────",
                "── pharmacokinetic-failure: censored on day 94, last-contact ───────────────────",
                "  95  13 2016-06-11 09:30×withdrawal death                                  a wi",
                "                                void since 2016-07-03: other patient        b c3",
                "",
                "2 findings",
                "   correction-of-correction",
            ])
        #expect(
            table.suffix(3).map { $0 } == [
                "     day 118: correction voids /labs/a c3: no                               b c4",
                "   correction-without-target",
                "     day 119: correction voids /sites/lyon lost: not here yet               b c5",
            ])
        #expect(table.contains("a /sites/lyon · b /labs/a · × void"))
        #expect(table.filter { $0.count > 80 } == [])
    }

    @Test("The object tells standing and voided events apart, each with its correction")
    func json() throws {
        let cohort = try PatientReplica(lines: Self.corrections + Self.start)
        let line = try text { try cohort.timeline(cohort.patients[0]).appendJSON(to: &$0) }
        _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
        #expect(
            line.contains(
                #"{"day":94,"time":"2016-06-10T08:00:00Z","type":"trough.assay.v1","data":{"analyte":"infliximab","#
                    + #""value":2.4,"unit":"ug/mL"},"source":"/labs/a","id":"as","evidenceFor":[],"correction":"#
                    + #"{"source":"/labs/a","id":"c2","time":"2016-07-02T10:00:00Z","reason":"the decimal"#))
        #expect(
            line.contains(
                #""before":{"time":"2016-06-10T09:30:00Z","type":"trough.assay.v1","data":{"analyte":"infliximab","#
                    + #""value":24,"unit":"ug/mL"}}}}],"voided":[{"day":95,"time":"2016-06-11T09:30:00Z","#
                    + #""type":"trough.withdrawal.v1","data":{"reason":"death"},"source":"/sites/lyon","id":"wi","#
                    + #""evidenceFor":[],"correction":{"source":"/labs/a","id":"c3""#))
        #expect(
            line.hasSuffix(
                #""findings":[{"code":"correction-of-correction","source":"/labs/a","id":"c4"},"#
                    + #"{"code":"correction-without-target","source":"/labs/a","id":"c5"}]}"# + "\n"))
    }

    @Test("An event that a correction moves beyond the cut is not shown, nor is a void one beyond it")
    func cut() throws {
        let moved = Self.correction(
            "c1", "2016-07-01T10:00:00Z", of: "as", in: "/labs/a", "wrong month",
            #"{"type":"trough.assay.v1","time":"2016-07-10T08:00:00Z","data":{"analyte":"crp","value":2,"unit":"mg/L"}}"#
        )
        let void = Self.correction("c3", "2016-07-03T10:00:00Z", of: "wi", "other patient")
        let until = try instant("2016-06-11T00:00:00Z")
        let table = try Self.table(PatientReplica(lines: Self.start + [moved, void], until: until))
        #expect(!table.contains { $0.hasSuffix(" as") || $0.hasSuffix(" wi") })
        let whole = try Self.table(PatientReplica(lines: Self.start + [moved, void]))
        #expect(whole.contains { $0.hasPrefix(" 124  17 2016-07-10 08:00 assay crp 2 mg/L") && $0.hasSuffix(" as") })
        #expect(whole.contains { $0.contains("×withdrawal death") })
    }

    @Test("The corrections of other patients are theirs alone")
    func others() throws {
        let other = eventLine(
            "assay", "2016-06-10T09:30:00Z", #"{"analyte":"infliximab","value":99,"unit":"ug/mL"}"#, id: "as",
            subject: "Q", source: "/labs/a")
        let cohort = try PatientReplica(lines: Self.start + Self.corrections + [other])
        let timeline = try cohort.timeline(cohort.patient("P"))
        let table = text { timeline.appendTable(to: &$0) }
        #expect(table.contains("stood before: infliximab trough 24 ug/mL"))
        #expect(!table.contains("99"))
    }

    @Test("Without randomisation there are dates, and no days and outcomes")
    func neverRandomised() throws {
        let cohort = try PatientReplica(lines: [Self.start[0], Self.start[2]])
        #expect(
            try Self.table(cohort) == [
                "P · CD · enrolled", "not randomised · 2 events", "", "a /sites/lyon", "",
                " day  wk date       UTC   event",
                "         2016-03-01 09:00 enrolment CD, male                                a en",
                "         2016-03-08 12:00 dose  infliximab 5 mg/kg IV                       a do", "", "no findings",
            ])
        let line = try text { try cohort.timeline(cohort.patients[0]).appendJSON(to: &$0) }
        #expect(
            line.hasPrefix(
                #"{"subject":"P","arm":null,"disease":"CD","drug":null,"phase":"enrolled","events":[{"day":null,"#))
        #expect(line.hasSuffix(#""voided":[],"outcomes":{},"findings":[]}"# + "\n"))
    }

    @Test("A patient of whom only a correction is known has a timeline too")
    func correctionAlone() throws {
        let cohort = try PatientReplica(lines: [Self.corrections[4]])
        let table = try Self.table(cohort)
        #expect(table.prefix(2).map { $0 } == ["P · not-enrolled", "not randomised · 0 events · 2 findings"])
        #expect(table.contains("   never-enrolled"))
        #expect(table.contains { $0.hasPrefix("     2016-07-05: correction voids /sites/lyon lost: not here yet") })
    }

    @Test("A treatment stop that the protocol counts as a failure is the evidence for it")
    func compositeStop() throws {
        var trial = TrialProtocol.roblin2020
        trial.treatmentStop = .event
        let stop = eventLine(
            "treatment-stop", "2016-04-08T12:00:00Z", #"{"drug":"infliximab","reason":"lack-of-efficacy"}"#, id: "ts")
        let table = try Self.table(PatientReplica(lines: Self.start + [stop], protocol: trial))
        let row = try #require(
            table.firstIndex { $0.hasPrefix("── clinical-failure: event on day 31, cause treatment-stop") })
        #expect(table[row - 1].hasPrefix("  31   4 2016-04-08 12:00▸treatment-stop infliximab, lack-of-efficacy"))
        #expect(table[row + 1] == "   treatment stop, which the protocol counts as a failure")
        #expect(table[row + 2].hasPrefix("   ▸ day 31: infliximab, lack-of-efficacy"))
    }

    @Test("Texts that would move the cursor of a terminal are made harmless")
    func hostile() throws {
        let event = eventLine(
            "adverse-event", "2016-04-08T12:00:00Z",
            #"{"term":"rash\u001b[2J\u202eevil\nline","grade":2,"serious":false,"action":"none"}"#, id: "x")
        let table = try Self.table(PatientReplica(lines: Self.start + [event]))
        #expect(table.contains { $0.contains("rash\u{FFFD}[2J\u{FFFD}evil\u{FFFD}line") })
        #expect(!table.joined().unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    }
}
