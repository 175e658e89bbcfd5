package import StrictYAML

/// The protocol file: strict YAML, so that a file that is accepted has exactly one meaning.
///
/// Every key is known and given once, every word is in its list, and every number is a plain decimal.
package enum ProtocolFile {
    /// The greatest length of a protocol file, in bytes.
    package static let greatestSize = 256 * 1024
    /// The greatest day or number of days that a protocol may state: a hundred years.
    package static let greatestDay = 36_525

    /// The protocol that a file states.
    ///
    /// - Parameters:
    ///   - yaml: The text of the file.
    ///   - fileName: What refusals call the file.
    /// - Returns: The protocol, complete and free of contradictions.
    /// - Throws: The first thing that is wrong, with its place, what was found and what was expected.
    package static func parse(_ yaml: String, fileName: String) throws(YAMLRefusal) -> TrialProtocol {
        let root = try YAMLDocument.parse(
            yaml, fileName: fileName, kind: "protocol file",
            expected: "a mapping with \(TrialProtocol.keys.joined(separator: ", "))", greatestSize: greatestSize)
        return try TrialProtocol(reading: root)
    }
}
