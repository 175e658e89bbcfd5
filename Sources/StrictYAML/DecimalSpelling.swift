extension Double {
    /// The number of a decimal spelling, `nil` for any other.
    ///
    /// A sign, digits, a fraction and an exponent are known. A leading zero is not, since YAML 1.1 reads `010` as eight
    /// and YAML 1.2 as ten; nor are `0x1F`, `1:30`, `1_000`, `.inf` and `.nan`.
    package init?(decimal text: String) {
        var rest = text.utf8[...]
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        let whole = rest.prefix(while: Self.isDigit)
        guard whole.count <= 1 || whole.first != UInt8(ascii: "0") else { return nil }
        rest = rest[whole.endIndex...]
        var digits = whole.count
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix(while: Self.isDigit)
            digits += fraction.count
            rest = rest[fraction.endIndex...]
        }
        guard digits > 0 else { return nil }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            guard let first = rest.first, Self.isDigit(first) else { return nil }
            rest = rest.drop(while: Self.isDigit)
        }
        guard rest.isEmpty else { return nil }
        self.init(text)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
