package import Trial

/// The first part of a segment, opened: the events of a stretch of a slice, patient after patient, each patient's in the
/// order of a history.
///
/// ``SegmentColumns`` tells how it is packed. A class, though nothing in it changes: it has two dozen columns, and
/// counting the references to each wherever a segment is handed on would cost as much as reading a patient.
package final class Segment: Sendable {
    /// The slice that the events are of.
    package let slice: Int32
    /// The position of the first event; the others follow without gaps.
    package let firstPosition: Int64
    /// How many events there are.
    package let events: Int
    /// The digest that the second part must have.
    package let restDigest: [UInt8]
    /// The bytes that ids and details refer to, without records.
    package let batch: EventBatch
    let columns: SegmentColumns

    /// The numbers of the patients, ascending.
    package var patients: [Int32] { columns.patients }
    /// The position of the last event.
    package var lastPosition: Int64 { firstPosition + Int64(events) - 1 }

    /// Opens a segment.
    ///
    /// - Parameters:
    ///   - data: The first part, whose checksum or digest has been compared.
    ///   - sources: Names of sources, which become those of ``batch``.
    ///   - number: From the number of a source in the table `source` to its number in `sources`, `nil` where the study
    ///     has no such source.
    package init(
        _ data: [UInt8], sources: NameTable, number: (Int32) -> Int32?
    ) throws(SegmentError) {
        var reader = PartReader(data)
        let header = try SegmentHeader(.data, &reader)
        slice = header.slice
        firstPosition = header.firstPosition
        events = header.events
        restDigest = Array(try reader.bytes(32))
        var batch = EventBatch()
        batch.sources = sources
        batch.arena = data
        self.batch = batch
        columns = try SegmentColumns(header, &reader, number)
    }

    /// The subject of the patient at an index.
    package func subject(_ index: Int) -> ArraySlice<UInt8> {
        batch.bytes(columns.subjectRanges[Int(columns.subjectIndices[index])])
    }

    /// The places of the patient's events in the segment.
    package func stretch(_ index: Int) -> Range<Int> { columns.stretch(index) }

    /// Appends the events of the patient at an index, in the order of a history, without further attributes.
    package func append(_ index: Int, to records: inout [EventRecord]) {
        let stretch = columns.stretch(index)
        records.append(addingCapacity: stretch.count) { output in columns.append(index, stretch, to: &output) }
    }

    /// Appends those events of the patient at an index that matter to outcomes, in the order of a history.
    ///
    /// - Parameters:
    ///   - rules: The rules for this segment.
    ///   - until: What happened later is left out.
    /// - Returns: What is known of all the patient's events; `nil` where these do not tell what is odd about them, or where
    ///   there is a correction among them.
    package func appendRelevant(
        _ index: Int, _ rules: SegmentRules, until: Int64, to records: inout [EventRecord]
    ) -> LeftOut? {
        let stretch = columns.stretch(index)
        var leftOut: LeftOut?
        records.append(addingCapacity: stretch.count) { output in
            leftOut = columns.appendRelevant(index, stretch, rules.tables, until: until, to: &output)
        }
        return leftOut
    }
}
