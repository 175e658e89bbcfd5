import Foundation
import Trial

/// Cuts chunks of input into lines, with bounded memory however long a line is.
struct LineSplitter {
    private var carried: [UInt8] = []
    private var isCarrying = false

    /// Hands over every line that ends in this chunk, without its end.
    mutating func split(_ chunk: [UInt8], _ body: (borrowing Span<UInt8>) -> Void) {
        let span = chunk.span
        var start = 0
        while let end = Self.lineFeed(in: span, from: start) {
            let piece = span.extracting(start..<end)
            if isCarrying {
                carry(piece)
                body(carried.span.extracting(0..<Self.length(of: carried.span)))
                carried.removeAll(keepingCapacity: true)
                isCarrying = false
            } else {
                body(piece.extracting(0..<Self.length(of: piece)))
            }
            start = end + 1
        }
        if start < span.count {
            carry(span.extracting(start..<span.count))
            isCarrying = true
        }
    }

    /// Hands over what is left at the end of the input: a last line without an end.
    mutating func finish(_ body: (borrowing Span<UInt8>) -> Void) {
        guard isCarrying else { return }
        body(carried.span)
        carried = []
        isCarrying = false
    }

    /// A line may end in CR LF; the CR is then no part of it.
    private static func length(of line: Span<UInt8>) -> Int {
        line.count > 0 && line[line.count - 1] == UInt8(ascii: "\r") ? line.count - 1 : line.count
    }

    /// Where the next line feed is.
    private static func lineFeed(in bytes: borrowing Span<UInt8>, from start: Int) -> Int? {
        // memchr looks at 32 bytes at once; it reads the bytes of the span from `start` on, and the address it returns
        // is only counted from there.
        unsafe bytes.withUnsafeBytes { all in
            guard start < all.count, let base = unsafe all.baseAddress?.advanced(by: start) else { return nil }
            let found = unsafe memchr(base, Int32(UInt8(ascii: "\n")), all.count - start)
            return unsafe found.map { unsafe start + (UnsafeRawPointer($0) - base) }
        }
    }

    /// Keeps a piece of a line; of one that is too long the beginning, enough to be refused for its length.
    private mutating func carry(_ piece: borrowing Span<UInt8>) {
        let room = LineLength.greatest + 1 - carried.count
        if room > 0 { carried.append(piece.extracting(0..<min(room, piece.count))) }
    }
}
