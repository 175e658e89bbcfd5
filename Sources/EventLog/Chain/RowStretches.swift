import Postgres
import Trial

/// Reads stretches of a slice's history from the rows of events.
struct RowStretches: Sendable {
    let study: Study
    let sources: StoredSources
    let head: ChainHead

    /// Reads the stretch between two positions, the first of which does not belong to it.
    ///
    /// - Parameter texts: How many bytes of texts are read at most.
    func stretch(
        after position: Int64, through: Int64, texts: Int = .max, _ session: Session
    ) throws(PostgresError) -> ChainStretch {
        var stretch = ChainStretch(after: position, through: through, sources: sources.names)
        if through <= position { return stretch }
        stretch.events.records.reserveCapacity(Int(through - position))
        try readEvents(into: &stretch, texts: texts, session)
        try readBatches(into: &stretch, session)
        return stretch
    }

    /// Reads the patients of the slice.
    func patients(_ session: Session) throws(PostgresError) -> ChainPatients {
        var patients = ChainPatients()
        let index = Int(head.slice - study.firstSlice)
        _ = try session.copyOut(
            """
            COPY (SELECT patient, subject FROM trough.patient
                WHERE slice = \(head.slice) AND patient <= \(head.patients) ORDER BY patient) TO STDOUT (FORMAT binary)
            """
        ) { row throws(PostgresError) in
            var decoder = try RowDecoder(row, fields: 2)
            let number = try decoder.nextInt32()
            // Without a subject, where the schema has been altered, it is the empty one, which is nobody's.
            var subject: [UInt8] = []
            _ = try decoder.nextBytes(appendingTo: &subject)
            patients.add(number, subject, slice: index, of: study.slices)
        }
        return patients
    }

    /// Whether a row before a position has this name.
    func has(_ name: EventName, before position: Int64, _ session: Session) throws(PostgresError) -> Bool {
        // Compared as bytes: what was altered may be no text.
        try session.query(
            """
            SELECT EXISTS (SELECT FROM trough.event e JOIN trough.source s ON s.source = e.source
                WHERE e.slice = \(head.slice) AND e.patient = $1 AND e.position < $2 AND convert_to(s.uri, 'UTF8') = $3
                    AND convert_to(e.id, 'UTF8') = $4)
            """,
            [.int32(name.patient), .int64(position), .bytes(name.source), .bytes(name.id)]
        ).bool(0, 0)
    }

    /// The digest of the chain up to a position; `nil` where no batch ends there.
    func digest(upTo position: Int64, _ session: Session) throws(PostgresError) -> [UInt8]? {
        if position == 0 { return BatchDigest.origin }
        let rows = try session.query(
            """
            SELECT digest FROM trough.batch WHERE slice = $1 AND first_position <= $2 AND last_position = $2
            ORDER BY first_position DESC LIMIT 1
            """, [.int32(head.slice), .int64(position)])
        return rows.count == 1 ? try rows.bytes(0, 0) : nil
    }

    /// Whether there is a row at one of these positions.
    func hasRows(in positions: ClosedRange<Int64>, _ session: Session) throws(PostgresError) -> Bool {
        try session.query(
            """
            SELECT EXISTS (SELECT FROM trough.event WHERE slice = \(head.slice) AND position BETWEEN $1 AND $2)
            """,
            [.int64(positions.lowerBound), .int64(positions.upperBound)]
        ).bool(0, 0)
    }

    private func readEvents(
        into stretch: inout ChainStretch, texts: Int, _ session: Session
    ) throws(PostgresError) {
        _ = try session.copyOut(
            """
            COPY (SELECT position, patient, occurred_at, recorded_at, value, source, kind, code, unit, qualifier, level,
                    id, detail, attributes FROM trough.event
                WHERE slice = \(head.slice) AND position > \(stretch.after) AND position <= \(stretch.through)
                ORDER BY position) TO STDOUT (FORMAT binary)
            """
        ) { row throws(PostgresError) in
            guard stretch.fault == nil, !stretch.isTooLong else { return }
            var decoder = try RowDecoder(row, fields: 14)
            let position = try decoder.nextInt64()
            do throws(PostgresError) {
                stretch.fault = try add(position, &decoder, to: &stretch)
            } catch  where error.kind == .misuse {
                // Only a NULL where the schema allows none comes here.
                stretch.fault = .init(.content, at: position, "position \(position) cannot be read: \(error.message)")
            }
            stretch.isTooLong = stretch.events.arena.count > texts
        }
    }

    /// Decodes an event behind its position, and tells what cannot be had of it.
    private func add(
        _ position: Int64, _ decoder: inout RowDecoder, to stretch: inout ChainStretch
    ) throws(PostgresError) -> ChainFault.Place? {
        let patient = try decoder.nextInt32()
        let time = StoredTime.microseconds(try decoder.nextInt64())
        let recordedAt = StoredTime.microseconds(try decoder.nextInt64())
        let value = try decoder.nextDouble()
        let stored = try decoder.nextInt32()
        guard let source = sources[stored] else {
            return .init(
                .source, at: position, "position \(position) is of the source \(stored), which the study does not have")
        }
        let code = try decoder.nextInt16()
        guard let kind = EventKind(rawValue: code) else {
            return .init(.content, at: position, "position \(position) is of the unknown kind \(code)")
        }
        var record = EventRecord(time: time, patient: patient, source: source, id: .none, kind: kind)
        record.value = value
        record.code = try decoder.nextInt16()
        record.unit = try decoder.nextInt16()
        record.qualifier = try decoder.nextInt16()
        record.level = try decoder.nextInt16()
        record.id = try LogReader.bytes(&decoder, &stretch.events.arena)
        record.detail = try LogReader.bytes(&decoder, &stretch.events.arena)
        record.attributes = try LogReader.bytes(&decoder, &stretch.events.arena)
        stretch.events.records.append(record)
        stretch.positions.append(position)
        stretch.recordedTimes.append(recordedAt)
        return nil
    }

    /// Reads the batches that begin within a stretch.
    func readBatches(into stretch: inout ChainStretch, _ session: Session) throws(PostgresError) {
        _ = try session.copyOut(
            """
            COPY (SELECT first_position, last_position, recorded_at, digest, author, reason, client FROM trough.batch
                WHERE slice = \(head.slice) AND first_position > \(stretch.after)
                    AND first_position <= \(stretch.through)
                ORDER BY first_position) TO STDOUT (FORMAT binary)
            """
        ) { row throws(PostgresError) in
            var decoder = try RowDecoder(row, fields: 7)
            let first = try decoder.nextInt64()
            do throws(PostgresError) {
                stretch.batches.append(try Self.batch(at: first, &decoder))
            } catch  where error.kind == .misuse {
                stretch.batches.append(ChainStretch.Batch(unreadableAt: first))
            }
        }
    }

    private static func batch(
        at first: Int64, _ decoder: inout RowDecoder
    ) throws(PostgresError) -> ChainStretch.Batch {
        let last = try decoder.nextInt64()
        let recordedAt = StoredTime.microseconds(try decoder.nextInt64())
        var digest: [UInt8] = []
        _ = try decoder.nextBytes(appendingTo: &digest)
        let (author, reason, client) = (
            try decoder.nextString(), try decoder.nextString(), try decoder.nextString()
        )
        guard let author, let client else { return ChainStretch.Batch(unreadableAt: first) }
        return ChainStretch.Batch(
            firstPosition: first, lastPosition: last, recordedAt: recordedAt, author: author, reason: reason,
            client: client, digest: digest)
    }
}
