package import Postgres
package import Trial

/// A place in the log: a slice's number within its study, and a position.
package struct LogPlace: Sendable, Equatable, Comparable {
    /// The slice's number within its study, from 0.
    package var slice: Int
    /// The position within the slice, from 1; 0 is before the first.
    package var position: Int64

    /// A place from its parts.
    package init(slice: Int, position: Int64) {
        self.slice = slice
        self.position = position
    }

    /// Whether a place comes before another: by slice, then by position.
    package static func < (left: LogPlace, right: LogPlace) -> Bool {
        (left.slice, left.position) < (right.slice, right.position)
    }
}

/// A page of events with all that an event line shows.
package struct LogPage: Sendable {
    /// The events; their patients are numbers in the batch's subjects.
    package var batch: EventBatch
    /// When each was recorded, in microseconds since 1970.
    package var recordedTimes: [Int64] = []
    /// Where each stands.
    package var places: [LogPlace] = []
    /// Up to which position of the slice all events that are wanted have been read.
    package var through: Int64
}

extension LogReader {
    /// Reads the next events of a slice after a position, in order, at most a page of them.
    ///
    /// Those that have no rows come from their segment, which is kept open for the next page.
    ///
    /// - Parameters:
    ///   - subject: Only this patient's events, found by the key of names.
    /// - Returns: An empty page at the head.
    package mutating func page(
        of head: SliceHead, after position: Int64, subject: [UInt8]? = nil, _ session: Session
    ) throws(LogError) -> LogPage {
        do throws(PostgresError) {
            return try readWholePage(of: head, after: position, subject, isGrowing: false, session)
        } catch {
            throw explained(reading(error), session)
        }
    }

    /// Reads as ``page(of:after:subject:_:)`` does, and learns the sources and segments that are newer than the reader.
    mutating func pageOfGrowingLog(
        of head: SliceHead, after position: Int64, subject: [UInt8]?, _ session: Session
    ) throws(LogError) -> LogPage {
        do throws(PostgresError) {
            return try readWholePage(of: head, after: position, subject, isGrowing: true, session)
        } catch {
            throw explained(reading(error), session)
        }
    }

    /// Reads a page, and again where the segments turn out not to be those that the reader knew: some have come, or have
    /// lost their rows.
    private mutating func readWholePage(
        of head: SliceHead, after position: Int64, _ subject: [UInt8]?, isGrowing: Bool, _ session: Session
    ) throws(PostgresError) -> LogPage {
        while true {
            do throws(PostgresError) {
                let page = try readPage(of: head, after: position, subject, isGrowing: isGrowing, session)
                // Whether one patient's rows are all of his events, they do not tell themselves.
                if subject == nil { return page }
                // Up to heads taken once, none goes missing but by a removal.
                if !isGrowing, try !hasLostRows(head.slice, session) { return page }
                if try !learnSegments(head.slice, session) { return page }
            } catch  where error.kind == .misuse {
                let known = storedSources.names.count
                let isChanged = try learnSegments(head.slice, session)
                try learnSources(session)
                guard isChanged || storedSources.names.count > known else { throw error }
            }
        }
    }

    /// Whether rows of a slice were removed after its segments were looked for.
    private func hasLostRows(_ slice: Int32, _ session: Session) throws(PostgresError) -> Bool {
        let removed = try session.query(
            "SELECT coalesce(max(removed), 0) FROM trough.head WHERE slice = $1", [.int32(slice)])
        return try removed.int64(0, 0) > segments(ofSlice: slice).last?.removed ?? 0
    }

    private mutating func readPage(
        of head: SliceHead, after position: Int64, _ subject: [UInt8]?, isGrowing: Bool, _ session: Session
    ) throws(PostgresError) -> LogPage {
        var page = LogPage(batch: emptyBatch(), through: position)
        let runs = StoredRun.runs(after: position, through: head.position, segments(ofSlice: head.slice))
        let isSealed = runs.contains { $0.segment != nil }
        var patient: Int32?
        // Nobody has the number 0.
        if isSealed, let subject { patient = try number(of: subject, in: head.slice, session) ?? 0 }
        for run in runs {
            let room = Limits.eventsPerPage - page.places.count
            if room == 0 { break }
            if let place = run.segment {
                try read(run, of: place, patient, atMost: room, into: &page, session)
            } else {
                try readRows(run, of: head, subject, atMost: room, isGrowing: isGrowing, into: &page, session)
            }
            if page.through < run.through { break }
        }
        page.batch.sources = storedSources.names
        return page
    }

    // MARK: - From segments

    private mutating func read(
        _ run: StoredRun, of place: SegmentPlace, _ patient: Int32?, atMost room: Int, into page: inout LogPage,
        _ session: Session
    ) throws(PostgresError) {
        page.through = run.through
        if let patient, !place.mayHold(patient) { return }
        let sources = storedSources
        let segment = try opened.value(of: place) { () throws(PostgresError) in
            try LogSegment(place, sources: sources.names, number: { sources[$0] }, session)
        }
        var positions = Array(run.after + 1...run.after + min(run.events, Int64(room) + 1))
        if let patient {
            positions = segment.positions(of: patient).filter { $0 > run.after && $0 <= run.through }
        }
        let index = Int(place.slice - study.firstSlice)
        for position in positions.prefix(room) {
            let record = segment.record(at: position)
            page.batch.records.append(page.batch.take(record, of: segment))
            page.recordedTimes.append(segment.recordedAt(position))
            page.places.append(LogPlace(slice: index, position: position))
        }
        if positions.count > room { page.through = positions[room] - 1 }
    }

    // MARK: - From rows

    private mutating func readRows(
        _ run: StoredRun, of head: SliceHead, _ subject: [UInt8]?, atMost room: Int, isGrowing: Bool,
        into page: inout LogPage, _ session: Session
    ) throws(PostgresError) {
        var parameters: [Parameter] = [.int64(run.after), .int64(run.through), .int32(Int32(room))]
        if let subject { parameters.append(.text(subject)) }
        let rows = try session.query(Self.pageQuery(head, ofOnePatient: subject != nil), parameters)
        let index = index(of: head)
        do throws(PostgresError) {
            if isGrowing { try learnSources(of: rows, session) }
            if subject == nil { try learnSubjects(of: rows, head.slice, session) }
        } catch  where error.kind == .misuse {
            throw PostgresError(
                .misuse, "Slice \(index) cannot be read from position \(run.after + 1) on: \(error.message)")
        }
        var last = run.after
        for row in 0..<rows.count {
            let place = LogPlace(slice: index, position: try rows.int64(row, 13))
            let owner = try rows.int32(row, 12)
            guard let known = subject ?? recent[owner] else {
                throw PostgresError(
                    .misuse,
                    "Position \(place.position) of slice \(index) is of patient \(owner), of whom there is no subject.")
            }
            guard subject != nil || place.position == last + 1 else {
                throw LogPlace(slice: index, position: last + 1).missing
            }
            do throws(PostgresError) {
                page.batch.records.append(try record(rows, row, of: known, &page.batch))
                page.recordedTimes.append(try rows.timestamp(row, 11))
            } catch {
                throw place.unreadable(error)
            }
            page.places.append(place)
            last = place.position
        }
        guard subject != nil || rows.count > 0 || run.through < head.position else {
            throw PostgresError(.misuse, "Slice \(index) ends at \(last), its head says \(head.position).")
        }
        guard subject != nil || rows.count > 0 else {
            throw LogPlace(slice: index, position: last + 1).missing
        }
        // What is missing behind the rows of a page is told when the page has been handed out.
        page.through = rows.count < room && subject != nil ? run.through : last
    }

    /// Reads the sources of rows that the reader does not know.
    private mutating func learnSources(of rows: Rows, _ session: Session) throws(PostgresError) {
        var unknown: Set<Int32> = []
        for row in 0..<rows.count {
            let source = try rows.int32(row, 2)
            if !knows(source: source) { unknown.insert(source) }
        }
        if !unknown.isEmpty { try learnSources(unknown.sorted(), session) }
    }

    /// Reads the subjects of the patients that rows are of.
    private mutating func learnSubjects(
        of rows: Rows, _ slice: Int32, _ session: Session
    ) throws(PostgresError) {
        var patients: [Int32] = []
        for row in 0..<rows.count { patients.append(try rows.int32(row, 12)) }
        try recent.learn(patients, of: slice, session)
    }

    /// The number of a patient within the slice; `nil` where the study has none of this name.
    package func patient(_ subject: [UInt8], _ session: Session) throws(LogError) -> Int32? {
        let slice = study.firstSlice + Int32(SliceHash.slice(of: subject[...], among: study.slices))
        return try translating { () throws(PostgresError) in try number(of: subject, in: slice, session) }
    }

    private func number(
        of subject: [UInt8], in slice: Int32, _ session: Session
    ) throws(PostgresError) -> Int32? {
        let rows = try session.query(
            "SELECT patient FROM trough.patient WHERE slice = $1 AND subject = $2", [.int32(slice), .text(subject)])
        return rows.count == 0 ? nil : try rows.int32(0, 0)
    }

    private static func pageQuery(_ head: SliceHead, ofOnePatient: Bool) -> String {
        """
        SELECT e.occurred_at, e.value, e.source, e.kind, e.code, e.unit, e.qualifier, e.level, e.id, e.detail::text,
            e.attributes::text, e.recorded_at, e.patient, e.position
        FROM trough.event e\(ofOnePatient ? " JOIN trough.patient p ON p.slice = e.slice AND p.patient = e.patient" : "")
        WHERE e.slice = \(head.slice) AND e.position > $1 AND e.position <= $2\
        \(ofOnePatient ? " AND p.slice = \(head.slice) AND p.subject = $4" : "")
        ORDER BY e.position LIMIT $3
        """
    }

    private func record(
        _ rows: Rows, _ row: Int, of subject: [UInt8], _ batch: inout EventBatch
    ) throws(PostgresError) -> EventRecord {
        let patient = batch.subjects.intern(subject.span)
        let source = try number(ofSource: rows.int32(row, 2))
        let idBytes = try rows.bytes(row, 8)
        let id = batch.store(idBytes.span)
        var record = EventRecord(
            time: try rows.timestamp(row, 0), patient: patient, source: source, id: id,
            kind: try Self.kind(rows.int16(row, 3)))
        record.value = try rows.double(row, 1)
        record.code = try rows.int16(row, 4)
        record.unit = try rows.int16(row, 5)
        record.qualifier = try rows.int16(row, 6)
        record.level = try rows.int16(row, 7)
        record.detail = try text(rows, row, 9, &batch)
        record.attributes = try text(rows, row, 10, &batch)
        if let fault = record.fault { throw PostgresError(.misuse, "Its \(fault).") }
        return record
    }

    private func text(
        _ rows: Rows, _ row: Int, _ column: Int, _ batch: inout EventBatch
    ) throws(PostgresError) -> ByteRange {
        guard try !rows.isNull(row, column) else { return .none }
        let bytes = try rows.bytes(row, column)
        return batch.store(bytes.span)
    }
}

extension EventBatch {
    /// Takes the bytes of an event of a segment into the batch's own arena, and his subject among the batch's.
    fileprivate mutating func take(_ record: EventRecord, of segment: LogSegment) -> EventRecord {
        var taken = record
        let arena = segment.events.arena.span
        taken.patient = subjects.intern(segment.subject(of: record.patient).span)
        taken.id = store(arena.extracting(record.id.indices))
        taken.detail = record.detail.isEmpty ? .none : store(arena.extracting(record.detail.indices))
        taken.attributes = record.attributes.isEmpty ? .none : store(arena.extracting(record.attributes.indices))
        return taken
    }
}
