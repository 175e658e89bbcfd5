import StrictYAML
import TestData
import Testing
import Trial

@Suite("Random protocol files")
struct ProtocolRoundTripTests {
    @Test("a protocol written in any style parses back to the same value", arguments: 0..<20)
    func roundTrip(batch: Int) {
        for seed in UInt64(batch) * 50..<UInt64(batch + 1) * 50 {
            var random = SeededRandom(seed: seed)
            let written = random.trialProtocol()
            let yaml = YAMLWriter.text(of: written, random: &random)
            do {
                let parsed = try ProtocolFile.parse(yaml, fileName: "random.yaml")
                #expect(parsed == written, "seed \(seed)\n\(yaml)")
                #expect(bytes(parsed) == bytes(written), "seed \(seed)\n\(yaml)")
            } catch {
                Issue.record("seed \(seed): \(error)\n\(yaml)")
            }
        }
    }

    /// The value with every string's bytes, since `==` on strings takes different bytes as equal.
    private func bytes(_ value: TrialProtocol) -> [UInt8] { Array("\(value)".utf8) }

    @Test("a damaged file is read or refused at a place that it has, never trapped on", arguments: 0..<10)
    func damage(batch: Int) {
        for seed in UInt64(batch) * 200..<UInt64(batch + 1) * 200 {
            var random = SeededRandom(seed: seed)
            var text = Array((random.chance(2) ? smallYAML : TrialProtocol.defaultYAML).unicodeScalars)
            for _ in 0...random.below(4) { random.damage(&text) }
            var yaml = ""
            yaml.unicodeScalars.append(contentsOf: text)
            do {
                _ = try ProtocolFile.parse(yaml, fileName: "damaged.yaml")
            } catch {
                let breaks: Set<Unicode.Scalar> = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]
                let lines = 1 + text.count { breaks.contains($0) }
                #expect((1...lines + 1).contains(error.line) && error.column >= 1, "seed \(seed): \(error)\n\(yaml)")
                #expect(error.message.contains("; expected "), "seed \(seed): \(error)\n\(yaml)")
            }
        }
    }
}

extension SeededRandom {
    mutating func trialProtocol() -> TrialProtocol {
        let horizon = 1 + below(36_525)
        let strategy = IntercurrentStrategy.allCases[below(3)]
        return TrialProtocol(
            name: name(), arms: names(1 + below(4)), horizon: horizon, treatmentStop: strategy,
            endpoints: names(1 + below(3)).map { name in
                Endpoint(
                    name: name,
                    criteria: names(1 + below(3)).map { name in
                        Criterion(
                            name: name, disease: chance(2) ? nil : Disease.allCases[below(2)],
                            within: chance(3) ? 0 : below(100), from: chance(3) ? 0 : below(horizon + 1),
                            conditions: (0...below(3)).map { _ in condition() })
                    })
            })
    }

    private mutating func names(_ count: Int) -> [String] {
        var names: [String] = []
        while names.count < count {
            let next = name()
            if !names.contains(next) { names.append(next) }
        }
        return names
    }

    private mutating func name() -> String {
        let words = ["no", "2020", "~", "null", "true", "*", "- x", "a: b", "#", "crohn-activity", "e\u{301}"]
        if chance(4) { return words[below(words.count)] }
        let letters = Array("abcXYZ0189-_ .:#,'\"\\[]{}&*!|>%@`~?=/<+µéß日\u{A0}\u{1F9EA}")
        return String((0...below(20)).map { _ in letters[below(letters.count)] })
    }

    private mutating func condition() -> Condition {
        switch below(3) {
        case 0:
            let instrument = Instrument.allCases[below(3)]
            var item = chance(2) ? "total" : name()
            if instrument == .mayo, chance(2) { item = "endoscopy" }
            return .score(instrument, item: item, threshold())
        case 1:
            let target = AssayTarget.allTargets[below(AssayTarget.allTargets.count)]
            let method = target.isAntibody && chance(2) ? AssayMethod.allCases[below(2)] : nil
            let unit = chance(2) ? nil : target.storedUnits[below(target.storedUnits.count)]
            return .assay(target, method: method, unit: unit, threshold())
        default:
            let drug: DrugSelector = [.any, .studyDrug, .named(name())][below(3)]
            return .adverseEvent(
                chance(2) ? nil : AdverseEventAction.allCases[below(4)], drug: drug, minimumGrade: 1 + below(5),
                serious: [nil, true, false][below(3)])
        }
    }

    private mutating func threshold() -> Threshold {
        let relation = Threshold.Relation.allCases[below(4)]
        return switch below(4) {
        case 0: Threshold(relation, Double(below(1000)))
        case 1: Threshold(relation, Double(below(100_000)) / 100)
        case 2: Threshold(relation, -Double(below(1000)) / 8)
        default: Threshold(relation, Double.random(in: 0..<1, using: &self) * 1e-7)
        }
    }

    /// Removes, doubles, moves or changes a little of a text.
    fileprivate mutating func damage(_ text: inout [Unicode.Scalar]) {
        let start = below(text.count)
        let end = Swift.min(text.count, start + 1 + below(12))
        let signs = Array("[]{}:,-?&*!|>'\"%@`#~ \n\t\r<=0x.\u{1}\u{85}\u{2028}é\u{FEFF}\\".unicodeScalars)
        switch below(5) {
        case 0: text.removeSubrange(start..<end)
        case 1: text.insert(contentsOf: text[start..<end], at: below(text.count))
        case 2: text[start] = signs[below(signs.count)]
        case 3: text.insert(signs[below(signs.count)], at: start)
        default: text.swapAt(start, below(text.count))
        }
    }
}
