import TestData
import Testing

@testable import Trial

struct CanonicalJSONTests {
    private func string(_ text: String) -> String {
        var output: [UInt8] = []
        CanonicalJSON.append(string: text, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "Escapes what JSON demands and nothing else",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("a\"b\\c/", #""a\"b\\c/""#), ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
            ("\u{0}\u{1F}\u{B}", ##""\u0000\u001f\u000b""##), ("\u{7F}µ\u{2028}😀", "\"\u{7F}µ\u{2028}😀\""),
            ("\"", #""\"""#),
        ])
    func escapes(text: String, expected: String) {
        #expect(string(text) == expected)
    }

    @Test("Whole numbers are padded to a width and keep their sign")
    func wholeNumbers() {
        var output: [UInt8] = []
        CanonicalJSON.append(whole: 7, width: 4, to: &output)
        output.append(UInt8(ascii: " "))
        CanonicalJSON.append(whole: -12, to: &output)
        output.append(UInt8(ascii: " "))
        CanonicalJSON.append(whole: .min, to: &output)
        #expect(String(decoding: output, as: UTF8.self) == "0007 -12 -9223372036854775808")
    }

    @Test("Strings and numbers are the same bytes whether they are appended or stored in the place of others")
    func stored() {
        var random = SeededRandom(seed: 53)
        for _ in 0..<20_000 {
            let letters = random.pick([Array("abc-09é"), Array("a\"\\\u{1}\n/")])
            let text = String((0..<random.below(40)).map { _ in random.pick(letters) })
            let number = random.pick([random.below(12), random.below(2_000), -random.below(2_000), .min, .max])
            var appended: [UInt8] = []
            CanonicalJSON.append(string: text, to: &appended)
            CanonicalJSON.append(whole: number, to: &appended)
            let start = random.below(9)
            let room =
                CanonicalJSON.bytesPerEscape * text.utf8.count + CanonicalJSON.greatestDigits + 2 + 7
            var bytes = [UInt8](repeating: 0xAA, count: start + room)
            var output = bytes.mutableSpan
            let place = CanonicalJSON.store(string: text.utf8.span, in: &output, at: start)
            let end = CanonicalJSON.store(whole: number, in: &output, at: place)
            #expect(Array(bytes[start..<end]) == appended)
            #expect(bytes[..<start].allSatisfy { $0 == 0xAA })
        }
    }
}
