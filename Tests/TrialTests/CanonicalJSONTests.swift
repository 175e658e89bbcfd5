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
}
