/// What a correction says.
package struct Correction: Sendable {
    /// The bytes of the source of the event that it corrects.
    package var source: [UInt8]
    /// The bytes of the id of the event that it corrects.
    package var id: [UInt8]
    /// Why, in the words of the one who corrects.
    package var reason: [UInt8]
    /// What stands in the place of the corrected event; `nil` where that is void.
    ///
    /// Its patient, source and id are those of the *correction's* record, since who is corrected is known only to
    /// the caller: copy source and id from the target. It has no further attributes.
    package var replacement: EventRecord?
}

/// Reads corrections back from their canonical details; keeps its working storage from one to the next.
package struct CorrectionReader: Sendable {
    private var tape = JSONTape()
    private let data = DataParser()

    /// A reader without working storage yet.
    package init() {}

    /// What a correction says; the detail bytes of its replacement are appended to the batch's arena.
    ///
    /// - Throws: ``DetailError`` where the detail is none of a correction; the arena is then as it was.
    package mutating func read(
        _ record: EventRecord, in batch: inout EventBatch
    ) throws(DetailError) -> Correction {
        let arenaEnd = batch.arena.count
        do throws(Refusal) {
            try tape.scan(batch.arena.span.extracting(record.detail.indices))
            return try read(record, &batch.arena)
        } catch {
            batch.arena.removeSubrange(arenaEnd...)
            throw DetailError("The stored detail of a correction cannot be read: \(error.message)")
        }
    }

    private func read(_ record: EventRecord, _ arena: inout [UInt8]) throws(Refusal) -> Correction {
        let correction = try data.correctionFields(at: 0, tape)
        var read = Correction(
            source: Array(tape.bytes[correction.source]), id: Array(tape.bytes[correction.id]),
            reason: Array(tape.bytes[correction.reason]), replacement: nil)
        guard let replacement = correction.replacement else { return read }
        let kind = try EnvelopeReader.kind(at: replacement.type, data.words, on: tape)
        try EnvelopeReader.requireTime(at: replacement.time, on: tape)
        let time = try EnvelopeReader.time(at: replacement.time, receivedAt: .max, on: tape)
        var inner = EventRecord(
            time: time, patient: record.patient, source: record.source, id: record.id, kind: kind)
        try data.parse(replacement.data, on: tape, into: &inner, arena: &arena)
        read.replacement = inner
        return read
    }
}
