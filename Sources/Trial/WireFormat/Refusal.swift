/// Why an event line is refused.
package struct Refusal: Error, Equatable, Sendable {
    /// The stable cause, one word that programs may rely on.
    package enum Code: String, Sendable, CaseIterable {
        /// Not one strict JSON object in UTF-8 of bounded size and depth.
        case syntax
        /// An attribute is missing, empty, too long or of the wrong type.
        case envelope
        /// The type or its version is unknown.
        case type
        /// The time is impossible, without offset, too early or in the future.
        case time
        /// The data do not fit the type.
        case data
        /// The same name was stored before with other content.
        case conflict
        /// The correction cannot stand.
        case correction
    }

    /// The cause.
    package var code: Code
    /// What is wrong and what was expected, as a sentence.
    package var message: String
    /// The byte in the line at which it shows, counted from 1, where known.
    package var column: Int?

    /// A refusal from its parts.
    package init(_ code: Code, _ message: String, column: Int? = nil) {
        self.code = code
        self.message = message
        self.column = column
    }
}
