package import Trial

/// A packed stretch of a slice, as two runs of bytes.
package struct SegmentParts: Sendable, Equatable {
    /// What a fold needs, see ``Segment``.
    package var data: [UInt8]
    /// What only a reader of the log needs: the order of the log, and further attributes, see ``SegmentRest``.
    package var rest: [UInt8]
    /// SHA-256 of `data`, which itself holds that of `rest`.
    package var digest: [UInt8]
    /// The checksum of `data` and its digest.
    package var checksum: Checksum
    /// The position of the first event.
    package var firstPosition: Int64
    /// How many events there are.
    package var events: Int
    /// The numbers of the patients, ascending.
    package var patients: [Int32]
}

/// Packs the events of a stretch of a slice, patient after patient.
///
/// The bytes are a function of the events alone. Working memory is kept from segment to segment.
package struct SegmentWriter: Sendable {
    private let slice: Int32
    private var firstPosition: Int64 = 1
    private var patients: [Int32] = []
    private var counts: [UInt32] = []
    private var firstTimes: [Int64] = []
    private var places: [UInt16] = []
    private var subjects = TextColumn()
    private var steps = NumberColumn()
    private var shapes = ShapeColumn()
    private var values = NumberColumn()
    private var ids = TextColumn()
    private var details = TextColumn()
    private var attributes = TextColumn()
    /// What one patient's events put into the columns.
    private var numbers: [Int64] = []
    private var combinations: [ShapeColumn.Shape] = []
    private var texts: [ByteRange] = []

    /// How many bytes both parts have at most.
    private let limit: Int

    /// A writer for one slice, of segments of so many bytes at most.
    package init(slice: Int32, limit: Int = Limits.writtenBytes) { (self.slice, self.limit) = (slice, limit) }

    /// How many events have been added since the beginning of the stretch.
    package var events: Int { places.count }

    /// Begins a stretch at a position; what was added before is dropped.
    package mutating func begin(at firstPosition: Int64) {
        self.firstPosition = firstPosition
        patients.removeAll(keepingCapacity: true)
        counts.removeAll(keepingCapacity: true)
        firstTimes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        subjects.removeAll()
        steps.removeAll()
        shapes.removeAll()
        values.removeAll()
        ids.removeAll()
        details.removeAll()
        attributes.removeAll()
    }

    /// Adds the events of the stretch that belong to one patient; all events of a stretch are in one batch.
    ///
    /// - Parameters:
    ///   - patient: The patient's number, greater than that of the patient before.
    ///   - members: The events' indices in `batch`, in the order of a history (see ``EventBatch/precedes(_:_:)``).
    ///   - batch: The events.
    ///   - first: The index in `batch` of the stretch's first event, from which the events' positions follow.
    ///   - sources: By source of the batch: the number in the table `source`.
    package mutating func add(
        patient: Int32, subject: Span<UInt8>, _ members: ArraySlice<Int>, of batch: EventBatch, from first: Int,
        sources: [Int32]
    ) {
        add(patient, subject, members, of: batch, from: first, sources)
    }

    /// Adds the events of one patient, which lie together in the batch in the order of a history; positions are given in
    /// the order in which events are added.
    package mutating func add(
        patient: Int32, subject: Span<UInt8>, _ members: Range<Int>, of batch: EventBatch, sources: [Int32]
    ) {
        add(patient, subject, members, of: batch, from: nil, sources)
    }

    /// Not of the module's interface, so that it is compiled for each kind of members.
    private mutating func add(
        _ patient: Int32, _ subject: Span<UInt8>, _ members: some Collection<Int>, of batch: EventBatch,
        from first: Int?, _ sources: [Int32]
    ) {
        precondition(patients.last.map { $0 < patient } ?? true, "Patients come in ascending order, each once.")
        precondition(!members.isEmpty && places.count + members.count <= Limits.events, "A segment is bounded.")
        patients.append(patient)
        counts.append(UInt32(truncatingIfNeeded: members.count))
        subjects.append(subject)
        // Column by column, so that each is a loop over spans.
        let (records, arena) = (batch.records.span, batch.arena.span)
        appendTimes(members, of: records)
        combinations.removeAll(keepingCapacity: true)
        combinations.append(addingCapacity: members.count) { output in
            for member in members {
                let record = records[member]
                output.append(ShapeColumn.Shape(record, source: sources[Int(record.source)]))
            }
        }
        shapes.append(combinations)
        numbers.removeAll(keepingCapacity: true)
        numbers.append(addingCapacity: members.count) { output in
            for member in members { output.append(Int64(bitPattern: records[member].value.bitPattern)) }
        }
        values.append(numbers)
        appendTexts(members, of: records, arena)
        let next = places.count
        places.append(addingCapacity: members.count) { output in
            for member in members {
                output.append(UInt16(truncatingIfNeeded: first.map { member - $0 } ?? next + output.count))
            }
        }
    }

    private mutating func appendTimes(_ members: some Collection<Int>, of records: Span<EventRecord>) {
        var time: Int64?
        numbers.removeAll(keepingCapacity: true)
        numbers.append(addingCapacity: members.count) { output in
            for member in members {
                let next = records[member].time
                output.append(next - (time ?? next))
                time = next
            }
        }
        if let first = members.first { firstTimes.append(records[first].time) }
        steps.append(numbers)
    }

    private mutating func appendTexts(
        _ members: some Collection<Int>, of records: Span<EventRecord>, _ arena: Span<UInt8>
    ) {
        texts.removeAll(keepingCapacity: true)
        texts.append(addingCapacity: members.count) { output in
            for member in members { output.append(records[member].id) }
        }
        ids.append(texts, of: arena)
        texts.removeAll(keepingCapacity: true)
        texts.append(addingCapacity: members.count) { output in
            for member in members where records[member].detail.count > 0 { output.append(records[member].detail) }
        }
        details.append(texts, of: arena)
        texts.removeAll(keepingCapacity: true)
        texts.append(addingCapacity: members.count) { output in
            for member in members where records[member].attributes.count > 0 {
                output.append(records[member].attributes)
            }
        }
        attributes.append(texts, of: arena)
    }

    /// The packed stretch.
    ///
    /// - Throws: ``SegmentError`` where a part would become too long.
    package func finish() throws(SegmentError) -> SegmentParts {
        precondition(!places.isEmpty, "A segment has at least one event.")
        let header = SegmentHeader(
            slice: slice, firstPosition: firstPosition, events: places.count, patients: patients.count)
        var rest: [UInt8] = []
        header.write(.rest, to: &rest)
        // The order of the log is left out where it is that of the segment.
        let isInOrder = places.indices.allSatisfy { Int(places[$0]) == $0 }
        rest += [isInOrder ? 0 : 2, 0, 0, 0]
        if !isInOrder { LittleEndian.append(places, to: &rest) }
        attributes.write(to: &rest)

        var data: [UInt8] = []
        data.reserveCapacity(16 * places.count)
        header.write(.data, to: &data)
        data += segmentDigest(rest)
        LittleEndian.append(patients, to: &data)
        LittleEndian.append(counts, to: &data)
        LittleEndian.append(firstTimes, to: &data)
        subjects.write(to: &data)
        steps.write(to: &data)
        shapes.write(to: &data)
        values.write(to: &data)
        ids.write(to: &data)
        details.write(to: &data)
        guard data.count + rest.count <= limit else {
            throw SegmentError("\(places.count) events have too long texts for one segment.", isTooMuch: true)
        }
        // Both at once: what changes in memory from here on is found by either.
        let digest = segmentDigest(data)
        return SegmentParts(
            data: data, rest: rest, digest: digest, checksum: Checksum(of: data, and: digest),
            firstPosition: firstPosition, events: places.count,
            patients: patients)
    }
}
