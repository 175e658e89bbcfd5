/// A histogram in HdrHistogram's second encoding.
///
/// A header of 40 bytes, then the counts in the order of values: numbers of variable length (LEB128) whose sign is in
/// the lowest bit (zigzag), where a negative one stands for so many zeros.
enum HistogramPayload {
    /// Says "second encoding", with 0x10 for counts of variable length.
    private static let cookie: UInt32 = 0x1c84_9313
    private static let significantDigits: UInt32 = 3
    /// Values below are told apart one by one: the power of two from twice 10³ on.
    private static let subBuckets = 2_048

    /// The bytes of a histogram.
    static func encode(_ histogram: LatencyHistogram) -> [UInt8] {
        var counts: [UInt8] = []
        var next = 0
        for (least, count) in histogram.occurrences {
            let index = index(of: least)
            if index > next { append(zigzag: -Int64(index - next), to: &counts) }
            append(zigzag: Int64(count), to: &counts)
            next = index + 1
        }
        var bytes: [UInt8] = []
        append(cookie, to: &bytes)
        append(UInt32(counts.count), to: &bytes)
        append(UInt32(0), to: &bytes)
        append(significantDigits, to: &bytes)
        append(UInt64(Limits.latency.lowerBound), to: &bytes)
        append(UInt64(Limits.latency.upperBound), to: &bytes)
        append(1.0.bitPattern, to: &bytes)
        return bytes + counts
    }

    /// The place of a value's count: each doubling of the value beyond the first 2,048 has 1,024 places.
    private static func index(of value: Int) -> Int {
        let half = subBuckets / 2
        let bucket = max(0, Int.bitWidth - value.leadingZeroBitCount - subBuckets.trailingZeroBitCount)
        return bucket * half + (value >> bucket)
    }

    private static func append(zigzag value: Int64, to bytes: inout [UInt8]) {
        var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Appends a number, the most significant byte first.
    static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }
}
