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
    package var recordedTimes: [Int64]
    /// Where each stands.
    package var places: [LogPlace]
}

extension LogReader {
    /// Reads the next events of a slice after a position, in order, at most a page of them.
    ///
    /// - Parameters:
    ///   - subject: Only this patient's events, found by the key of names.
    /// - Returns: An empty page at the head.
    package func page(
        of head: SliceHead, after position: Int64, subject: [UInt8]? = nil, _ session: Session
    ) throws(LogError) -> LogPage {
        var batch = emptyBatch()
        var recordedTimes: [Int64] = []
        var places: [LogPlace] = []
        let index = Int(head.slice - study.firstSlice)
        var parameters: [Parameter] = [
            .int32(head.slice), .int64(position), .int64(head.position), .int32(Int32(Limits.eventsPerPage)),
        ]
        if let subject { parameters.append(.text(subject)) }
        do throws(PostgresError) {
            let rows = try session.query(Self.pageQuery(ofOnePatient: subject != nil), parameters)
            for row in 0..<rows.count {
                batch.records.append(try record(rows, row, &batch))
                recordedTimes.append(try rows.timestamp(row, 12))
                let place = LogPlace(slice: index, position: try rows.int64(row, 14))
                guard subject != nil || place.position == position + Int64(row) + 1 else {
                    throw PostgresError(.misuse, "Position \(position + Int64(row) + 1) of slice \(index) is missing.")
                }
                places.append(place)
            }
            guard subject != nil || rows.count > 0 || position >= head.position else {
                throw PostgresError(.misuse, "Slice \(index) ends at \(position), its head says \(head.position).")
            }
        } catch {
            throw reading(error)
        }
        return LogPage(batch: batch, recordedTimes: recordedTimes, places: places)
    }

    /// Whether the study has a patient of this name.
    package func hasSubject(_ subject: [UInt8], _ session: Session) throws(LogError) -> Bool {
        let slice = study.firstSlice + Int32(SliceHash.slice(of: subject[...], among: study.slices))
        return try translating { () throws(PostgresError) in
            try session.query(
                "SELECT FROM trough.patient WHERE slice = $1 AND subject = $2", [.int32(slice), .text(subject)]
            ).count > 0
        }
    }

    private static func pageQuery(ofOnePatient: Bool) -> String {
        """
        SELECT p.subject, e.occurred_at, e.value, e.source, e.kind, e.code, e.unit, e.qualifier, e.level, e.id,
            e.detail::text, e.attributes::text, e.recorded_at, e.patient, e.position
        FROM trough.event e \(ofOnePatient ? "" : "LEFT ")JOIN trough.patient p ON p.slice = e.slice AND p.patient = e.patient
        WHERE e.slice = $1 AND e.position > $2 AND e.position <= $3\
        \(ofOnePatient ? " AND p.slice = $1 AND p.subject = $5" : "")
        ORDER BY e.position LIMIT $4
        """
    }

    private func record(_ rows: Rows, _ row: Int, _ batch: inout EventBatch) throws(PostgresError) -> EventRecord {
        guard try !rows.isNull(row, 0) else {
            throw PostgresError(
                .misuse, "An event is of patient \(try rows.int32(row, 13)), of whom there is no subject.")
        }
        let subject = try rows.bytes(row, 0)
        let patient = batch.subjects.intern(subject.span)
        let source = try number(ofSource: rows.int32(row, 3))
        let idBytes = try rows.bytes(row, 9)
        let id = batch.store(idBytes.span)
        var record = EventRecord(
            time: try rows.timestamp(row, 1), patient: patient, source: source, id: id,
            kind: try Self.kind(rows.int16(row, 4)))
        record.value = try rows.double(row, 2)
        record.code = try rows.int16(row, 5)
        record.unit = try rows.int16(row, 6)
        record.qualifier = try rows.int16(row, 7)
        record.level = try rows.int16(row, 8)
        record.detail = try text(rows, row, 10, &batch)
        record.attributes = try text(rows, row, 11, &batch)
        if let fault = record.fault { throw PostgresError(.misuse, "An event cannot be decoded: \(fault).") }
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
