import Postgres

/// The head of a slice as stored, and how far the rows and segments of its slice reach, all as of one moment.
struct ChainHead: Sendable {
    /// The slice's number in the database.
    let slice: Int32
    /// The study that the row names.
    let study: Int32
    /// The position of the last event.
    let position: Int64
    /// How many patients there are.
    let patients: Int32
    /// When the last batch was recorded, in microseconds since 1970; `nil` where there is none.
    let recordedAt: Int64?
    /// The digest of the chain up to ``position``.
    let digest: [UInt8]
    /// The smallest and greatest position of an event, `nil` where there is none.
    let events: ClosedRange<Int64>?
    /// The smallest and greatest first position of a batch.
    let batches: ClosedRange<Int64>?
    /// The smallest and greatest number of a patient.
    let numbers: ClosedRange<Int64>?
    /// The smallest first and greatest last position of a segment.
    let segments: ClosedRange<Int64>?
    /// Up to which position rows were removed.
    let removed: Int64
    /// The same by the record of removals.
    let recordedRemoval: Int64
    /// How many records of removals name another digest than that of a batch which ends where they do.
    let looseRemovals: Int64

    /// The last position that is worth reading: an altered head may name any number.
    var lastReadable: Int64 {
        max(0, min(position, max(events?.upperBound ?? 0, segments?.upperBound ?? 0)))
    }

    /// What of the head and the reach of its rows does not fit, whatever the rows say.
    func fault(in study: Study) -> ChainFault.Place? {
        if self.study != study.number {
            return .init(.head, "its head says that it belongs to the study number \(self.study), not \(study.number)")
        }
        if !(0...Limits.greatestPosition).contains(position) || patients < 0 {
            return .init(.head, "its head counts \(position) events and \(patients) patients")
        }
        if let events, events.lowerBound < 1 {
            return .init(.position, at: events.lowerBound, "there is an event at position \(events.lowerBound)")
        }
        if let batches, batches.lowerBound < 1 {
            return .init(.batch, at: batches.lowerBound, "there is a batch at position \(batches.lowerBound)")
        }
        if let numbers, numbers.lowerBound < 1 {
            return .init(.patient, "there is a patient of number \(numbers.lowerBound)")
        }
        if removed != recordedRemoval {
            return .init(
                .removal,
                "its head says that rows were removed up to position \(removed), and the record up to "
                    + "\(recordedRemoval)")
        }
        if looseRemovals > 0 {
            return .init(.removal, "a record of removed rows names another digest than the batch that ends there")
        }
        return nil
    }

    /// What of the reach does not fit a slice whose rows fit up to the head.
    var faultBeyond: ChainFault.Place? {
        if let events, events.upperBound > position {
            return .init(
                .position, at: position + 1,
                "there are events up to position \(events.upperBound), and its head ends at \(position)")
        }
        if let batches, batches.upperBound > position {
            return .init(
                .batch, at: batches.upperBound,
                "there is a batch at position \(batches.upperBound), and its head ends at \(position)")
        }
        if let numbers, numbers.upperBound > Int64(patients) {
            return .init(
                .patient, "there are patients up to number \(numbers.upperBound), and its head counts \(patients)")
        }
        return nil
    }
}

extension ChainHead {
    /// Reads the heads of a study in one statement; `nil` for each slice that has none.
    ///
    /// What is appended meanwhile commits as a whole, so that no row of it is seen beyond a head.
    static func all(of study: Study, _ session: Session) throws(PostgresError) -> [(slice: Int32, head: ChainHead?)] {
        let numbers = study.sliceNumbers
        let reach = { (table: String, first: String, last: String) in
            "(SELECT min(\(first)) FROM trough.\(table) t WHERE t.slice = k.slice AND t.\(study.isSlice))::bigint, "
                + "(SELECT max(\(last)) FROM trough.\(table) t WHERE t.slice = k.slice AND t.\(study.isSlice))::bigint"
        }
        let loose = """
            (SELECT count(*) FROM trough.removal r WHERE r.slice = k.slice AND NOT EXISTS (
                SELECT FROM (SELECT b.last_position, b.digest FROM trough.batch b
                    WHERE b.slice = r.slice AND b.first_position <= r.through
                    ORDER BY b.first_position DESC LIMIT 1) e
                WHERE e.last_position = r.through AND e.digest = r.chain))
            """
        var heads: [(Int32, ChainHead?)] = []
        _ = try session.copyOut(
            """
            COPY (SELECT k.slice, h.study, h.position, h.patients, h.recorded_at, h.digest,
                \(reach("event", "position", "position")), \(reach("batch", "first_position", "first_position")),
                \(reach("patient", "patient", "patient")), \(reach("segment", "first_position", "last_position")),
                h.removed, (SELECT coalesce(max(through), 0) FROM trough.removal r WHERE r.slice = k.slice), \(loose)
                FROM generate_series(\(numbers.lowerBound), \(numbers.upperBound - 1)) AS k (slice)
                LEFT JOIN trough.head h ON h.slice = k.slice ORDER BY k.slice) TO STDOUT (FORMAT binary)
            """
        ) { row throws(PostgresError) in
            var decoder = try RowDecoder(row, fields: 17)
            let slice = try decoder.nextInt32()
            do throws(PostgresError) {
                heads.append((slice, try ChainHead(slice, &decoder)))
            } catch  where error.kind == .misuse {
                // NULL where the schema allows none: as good as no head.
                heads.append((slice, nil))
            }
        }
        return heads
    }

    /// Reads the fields behind the slice; `nil` where the slice has no head.
    private init?(_ slice: Int32, _ decoder: inout RowDecoder) throws(PostgresError) {
        guard let study = try decoder.nextInt32OrNil() else { return nil }
        self.slice = slice
        self.study = study
        position = try decoder.nextInt64()
        patients = try decoder.nextInt32()
        let time = try decoder.nextInt64()
        recordedAt = time == .min ? nil : StoredTime.microseconds(time)
        var bytes: [UInt8] = []
        _ = try decoder.nextBytes(appendingTo: &bytes)
        digest = bytes
        events = try Self.reach(&decoder)
        batches = try Self.reach(&decoder)
        numbers = try Self.reach(&decoder)
        segments = try Self.reach(&decoder)
        removed = try decoder.nextInt64()
        recordedRemoval = try decoder.nextInt64()
        looseRemovals = try decoder.nextInt64()
    }

    private static func reach(_ decoder: inout RowDecoder) throws(PostgresError) -> ClosedRange<Int64>? {
        let (least, greatest) = (try decoder.nextInt64OrNil(), try decoder.nextInt64OrNil())
        guard let least, let greatest, least <= greatest else { return nil }
        return least...greatest
    }
}

/// Times as rows hold them.
enum StoredTime {
    /// Microseconds since 1970 from the bits of a `timestamptz`.
    ///
    /// Of an infinite time, which no appender writes, it makes a time that fits none.
    static func microseconds(_ stored: Int64) -> Int64 { stored &+ WireFormat.epochOffsetMicroseconds }
}
