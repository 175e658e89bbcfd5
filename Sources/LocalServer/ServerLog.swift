import Foundation

/// The file the server writes its messages to.
struct ServerLog {
    let path: String

    /// Bytes written so far.
    var size: UInt64 {
        (try? FileHandle(forReadingAtPath: path)?.seekToEnd()) ?? 0
    }

    /// Cuts a log that has grown too long down to its end.
    ///
    /// The file stays the same one, since a running server appends to it. What it writes in just this moment may be
    /// lost.
    func trim(above limit: UInt64, keeping kept: UInt64) {
        guard size > limit, let file = FileHandle(forUpdatingAtPath: path) else { return }
        defer { try? file.close() }
        let end = tail(from: size - kept, bytes: Int(kept))
        try? file.truncate(atOffset: 0)
        try? file.write(contentsOf: Data(end.drop { $0 != UInt8(ascii: "\n") }.dropFirst()))
    }

    /// What was written after an offset, at most the last `bytes` of it, as text.
    func text(from offset: UInt64, bytes: Int = 4_000) -> String {
        // Bytes that are no UTF-8 are repaired: this text is only for people.
        String(decoding: tail(from: offset, bytes: bytes), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func tail(from offset: UInt64, bytes: Int) -> Data {
        guard let file = FileHandle(forReadingAtPath: path) else { return Data() }
        defer { try? file.close() }
        guard let end = try? file.seekToEnd(), end > offset else { return Data() }
        let start = max(offset, end > UInt64(bytes) ? end - UInt64(bytes) : 0)
        guard (try? file.seek(toOffset: start)) != nil else { return Data() }
        return (try? file.read(upToCount: Int(end - start))) ?? Data()
    }
}
