import Trial

/// The columns of the first part of a segment, patient after patient, each patient's events in the order of a history.
///
/// After the header come, each column right behind the one before:
///
/// | column | rows | bytes |
/// |---|---|---|
/// | patients' numbers, ascending | patients | `i32` each |
/// | events of each patient | patients | `u32` each |
/// | time of each patient's first event, microseconds since 1970 | patients | `i64` each |
/// | subjects | patients | ``TextColumn`` |
/// | microseconds since the patient's event before, 0 for the first | events | ``NumberColumn`` |
/// | source, kind and small fields | events | ``ShapeColumn`` |
/// | values, as the bits of a `binary64` | events | ``NumberColumn`` |
/// | ids | events | ``TextColumn`` |
/// | details | events that have one | ``TextColumn`` |
///
/// All numbers are little-endian. Everything that can be checked once for a table is checked when a segment is opened, so
/// that a fold looks up what it needs without further checks.
struct SegmentColumns: Sendable {
    let patients: [Int32]
    private let events: Int
    /// By patient: the first of its events; one more entry for the end.
    private var starts: [Int32] = []
    private(set) var firstTimes: [Int64] = []
    /// By patient: the first of its details; one more entry for the end.
    private(set) var detailStarts: [Int32] = []
    private(set) var subjectRanges: [ByteRange] = []
    private(set) var subjectIndices: [UInt16] = []
    private(set) var steps: [Int64] = []
    private(set) var stepIndices: [UInt16] = []
    private(set) var shapes: [EventRecord] = []
    private(set) var flags: [UInt16] = []
    private(set) var shapeIndices: [UInt16] = []
    private(set) var values: [Double] = []
    private(set) var valueIndices: [UInt16] = []
    private(set) var ids: [ByteRange] = []
    private(set) var idIndices: [UInt16] = []
    private(set) var details: [ByteRange] = []
    private(set) var detailIndices: [UInt16] = []

    /// Reads what comes behind the header, to the end.
    ///
    /// - Parameter number: From the number of a source in the log to its number in the batch, `nil` where there is none.
    init(
        _ header: SegmentHeader, _ reader: inout PartReader, _ number: (Int32) -> Int32?
    ) throws(SegmentError) {
        events = header.events
        var numbers: [Int32] = []
        try reader.load(header.patients, into: &numbers)
        patients = numbers
        try readPatients(&reader)
        try reader.readTable(rows: events, &steps, &stepIndices)
        try readShapes(&reader, number)
        var bits: [UInt64] = []
        try reader.readTable(rows: events, &bits, &valueIndices)
        values = bits.map(Double.init(bitPattern:))
        try reader.readTexts(rows: events, &ids, &idIndices)
        let rows = countFlags(ShapeColumn.detailFlag, &detailStarts)
        try reader.readTexts(rows: rows, &details, &detailIndices)
        try reader.finish()
        try checkTables()
    }

    /// The places of the events of the patient at an index.
    func stretch(_ index: Int) -> Range<Int> { Int(starts[index])..<Int(starts[index + 1]) }

    /// Appends the events of the patient at an index, who has this stretch.
    borrowing func append(_ index: Int, _ stretch: Range<Int>, to output: inout OutputSpan<EventRecord>) {
        // Spans, so that the references to the columns are not counted.
        let (steps, stepIndices) = (steps.span, stepIndices.span)
        let (shapes, shapeIndices) = (shapes.span, shapeIndices.span)
        let (values, valueIndices) = (values.span, valueIndices.span)
        let (ids, idIndices) = (ids.span, idIndices.span)
        let number = patients[index]
        var time = firstTimes[index]
        var detail = Int(detailStarts[index])
        for place in stretch {
            var record = shapes[Int(shapeIndices[place])]
            time &+= steps[Int(stepIndices[place])]
            record.time = time
            record.value = values[Int(valueIndices[place])]
            record.patient = number
            record.id = ids[Int(idIndices[place])]
            if !record.detail.isEmpty {
                record.detail = details[Int(detailIndices[detail])]
                detail += 1
            }
            output.append(record)
        }
    }

    // MARK: - Opening

    private mutating func readPatients(_ reader: inout PartReader) throws(SegmentError) {
        for index in patients.indices.dropFirst() where patients[index] <= patients[index - 1] {
            throw SegmentError("The patients of a segment are not in ascending order.")
        }
        guard patients[0] > 0 else { throw SegmentError("A segment has events of patient \(patients[0]).") }
        var counts: [UInt32] = []
        try reader.load(patients.count, into: &counts)
        var end = 0
        starts = [0]
        for count in counts {
            end += Int(count)
            guard count > 0, end <= events else { break }
            starts.append(Int32(truncatingIfNeeded: end))
        }
        guard starts.count == patients.count + 1, end == events else {
            throw SegmentError("The patients of a segment do not have its \(events) events.")
        }
        try reader.load(patients.count, into: &firstTimes)
        try reader.readTexts(rows: patients.count, &subjectRanges, &subjectIndices)
    }

    private mutating func readShapes(
        _ reader: inout PartReader, _ sourceNumber: (Int32) -> Int32?
    ) throws(SegmentError) {
        let head = try reader.columnHead(rows: -1)
        for _ in 0..<head.tableCount {
            let stored: Int32 = try reader.number()
            let number: Int16 = try reader.number()
            guard let source = sourceNumber(stored) else {
                throw SegmentError("A segment has events of the source \(stored), which the study does not have.")
            }
            guard let kind = EventKind(rawValue: number) else {
                throw SegmentError("A segment has events of the unknown kind \(number).")
            }
            var record = EventRecord(time: 0, patient: 0, source: source, id: .none, kind: kind)
            record.code = try reader.number()
            record.unit = try reader.number()
            record.qualifier = try reader.number()
            record.level = try reader.number()
            flags.append(try reader.number())
            guard flags[flags.count - 1] <= 3 else {
                throw SegmentError("A segment has events with the flags \(flags[flags.count - 1]); expected 0 to 3.")
            }
            // Stands for the detail that each event with this shape has.
            if flags[flags.count - 1] & ShapeColumn.detailFlag != 0 { record.detail = ByteRange(start: 0, count: 1) }
            guard record.isSound else { throw SegmentError("A segment's events are damaged: \(record.fault ?? "").") }
            shapes.append(record)
        }
        try reader.load(indices: events, head, into: &shapeIndices)
    }

    /// Counts the events with a flag, patient by patient.
    func countFlags(_ flag: UInt16, _ starts: inout [Int32]) -> Int {
        var total: Int32 = 0
        starts = [0]
        starts.reserveCapacity(patients.count + 1)
        let has = flags.map { Int32($0 & flag == 0 ? 0 : 1) }
        let (counts, shapes) = (has.span, shapeIndices.span)
        for index in patients.indices {
            for place in stretch(index) { total &+= counts[known: Int(shapes[place])] }
            starts.append(total)
        }
        return Int(total)
    }

    /// What a sound event may say, checked once for each number of a table and each patient.
    private func checkTables() throws(SegmentError) {
        guard values.allSatisfy(\.isFinite), steps.allSatisfy({ $0 >= 0 }) else {
            throw SegmentError("A segment has values that are no numbers, or times that go back.")
        }
        guard let shape = shapes.first else { throw SegmentError("A segment has no kinds of events.") }
        var probe = shape
        let longest = steps.max() ?? 0
        for index in patients.indices {
            probe.time = firstTimes[index]
            let isFirstSound = probe.isSound
            // Nearly every patient is sound even if all steps were as long as the longest.
            let (greatest, overflow) = longest.multipliedReportingOverflow(by: Int64(stretch(index).count))
            if !overflow, isFirstSound, greatest <= Int64.max / 2 {
                probe.time &+= greatest
                if probe.isSound { continue }
            }
            var time = firstTimes[index]
            for place in stretch(index) {
                let (sum, overflow) = time.addingReportingOverflow(steps[Int(stepIndices[place])])
                guard !overflow else { throw SegmentError("A segment has times beyond all years.") }
                time = sum
            }
            probe.time = time
            guard isFirstSound, probe.isSound else { throw SegmentError("A segment has times beyond the year 9999.") }
        }
    }
}

extension PartReader {
    /// Reads a column of numbers.
    mutating func readTable<Number: FixedWidthInteger & BitwiseCopyable>(
        rows: Int, _ table: inout [Number], _ indices: inout [UInt16]
    ) throws(SegmentError) {
        let head = try columnHead(rows: rows)
        try load(head.tableCount, into: &table)
        try load(indices: rows, head, into: &indices)
    }

    /// Reads a column of byte strings as places in the part.
    mutating func readTexts(
        rows: Int, _ table: inout [ByteRange], _ indices: inout [UInt16]
    ) throws(SegmentError) {
        let head = try columnHead(rows: rows)
        var ends: [UInt32] = []
        try load(head.tableCount, into: &ends)
        let texts = try skip(Int(ends.last ?? 0))
        table.removeAll(keepingCapacity: true)
        table.reserveCapacity(ends.count)
        var start: UInt32 = 0
        for end in ends {
            guard end >= start else { throw SegmentError("The texts of a column overlap.") }
            table.append(
                ByteRange(start: UInt32(truncatingIfNeeded: texts.lowerBound) + start, count: end - start))
            start = end
        }
        try load(indices: rows, head, into: &indices)
    }
}
