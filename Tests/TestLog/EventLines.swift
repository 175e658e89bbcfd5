import EventLog
package import Trial

/// Event lines for tests.
package enum EventLines {
    /// When tests receive their lines: 2030-01-01T00:00:00Z, in microseconds since 1970.
    package static let receivedAt: Int64 = 1_893_456_000_000_000

    /// An assay of C-reactive protein, whose value is the content.
    package static func assay(
        _ subject: String, _ id: String, source: String = "/sites/a", value: Int = 1,
        time: String = "2020-03-01T08:00:00Z"
    ) -> String {
        """
        {"specversion":"1.0","id":"\(id)","source":"\(source)","type":"trough.assay.v1","subject":"\(subject)",\
        "time":"\(time)","data":{"analyte":"crp","value":\(value),"unit":"mg/L"}}
        """
    }

    /// Lines of every type, with details, further attributes and texts beyond ASCII.
    package static func everyType(_ subject: String, source: String = "/sites/a?x=1#y") -> [String] {
        let data = [
            ("enrolment", #"{"disease":"CD","sex":"F","birthYear":1980,"weightKg":61.5,"hlaDQA105":true}"#),
            ("randomisation", #"{"arm":"combination","drug":"infliximab"}"#),
            ("dose", #"{"drug":"infliximab","amount":5,"unit":"mg/kg","route":"IV"}"#),
            ("assay", #"{"analyte":"infliximab","value":0.3,"unit":"µg/mL","comparator":"<"}"#),
            ("assay", #"{"analyte":"anti-infliximab","value":12.25,"unit":"AU/mL","method":"drug-tolerant"}"#),
            ("score", #"{"instrument":"HBI","total":5,"items":{"pain":2,"stools":3}}"#),
            ("score", #"{"instrument":"Mayo","total":7,"endoscopy":2}"#),
            (
                "adverse-event",
                #"{"term":"Réaction \"é\"","grade":3,"serious":true,"action":"withdrawn","drug":"infliximab"}"#
            ),
            ("treatment-stop", #"{"drug":"infliximab","reason":"adverse-event"}"#),
            ("withdrawal", #"{"reason":"lost-to-follow-up"}"#),
            ("completion", "{}"),
            (
                "correction",
                #"{"corrects":{"source":"/sites/a?x=1#y","id":"e-3"},"reason":"typed wrong","replacement":null}"#
            ),
        ]
        return data.enumerated().map { index, item in
            """
            {"specversion":"1.0","id":"e-\(index)","source":"\(source)","type":"trough.\(item.0).v1",\
            "subject":"\(subject)","time":"1969-07-\(10 + index)T02:56:15.00\(index)Z",\
            "ward":"é\(index)","data":\(item.1)}
            """
        }
    }

    /// Subjects by the slice of a study that they fall into, so many in each.
    package static func subjects(_ count: Int, inEachOf slices: Int) -> [[String]] {
        var subjects = [[String]](repeating: [], count: slices)
        var number = 0
        while subjects.contains(where: { $0.count < count }) {
            let subject = "P-\(number)"
            let slice = SliceHash.slice(of: Array(subject.utf8)[...], among: slices)
            if subjects[slice].count < count { subjects[slice].append(subject) }
            number += 1
        }
        return subjects
    }

    /// A batch of lines, none of which may be refused.
    ///
    /// - Parameter receivedAt: When they are received, in microseconds since 1970.
    package static func batch(_ lines: [String], receivedAt: Int64 = receivedAt) throws(Refusal) -> EventBatch {
        var parser = LineParser()
        var batch = EventBatch()
        for line in lines { try parser.parse(Array(line.utf8).span, receivedAt: receivedAt, into: &batch) }
        return batch
    }

    /// The events of lines, of each name the first as a log keeps it; no generated instant lies in the future.
    package static func distinctBatch(_ lines: [String]) throws(Refusal) -> EventBatch {
        var batch = try batch(lines, receivedAt: 4_000_000_000_000_000)
        var names = NameTable()
        batch.records.removeAll { [batch] record in
            let known = names.count
            let name = Array("\(record.patient) \(record.source) ".utf8) + batch.bytes(record.id)
            return Int(names.intern(name.span)) < known
        }
        return batch
    }
}
