package import Postgres
package import Trial

/// Reads a study's events, slice by slice.
///
/// A reader works with a vector of heads taken once: positions are dense and come in commit order, so that everything
/// up to a head is there, and what is appended meanwhile lies beyond it. No snapshot has to be held open.
package struct LogReader: Sendable {
    /// The study that is read.
    package let study: Study
    /// How far each slice is read, ascending by slice.
    package private(set) var heads: [SliceHead]
    /// Where first parts of segments are kept outside of the database.
    package var cache: SegmentCache?
    private var sources = StoredSources()
    /// By slice: its segments, ascending by position.
    private var sealed: [Int32: [SegmentPlace]] = [:]
    /// The segment that pages were last read from.
    var opened = RecentlyOpened<LogSegment>(limit: Limits.segmentsOfPages)
    /// The patients that pages were last read of.
    var recent = RecentSubjects()

    /// Settings for a session that reads: a slice is a range of the key of positions, and statistics of a table that has
    /// just grown must not talk the planner out of it.
    package static let settings = [
        "enable_seqscan": "off", "enable_bitmapscan": "off", "enable_sort": "off",
        "max_parallel_workers_per_gather": "0", "search_path": "pg_catalog, pg_temp", "jit": "off",
    ]

    /// Takes the heads of a study, as they are or as they were.
    ///
    /// - Parameters:
    ///   - asOf: What was recorded later is not read; microseconds since 1970. Since the time of recording never goes
    ///     back within a slice, the events recorded by then are a stretch from its beginning.
    package init(_ study: Study, asOf: Int64? = nil, _ session: Session) throws(LogError) {
        self.study = study
        let slices: [Parameter] = [.int32(study.firstSlice), .int32(study.firstSlice + Int32(study.slices) - 1)]
        do throws(PostgresError) {
            try session.pinSearchPath()
            heads = try Self.heads(slices, of: study, asOf, session)
            try checkHeads()
            // In this order: every position up to a head that has no row is in one of the segments, and every source of
            // a segment among the sources.
            for place in try SegmentPlace.all(of: study.sliceNumbers, session) {
                sealed[place.slice, default: []].append(place)
            }
            try learnSources(session)
        } catch {
            throw study.explained(reading(error), session)
        }
    }

    /// Reads only these slices, which are numbers within the study.
    package mutating func restrict(to slices: ClosedRange<Int>) {
        heads = heads.filter { slices.contains(index(of: $0)) }
    }

    /// This reader's positions, to be read where another reader was opened, which stands at them or beyond.
    func moved(to other: LogReader) -> LogReader {
        var reader = other
        reader.cache = cache
        let patients = Dictionary(uniqueKeysWithValues: other.heads.map { ($0.slice, $0.patients) })
        // As of a moment, this reader may know of patients who have come later and are not there yet.
        reader.heads = heads.map {
            SliceHead(slice: $0.slice, position: $0.position, patients: patients[$0.slice] ?? $0.patients)
        }
        return reader
    }

    /// How many events there are up to the heads.
    package var events: Int64 { heads.reduce(0) { $0 + $1.position } }

    /// An error of reading; where something is missing since the study was removed meanwhile, that.
    package func explained(_ error: LogError, _ session: Session) -> LogError {
        study.explained(error, session)
    }

    /// An empty batch that knows the study's sources.
    package func emptyBatch() -> EventBatch {
        var batch = EventBatch()
        batch.sources = sources.names
        return batch
    }

    /// The statement that hands out what a fold needs of a slice after a position, up to its head.
    package static func replayQuery(_ head: SliceHead, after position: Int64 = 0) -> String {
        copy(replayColumns, of: head, after: position)
    }

    /// What ``event(_:_:)`` decodes.
    static let replayColumns = "patient, occurred_at, value, source, kind, code, unit, qualifier, level, id, detail"

    /// The statement that hands out columns of a slice's events after a position, up to its head.
    static func copy(
        _ columns: String, of head: SliceHead, after position: Int64, isInOrder: Bool = false
    ) -> String {
        """
        COPY (SELECT \(columns)
            FROM trough.event WHERE slice = \(head.slice) AND position > \(position) AND position <= \(head.position)\
        \(isInOrder ? " ORDER BY position" : ""))
            TO STDOUT (FORMAT binary)
        """
    }

    /// Reads what a fold needs of a slice after a position, up to its head, from rows; the records' patients are numbers
    /// within the slice.
    ///
    /// Where rows have been removed since the reader was made, their events come from segments.
    ///
    /// - Parameter batch: Made by ``emptyBatch()``; its records and arena are replaced.
    package func readSlice(
        _ head: SliceHead, after position: Int64 = 0, into batch: inout EventBatch, _ session: Session
    ) throws(LogError) {
        batch.records.removeAll(keepingCapacity: true)
        batch.arena.removeAll(keepingCapacity: true)
        let expected = head.position - position
        if expected <= 0 { return }
        // A head that was altered must not cost the memory for events that nobody has.
        batch.records.reserveCapacity(Int(max(0, min(expected, Limits.reservedEvents))))
        do throws(PostgresError) {
            do throws(PostgresError) {
                try readRows(head, after: position, into: &batch, session)
            } catch  where error.kind == .misuse {
                guard try readRemoved(head, after: position, into: &batch, session) else { throw error }
            }
        } catch {
            throw reading(error)
        }
    }

    /// Reads what a fold needs of a slice after a position, up to its head, from rows.
    func readRows(
        _ head: SliceHead, after position: Int64, into batch: inout EventBatch, _ session: Session
    ) throws(PostgresError) {
        let expected = head.position - position
        let count: Int
        do throws(PostgresError) {
            count = try session.copyOut(Self.replayQuery(head, after: position)) { row throws(PostgresError) in
                var decoder = try RowDecoder(row, fields: 11)
                let record = try event(&decoder, &batch.arena)
                try check(record, head)
                batch.records.append(record)
            }
        } catch  where error.kind == .misuse {
            throw firstFault(of: head, after: position, session)
                ?? PostgresError(
                    .misuse,
                    "Slice \(index(of: head)) cannot be read from position \(position + 1) on: \(error.message)")
        }
        guard Int64(count) == expected else {
            let fault = firstFault(of: head, after: position, session)
            throw PostgresError(
                .misuse,
                "Slice \(index(of: head)) holds \(count) of the \(expected) events that its head counts"
                    + (position > 0 ? " behind its segments." : ".") + (fault.map { " \($0.message)" } ?? ""))
        }
    }

    /// Decodes ``replayColumns``.
    func event(_ decoder: inout RowDecoder, _ arena: inout [UInt8]) throws(PostgresError) -> EventRecord {
        let patient = try decoder.nextInt32()
        var record = EventRecord(
            time: try decoder.nextTimestamp(), patient: patient, source: 0, id: .none, kind: .completion)
        record.value = try decoder.nextDouble()
        record.source = try number(ofSource: decoder.nextInt32())
        record.kind = try Self.kind(decoder.nextInt16())
        record.code = try decoder.nextInt16()
        record.unit = try decoder.nextInt16()
        record.qualifier = try decoder.nextInt16()
        record.level = try decoder.nextInt16()
        record.id = try Self.bytes(&decoder, &arena)
        record.detail = try Self.bytes(&decoder, &arena)
        return record
    }

    /// The subjects of a slice's patients 1, 2, 3, …, in a table whose numbers are theirs less 1.
    package func subjects(_ head: SliceHead, _ session: Session) throws(LogError) -> [[UInt8]] {
        do throws(PostgresError) {
            let rows = try session.query(
                "SELECT patient, subject FROM trough.patient WHERE slice = $1 AND patient <= $2 ORDER BY patient",
                [.int32(head.slice), .int32(head.patients)])
            var subjects: [[UInt8]] = []
            subjects.reserveCapacity(rows.count)
            for row in 0..<rows.count {
                guard try rows.int32(row, 0) == Int32(row + 1) else {
                    throw PostgresError(.misuse, "Patient \(row + 1) of slice \(index(of: head)) is missing.")
                }
                subjects.append(try rows.bytes(row, 1))
            }
            guard subjects.count == Int(head.patients) else {
                throw PostgresError(
                    .misuse,
                    "Slice \(index(of: head)) has \(subjects.count) of the \(head.patients) patients of its head.")
            }
            return subjects
        } catch {
            throw reading(error)
        }
    }

    /// The number of a slice within its study, as people and event lines know it.
    package func index(of head: SliceHead) -> Int { Int(head.slice - study.firstSlice) }

    func check(_ record: EventRecord, _ head: SliceHead) throws(PostgresError) {
        guard record.patient > 0, record.patient <= head.patients, record.isSound else {
            throw PostgresError(
                .misuse,
                "It is of patient \(record.patient) of \(head.patients): "
                    + (record.fault ?? "there is no such patient") + ".")
        }
    }

    /// Whether a stored number of a source is among those that the reader has read.
    func knows(source stored: Int32) -> Bool { sources[stored] != nil }

    /// Reads sources that the study got after the reader was made.
    ///
    /// Numbers come in no particular order: an appender that was given a smaller one may write it later.
    mutating func learnSources(_ numbers: [Int32], _ session: Session) throws(PostgresError) {
        let rows = try session.query(
            "SELECT source, uri FROM trough.source WHERE study = $1 AND source = ANY ($2) ORDER BY source",
            [.int32(study.number), .int32Array(numbers)])
        try learn(rows)
    }

    /// Reads all sources of the study.
    mutating func learnSources(_ session: Session) throws(PostgresError) {
        try learn(
            session.query(
                "SELECT source, uri FROM trough.source WHERE study = $1 ORDER BY source", [.int32(study.number)]))
    }

    /// Reads the segments that a slice got after the reader was made, and where rows were removed since, all of them.
    ///
    /// - Returns: Whether there is one that was not known, or not as it is.
    mutating func learnSegments(_ slice: Int32, _ session: Session) throws(PostgresError) -> Bool {
        let known = sealed[slice] ?? []
        let (end, removed) = (known.last?.lastPosition ?? 0, known.last?.removed ?? 0)
        let question = SegmentPlace.after([(slice, end, removed)], onlyWithoutRows: false)
        let found = try SegmentPlace.places(session.query(question.sql, question.parameters))
        guard let first = found.first else { return false }
        if first.removed > removed {
            sealed[slice] = found
            return true
        }
        // One whose row says that it begins behind its own end comes again and again.
        let new = found.filter { !known.contains($0) }
        sealed[slice] = known + new
        return !new.isEmpty
    }

    private mutating func learn(_ rows: Rows) throws(PostgresError) {
        for row in 0..<rows.count {
            let uri = try rows.bytes(row, 1)
            sources.insert(try rows.int32(row, 0), uri.span)
        }
    }

    func number(ofSource stored: Int32) throws(PostgresError) -> Int32 {
        guard let number = sources[stored] else {
            throw PostgresError(.misuse, "An event is of the source \(stored), which the study does not have.")
        }
        return number
    }

    /// The sources by their stored numbers.
    var storedSources: StoredSources { sources }

    /// The segments of a slice, ascending by position.
    func segments(ofSlice slice: Int32) -> [SegmentPlace] { sealed[slice] ?? [] }

    static func kind(_ code: Int16) throws(PostgresError) -> EventKind {
        guard let kind = EventKind(rawValue: code) else {
            throw PostgresError(.misuse, "An event is of the unknown kind \(code).")
        }
        return kind
    }

    static func bytes(_ decoder: inout RowDecoder, _ arena: inout [UInt8]) throws(PostgresError) -> ByteRange {
        let start = arena.count
        guard let count = try decoder.nextBytes(appendingTo: &arena), count > 0 else { return .none }
        guard arena.count <= UInt32.max else {
            throw PostgresError(.misuse, "A slice's texts exceed 4 GiB; a study of this size needs more slices.")
        }
        return ByteRange(start: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: count))
    }
}
