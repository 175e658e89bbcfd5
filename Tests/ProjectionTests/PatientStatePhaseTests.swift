import Projection
import Testing

/// A story and the phase in which it leaves the patient.
struct PatientPhaseCase: Sendable, CustomTestStringConvertible {
    var name: String
    var phase: PatientState.Phase
    var story: PatientStateStory
    var testDescription: String { name }

    init(_ name: String, _ phase: PatientState.Phase, _ story: PatientStateStory) {
        self.name = name
        self.phase = phase
        self.story = story
    }
}

struct PatientStatePhaseTests {
    private static let start = PatientStateStory().enrolled().randomised()

    private static let beforeTreatment = [
        PatientPhaseCase("events, but no enrolment", .notEnrolled, PatientStateStory().assayed(0, "crp", 3, "mg/L")),
        PatientPhaseCase(
            "nothing but a correction", .notEnrolled,
            PatientStateStory().adding(
                "correction", 3, #"{"corrects":{"source":"/s","id":"x"},"reason":"typo","replacement":null}"#)),
        PatientPhaseCase("enrolled", .enrolled, PatientStateStory().enrolled()),
        PatientPhaseCase("enrolled and dosed, not randomised", .enrolled, PatientStateStory().enrolled().dosed(3)),
        PatientPhaseCase("randomised, not enrolled", .randomised, PatientStateStory().randomised()),
        PatientPhaseCase("randomised", .randomised, start),
        PatientPhaseCase("dosed the day before randomisation", .randomised, start.dosed(-1)),
        PatientPhaseCase(
            "dosed with another drug", .randomised, start.dosed(1, "azathioprine").dosed(50, "adalimumab")),
    ]

    private static let treated = [
        PatientPhaseCase("dosed on day 0, before the hour of randomisation", .induction, start.dosed(0, at: 8)),
        PatientPhaseCase("last dose on day 41", .induction, start.dosed(0).dosed(41).assayed(300, "crp", 3, "mg/L")),
        PatientPhaseCase("last dose on day 42", .maintenance, start.dosed(42)),
        PatientPhaseCase("another drug after day 42", .induction, start.dosed(14).dosed(60, "azathioprine")),
    ]

    private static let stopped = [
        PatientPhaseCase("study drug stopped", .stopped, start.dosed(0).stopped(20)),
        PatientPhaseCase("study drug stopped before the first dose", .stopped, start.stopped(1)),
        PatientPhaseCase("study drug withdrawn for an adverse event", .stopped, start.dosed(0).harmed(20, "withdrawn")),
        PatientPhaseCase("study drug interrupted", .induction, start.dosed(0).harmed(20, "interrupted")),
        PatientPhaseCase("another drug stopped", .maintenance, start.dosed(60).stopped(61, "azathioprine")),
        PatientPhaseCase(
            "another drug withdrawn", .maintenance, start.dosed(60).harmed(61, "withdrawn", "azathioprine")),
        PatientPhaseCase("stopped and dosed again", .maintenance, start.dosed(0).stopped(20).dosed(80)),
        PatientPhaseCase(
            "stopped, dosed again, withdrawn", .stopped, start.stopped(20).dosed(80).harmed(81, "withdrawn")),
        PatientPhaseCase("stopped before randomisation", .induction, start.stopped(-2).dosed(0)),
        PatientPhaseCase(
            "stop and dose at one instant, the stop greater by id", .stopped,
            start.dosed(9, id: "a").stopped(9, id: "b")),
        PatientPhaseCase(
            "stop and dose at one instant, the dose greater by id", .induction,
            start.dosed(9, id: "b").stopped(9, id: "a")),
    ]

    private static let ended = [
        PatientPhaseCase("withdrawn", .withdrawn, start.dosed(0).withdrawn(30)),
        PatientPhaseCase("withdrawn on day 0", .withdrawn, start.withdrawn(0)),
        PatientPhaseCase("withdrawn the day before randomisation", .randomised, start.withdrawn(-1)),
        PatientPhaseCase("withdrawn and never randomised", .withdrawn, PatientStateStory().enrolled().withdrawn(-7)),
        PatientPhaseCase("completed", .completed, start.dosed(0).completed(730)),
        PatientPhaseCase("stopped, then completed", .completed, start.dosed(0).stopped(20).completed(730)),
        PatientPhaseCase("withdrawn, then completed", .withdrawn, start.withdrawn(30).completed(31)),
        PatientPhaseCase("completed, then withdrawn", .completed, start.completed(30).withdrawn(31)),
        PatientPhaseCase("withdrawn, then dosed", .withdrawn, start.withdrawn(30).dosed(60)),
        PatientPhaseCase(
            "a withdrawal that was voided", .induction,
            start.dosed(1).withdrawn(30, id: "w").adding(
                "correction", 40, #"{"corrects":{"source":"/s","id":"w"},"reason":"typo","replacement":null}"#)),
    ]

    @Test("The phase follows from the events", arguments: beforeTreatment + treated + stopped + ended)
    func phase(of example: PatientPhaseCase) throws {
        #expect(try example.story.state().phase == example.phase)
    }

    @Test("The data cut takes back what happened later")
    func cut() throws {
        let story = Self.start.dosed(0).dosed(42).stopped(100).withdrawn(200)
        let phases = try [-1, 1, 43, 101, 201].map { try story.state(until: PatientStateStory.midnight($0)).phase }
        #expect(phases == [.enrolled, .induction, .maintenance, .stopped, .withdrawn])
    }

    @Test("The words of the phases are stable")
    func words() {
        #expect(
            PatientState.Phase.allCases.map(\.rawValue) == [
                "not-enrolled", "enrolled", "randomised", "induction", "maintenance", "stopped", "withdrawn",
                "completed",
            ])
    }
}
