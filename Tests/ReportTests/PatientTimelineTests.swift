import Foundation
import Projection
import Report
import Testing
import Trial

struct PatientTimelineTests {
    private static func table(_ timeline: PatientTimeline, width: Int = 80) -> [String] {
        lines(text { timeline.appendTable(width: width, to: &$0) })
    }

    private static func object(_ timeline: PatientTimeline) throws -> [String: Any] {
        let line = text { timeline.appendJSON(to: &$0) }
        #expect(line.hasSuffix("}\n") && line.count { $0 == "\n" } == 1)
        return try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test("Every event of the trial has its line, within the width")
    func replica() throws {
        let replica = try PatientReplica.shared()
        for patient in replica.patients {
            let timeline = try replica.timeline(patient)
            for width in [72, 80, 120] {
                let table = Self.table(timeline, width: width)
                #expect(table.filter { $0.count > width || $0.hasSuffix(" ") } == [], "\(patient.subject) at \(width)")
                let named = Set(table.compactMap { $0.split(separator: " ").last.map(String.init) })
                let ids = patient.history.records.map { String(decoding: replica.batch.bytes($0.id), as: UTF8.self) }
                #expect(ids.filter { !named.contains($0) } == [], "\(patient.subject)")
                #expect(table.last == "no findings")
            }
        }
    }

    @Test("An outcome is drawn after the last event of its day and before the next day")
    func places() throws {
        let replica = try PatientReplica.shared()
        for patient in replica.patients {
            let table = Self.table(try replica.timeline(patient))
            for (endpoint, outcome) in zip(replica.trial.endpoints, patient.outcome.endpoints) {
                let row = try #require(table.firstIndex { $0.hasPrefix("── \(endpoint.name): ") })
                #expect(
                    table[row].contains(
                        outcome.isEvent ? "event on day \(outcome.day)," : "censored on day \(outcome.day),"))
                let days = { (rows: ArraySlice<String>) in
                    rows.compactMap { $0.count > 45 ? Int($0.prefix(4).filter { $0 != " " }) : nil }
                }
                #expect(days(table[..<row]).allSatisfy { $0 <= outcome.day }, "\(patient.subject)")
                #expect(days(table[row...]).allSatisfy { $0 > outcome.day }, "\(patient.subject)")
            }
        }
    }

    @Test("The header, an event and the evidence read as people expect")
    func wording() throws {
        let replica = try PatientReplica.shared()
        let table = Self.table(try replica.timeline(replica.patient("FO-002")))
        #expect(
            table.prefix(12).map { $0 } == [
                "FO-002 · monotherapy · CD · adalimumab · completed",
                "randomised on 2014-04-06 · day 730 · 117 events",
                "",
                "clinical-failure: event on day 547, cause crohn-activity",
                "pharmacokinetic-failure: event on day 547, cause drug-sensitive",
                "",
                "a /sites/forez · b /labs/cic-1408 · ▸ evidence",
                "",
                " day  wk date       UTC   event",
                " -14  -2 2014-03-23 09:09 enrolment CD, female, born 1945,    a 01SGJGN8W3V4B4Y8",
                "                                55.3 kg, albumin 35.8 g/L,",
                "                                HLA-DQA1*05 carrier, first",
            ])
        #expect(table.contains("   0   0 2014-04-06 09:09 randomisation monotherapy,          a 01XH9DB0R441MDZA"))
        #expect(table.contains("                    12:09 dose  adalimumab 160 mg SC          a 01R6GFGTZ96FZRT1"))
        #expect(table.contains(" 545  77 2015-10-03 09:09▸assay calprotectin 279 ug/g         b 01H90PYX7QYWFNGK"))
        let row = try #require(table.firstIndex { $0.hasPrefix("── pharma") })
        #expect(
            table[row...].prefix(5).map { $0 } == [
                "── pharmacokinetic-failure: event on day 547, cause drug-sensitive ─────────────",
                "   study-drug < 0.3 ug/mL",
                "   ▸ day 547: adalimumab trough < 0.3 ug/mL                   b 014P1YMR4RA5SE6T",
                "   anti-study-drug (drug-sensitive) > 20 ng/mL",
                "   ▸ day 547: anti-adalimumab 97.1 ng/mL (drug-sensitive)     b 016WQDE02W5ZDMMP",
            ])
    }

    @Test("The object has its keys in a fixed order, and its outcomes are those of the outcome line")
    func object() throws {
        let replica = try PatientReplica.shared()
        for patient in replica.patients {
            let timeline = try replica.timeline(patient)
            let line = text { timeline.appendJSON(to: &$0) }
            let outcome = try #require(replica.outcomeLine(patient))
            let tail = try #require(outcome.range(of: #","outcomes":"#))
            #expect(line.hasSuffix(outcome[tail.lowerBound...] + "\n"), "\(patient.subject)")
            #expect(
                line.hasPrefix(
                    outcome[..<tail.lowerBound] + #","phase":"\#(timeline.state.phase.rawValue)","events":["#))
        }
    }

    @Test("An event is evidence for the outcomes that name it, and for no other")
    func evidence() throws {
        let replica = try PatientReplica.shared()
        for patient in replica.patients {
            let object = try Self.object(try replica.timeline(patient))
            let events = try #require(object["events"] as? [[String: Any]])
            #expect(events.count == patient.history.records.count)
            for (index, endpoint) in replica.trial.endpoints.enumerated() {
                let marked = events.indices.filter {
                    (events[$0]["evidenceFor"] as? [String])?.contains(endpoint.name) == true
                }
                #expect(marked == Set(patient.outcome.endpoints[index].evidence).sorted())
            }
        }
    }

    @Test("What happened after the cut is not shown")
    func cut() throws {
        let replica = try PatientReplica.cut(until: "2015-06-30T00:00:00Z")
        #expect(replica.patients.count == 90)
        for patient in replica.patients {
            let object = try Self.object(try replica.timeline(patient))
            let times = try #require(object["events"] as? [[String: Any]]).compactMap { $0["time"] as? String }
            #expect(times.allSatisfy { $0 <= "2015-06-30T00:00:00Z" })
            #expect(Self.table(try replica.timeline(patient)).filter { $0.count > 80 } == [])
        }
        let phases = try replica.states().map(\.phase)
        #expect(phases.count { $0 == .maintenance } > 0 && phases.count { $0 == .completed } == 0)
    }

    @Test("A long history stays one of lines within the width, in order")
    func long() throws {
        let doses = (0..<500).map { number in
            let day = Instant.dateText(ofDay: 16_000 + number * 7)
            return eventLine(
                "dose", "\(day)T09:30:00Z", #"{"drug":"azathioprine","amount":2.5,"unit":"mg/kg/day","route":"PO"}"#,
                id: "\(number)-" + String(repeating: "x", count: 120))
        }
        let cohort = try PatientReplica(
            lines: doses + [
                eventLine(
                    "randomisation", "2013-10-01T09:30:00Z", #"{"arm":"combination","drug":"infliximab"}"#, id: "r")
            ])
        let table = Self.table(try cohort.timeline(cohort.patients[0]))
        #expect(table.filter { $0.count > 80 } == [])
        #expect(table.count { $0.contains(" dose  azathioprine 2.5 mg/kg/day PO") } == 500)
        #expect(table.count { $0.hasSuffix("xxxx…") } == 500)
        #expect(table.contains { $0.hasPrefix("3514 502 2023-05-16 09:30 dose  azathioprine") })
    }
}
