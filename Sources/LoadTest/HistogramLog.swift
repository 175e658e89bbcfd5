import Trial

/// Spells the latencies of each second as a log that the tools of HdrHistogram read: format 1.3, with tags.
package enum HistogramLog {
    /// Says "second encoding, compressed", with 0x10 for counts of variable length.
    private static let cookie: UInt32 = 0x1c84_9314

    /// The log of a test; latencies are in microseconds, and the greatest of a line in milliseconds.
    package static func text(of result: LoadResult) -> String {
        let start = decimal(result.startedAt, digits: 6, keep: 3)
        var lines = [
            "#[Histogram log format version 1.3]",
            "#[Values are microseconds, Interval_Max is milliseconds]",
            "#[StartTime: \(start) (seconds since epoch), \(Instant.text(result.startedAt))]",
            "#[BaseTime: \(start) (seconds since epoch)]",
            #""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#,
        ]
        for interval in result.intervals {
            let times = [interval.start, interval.length].map { decimal($0, digits: 9, keep: 3) }
            let max = decimal(Int64(interval.max), digits: 3, keep: 3)
            let histogram = Base64.encode(compressed(interval.payload))
            lines.append("Tag=\(interval.stage.rawValue),\(times[0]),\(times[1]),\(max),\(histogram)")
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A payload as a zlib stream, behind the cookie and its length.
    static func compressed(_ payload: [UInt8]) -> [UInt8] {
        let stream = StoredStream.encode(payload)
        var bytes: [UInt8] = []
        HistogramPayload.append(cookie, to: &bytes)
        HistogramPayload.append(UInt32(stream.count), to: &bytes)
        return bytes + stream
    }

    /// A number of the smallest units as a decimal number, cut to so many decimals.
    private static func decimal(_ number: Int64, digits: Int, keep: Int) -> String {
        let text = String(number)
        let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
        return padded.dropLast(digits) + "." + padded.suffix(digits).prefix(keep)
    }
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951): any reader takes it, and no compression is needed to write it.
///
/// A histogram in its own encoding has few zeros left to squeeze out.
enum StoredStream {
    private static let greatestBlock = 65_535

    /// The stream that unpacks to these bytes.
    static func encode(_ bytes: [UInt8]) -> [UInt8] {
        // Deflate with a window of 32 KiB, no dictionary, fastest; the check bits make it a multiple of 31.
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(start + greatestBlock, bytes.count)
            stream.append(end == bytes.count ? 1 : 0)
            let length = UInt16(end - start)
            for number in [length, ~length] { stream += [UInt8(number & 0xff), UInt8(number >> 8)] }
            stream += bytes[start..<end]
            start = end
        } while start < bytes.count
        HistogramPayload.append(adler32(bytes), to: &stream)
        return stream
    }

    /// The checksum at the end of a stream.
    private static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var (sum, sums): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            sum = (sum + UInt32(byte)) % 65_521
            sums = (sums + sum) % 65_521
        }
        return sums << 16 | sum
    }
}

/// Base64 (RFC 4648) with padding.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The bytes as text.
    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            var bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << (8 * UInt32(3 - group.count))
            var digits: [UInt8] = []
            for _ in 0..<4 {
                digits.insert(alphabet[Int(bits & 63)], at: 0)
                bits >>= 6
            }
            for place in group.count + 1..<4 { digits[place] = UInt8(ascii: "=") }
            text += digits
        }
        return String(decoding: text, as: UTF8.self)
    }
}
