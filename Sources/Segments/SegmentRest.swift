package import Trial

/// The second part of a segment, opened: where in the log each event stands, and further attributes.
///
/// After the header's first 32 bytes come one byte that is 0 where the order of the log is that of the segment and else
/// 2, three zero bytes, in the latter case a `u16` for each event (its position less the segment's first), and a
/// ``TextColumn`` with the attributes of those events that have any.
package struct SegmentRest: Sendable {
    /// For each event of the segment: its position less the segment's first.
    package let places: [UInt16]
    private let attributes: [ByteRange]
    private let attributeIndices: [UInt16]
    private let arena: [UInt8]

    /// Opens the second part of a segment.
    ///
    /// - Throws: ``SegmentError`` also where the digest is not the one that the first part names.
    package init(_ rest: [UInt8], of segment: Segment) throws(SegmentError) {
        guard segmentDigest(rest) == segment.restDigest else {
            throw SegmentError("The second part of a segment is damaged: its digest is another one.")
        }
        var reader = PartReader(rest)
        let header = try SegmentHeader(.rest, &reader)
        let expected = SegmentHeader(
            slice: segment.slice, firstPosition: segment.firstPosition, events: segment.events,
            patients: segment.patients.count)
        guard header == expected else { throw SegmentError("The second part is another segment's.") }
        let order = try reader.bytes(4)
        var places: [UInt16] = []
        if order.elementsEqual([0, 0, 0, 0]) {
            places = (0..<segment.events).map { UInt16(truncatingIfNeeded: $0) }
        } else if order.elementsEqual([2, 0, 0, 0]) {
            try reader.load(segment.events, into: &places)
        } else {
            throw SegmentError("A segment does not say how its events are ordered.")
        }
        var isTaken = [Bool](repeating: false, count: segment.events)
        for place in places {
            guard Int(place) < segment.events, !isTaken[Int(place)] else {
                throw SegmentError("Two events of a segment have one position, or one lies outside of it.")
            }
            isTaken[Int(place)] = true
        }
        self.places = places
        var starts: [Int32] = []
        let rows = segment.columns.countFlags(ShapeColumn.attributesFlag, &starts)
        var (table, indices): ([ByteRange], [UInt16]) = ([], [])
        try reader.readTexts(rows: rows, &table, &indices)
        try reader.finish()
        (attributes, attributeIndices, arena) = (table, indices, rest)
    }

    /// All events of the segment in the order of the log.
    ///
    /// - Returns: A batch with the sources of the segment's, whose patients are numbers within the slice.
    package func logOrder(_ segment: Segment) -> EventBatch {
        var batch = segment.batch
        var ordered: [EventRecord] = []
        ordered.reserveCapacity(segment.events)
        for index in segment.patients.indices { segment.append(index, to: &ordered) }
        let offset = UInt32(truncatingIfNeeded: batch.arena.count)
        if !attributes.isEmpty { batch.arena += arena }
        var next = 0
        for place in ordered.indices
        where segment.columns.flags[Int(segment.columns.shapeIndices[place])] & ShapeColumn.attributesFlag != 0 {
            let range = attributes[Int(attributeIndices[next])]
            ordered[place].attributes = ByteRange(start: offset + range.start, count: range.count)
            next += 1
        }
        batch.records = ordered
        for (place, position) in places.enumerated() { batch.records[Int(position)] = ordered[place] }
        return batch
    }
}
