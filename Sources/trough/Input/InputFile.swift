import ArgumentParser
import StrictYAML
import SystemPackage

/// Reads files as a whole.
///
/// Reading may wait for as long as somebody takes to fill a pipe: it is for ``untilCancelled(_:)``.
enum InputFile {
    /// The text of a small file that people write, a protocol or a scenario, as far as such a file may be long.
    ///
    /// - Parameter kind: what a message calls the file, such as "protocol file".
    static func text(_ path: String, kind: String) throws -> String {
        let bytes = try bytes(path, kind: kind, upTo: YAMLDocument.greatestSize)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            // No character of UTF-8 has the byte of a line feed within it.
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
            throw Failure(.usage, "\(path):\(line + 1): the \(kind) is not valid UTF-8; expected a text in UTF-8.")
        }
        return text
    }

    /// What a file holds, up to a little more than a limit; `-` is standard input.
    static func bytes(_ path: String, kind: String, upTo limit: Int) throws -> [UInt8] {
        do {
            if path == "-" { return try all(of: .standardInput, upTo: limit) }
            let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            return try descriptor.closeAfter { try all(of: descriptor, upTo: limit) }
        } catch {
            throw Failure(.usage, "\(path): the \(kind) cannot be read: \(error).")
        }
    }

    /// Refuses to read standard input for more than one of several files.
    static func checkReadOnce(_ paths: [String]) throws {
        guard paths.count(where: { $0 == "-" }) <= 1 else {
            throw ValidationError("Standard input can be read once.")
        }
    }

    private static func all(of descriptor: FileDescriptor, upTo limit: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= limit {
            // The buffer is an array of its own, and the call fills no more than its size.
            let count = try unsafe buffer.withUnsafeMutableBytes { unsafe try descriptor.read(into: $0) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        return bytes
    }
}
