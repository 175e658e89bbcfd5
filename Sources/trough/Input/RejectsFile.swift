import Dispatch
import Foundation
import Trial

/// The file that gets one JSON object for each refused line.
final class RejectsFile: Sendable {
    private let path: String
    private let handle: FileHandle
    private let queue = DispatchQueue(label: "trough.rejects")

    /// Makes the file, or empties it.
    init(_ path: String) throws {
        self.path = path
        guard FileManager.default.createFile(atPath: path, contents: nil),
            let handle = FileHandle(forWritingAtPath: path)
        else {
            throw Failure(.usage, "\(path): the file for refused lines cannot be written.")
        }
        self.handle = handle
    }

    /// Adds a line: `{"file":…,"line":…,"code":…,"message":…,"text":…}`.
    ///
    /// Bytes that are not UTF-8 are shown as U+FFFD.
    func write(file: String, line: Int, _ refusal: Refusal, text: ArraySlice<UInt8>) async throws {
        var object: [UInt8] = []
        object.append(text: "{\"file\":")
        CanonicalJSON.append(string: file, to: &object)
        object.append(text: ",\"line\":\(line),\"code\":\"\(refusal.code.rawValue)\",\"message\":")
        CanonicalJSON.append(string: refusal.message, to: &object)
        object.append(text: ",\"text\":")
        CanonicalJSON.append(string: String(decoding: text, as: UTF8.self), to: &object)
        object.append(text: "}\n")
        try await put(object)
    }

    /// Ends the file.
    func close() async throws { try? handle.close() }

    private func put(_ bytes: [UInt8]) async throws {
        let failed: Bool = await withCheckedContinuation { continuation in
            queue.async { [handle] in
                do {
                    try handle.write(contentsOf: Data(bytes))
                    continuation.resume(returning: false)
                } catch {
                    continuation.resume(returning: true)
                }
            }
        }
        if failed { throw Failure(.fellShort, "\(path): the file for refused lines cannot be written any further.") }
    }
}
