import Foundation
import Projection
import Report
import Testing
import Trial

struct PatientListTests {
    private static func list(_ filter: PatientFilter = PatientFilter()) throws -> PatientList {
        try PatientList(PatientReplica.shared().states(), protocol: .roblin2020, filter: filter)
    }

    private static func table(_ list: PatientList, width: Int = 80) -> [String] {
        lines(text { list.appendTable(width: width, to: &$0) })
    }

    private static func spelled(_ list: PatientList, _ spelling: PatientList.Spelling) -> String {
        var bytes: [UInt8] = []
        var number = 0
        while let page = list.page(number, as: spelling) {
            bytes += page
            number += 1
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func objects(_ list: PatientList) throws -> [[String: Any]] {
        try lines(Self.spelled(list, .ndjson)).map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test("The table has a line for each patient within the width, and ends with the patients by phase")
    func replica() throws {
        let list = try Self.list()
        for width in [72, 80, 100, 160] {
            let table = Self.table(list, width: width)
            #expect(table.filter { $0.count > width } == [], "width \(width)")
            let subjects = table.dropFirst().prefix(90).map { $0.prefix { $0 != " " } }
            #expect(subjects.map(String.init) == list.states.map { String(decoding: $0.subject, as: UTF8.self) })
            #expect(table.last == "90 patients: 3 withdrawn, 87 completed")
        }
    }

    @Test("At 80 columns nothing of a patient of the trial is cut but the titles of endpoints")
    func untouched() throws {
        let table = Self.table(try Self.list())
        #expect(table[0].hasPrefix("subject arm         dx drug       phase     day trough abs score   clini… pharm…"))
        #expect(table[2] == "FO-002  monotherapy CD adalimumab completed 730   <0.3 +/+ HBI 8   547    547")
        #expect(table[3] == "FO-003  monotherapy CD infliximab withdrawn 594   9.53 -/- HBI 4   ·      ·")
        #expect(!table[1...90].joined().contains("…"))
        let wide = Self.table(try Self.list(), width: 160)
        #expect(wide[0].hasSuffix("clinical-failure  pharmacokinetic-failure"))
    }

    @Test("Filters narrow the list, and the last line says of how many")
    func filters() throws {
        let all = try Self.list().states
        let combination = try Self.list(PatientFilter(arms: ["combination"]))
        #expect(combination.states == all.filter { $0.arm == Array("combination".utf8) })
        #expect(combination.states.count == 45)
        let both = try Self.list(PatientFilter(arms: ["combination", "monotherapy"], phases: [.withdrawn, .stopped]))
        #expect(both.states.map(\.phase) == [.withdrawn, .withdrawn, .withdrawn])
        #expect(Self.table(both).last == "3 of 90 patients: 3 withdrawn")
        let failed = try Self.list(PatientFilter(arms: ["monotherapy"], failed: "clinical-failure"))
        #expect(failed.states == all.filter { $0.arm == Array("monotherapy".utf8) && $0.outcomes[0].isEvent })
        #expect(!failed.states.isEmpty)
        let none = try Self.list(PatientFilter(phases: [.enrolled]))
        #expect(Self.table(none) == ["0 of 90 patients"])
        #expect(Self.spelled(none, .json) == "[]\n")
        #expect(Self.spelled(none, .ndjson) == "")
    }

    @Test("A filter for what does not exist is refused")
    func refusedFilters() throws {
        let arm = #expect(throws: PatientFilterError.self) { _ = try Self.list(PatientFilter(arms: ["combo"])) }
        #expect(arm?.message == #"The protocol has no arm "combo"; its arms are monotherapy, combination."#)
        let endpoint = #expect(throws: PatientFilterError.self) { _ = try Self.list(PatientFilter(failed: "failure")) }
        #expect(endpoint?.message.contains(#"no endpoint "failure""#) == true)
    }

    @Test("An arm that only the patients know can be filtered by")
    func strayArm() throws {
        let stray = try PatientReplica(lines: [
            eventLine("randomisation", "2016-03-08T12:00:00Z", #"{"arm":"placebo","drug":"infliximab"}"#, id: "r")
        ])
        let list = try PatientList(stray.states(), protocol: .roblin2020, filter: PatientFilter(arms: ["placebo"]))
        #expect(list.states.count == 1)
    }

    @Test("An object has its keys in a fixed order, and null for what is not known")
    func emptyObject() throws {
        let bare = try PatientReplica(lines: [
            eventLine("assay", "2016-03-08T12:00:00Z", #"{"analyte":"crp","value":3,"unit":"mg/L"}"#, id: "a")
        ])
        let list = try PatientList(bare.states(), protocol: .roblin2020)
        #expect(
            Self.spelled(list, .ndjson)
                == #"{"subject":"P","phase":"not-enrolled","arm":null,"disease":null,"drug":null,"randomised":null,"#
                + #""day":null,"lastDose":null,"trough":null,"antibodies":{"drug-sensitive":null,"drug-tolerant":null},"#
                + #""score":null,"calprotectin":null,"outcomes":{},"findings":1}"# + "\n")
        #expect(
            Self.table(list)[1].split(separator: " ") == [
                "P", "·", "·", "·", "not-enrolled", "·", "·", "·", "·", "·", "·",
            ])
    }

    @Test("A whole object says what the table says, at full precision")
    func object() throws {
        let line = lines(Self.spelled(try Self.list(), .ndjson))[1]
        #expect(
            line
                == #"{"subject":"FO-002","phase":"completed","arm":"monotherapy","disease":"CD","drug":"adalimumab","#
                + #""randomised":"2014-04-06","day":730,"lastDose":{"drug":"adalimumab","amount":40,"unit":"mg","#
                + #""day":728,"date":"2016-04-03"},"trough":{"value":0.3,"comparator":"<","unit":"ug/mL","day":728,"#
                + #""date":"2016-04-03"},"antibodies":{"drug-sensitive":{"value":125.5,"comparator":null,"unit":"ng/mL","#
                + #""day":728,"date":"2016-04-03","status":"positive"},"drug-tolerant":{"value":63.1,"comparator":null,"#
                + #""unit":"AU/mL","day":728,"date":"2016-04-03","status":"positive"}},"score":{"instrument":"HBI","#
                + #""total":8,"endoscopy":null,"day":728,"date":"2016-04-03"},"calprotectin":{"value":763,"#
                + #""comparator":null,"unit":"ug/g","day":728,"date":"2016-04-03"},"outcomes":{"clinical-failure":"#
                + #"{"status":"event","day":547,"cause":"crohn-activity"},"pharmacokinetic-failure":{"status":"event","#
                + #""day":547,"cause":"drug-sensitive"}},"findings":0}"#)
    }

    @Test("The lines and the array are JSON and say the same")
    func json() throws {
        let list = try Self.list()
        let array =
            try JSONSerialization.jsonObject(with: Data(Self.spelled(list, .json).utf8)) as? [NSDictionary]
        #expect(array == (try Self.objects(list)).map { $0 as NSDictionary })
        #expect(array?.count == 90)
    }

    @Test("A list of several pages is spelled as one", arguments: [0, 1, 999, 1_000, 1_001, 2_500])
    func pages(count: Int) throws {
        let some = try PatientReplica.shared().states()
        let states = (0..<count).map { some[$0 % some.count] }
        let list = try PatientList(states, protocol: .roblin2020)
        let objects = try JSONSerialization.jsonObject(with: Data(Self.spelled(list, .json).utf8)) as? [NSDictionary]
        #expect(objects?.count == count)
        #expect(try Self.objects(list).map { $0 as NSDictionary } == objects)
        #expect(Self.spelled(list, .csv).split(separator: "\r\n").count == count + 1)
        #expect(list.page(max(1, (count + 999) / 1_000), as: .csv) == nil)
    }

    @Test("Comma-separated values have as many fields in every line, and quote what needs it")
    func csv() throws {
        let rows = Self.spelled(try Self.list(), .csv).split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(rows.count == 91)
        #expect(Set(rows.map(\.count)) == [40])
        #expect(rows[0][0] == "subject" && rows[0].last == "pharmacokinetic-failure.cause")
        #expect(rows[2].prefix(7) == ["FO-002", "completed", "monotherapy", "CD", "adalimumab", "2014-04-06", "730"])
        #expect(rows[2].suffix(6) == ["event", "547", "crohn-activity", "event", "547", "drug-sensitive"])
        let odd = try PatientReplica(lines: [
            eventLine("completion", "2016-03-08T12:00:00Z", "{}", id: "a", subject: #"a,\"b\""#)
        ])
        let list = try PatientList(odd.states(), protocol: .roblin2020)
        #expect(Self.spelled(list, .csv).split(separator: "\r\n")[1].hasPrefix(#""a,""b""",completed,,"#))
    }

    @Test("One long subject gives way before the arms of all patients do")
    func longSubject() throws {
        let subjects = ["SITE-0042-PATIENT-0017", "SE-014"]
        let cohort = try PatientReplica(
            lines: subjects.map { subject in
                eventLine(
                    "randomisation", "2016-03-08T12:00:00Z", #"{"arm":"monotherapy","drug":"adalimumab"}"#, id: "r",
                    subject: subject)
            })
        let table = Self.table(try PatientList(cohort.states(), protocol: .roblin2020))
        #expect(table[1].hasPrefix("SE-014       monother… "), "\(table)")
        #expect(table[2].hasPrefix("SITE-0042-P… monother… "), "\(table)")
        #expect(table.allSatisfy { $0.count <= 80 })
        let wide = Self.table(try PatientList(cohort.states(), protocol: .roblin2020), width: 120)
        #expect(wide[2].hasPrefix("SITE-0042-PATIENT-0017  monotherapy "), "\(wide)")
    }

    @Test("Long and wide names and many endpoints stay within 80 columns")
    func tight() throws {
        var trial = TrialProtocol.roblin2020
        trial.endpoints = (1...12).map {
            Endpoint(name: "endpoint-number-\($0)", criteria: trial.endpoints[0].criteria)
        }
        let subjects = [String(repeating: "x", count: 64), String(repeating: "患", count: 21), "e\u{301}"]
        let cohort = try PatientReplica(
            lines: subjects.enumerated().map { index, subject in
                eventLine(
                    "randomisation", "2016-03-08T12:00:00Z",
                    #"{"arm":"an arm with a long name","drug":"adalimumab"}"#, id: "r\(index)", subject: subject)
            }, protocol: trial)
        let table = Self.table(try PatientList(cohort.states(), protocol: trial))
        #expect(table.count == 1 + 3 + 4)
        for line in table {
            // Each of these ideographs takes two columns.
            #expect(line.count + line.count { $0 == "患" } <= 80, "\(line)")
        }
        #expect(table[2].hasPrefix("xxxxxxx… an a… ·  adal… randomi…"))
        #expect(table.joined(separator: " ").contains("not shown: "))
    }
}
