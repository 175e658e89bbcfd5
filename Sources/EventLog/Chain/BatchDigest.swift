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
        appendNumbers(record, patient: patient, subjectLength: subject.count)
        bytes.append(subject.span)
        append(length: batch.sources.length(of: Int(record.source)))
        batch.sources.append(Int(record.source), to: &bytes)
        let arena = batch.arena.span
        append(text: arena.extracting(record.id.indices))
        if record.detail.isEmpty, record.attributes.isEmpty {
            // Most events have neither: two lengths of 0.
            bytes.append(bigEndian: 0, bytes: 8)
        } else {
            append(text: arena.extracting(record.detail.indices))
            append(text: arena.extracting(record.attributes.indices))
        }
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

    private mutating func append(_ number: Int32) {
        bytes.append(bigEndian: UInt64(UInt32(bitPattern: number)) << 32, bytes: 4)
    }

    private mutating func append(_ number: Int64) {
        bytes.append(bigEndian: UInt64(bitPattern: number), bytes: 8)
    }

    private mutating func append(text: Span<UInt8>) {
        append(length: text.count)
        bytes.append(text)
    }

    private mutating func append(length: Int) {
        bytes.append(bigEndian: UInt64(UInt32(length)) << 32, bytes: 4)
    }

    /// Appends the numbers of an event, one behind the other, and the length of its subject: 34 bytes at once.
    private mutating func appendNumbers(_ record: EventRecord, patient: Int32, subjectLength: Int) {
        let (time, value) = (UInt64(bitPattern: record.time), record.value.bitPattern)
        let length = UInt64(UInt32(subjectLength))
        let word = { (number: Int16) in UInt64(UInt16(bitPattern: number)) }
        bytes.append(
            bigEndian: [
                UInt64(UInt32(bitPattern: patient)) << 32 | time >> 32,
                time << 32 | value >> 32,
                value << 32 | word(record.kind.rawValue) << 16 | word(record.code),
                word(record.unit) << 48 | word(record.qualifier) << 32 | word(record.level) << 16 | length >> 16,
                length << 48,
            ], bytes: 34)
    }
}
