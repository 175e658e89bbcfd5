internal import Yams

/// A file of one YAML document, read by its nodes so that each refusal can name the line and column.
///
/// A file that is accepted has exactly one meaning. Every key is known and given once, no tag changes what a word is, and
/// every number is a plain decimal: YAML's octal, hexadecimal and sexagesimal spellings are refused, since versions of
/// YAML read them differently.
package enum YAMLDocument {
    /// The greatest length of a file that states no other, in bytes.
    package static let greatestSize = 256 * 1024

    /// The root of the only document of a file.
    ///
    /// - Parameters:
    ///   - text: The text of the file.
    ///   - fileName: What refusals call the file.
    ///   - kind: What refusals call such files, to follow an `a`, such as `protocol file`.
    ///   - expected: What the root must be, such as `a mapping with name, arms`, to tell of a file that is empty.
    ///   - greatestSize: The greatest length of such files, in bytes.
    /// - Returns: The root, of which nothing is known yet but that it is there.
    /// - Throws: The first thing that is wrong, with its place, what was found and what was expected.
    package static func parse(
        _ text: String, fileName: String, kind: String, expected: String, greatestSize: Int = Self.greatestSize
    ) throws(YAMLRefusal) -> YAMLNode {
        try check(text, fileName: fileName, greatestSize: greatestSize)
        // Left in its place, a byte order mark would be a column of indentation of the first line alone.
        let yaml = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        guard let root = try compose(yaml, fileName: fileName) else {
            throw YAMLRefusal(
                file: fileName, line: 1, column: 1, message: "the file is empty; expected \(expected).")
        }
        return YAMLNode(root, file: fileName, kind: kind)
    }

    /// Composes the only document, `nil` where the text has none.
    ///
    /// The basic resolver leaves every plain scalar a string, so that `1` and `"1"` are one key, and a tag other than
    /// the kind's own was written in the file. The encoding is named, since Yams would else ask the environment.
    private static func compose(_ yaml: String, fileName: String) throws(YAMLRefusal) -> Node? {
        do {
            return try Parser(yaml: yaml, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw YAMLRefusal(error, file: fileName)
        } catch {
            throw YAMLRefusal(
                file: fileName, line: 1, column: 1,
                message: "the file cannot be read: \(error); expected one YAML document.")
        }
    }

    /// Refuses a text that is too long, or has a character that YAML does not allow.
    private static func check(_ text: String, fileName: String, greatestSize: Int) throws(YAMLRefusal) {
        guard text.utf8.count <= greatestSize else {
            throw YAMLRefusal(
                file: fileName, line: 1, column: 1,
                message: "the file has more than \(greatestSize) bytes; expected no more.")
        }
        var line = 1
        var column = 1
        var afterReturn = false
        for scalar in text.unicodeScalars {
            guard isAllowed(scalar) else {
                throw YAMLRefusal(
                    file: fileName, line: line, column: column,
                    message: "found the character \(scalar.codePoint); expected only characters that YAML allows.")
            }
            switch scalar {
            case "\n" where afterReturn:
                break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                line += 1
                column = 1
            default:
                column += 1
            }
            afterReturn = scalar == "\r"
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFFFD, 0x1_0000...: true
        default: false
        }
    }
}

extension YAMLRefusal {
    /// What Yams refuses, in words for people who write such files.
    fileprivate init(_ error: YamlError, file: String) {
        switch error {
        case .composer(_?, _, let mark, _):
            // The composer gives a context only where it wanted the end of the stream.
            self.init(
                file: file, line: mark.line, column: mark.column,
                message: "a second document begins here; expected one document in the file.")
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let begin = context.map { ", \($0.text) that begins at line \($0.mark.line), column \($0.mark.column)" }
            if problem.hasPrefix("Maximum nesting level") {
                // libyaml names the function of C that would allow more.
                self.init(
                    file: file, line: mark.line, column: mark.column,
                    message: "lists and mappings stand too deep in one another; expected a file that people write.")
                return
            }
            self.init(
                file: file, line: mark.line, column: mark.column,
                message: "the text is not valid YAML: \(problem)\(begin ?? ""); expected one YAML document.")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.map(\.quoted).joined(separator: " and ")
            // Yams does not say how each of them is spelled.
            let isSpelledInOneWay = duplicates.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } }
            let spelling = isSpelledInOneWay ? "" : ", whatever code points spell it"
            self.init(
                file: file, line: context.mark.line, column: context.mark.column,
                message: "found \(keys) more than once as a key of one mapping, first here; expected each key once"
                    + "\(spelling).")
        default:
            self.init(
                file: file, line: 1, column: 1,
                message: "the file cannot be read: \(error); expected one YAML document.")
        }
    }
}
