extension PatientDraft {
    /// Makes up the whole course of a patient under a protocol.
    mutating func live(through definition: ProtocolDefinition, _ random: inout SplitMix64) {
        if random.chance(4) { return }
        anchors += [definition.horizon] + definition.endpoints.flatMap { $0.criteria.map(\.from) }
        enter(definition, &random)
        endFollowUp(definition, &random)
        for _ in 0..<random.number(0...5) { add(dose(&random), on: random.number(-12...definition.horizon), &random) }
        for _ in 0..<random.number(0...3) {
            add(anyStatement(self, &random), on: random.number(-12...definition.horizon), &random)
        }
        for _ in 0..<random.pick([0, 0, 1, 2, 3, 4, random.chance(20) ? 24 : 2]) { flare(definition, &random) }
        if random.chance(65) {
            add(dose(&random), on: definition.horizon + random.pick([-1, 0, 0, 1, 30]), &random)
        }
    }

    /// Enrolment and randomisation, sometimes missing, sometimes twice.
    private mutating func enter(_ definition: ProtocolDefinition, _ random: inout SplitMix64) {
        if random.chance(94) {
            let arm = random.chance(88) ? random.pick(definition.arms) : random.pick(Names.strangeArms)
            add(randomisation(arm: arm, drug: drug), at: randomisedAt, &random)
        }
        if random.chance(88) {
            add(enrolment(disease: random.pick(["CD", "UC"]), &random), on: random.number(-30...2), &random)
        }
        if random.chance(12) {
            add(enrolment(disease: random.pick(["CD", "UC"]), &random), on: random.number(-30...60), &random)
        }
        if random.chance(12) {
            let second = randomisation(
                arm: random.pick(definition.arms),
                drug: random.pick(["infliximab", "adalimumab"])
            )
            let day = random.pick([0, 0, 1, -1, 7, 50])
            add(second, on: day, &random)
        }
    }

    /// Withdrawal, completion and treatment stops on, beside and after the days that matter, and on days of each other.
    private mutating func endFollowUp(_ definition: ProtocolDefinition, _ random: inout SplitMix64) {
        let shared = random.number(0...definition.horizon)
        func day(_ random: inout SplitMix64) -> Int {
            switch random.number(0...6) {
            case 0: random.number(-5...0)
            case 1: random.pick(anchors) + random.pick([0, 0, -1, 1])
            case 2: definition.horizon + random.pick([-1, 0, 0, 1])
            case 3, 4: shared
            default: random.number(0...definition.horizon)
            }
        }
        for _ in 0..<random.pick([0, 0, 0, 0, 1, 2]) { add(withdrawal(&random), on: day(&random), &random) }
        for _ in 0..<random.pick([0, 0, 0, 1, 1, 2]) { add(Statement("completion", []), on: day(&random), &random) }
        for _ in 0..<random.pick([0, 0, 1, 1, 2]) { add(treatmentStop(&random), on: day(&random), &random) }
    }

    /// A day on which one criterion may hold, with another of the endpoint or a treatment stop on some such days.
    private mutating func flare(_ definition: ProtocolDefinition, _ random: inout SplitMix64) {
        let criteria = random.pick(definition.endpoints).criteria
        let criterion = random.pick(criteria)
        let day =
            switch random.number(0...4) {
            case 0, 1: random.pick(anchors) + random.pick([0, 0, 0, -1, 1, criterion.within, criterion.within + 1])
            case 2: criterion.from + random.pick([-1, 0, 0, 1, criterion.within])
            default: random.number(0...definition.horizon + 2)
            }
        observe(criterion, on: day, &random)
        if random.chance(30) { observe(random.pick(criteria), on: day, &random) }
        if random.chance(12) { add(treatmentStop(&random), on: day, &random) }
        if random.chance(6) { add(withdrawal(&random), on: day + random.number(-1...0), &random) }
    }

    /// Observations around one criterion: on day D and on the edges of the window that ends with D.
    private mutating func observe(_ criterion: Criterion, on day: Int, _ random: inout SplitMix64) {
        let window = criterion.within
        let last = random.number(0...criterion.conditions.count - 1)
        for (place, condition) in criterion.conditions.enumerated() {
            let back = place == last ? 0 : random.pick([0, window, window, max(0, window - 1), window + 1])
            let first = observation(near: condition, satisfying: random.chance(85), self, &random)
            add(first, on: day - back, &random)
            guard random.chance(35) else { continue }
            let second = observation(near: condition, satisfying: random.chance(60), self, &random)
            add(second, on: day - random.number(-1...window + 1), &random)
        }
    }
}
