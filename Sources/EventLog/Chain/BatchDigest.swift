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
    /// Room for what is spelled, so that nothing grows from event to event.
    private var bytes: [UInt8]
    /// How many bytes have not been hashed yet.
    private var count = 0
    private var names = SpelledNames()

    /// What an event takes but for its names and texts: 30 bytes of numbers and three lengths, and so many as are overwritten
    /// where names are stored.
    private static let spelledNumbers = 30 + 12 + SpelledNames.shortest

    /// Room for what comes before the events, where names are not unusually long.
    private static let headRoom = 200

    /// Begins a batch: what it follows, where it stands, and who wrote it when and why.
    package init(
        after previous: [UInt8], slice: Int32, firstPosition: Int64, count: Int, recordedAt: Int64,
        attribution: Attribution
    ) {
        var head = Self.place(after: previous, slice: slice, firstPosition: firstPosition, count: count)
        head.append(bigEndian: UInt64(bitPattern: recordedAt), bytes: 8)
        head += Self.spelled(attribution)
        hash.update(data: head)
        bytes = [UInt8](repeating: 0, count: min(max(count, 1), Limits.hashedBytes / 240) * 240)
    }

    /// The beginning of a batch's spelling, up to the time of recording.
    static func place(after previous: [UInt8], slice: Int32, firstPosition: Int64, count: Int) -> [UInt8] {
        var spelled: [UInt8] = []
        spelled.reserveCapacity(headRoom)
        spelled.append(text: "trough.batch.1")
        spelled += previous
        spelled.append(bigEndian: UInt64(UInt32(bitPattern: slice)) << 32, bytes: 4)
        for number in [firstPosition, Int64(count)] {
            spelled.append(bigEndian: UInt64(bitPattern: number), bytes: 8)
        }
        return spelled
    }

    /// What a batch's spelling has between the time of recording and the events.
    static func spelled(_ attribution: Attribution) -> [UInt8] {
        let texts = [attribution.author, attribution.reason ?? "", attribution.client]
        var spelled: [UInt8] = []
        spelled.reserveCapacity(texts.reduce(0) { $0 + 4 + $1.utf8.count })
        for text in texts {
            spelled.append(bigEndian: UInt64(UInt32(text.utf8.count)) << 32, bytes: 4)
            spelled.append(text: text)
        }
        return spelled
    }

    /// Adds the next event of the batch.
    ///
    /// - Parameters:
    ///   - patient: The patient's number within the slice.
    ///   - batch: What the event refers to.
    package mutating func add(_ record: EventRecord, patient: Int32, subject: ArraySlice<UInt8>, of batch: EventBatch) {
        let source = batch.sources.range(of: Int(record.source))
        makeRoom(for: Self.length(of: record, names: 8 + subject.count + source.count))
        Self.spell(
            record, patient: patient, subject.span, batch.sources.bytes.span.extracting(source), batch.arena.span,
            into: &bytes, at: &count)
    }

    /// Adds the next events of the batch, which are one patient's and lie together.
    package mutating func add(
        _ members: Range<Int>, patient: Int32, subject: ArraySlice<UInt8>, of batch: EventBatch
    ) {
        names.begin(patient)
        var next = members.lowerBound
        while next < members.upperBound {
            let record = batch.records[next]
            let run = names.run(of: record.source, in: batch.sources, subject)
            makeRoom(for: Self.length(of: record, names: run.count))
            next = Self.spell(next..<members.upperBound, subject, of: batch, &names, into: &bytes, at: &count)
        }
    }

    /// The digest of the batch, 32 bytes.
    package consuming func finish() -> [UInt8] {
        flush()
        return Array(hash.finalize())
    }

    private mutating func flush() {
        if count == bytes.count { hash.update(data: bytes) } else { hash.update(data: bytes[..<count]) }
        count = 0
    }

    /// Sees to it that so many bytes can be spelled.
    private mutating func makeRoom(for length: Int) {
        if length <= bytes.count - count { return }
        flush()
        if length > bytes.count { bytes = [UInt8](repeating: 0, count: length) }
    }

    /// How much room an event takes whose subject and source are spelled in so many bytes.
    static func length(of record: EventRecord, names: Int) -> Int {
        spelledNumbers + names + Int(record.id.count) + Int(record.detail.count) + Int(record.attributes.count)
    }

    /// Spells events as long as there is room.
    ///
    /// - Returns: The first one that was not spelled.
    private static func spell(
        _ members: Range<Int>, _ subject: ArraySlice<UInt8>, of batch: EventBatch, _ names: inout SpelledNames,
        into bytes: inout [UInt8], at count: inout Int
    ) -> Int {
        let (records, arena) = (batch.records.span, batch.arena.span)
        var output = bytes.mutableSpan
        var place = count
        var next = members.lowerBound
        while next < members.upperBound {
            let record = records[next]
            let run = names.run(of: record.source, in: batch.sources, subject)
            if length(of: record, names: run.count) > output.count - place { break }
            place += spellNumbers(record, run, in: names.bytes.span, &output, at: place)
            place = spellTexts(record, arena, &output, at: place)
            next += 1
        }
        count = place
        return next
    }

    /// Spells one event, for which there is room; of a single one nothing is worth being remembered.
    static func spell(
        _ record: EventRecord, patient: Int32, _ subject: Span<UInt8>, _ source: Span<UInt8>, _ arena: Span<UInt8>,
        into bytes: inout [UInt8], at count: inout Int
    ) {
        var output = bytes.mutableSpan
        output.store(UInt32(bitPattern: patient), at: count)
        spellNumbers(record, &output, at: count)
        output.store(UInt32(subject.count), at: count + 30)
        var place = output.store(subject, at: count + 34)
        output.store(UInt32(source.count), at: place)
        place = output.store(source, at: place + 4)
        count = spellTexts(record, arena, &output, at: place)
    }

    /// Spells the numbers and names of an event, for which there is room.
    ///
    /// - Returns: How many bytes they take.
    @inline(__always)
    private static func spellNumbers(
        _ record: EventRecord, _ run: SpelledNames.Run, in names: Span<UInt8>, _ output: inout MutableSpan<UInt8>,
        at start: Int
    ) -> Int {
        output.store(names.word(at: 0), at: start)
        spellNumbers(record, &output, at: start)
        var rest = output._mutatingExtracting(start..<output.count)
        let spelled = names.extracting(run.start..<names.count)
        // Four blocks, whatever is in them: most names take so many.
        rest.store(spelled.block(at: 0), at: 30)
        rest.store(spelled.block(at: 16), at: 46)
        rest.store(spelled.block(at: 32), at: 62)
        rest.store(spelled.block(at: 48), at: 78)
        for offset in stride(from: SpelledNames.shortest, to: run.count, by: 16) {
            rest.store(spelled.block(at: offset), at: 30 + offset)
        }
        return 30 + run.count
    }

    /// Spells the numbers of an event behind that of its patient.
    @inline(__always)
    private static func spellNumbers(_ record: EventRecord, _ output: inout MutableSpan<UInt8>, at start: Int) {
        var rest = output._mutatingExtracting(start..<output.count)
        rest.store(UInt64(bitPattern: record.time), at: 4)
        rest.store(record.value.bitPattern, at: 12)
        rest.store(UInt16(bitPattern: record.kind.rawValue), at: 20)
        rest.store(UInt16(bitPattern: record.code), at: 22)
        rest.store(UInt16(bitPattern: record.unit), at: 24)
        rest.store(UInt16(bitPattern: record.qualifier), at: 26)
        rest.store(UInt16(bitPattern: record.level), at: 28)
    }

    /// Spells id, detail and attributes of an event, for which there is room.
    ///
    /// - Returns: The place behind them.
    @inline(__always)
    private static func spellTexts(
        _ record: EventRecord, _ arena: Span<UInt8>, _ output: inout MutableSpan<UInt8>, at start: Int
    ) -> Int {
        let isPlain = record.detail.count == 0 && record.attributes.count == 0
        let id = arena.extracting(record.id.indices)
        if isPlain, id.count == 4 {
            // As most events of virtual patients are: two lengths of 0 behind the id.
            var rest = output._mutatingExtracting(start..<output.count)
            rest.store(4 as UInt32, at: 0)
            for index in 0..<4 { rest[4 + index] = id[index] }
            rest.store(0 as UInt64, at: 8)
            return start + 16
        }
        output.store(record.id.count, at: start)
        var place = output.store(id, at: start + 4)
        output.store(record.detail.count, at: place)
        place = output.store(arena.extracting(record.detail.indices), at: place + 4)
        output.store(record.attributes.count, at: place)
        return output.store(arena.extracting(record.attributes.indices), at: place + 4)
    }
}
