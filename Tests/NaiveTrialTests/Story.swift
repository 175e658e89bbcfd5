import NaiveTrial

/// A hand-written patient `P` with the endpoint `e`, for examples of one rule each.
///
/// Unless an example says otherwise `P` is enrolled with Crohn's disease and randomised on 2016-01-01 at 09:00 UTC,
/// so that 2016-01-15 is day 14, 2016-01-31 day 30, 2016-03-25 day 84 and 2016-04-10 day 100, the horizon.
struct Story {
    var lines: [String] = []
    var criteria: [String]
    var horizon = 100
    var stop = "ignore"
    var until: String?
    var asOfCount: Int?

    static let enrolment = (#"{"disease":"CD","sex":"F"}"#, "2015-12-20T10:00:00Z")
    static let randomisation = (#"{"arm":"A","drug":"infliximab"}"#, "2016-01-01T09:00:00Z")

    /// - Parameter criteria: flow mappings in YAML.
    init(_ criteria: String...) {
        self.criteria = criteria
        add("enrolment", "E", Story.enrolment.1, Story.enrolment.0)
        add("randomisation", "R", Story.randomisation.1, Story.randomisation.0)
    }

    mutating func add(
        _ kind: String,
        _ id: String,
        _ time: String,
        _ data: String,
        source: String = "/s",
        subject: String = "P"
    ) {
        lines.append(
            #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"trough.\#(kind).v1","#
                + #""subject":"\#(subject)","time":"\#(time)","data":\#(data)}"#
        )
    }

    mutating func hbi(_ id: String, _ time: String, _ total: Int, source: String = "/s") {
        add("score", id, time, #"{"instrument":"HBI","total":\#(total)}"#, source: source)
    }

    mutating func calprotectin(_ id: String, _ time: String, _ value: Double) {
        add("assay", id, time, #"{"analyte":"calprotectin","value":\#(value),"unit":"ug/g"}"#)
    }

    mutating func dose(_ id: String, _ time: String, drug: String = "infliximab") {
        add("dose", id, time, #"{"drug":"\#(drug)","amount":5,"unit":"mg/kg","route":"IV"}"#)
    }

    mutating func correct(_ id: String, _ time: String, target: String, to replacement: String, source: String = "/s") {
        add(
            "correction",
            id,
            time,
            #"{"corrects":{"source":"/s","id":"\#(target)"},"reason":"x","replacement":\#(replacement)}"#,
            source: source
        )
    }

    var protocolYAML: String {
        """
        name: example
        arms: [A, B]
        horizon: \(horizon)
        intercurrent: {treatment-stop: \(stop)}
        endpoints:
          e:

        """ + criteria.map { "    - \($0)\n" }.joined()
    }

    func outcomeLines() throws -> [String] {
        try NaiveTrial.outcomeLines(
            eventLines: lines,
            protocolYAML: protocolYAML,
            until: until,
            asOfCount: asOfCount
        )
    }

    /// What stands between the braces of the one endpoint of the one patient.
    func outcome() throws -> String {
        let line = try outcomeLines().joined(separator: "\n")
        let before = #"{"subject":"P","arm":"A","disease":"CD","drug":"infliximab","outcomes":{"e":{"#
        let after = #"}},"findings":[]}"#
        guard line.hasPrefix(before), line.hasSuffix(after) else { return line }
        return String(line.dropFirst(before.count).dropLast(after.count))
    }

    /// Findings as `CODE SOURCE ID`.
    func findings() throws -> [String] {
        try NaiveTrial.findings(
            eventLines: lines,
            protocolYAML: protocolYAML,
            until: until,
            asOfCount: asOfCount
        ).flatMap { patient in patient.findings.map { "\($0.code) \($0.source) \($0.id)" } }
    }
}
