import Trial

/// Writes JSON without white space, with the commas in their places.
package struct JSONWriter {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Nothing written yet.
    package init() {}

    /// What has been written, as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Writes an object; the body writes its members.
    package mutating func object(_ body: (inout JSONWriter) -> Void) {
        enclosed(by: "{", "}", body)
    }

    /// Writes an array; the body writes one element.
    package mutating func array<Element>(_ elements: [Element], _ body: (inout JSONWriter, Element) -> Void) {
        enclosed(by: "[", "]") { writer in
            for element in elements { body(&writer, element) }
        }
    }

    /// Writes the key of the next value.
    package mutating func key(_ name: String) {
        separate()
        CanonicalJSON.append(string: name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string with its key.
    package mutating func member(_ name: String, _ value: String) {
        key(name)
        CanonicalJSON.append(string: value, to: &bytes)
        needsComma = true
    }

    /// Writes a whole number with its key.
    package mutating func member(_ name: String, _ value: Int) {
        key(name)
        CanonicalJSON.append(whole: value, to: &bytes)
        needsComma = true
    }

    /// Writes a whole number that is not negative with its key.
    package mutating func member(_ name: String, unsigned value: UInt64) {
        key(name)
        bytes.append(text: value.description)
        needsComma = true
    }

    /// Writes an array of numbers; `null` for each that JSON could not spell.
    package mutating func numbers(_ values: [Double]) {
        array(values) { writer, value in
            writer.separate()
            if value.isFinite {
                CanonicalJSON.append(number: value, to: &writer.bytes)
            } else {
                writer.bytes.append(text: "null")
            }
            writer.needsComma = true
        }
    }

    /// Writes a number with its key; `null` where there is none, or none that JSON could spell.
    package mutating func member(_ name: String, _ value: Double?) {
        guard let value, value.isFinite else {
            null(name)
            return
        }
        key(name)
        CanonicalJSON.append(number: value, to: &bytes)
        needsComma = true
    }

    /// Writes a truth value with its key.
    package mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bytes.append(text: value ? "true" : "false")
        needsComma = true
    }

    /// Writes a string with its key; `null` where there is none.
    package mutating func member(_ name: String, optional value: String?) {
        if let value { member(name, value) } else { null(name) }
    }

    /// Writes a value that is JSON already with its key.
    package mutating func member(_ name: String, json value: String) {
        key(name)
        bytes.append(text: value)
        needsComma = true
    }

    /// Writes `null` with its key.
    package mutating func null(_ name: String) {
        key(name)
        bytes.append(text: "null")
        needsComma = true
    }

    /// Ends a line.
    package mutating func endLine() {
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
