import Trial

/// A batch spelled as ``BatchDigest`` hashes it, in two parts, with room for its time of recording between them.
///
/// Who has not asked the server for its time yet sends the parts, and the server dates the batch and hashes it.
struct BatchText {
    /// What comes before the time of recording.
    let before: [UInt8]
    /// What comes behind it, and room for more.
    private var bytes: [UInt8]
    private var count: Int

    /// Begins a batch: what it follows, where it stands, and who writes it why.
    init(after previous: [UInt8], slice: Int32, firstPosition: Int64, count: Int, attribution: Attribution) {
        before = BatchDigest.place(after: previous, slice: slice, firstPosition: firstPosition, count: count)
        bytes = BatchDigest.spelled(attribution)
        self.count = bytes.count
    }

    /// What comes behind the time of recording.
    var behind: [UInt8] { Array(bytes[..<count]) }

    /// Adds the next event of the batch, as ``BatchDigest/add(_:patient:subject:of:)`` does.
    mutating func add(_ record: EventRecord, patient: Int32, subject: ArraySlice<UInt8>, of batch: EventBatch) {
        let source = batch.sources.range(of: Int(record.source))
        let missing = count + BatchDigest.length(of: record, names: 8 + subject.count + source.count) - bytes.count
        if missing > 0 { bytes.append(contentsOf: repeatElement(0, count: missing)) }
        BatchDigest.spell(
            record, patient: patient, subject.span, batch.sources.bytes.span.extracting(source), batch.arena.span,
            into: &bytes, at: &count)
    }
}
