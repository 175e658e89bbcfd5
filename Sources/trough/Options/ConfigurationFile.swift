import StrictYAML
import SystemPackage

/// Reads the text of small files that people write: protocols and scenarios.
enum ConfigurationFile {
    /// The text of a file, as far as such a file may be long.
    ///
    /// - Parameter kind: what a message calls the file, such as "protocol file".
    static func text(_ path: String, kind: String) throws -> String {
        let bytes: [UInt8]
        do {
            let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
            bytes = try descriptor.closeAfter { try all(of: descriptor, upTo: YAMLDocument.greatestSize) }
        } catch {
            throw Failure(.usage, "\(path): the \(kind) cannot be read: \(error).")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.usage, "\(path): the \(kind) is not valid UTF-8.")
        }
        return text
    }

    /// What a file holds, up to a little more than a limit.
    static func all(of descriptor: FileDescriptor, upTo limit: Int) throws -> [UInt8] {
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
