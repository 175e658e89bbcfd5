import Trial

/// Writes JSON without white space, with the commas in their places.
struct JSONWriter {
    /// What has been written.
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Writes an object; the body writes its members.
    mutating func object(_ body: (inout JSONWriter) -> Void) {
        enclosed(by: "{", "}", body)
    }

    /// Writes an array; the body writes one element.
    mutating func array<Element>(_ elements: [Element], _ body: (inout JSONWriter, Element) -> Void) {
        enclosed(by: "[", "]") { writer in
            for element in elements { body(&writer, element) }
        }
    }

    /// Writes the key of the next value.
    mutating func key(_ name: String) {
        separate()
        CanonicalJSON.append(string: name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string with its key.
    mutating func member(_ name: String, _ value: String) {
        key(name)
        CanonicalJSON.append(string: value, to: &bytes)
        needsComma = true
    }

    /// Writes a whole number with its key.
    mutating func member(_ name: String, _ value: Int) {
        key(name)
        CanonicalJSON.append(whole: value, to: &bytes)
        needsComma = true
    }

    /// Writes a number with its key; `null` where there is none, or none that JSON could spell.
    mutating func member(_ name: String, _ value: Double?) {
        guard let value, value.isFinite else {
            null(name)
            return
        }
        key(name)
        CanonicalJSON.append(number: value, to: &bytes)
        needsComma = true
    }

    /// Writes `null` with its key.
    mutating func null(_ name: String) {
        key(name)
        bytes.append(text: "null")
        needsComma = true
    }

    /// Ends a line.
    mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    private mutating func enclosed(by opening: String, _ closing: String, _ body: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(text: opening)
        needsComma = false
        body(&self)
        bytes.append(text: closing)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}
