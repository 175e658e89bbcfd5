import Trial

/// Small JSON objects in a fixed order of keys.
enum JSONText {
    /// One value of such an object.
    enum Value: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case string(String)
        case whole(Int)
        case flag(Bool)
        case null
        case list([Value])
        case object([(String, Value)])

        init(stringLiteral value: String) { self = .string(value) }
        init(integerLiteral value: Int) { self = .whole(value) }

        /// A text, or null.
        static func optional(_ text: String?) -> Value { text.map(Value.string) ?? .null }
    }

    /// The text of an object, on one line.
    static func object(_ fields: [(String, Value)]) -> String {
        var output: [UInt8] = []
        append(.object(fields), to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    private static func append(_ value: Value, to output: inout [UInt8]) {
        switch value {
        case .string(let text): CanonicalJSON.append(string: text, to: &output)
        case .whole(let number): output.append(text: String(number))
        case .flag(let flag): output.append(text: flag ? "true" : "false")
        case .null: output.append(text: "null")
        case .list(let values):
            output.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                append(value, to: &output)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let fields):
            output.append(UInt8(ascii: "{"))
            for (index, field) in fields.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                CanonicalJSON.append(string: field.0, to: &output)
                output.append(UInt8(ascii: ":"))
                append(field.1, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
    }
}
