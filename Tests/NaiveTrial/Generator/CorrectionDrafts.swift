extension PatientDraft {
    /// Adds corrections of each sort that the rules tell apart.
    ///
    /// - Parameter others: patients of the same trial, whose events cannot be corrected from here.
    mutating func correct(others: [PatientDraft], _ random: inout SplitMix64) {
        guard random.chance(50) else { return }
        for _ in 0..<random.number(1...4) {
            guard let target = events.isEmpty ? nil : random.pick(events) else { return }
            if target.type == "trough.correction.v1" || random.chance(12) {
                correctCorrection(&random)
            } else if random.chance(12) {
                correctUnknown(others, &random)
            } else {
                correctFact(target, &random)
            }
        }
    }

    private mutating func correctFact(_ target: EventDraft, _ random: inout SplitMix64) {
        let time = Instant(
            microseconds: target.time.microseconds + random.number(-1...3) * Instant.microsecondsPerDay
        )
        add(correction(of: target.identity, to: replacement(for: target, &random), &random), at: time, &random)
        guard random.chance(40) else { return }
        // Corrections of one event: equal in time as often as not.
        let again = Instant(microseconds: time.microseconds + random.pick([0, 0, 0, 1, -1]))
        add(correction(of: target.identity, to: replacement(for: target, &random), &random), at: again, &random)
    }

    private mutating func correctCorrection(_ random: inout SplitMix64) {
        let corrections = events.filter { $0.type == "trough.correction.v1" }
        guard let target = corrections.isEmpty ? nil : random.pick(corrections) else { return }
        add(
            correction(of: target.identity, to: random.chance(50) ? .null : doseReplacement(&random), &random),
            at: target.time,
            &random
        )
    }

    private mutating func correctUnknown(_ others: [PatientDraft], _ random: inout SplitMix64) {
        let foreign = others.flatMap { $0.events.map(\.identity) }
        let time = moment(on: random.number(0...40), &random)
        // A foreign name may be in use here too; then the correction has a target after all.
        let name = foreign.isEmpty || random.chance(50) ? unusedName(at: time, &random) : random.pick(foreign)
        add(correction(of: name, to: .null, &random), at: time, correcting: name, &random)
    }

    private func correction(of name: Identity, to replacement: JSONValue, _ random: inout SplitMix64) -> Statement {
        Statement(
            "correction",
            [
                ("corrects", .object([("source", .text(name.source)), ("id", .text(name.id))])),
                ("reason", .text(random.pick(["typing error", "erreur de saisie \u{E9}", "\"x\""]))),
                ("replacement", replacement),
            ]
        )
    }

    /// Void, the same moved in time, something else in its place, or something else at another time.
    private func replacement(for target: EventDraft, _ random: inout SplitMix64) -> JSONValue {
        let day = target.time.utcDate - randomisedAt.utcDate
        let moved = moment(on: random.chance(50) ? day + random.number(-2...2) : random.pick(anchors), &random)
        let other = anyStatement(self, &random)
        switch random.number(0...4) {
        case 0: return .null
        case 1, 2: return replacement(target.type, moved, target.data, &random)
        case 3: return replacement(other.type, target.time, other.data, &random)
        default: return replacement(other.type, moved, other.data, &random)
        }
    }

    private func doseReplacement(_ random: inout SplitMix64) -> JSONValue {
        let other = dose(&random)
        return replacement(other.type, moment(on: 0, &random), other.data, &random)
    }

    private func replacement(
        _ type: String,
        _ time: Instant,
        _ data: JSONValue,
        _ random: inout SplitMix64
    ) -> JSONValue {
        .object([("type", .text(type)), ("time", .text(time.text(&random))), ("data", data)])
    }
}
