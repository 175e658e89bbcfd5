import Postgres
import Segments
import Trial

/// Where a segment lies in the log, without its bytes.
package struct SegmentPlace: Sendable, Equatable {
    /// The slice's number in the database.
    package let slice: Int32
    /// The slice's number within its study, for people; that in the database where the slice is of no study.
    private let sliceIndex: Int32
    /// The position of its first event.
    package let firstPosition: Int64
    /// The position of its last event.
    package let lastPosition: Int64
    /// The smallest number of a patient in it.
    package let firstPatient: Int32
    /// The greatest number of a patient in it.
    package let lastPatient: Int32
    /// Whether its events stand as rows, too: they did from the beginning, and were not removed when this was read.
    package let hasRows: Bool
    /// Up to which position rows of the slice had been removed when this was read.
    let removed: Int64
    /// The digest of the batch that ends at its last position.
    let chain: [UInt8]
    /// SHA-256 of its first part.
    package let digest: [UInt8]
    /// The checksum of its first part and of that digest; `nil` where it is older than checksums.
    let checksum: Checksum?

    /// How many events it packs.
    package var events: Int { Int(lastPosition - firstPosition) + 1 }

    /// Its positions.
    var positions: ClosedRange<Int64> { firstPosition...max(firstPosition, lastPosition) }

    /// Whether the segment may have events of a patient.
    package func mayHold(_ patient: Int32) -> Bool { patient >= firstPatient && patient <= lastPatient }

    /// Reads the places of all segments of some slices, ascending by slice and position.
    static func all(of slices: Range<Int32>, _ session: Session) throws(PostgresError) -> [SegmentPlace] {
        try places(rows(of: slices, session))
    }

    /// Reads what ``init(_:_:)`` takes of all segments of some slices.
    static func rows(of slices: Range<Int32>, _ session: Session) throws(PostgresError) -> Rows {
        try session.query(
            """
            SELECT \(columns) FROM trough.segment s \(removal)
            WHERE s.slice >= $1 AND s.slice < $2 ORDER BY s.slice, s.first_position
            """, [.int32(slices.lowerBound), .int32(slices.upperBound)])
    }

    /// Up to where the segments of a slice are known, and how far its rows had been removed then.
    typealias Known = (slice: Int32, position: Int64, removed: Int64)

    /// Asks for the places of those segments of slices that begin after a position; where rows have been removed since, for
    /// those of all segments, since some that had rows have none any more.
    static func after(_ known: [Known], onlyWithoutRows: Bool) -> Statement {
        Statement(
            """
            SELECT \(columns) FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS k (slice, position, removed)
            JOIN trough.head g ON g.slice = k.slice
            JOIN trough.segment s ON s.slice = k.slice
                AND s.first_position > CASE WHEN g.removed > k.removed THEN 0 ELSE k.position END
            \(removal)
            WHERE NOT (\(hasRows) AND $4)
            """,
            [
                .int32Array(known.map(\.slice)), .int64Array(known.map(\.position)), .int64Array(known.map(\.removed)),
                .bool(onlyWithoutRows),
            ])
    }

    /// The one place where it is said which segments have rows: those that were sealed from rows, unless these were removed.
    private static let hasRows = "(s.has_rows AND s.last_position > r.removed)"
    private static let removal = """
        CROSS JOIN LATERAL (
            SELECT coalesce(max(h.removed), 0) AS removed, coalesce(max(s.slice - t.first_slice), s.slice) AS index
            FROM trough.head h LEFT JOIN trough.study t USING (study) WHERE h.slice = s.slice) r
        """
    private static let columns = """
        s.slice, s.first_position, s.last_position, s.first_patient, s.last_patient, \(hasRows), s.chain, s.digest,
            r.removed, s.checksum, r.index
        """

    /// The places that rows tell of, ascending by slice and position.
    static func places(_ rows: Rows) throws(PostgresError) -> [SegmentPlace] {
        var places: [SegmentPlace] = []
        places.reserveCapacity(rows.count)
        for row in 0..<rows.count { places.append(try SegmentPlace(rows, row)) }
        // Here and not there: sessions in which sorting is off would read the table in its order.
        places.sort { ($0.slice, $0.firstPosition) < ($1.slice, $1.firstPosition) }
        return places
    }

    /// Reads one of the rows.
    init(_ rows: Rows, _ row: Int) throws(PostgresError) {
        slice = try rows.int32(row, 0)
        firstPosition = try rows.int64(row, 1)
        lastPosition = try rows.int64(row, 2)
        firstPatient = try rows.int32(row, 3)
        lastPatient = try rows.int32(row, 4)
        hasRows = try rows.bool(row, 5)
        chain = try rows.bytes(row, 6)
        digest = try rows.bytes(row, 7)
        removed = try rows.int64(row, 8)
        let kept = try rows.isNull(row, 9) ? nil : rows.bytes(row, 9)
        checksum = kept.flatMap(Checksum.init(kept:))
        sliceIndex = try rows.int32(row, 10)
        guard kept == nil || checksum != nil else {
            throw PostgresError(.misuse, "\(words) has a checksum of \(kept?.count ?? 0) bytes; expected 16.")
        }
    }

    /// Reads and opens the first part.
    ///
    /// - Parameters:
    ///   - sources: Names of sources, which become those of the segment's batch.
    ///   - number: From the number of a source in the table `source` to its number in `sources`.
    ///   - cache: Where the bytes may be kept outside of the database.
    func segment(
        sources: NameTable, number: (Int32) -> Int32?, cache: SegmentCache? = nil, _ session: Session
    ) throws(PostgresError) -> Segment {
        let bytes = try data(cache, session)
        do throws(SegmentError) { return try open(bytes, sources: sources, number: number) } catch {
            throw PostgresError(.misuse, "\(words): \(error.message)")
        }
    }

    /// Opens the first part, which is whole.
    func open(
        _ data: [UInt8], sources: NameTable, number: (Int32) -> Int32?
    ) throws(SegmentError) -> Segment {
        let segment = try Segment(data, sources: sources, number: number)
        guard segment.slice == slice, segment.firstPosition == firstPosition, segment.lastPosition == lastPosition,
            segment.patients.first == firstPatient, segment.patients.last == lastPatient
        else { throw SegmentError("It holds other positions or patients than its row says.") }
        return segment
    }

    /// Reads and opens the second part.
    func rest(of segment: Segment, _ session: Session) throws(PostgresError) -> SegmentRest {
        let bytes = try rest(session)
        do throws(SegmentError) { return try SegmentRest(bytes, of: segment) } catch {
            throw PostgresError(.misuse, "\(words): \(error.message)")
        }
    }

    /// Reads the bytes of the first part, which are compared with what the row says of them, from a cache where they are there.
    private func data(_ cache: SegmentCache?, _ session: Session) throws(PostgresError) -> [UInt8] {
        if let kept = cache?.bytes(digest, isWhole) { return kept }
        let bytes = try storedData(session)
        guard isWhole(bytes) else {
            throw PostgresError(.misuse, "\(words) is damaged: its bytes are not those that its row tells of.")
        }
        cache?.keep(bytes, digest)
        return bytes
    }

    /// Reads the bytes of the first part as they are in the database.
    func storedData(_ session: Session) throws(PostgresError) -> [UInt8] { try part("data", session) }

    /// Whether bytes are those that the row tells of, and not what chance has made of either.
    func isWhole(_ bytes: [UInt8]) -> Bool { hasChecksum(bytes) ?? hasDigest(bytes) }

    /// Whether bytes have the checksum that the row says; `nil` where it says none.
    func hasChecksum(_ bytes: [UInt8]) -> Bool? { checksum.map { Checksum(of: bytes, and: digest) == $0 } }

    /// Whether bytes have the digest that the row says, so that nobody has made them differ either.
    func hasDigest(_ bytes: [UInt8]) -> Bool { segmentDigest(bytes) == digest }

    /// Reads the bytes of the second part, whose digest the first one knows.
    func rest(_ session: Session) throws(PostgresError) -> [UInt8] { try part("rest", session) }

    /// The segment for people, at the beginning of a sentence.
    var words: String {
        "The segment of positions \(firstPosition) to \(lastPosition) of slice \(sliceIndex)"
    }

    /// Reads a column of the row piece by piece: what server, socket and libpq copy on its way stays in the processor's cache
    /// then, which it is too large for as a whole.
    private func part(_ column: String, _ session: Session) throws(PostgresError) -> [UInt8] {
        let pieces = try session.query(
            """
            SELECT p.start, substring(s.\(column) FROM p.start + 1 FOR \(Limits.pieceBytes))
            FROM trough.segment s
            CROSS JOIN LATERAL generate_series(0, octet_length(s.\(column)), \(Limits.pieceBytes)) AS p (start)
            WHERE s.slice = $1 AND s.first_position = $2
            """, [.int32(slice), .int64(firstPosition)])
        guard pieces.count > 0 else { throw PostgresError(.misuse, "\(words) is not there any more.") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(pieces.count * Limits.pieceBytes)
        for piece in 0..<pieces.count {
            guard try Int(pieces.int32(piece, 0)) == bytes.count else {
                throw PostgresError(.misuse, "\(words) did not come in one piece after the other.")
            }
            bytes += try pieces.bytes(piece, 1)
        }
        return bytes
    }
}

extension SegmentPlace {
    /// The statement that writes a segment; its parameters are those of ``SegmentParts/insertion(slice:through:author:hasRows:chain:)``.
    static let insertion = """
        INSERT INTO trough.segment
            (slice, first_position, last_position, first_patient, last_patient, author, has_rows, chain, digest, checksum,
            data, rest)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """
}

extension SegmentParts {
    /// What ``SegmentPlace/insertion`` writes.
    func insertion(slice: Int32, through last: Int64, author: String, hasRows: Bool, chain: [UInt8]) -> [Parameter] {
        [
            .int32(slice), .int64(firstPosition), .int64(last), .int32(patients.first ?? 0),
            .int32(patients.last ?? 0), .string(author), .bool(hasRows), .bytes(chain), .bytes(digest),
            .bytes(checksum.bytes), .bytes(data), .bytes(rest),
        ]
    }
}
