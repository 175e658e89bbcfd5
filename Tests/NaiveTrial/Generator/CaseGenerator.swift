/// Small trials that are valid but as awkward as the rules allow, each a pure function of its seed.
package struct CaseGenerator {
    private let seed: UInt64

    /// A generator for one trial.
    package init(seed: UInt64) {
        self.seed = seed
    }

    /// The trial of the seed: 1 to 4 patients of 0 to 40 events, a protocol, and cuts for some.
    ///
    /// Some events are sent twice, the second time in another spelling. The lines stand in the order of recording,
    /// which is not that of time.
    package func trial() -> (eventLines: [String], protocolYAML: String, until: String?, asOfCount: Int?) {
        var random = SplitMix64(seed: seed)
        let (definition, yaml) = CaseGenerator.anyProtocol(&random)
        let patients = CaseGenerator.patients(definition, &random)
        let events = patients.flatMap(\.events)
        var lines: [String] = []
        for event in events {
            lines.append(event.line(plain: random.chance(50), &random))
            if random.chance(4) { lines.append(event.line(plain: false, &random)) }
        }
        lines = random.shuffled(lines)
        return (lines, yaml, CaseGenerator.cut(definition, patients, &random), CaseGenerator.asOf(lines.count, &random))
    }

    private static func anyProtocol(_ random: inout SplitMix64) -> (ProtocolDefinition, String) {
        if random.chance(12), let definition = try? ProtocolDefinition(yaml: NaiveTrial.defaultProtocolYAML) {
            return (definition, NaiveTrial.defaultProtocolYAML)
        }
        let definition = randomProtocol(&random)
        return (definition, definition.yaml(&random))
    }

    private static func patients(_ definition: ProtocolDefinition, _ random: inout SplitMix64) -> [PatientDraft] {
        var patients: [PatientDraft] = []
        for subject in random.shuffled(Names.subjects).prefix(random.number(1...4)) {
            var patient = PatientDraft(subject: subject, &random)
            patient.live(through: definition, &random)
            patient.correct(others: patients, &random)
            patients.append(patient)
        }
        return patients
    }

    /// A data cut at the very moment of an event, a microsecond beside it, some days after it, or on a day that ends
    /// follow-up.
    private static func cut(
        _ definition: ProtocolDefinition,
        _ patients: [PatientDraft],
        _ random: inout SplitMix64
    ) -> String? {
        let patient = random.pick(patients)
        guard !patient.events.isEmpty, random.chance(42) else { return nil }
        if random.chance(10) { return patient.moment(on: definition.horizon, &random).text(&random) }
        let ends = patient.events.filter { $0.type.hasSuffix("stop.v1") || $0.type.hasSuffix("withdrawal.v1") }
        if !ends.isEmpty && random.chance(15) {
            let day = random.pick(ends).time.utcDate - patient.randomisedAt.utcDate
            return patient.moment(on: day, &random).text(&random)
        }
        let (one, other) = (random.pick(patient.events).time, random.pick(patient.events).time)
        var time = one.microseconds > other.microseconds ? one : other
        time.microseconds += random.pick([0, 0, 0, -1, 1, 5 * Instant.microsecondsPerDay])
        return time.text(&random)
    }

    private static func asOf(_ count: Int, _ random: inout SplitMix64) -> Int? {
        guard random.chance(25) else { return nil }
        return max(random.number(0...count), random.number(0...count))
    }
}
