import TestData

@testable import Trial

/// A valid event made at random, apart from the code under test.
struct SampleEvent {
    var id: String
    var source: String
    var subject: String
    var kind: EventKind
    /// Microseconds since 1970-01-01T00:00:00Z.
    var time: Int64
    var data: SampleJSON
    var further: [(key: String, value: SampleJSON)]

    init(_ random: inout SeededRandom) {
        id = Self.text(&random, 1...24, controls: false)
        source = random.pick([
            "/sites/lyon", "urn:uuid:1b4e28ba-2fa1-11d2-883f-0016d3cca427", "https://lab.example/a?b=c#d", "x%20y",
        ])
        subject = random.pick(["SE-014", "é 1", "patient/7", "名"]) + String(Int.random(in: 0...999, using: &random))
        kind = random.pick(EventKind.allCases)
        time = Self.time(&random)
        data = Self.data(of: kind, &random)
        further = []
        if random.chance(4) {
            further.append(("site\(Int.random(in: 0...9, using: &random))", .text(Self.text(&random, 0...9))))
        }
        if random.chance(6) { further.append(("n", .number(digits: 15, exponent: -1))) }
        if random.chance(6) { further.append(("draft", random.chance(2) ? .flag(true) : .null)) }
    }

    /// The line in its plain spelling.
    var plain: String { object(time: Instant.text(time)).plain }

    /// The same event, otherwise spelled, its time in another offset.
    ///
    /// Further numbers keep their spelling.
    func respelled(_ random: inout SeededRandom) -> String {
        object(time: Self.respelled(time, &random)).respelled(&random)
    }

    private func object(time: String) -> SampleJSON {
        .object(
            [
                ("specversion", .text("1.0")), ("id", .text(id)), ("source", .text(source)), ("type", .text(kind.name)),
                ("subject", .text(subject)), ("time", .text(time)),
            ] + further + [("data", data)])
    }

    private static func time(_ random: inout SeededRandom) -> Int64 {
        let instant = Int64.random(in: -2_208_988_800_000_000...receivedAt, using: &random)
        return random.chance(3) ? instant : instant - instant % 60_000_000
    }

    private static func respelled(_ time: Int64, _ random: inout SeededRandom) -> String {
        let minutes = Int64.random(in: -1439...1439, using: &random)
        var local = Instant.text(time + minutes * 60_000_000).dropLast()
        if let dot = local.firstIndex(of: ".") {
            let digits = local.distance(from: dot, to: local.endIndex) - 1
            local += String(repeating: "0", count: Int.random(in: 0...6 - digits, using: &random))
        } else if random.chance(3) {
            local += ".000"
        }
        let digits = { (number: Int64) in (number < 10 ? "0" : "") + String(number) }
        let sign = minutes < 0 ? "-" : "+"
        let offset =
            minutes == 0
            ? random.pick(["Z", "z", "+00:00", "-00:00"])
            : "\(sign)\(digits(abs(minutes) / 60)):\(digits(abs(minutes) % 60))"
        return local.replacing("T", with: random.pick(["T", "t"])) + offset
    }

    static func text(_ random: inout SeededRandom, _ count: ClosedRange<Int>, controls: Bool = true) -> String {
        let letters = ["a", "Z", "0", " ", "-", "\"", "\\", "/", "é", "µ", "€", "😀", "\u{2028}", "\u{FFFD}"]
        let choices = controls ? letters + ["\n", "\u{1}", "\u{1F}", "\u{7F}", "\t"] : letters
        return (0..<Int.random(in: count, using: &random)).map { _ in random.pick(choices) }.joined()
    }

    private static func measure(_ random: inout SeededRandom, above zero: Bool = false) -> SampleJSON {
        let digits = Int.random(in: zero ? 1...99_999 : 0...99_999, using: &random)
        if random.chance(20) {
            return .number(
                digits: Int.random(in: 1...Int.max / 2, using: &random),
                exponent: Int.random(in: -40...40, using: &random))
        }
        return .number(digits: digits, exponent: -Int.random(in: 0...4, using: &random))
    }

    private static func word<Term: VocabularyTerm>(_ terms: Term.Type, _ random: inout SeededRandom) -> SampleJSON {
        .text(random.pick(Array(Term.allCases)).name)
    }

    private static func data(of kind: EventKind, _ random: inout SeededRandom) -> SampleJSON {
        switch kind {
        case .enrolment: enrolment(&random)
        case .randomisation:
            .object([
                ("arm", .text(text(&random, 1...20, controls: false))),
                ("drug", .text(random.pick(["infliximab", "adalimumab"]))),
            ])
        case .dose:
            .object([
                ("drug", word(Drug.self, &random)), ("amount", measure(&random, above: true)),
                ("unit", .text(random.pick(["mg", "mg/kg", "mg/kg/day"]))), ("route", word(Route.self, &random)),
            ])
        case .assay: assay(&random)
        case .score: score(&random)
        case .adverseEvent: adverseEvent(&random)
        case .treatmentStop:
            .object([("drug", .text(text(&random, 1...20))), ("reason", word(TreatmentStopReason.self, &random))])
        case .withdrawal: .object([("reason", word(WithdrawalReason.self, &random))])
        case .completion: .object([])
        case .correction: correction(&random)
        }
    }

    private static func enrolment(_ random: inout SeededRandom) -> SampleJSON {
        var members: [(key: String, value: SampleJSON)] = [
            ("disease", word(Disease.self, &random)), ("sex", word(Sex.self, &random)),
        ]
        if random.chance(2) {
            members.append(("birthYear", .number(digits: Int.random(in: 1880...2100, using: &random), exponent: 0)))
        }
        if random.chance(2) { members.append(("weightKg", measure(&random, above: true))) }
        if random.chance(2) { members.append(("albuminGPerL", measure(&random))) }
        if random.chance(2) { members.append(("crpMgPerL", measure(&random))) }
        if random.chance(2) { members.append(("diseaseDurationYears", measure(&random))) }
        if random.chance(2) { members.append(("hlaDQA105", .flag(random.chance(2)))) }
        if random.chance(2) { members.append(("firstDrug", .text(random.pick(["infliximab", "adalimumab"])))) }
        return .object(members)
    }

    private static func assay(_ random: inout SeededRandom) -> SampleJSON {
        let analyte = random.pick(Analyte.allCases)
        let unit = random.pick(Unit.allCases.filter { analyte.conversion(from: $0) != nil })
        var members: [(key: String, value: SampleJSON)] = [
            ("analyte", .text(analyte.name)), ("value", measure(&random)), ("unit", .text(unit.name)),
        ]
        if random.chance(3) { members.append(("comparator", word(Comparator.self, &random))) }
        if analyte.isAntibody { members.append(("method", word(AssayMethod.self, &random))) }
        return .object(members)
    }

    private static func score(_ random: inout SeededRandom) -> SampleJSON {
        let instrument = random.pick(Instrument.allCases)
        let total = Int.random(in: 0...instrument.greatestTotal, using: &random)
        var members: [(key: String, value: SampleJSON)] = [
            ("instrument", .text(instrument.name)), ("total", .number(digits: total, exponent: 0)),
        ]
        if instrument == .mayo {
            members.append(("endoscopy", .number(digits: Int.random(in: 0...3, using: &random), exponent: 0)))
        }
        if random.chance(2) {
            var rest = total
            var items: [(key: String, value: SampleJSON)] = []
            for name in 0..<Int.random(in: 0...4, using: &random) {
                let part = Int.random(in: 0...rest, using: &random)
                items.append((text(&random, 0...5) + String(name), .number(digits: part, exponent: 0)))
                rest -= part
            }
            if rest > 0 { items.append(("rest", .number(digits: rest, exponent: 0))) }
            members.append(("items", .object(items)))
        }
        return .object(members)
    }

    private static func adverseEvent(_ random: inout SeededRandom) -> SampleJSON {
        let action = random.pick(AdverseEventAction.allCases)
        var members: [(key: String, value: SampleJSON)] = [
            ("term", .text(text(&random, 1...30))),
            ("grade", .number(digits: Int.random(in: 1...5, using: &random), exponent: 0)),
            ("serious", .flag(random.chance(2))), ("action", .text(action.name)),
        ]
        if action != .none || random.chance(2) { members.append(("drug", .text(text(&random, 1...20)))) }
        return .object(members)
    }

    private static func correction(_ random: inout SeededRandom) -> SampleJSON {
        let target: SampleJSON = .object([
            ("source", .text("/other")), ("id", .text(text(&random, 1...9, controls: false))),
        ])
        let kind = random.pick(EventKind.allCases.filter { $0 != .correction })
        let replacement: SampleJSON = .object([
            ("type", .text(kind.name)), ("time", .text(Instant.text(time(&random)))), ("data", data(of: kind, &random)),
        ])
        return .object([
            ("corrects", target), ("reason", .text(text(&random, 1...20))),
            ("replacement", random.chance(3) ? .null : replacement),
        ])
    }
}
