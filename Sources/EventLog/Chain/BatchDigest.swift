import Crypto
package import Trial

/// The chain of a slice: each batch's digest is SHA-256 over the digest before it, the batch and its events.
///
/// The hashed bytes are a fixed, unambiguous spelling (format 1): numbers big-endian in two's complement, texts with
/// their length before them, so that no two batches share one spelling. Whoever holds a digest outside the database can
/// tell whether anything up to it was changed, removed or added.
package struct BatchDigest: Sendable {
    /// The digest before the first batch of a slice.
    package static let origin = [UInt8](repeating: 0, count: 32)

    private var hash = SHA256()
    /// What has not been hashed yet.
    private var bytes: [UInt8] = []

    /// Begins a batch: what it follows, where it stands, and who wrote it when and why.
    package init(
        after previous: [UInt8], slice: Int32, firstPosition: Int64, count: Int, recordedAt: Int64,
        attribution: Attribution
    ) {
        bytes.reserveCapacity(192 + min(count, Limits.hashedBytes / 160) * 160)
        bytes += Array("trough.batch.1".utf8)
        bytes += previous
        append(slice)
        append(firstPosition)
        append(Int64(count))
        append(recordedAt)
        append(text: Array(attribution.author.utf8).span)
        append(text: Array((attribution.reason ?? "").utf8).span)
        append(text: Array(attribution.client.utf8).span)
    }

    /// Adds the next event of the batch.
    ///
    /// - Parameters:
    ///   - patient: The patient's number within the slice.
    ///   - batch: What the event refers to.
    package mutating func add(_ record: EventRecord, patient: Int32, subject: ArraySlice<UInt8>, of batch: EventBatch) {
        bytes.append(addingCapacity: 30) { output in
            output.append(bigEndian: patient)
            output.append(bigEndian: record.time)
            output.append(bigEndian: record.value.bitPattern)
            output.append(bigEndian: record.kind.rawValue)
            output.append(bigEndian: record.code)
            output.append(bigEndian: record.unit)
            output.append(bigEndian: record.qualifier)
            output.append(bigEndian: record.level)
        }
        append(text: subject.span)
        append(text: batch.sources[Int(record.source)].span)
        let arena = batch.arena.span
        append(text: arena.extracting(record.id.indices))
        append(text: arena.extracting(record.detail.indices))
        append(text: arena.extracting(record.attributes.indices))
        if bytes.count >= Limits.hashedBytes { flush() }
    }

    /// The digest of the batch, 32 bytes.
    package consuming func finish() -> [UInt8] {
        flush()
        return Array(hash.finalize())
    }

    private mutating func flush() {
        hash.update(data: bytes)
        bytes.removeAll(keepingCapacity: true)
    }

    private mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        bytes.append(addingCapacity: Number.bitWidth / 8) { $0.append(bigEndian: number) }
    }

    private mutating func append(text: Span<UInt8>) {
        append(UInt32(text.count))
        bytes.append(text)
    }
}

extension OutputSpan<UInt8> {
    /// Appends a number in two's complement, most significant byte first.
    @inline(__always)
    fileprivate mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        var shift = Number.bitWidth
        while shift > 0 {
            shift -= 8
            append(UInt8(truncatingIfNeeded: number >> Number(shift)))
        }
    }
}
