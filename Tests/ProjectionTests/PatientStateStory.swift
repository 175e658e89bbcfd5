import Projection
import Testing
import Trial

/// A patient's history, told event by event; day 0 is 2016-03-08, and randomisation is at noon.
struct PatientStateStory: Sendable {
    private var lines: [String] = []

    static let dayZero = Instant.dayNumber(year: 2016, month: 3, day: 8)

    /// Midnight of a day counted from randomisation, in microseconds since 1970.
    static func midnight(_ day: Int) -> Int64 { Int64(dayZero + day) * Instant.day }

    /// Adds an event; its id is given by the order of telling unless it is named.
    func adding(_ type: String, _ day: Int, at hour: Int = 14, id: String? = nil, _ data: String) -> Self {
        var story = self
        let time = Instant.text(Self.midnight(day) + Int64(hour) * 3600 * Instant.second)
        let id = id ?? "e-\(100 + lines.count)"
        story.lines.append(
            #"{"specversion":"1.0","id":"\#(id)","source":"/s","type":"trough.\#(type).v1","subject":"P","time":"\#(time)","data":\#(data)}"#
        )
        return story
    }

    func enrolled(_ disease: String = "CD") -> Self {
        adding("enrolment", -14, #"{"disease":"\#(disease)","sex":"F"}"#)
    }

    func randomised() -> Self {
        adding("randomisation", 0, at: 12, #"{"arm":"combination","drug":"infliximab"}"#)
    }

    func dosed(_ day: Int, _ drug: String = "infliximab", at hour: Int = 14, id: String? = nil) -> Self {
        adding("dose", day, at: hour, id: id, #"{"drug":"\#(drug)","amount":5,"unit":"mg/kg","route":"IV"}"#)
    }

    func stopped(_ day: Int, _ drug: String = "infliximab", at hour: Int = 14, id: String? = nil) -> Self {
        adding("treatment-stop", day, at: hour, id: id, #"{"drug":"\#(drug)","reason":"patient-decision"}"#)
    }

    func harmed(_ day: Int, _ action: String, _ drug: String = "infliximab") -> Self {
        adding(
            "adverse-event", day,
            #"{"term":"rash","grade":2,"serious":false,"action":"\#(action)","drug":"\#(drug)"}"#)
    }

    func withdrawn(_ day: Int, id: String? = nil) -> Self {
        adding("withdrawal", day, id: id, #"{"reason":"other"}"#)
    }

    func completed(_ day: Int) -> Self { adding("completion", day, "{}") }

    func assayed(_ day: Int, _ analyte: String, _ value: Double, _ unit: String, _ rest: String = "") -> Self {
        adding("assay", day, #"{"analyte":"\#(analyte)","value":\#(value),"unit":"\#(unit)"\#(rest)}"#)
    }

    func scored(_ day: Int, _ data: String) -> Self { adding("score", day, data) }

    /// The state at the end of the story, told in any order.
    func state(of trial: TrialProtocol = .roblin2020, until: Int64? = nil) throws -> PatientState {
        var batch = EventBatch()
        var parser = LineParser()
        for line in lines.reversed() {
            do throws(Refusal) {
                try parser.parse(Array(line.utf8).span, receivedAt: Self.midnight(4000), into: &batch)
            } catch {
                Issue.record("\(error.message) \(line)")
                throw error
            }
        }
        var history = PatientHistory()
        try history.load(Array(batch.records.indices.map(Int32.init))[...], of: &batch, until: until)
        var fold = PatientFold(CompiledProtocol(trial), until: until)
        let outcome = try fold.outcome(of: history, in: batch)
        return try PatientState(
            subject: Array("P".utf8)[...], outcome: outcome, history: history, batch: batch, protocol: trial,
            until: until)
    }
}
