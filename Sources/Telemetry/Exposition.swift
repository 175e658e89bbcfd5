/// Text in Prometheus' exposition format 0.0.4.
struct Exposition {
    /// What has been written, in UTF-8.
    private(set) var bytes: [UInt8] = []

    /// Begins a family: its help where there is one, and its type.
    mutating func begin(_ name: String, type: String, help: String?) {
        if let help {
            bytes += "# HELP \(name) ".utf8
            Self.escape(help, quotes: false, into: &bytes)
            endLine()
        }
        bytes += "# TYPE \(name) \(type)\n".utf8
    }

    /// Writes one sample; a bucket has its upper bound as the label `le`, after the others.
    mutating func sample(
        _ name: String,
        suffix: String = "",
        labels: LabelText,
        bound: Double? = nil,
        value: String
    ) {
        bytes += name.utf8
        bytes += suffix.utf8
        if !labels.bytes.isEmpty || bound != nil {
            bytes.append(UInt8(ascii: "{"))
            bytes += labels.bytes
            if let bound {
                if !labels.bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
                bytes += "le=\"\(Self.spell(bound))\"".utf8
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes.append(UInt8(ascii: " "))
        bytes += value.utf8
        endLine()
    }

    /// A number as Go reads it: `NaN`, `+Inf`, `-Inf`, a whole number without a point, else the shortest that is exact.
    static func spell(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        // Greater ones are shorter with an exponent, and beyond 2^63 they are no Int64.
        if value.magnitude < 1e15, value == value.rounded() { return String(Int64(value)) }
        return "\(value)"
    }

    /// Appends text with its backslashes, line feeds and, within quotes, quotes escaped.
    static func escape(_ text: String, quotes: Bool, into bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes += "\\\\".utf8
            case UInt8(ascii: "\n"): bytes += "\\n".utf8
            case UInt8(ascii: "\"") where quotes: bytes += "\\\"".utf8
            default: bytes.append(byte)
            }
        }
    }

    private mutating func endLine() { bytes.append(UInt8(ascii: "\n")) }
}
