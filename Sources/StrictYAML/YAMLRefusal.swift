/// Why a file is refused, and where.
package struct YAMLRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    /// The name of the file, as it was given to ``YAMLDocument/parse(_:fileName:kind:expected:greatestSize:)``.
    package var file: String
    /// The line at which it shows, counted from 1.
    package var line: Int
    /// The column at which it shows, in Unicode scalars, counted from 1.
    package var column: Int
    /// The part of the file, what was found there, and what was expected, as a sentence.
    package var message: String

    /// A refusal from its parts.
    package init(file: String, line: Int, column: Int, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    /// The place and the sentence in one line, such as `roblin.yaml:7:12: "horizon" is missing; expected …`.
    package var description: String { "\(file):\(line):\(column): \(message)" }
}
