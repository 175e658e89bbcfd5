import TestData
import Testing

@testable import Trial

struct JSONNumberTests {
    private func double(_ text: String) -> Double { JSONNumber.double(Array(text.utf8).span) }

    @Test(
        "Reads decimal numbers as the nearest double",
        arguments: [
            "0", "1", "-1", "2.4", "0.1", "1e22", "1e23", "1e-22", "1e-23", "9007199254740992", "9007199254740993",
            "9007199254740995", "123456789012345678", "1234567890123456789", "12345678901234567890",
            "0.30000000000000004",
            "2.2250738585072011e-308", "4.9e-324", "2.4703282292062327e-324", "2.5e-324", "1.7976931348623157e308",
            "8.41e21", "9.5367431640625e-7", "5e-324",
            "179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977587207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699508093042880",
            "0.000000000000000000000000000000000000000000000000000001",
            "1.00000000000000011102230246251565404236316680908203125",
            "1.00000000000000011102230246251565404236316680908203124",
            "1.00000000000000011102230246251565404236316680908203126",
        ])
    func reads(text: String) throws {
        #expect(double(text) == (try #require(Double(text))))
    }

    @Test("Zero has no sign", arguments: ["-0", "-0.0", "-0e5", "0e999", "-1e-999", "-0.000e-3"])
    func zero(text: String) {
        #expect(double(text) == 0)
        #expect(double(text).sign == .plus)
    }

    @Test("A number that is too great is infinite", arguments: ["1e309", "1e999", "1e99999999999999999999", "-1e400"])
    func infinite(text: String) {
        #expect(double(text).isInfinite)
        #expect((double(text) < 0) == text.hasPrefix("-"))
    }

    @Test("A huge exponent of nothing is nothing, and digits make up for an exponent")
    func exponents() {
        #expect(double("0.0e99999999999999999999") == 0)
        #expect(double("1" + String(repeating: "0", count: 400) + "e-400") == 1)
        #expect(double("0." + String(repeating: "0", count: 400) + "1e401") == 1)
    }

    @Test("Seeded doubles and decimals come out as the standard library has them", arguments: [5, 6] as [UInt64])
    func agrees(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<20_000 {
            let number = Double(bitPattern: random.next())
            if number.isFinite, number != 0 { try #require(double(number.description) == number, "seed \(seed)") }
            let digits = String(random.next() >> UInt64.random(in: 0..<64, using: &random))
            let text = "\(digits).\(random.next() % 100_000)e\(Int.random(in: -30...30, using: &random))"
            try #require(double(text) == Double(text), "seed \(seed): \(text)")
        }
    }

    @Test(
        "Writes the shortest spelling that reads back, whole numbers without a fraction",
        arguments: [
            (0, "0"), (160, "160"), (-3, "-3"), (2.4, "2.4"), (0.1, "0.1"), (1e15, "1000000000000000"), (1e22, "1e+22"),
            (1e-7, "1e-07"), (9_007_199_254_740_991, "9007199254740991"), (63.7, "63.7"), (1e300, "1e+300"),
        ] as [(Double, String)])
    func writes(number: Double, expected: String) {
        var output: [UInt8] = []
        CanonicalJSON.append(number: number, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == expected)
        #expect(double(expected) == number)
    }
}
