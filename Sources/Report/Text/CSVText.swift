import Trial

/// Comma-separated values after RFC 4180.
package struct CSVText {
    /// One value of a record.
    package enum Field {
        /// A text, in quotes where it would be misread without them.
        case text(String)
        /// A whole number, spelled as in JSON; empty where there is none.
        case whole(Int?)
        /// A number, spelled as in JSON; empty where there is none, or none that is finite.
        case number(Double?)
    }

    /// What has been written.
    package private(set) var bytes: [UInt8] = []

    /// Nothing written yet.
    package init() {}

    /// Writes a record, which ends with CR LF.
    package mutating func append(_ fields: [Field]) {
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            switch field {
            case .text(let text): append(text)
            case .whole(let value): if let value { CanonicalJSON.append(whole: value, to: &bytes) }
            case .number(let value):
                if let value, value.isFinite { CanonicalJSON.append(number: value, to: &bytes) }
            }
        }
        bytes.append(text: "\r\n")
    }

    /// Writes a text, in quotes where it would be misread without them.
    private mutating func append(_ text: String) {
        let quote = UInt8(ascii: "\"")
        guard text.utf8.contains(where: { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 0x0A || $0 == 0x0D }) else {
            bytes.append(text: text)
            return
        }
        bytes.append(quote)
        for byte in text.utf8 {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }
}
