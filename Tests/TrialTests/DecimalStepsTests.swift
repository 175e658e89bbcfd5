import Foundation
import TestData
import Testing
import Trial

@Suite("Decimal steps")
struct DecimalStepsTests {
    @Test(
        "Steps hit every decimal exactly, the last one included",
        arguments: [
            ("150:400:50", ["150", "200", "250", "300", "350", "400"]),
            ("0.1:0.5:0.1", ["0.1", "0.2", "0.3", "0.4", "0.5"]),
            ("150:400:60", ["150", "210", "270", "330", "390"]),
            ("-1:1:0.5", ["-1", "-0.5", "0", "0.5", "1"]),
            ("7:7:1", ["7"]), ("1.50:2:0.250", ["1.5", "1.75", "2"]), (".5:1.:.5", ["0.5", "1"]),
            ("-0.05:0.05:0.05", ["-0.05", "0", "0.05"]), ("+3:4:1", ["3", "4"]),
        ])
    func values(_ text: String, _ expected: [String]) throws {
        let steps = try DecimalSteps(text)
        #expect(steps.texts == expected)
        #expect(steps.values == expected.map { Double($0) })
        #expect(steps.count == expected.count)
    }

    @Test("Generated ranges give what Foundation's decimals give")
    func generated() throws {
        let seed: UInt64 = 91
        var random = SeededRandom(seed: seed)
        for turn in 0..<2_000 {
            let places = random.below(5)
            let scale = [1, 10, 100, 1_000, 10_000][places]
            func spelled(_ units: Int) -> String {
                let value = Decimal(units) / Decimal(scale)
                return value.description
            }
            let from = random.below(40_000) - 20_000
            let step = 1 + random.below(500)
            let to = from + random.below(60) * step + random.below(step)
            let text = "\(spelled(from)):\(spelled(to)):\(spelled(step))"
            var expected: [String] = []
            var value = try #require(Decimal(string: spelled(from)))
            let (last, stride) = (
                try #require(Decimal(string: spelled(to))), try #require(Decimal(string: spelled(step)))
            )
            while value <= last {
                expected.append(value.description)
                value += stride
            }
            let steps = try DecimalSteps(text)
            try #require(steps.texts == expected, "seed \(seed), turn \(turn): \(text)")
            try #require(steps.values == expected.map { Double($0) }, "seed \(seed), turn \(turn): \(text)")
        }
    }

    @Test(
        "What is no range is refused with what was expected",
        arguments: [
            ("150:400", "expected FROM:TO:STEP"), ("1:2:3:4", "expected FROM:TO:STEP"), ("", "expected FROM:TO:STEP"),
            ("a:2:1", "\"a\" in \"a:2:1\" is no number"), ("1:2e3:1", "is no number"), ("1:2:", "is no number"),
            ("1: 2:1", "is no number"), ("1:0x10:1", "is no number"), ("1:nan:1", "is no number"),
            (".:2:1", "is no number"),
            ("1:2:0", "expected more than 0"), ("1:2:-1", "expected more than 0"), ("2:1:1", "goes down"),
            ("1:1234567890123456:1", "at most 15"), ("1:123456789012345:0.01", "differ too much"),
        ])
    func refused(_ text: String, _ sentence: String) {
        let refusal = #expect(throws: SweepRefusal.self) { try DecimalSteps(text) }
        #expect(refusal?.description.contains(sentence) == true, "\(refusal?.description ?? "")")
    }
}
