import Postgres
import Trial

/// One attempt at appending a lane's work: lock the heads, number the patients, find what is known already, copy the
/// rows, write the batches, move the heads.
///
/// Runs inside a transaction; an error leaves nothing behind.
struct AppendTransaction {
    /// The head of a slice while its batch is being written.
    private struct Head {
        var slice: Int32
        var position: Int64
        var patients: Int32
        var digest: [UInt8]
        var firstPosition: Int64
    }

    private let attribution: Attribution
    private var work: AppendWork
    private var heads: [Head] = []
    private var recordedAt: Int64 = 0

    private init(_ work: AppendWork, _ attribution: Attribution) {
        self.work = work
        self.attribution = attribution
    }

    /// Appends the work.
    ///
    /// - Parameters:
    ///   - looksFirst: Whether to look up known names before copying. Without it the key of names finds them, at the
    ///     price of a failed attempt (SQLSTATE 23505), and new events cost no look-up at all.
    ///   - earlier: The outcome of an attempt whose COMMIT got no answer; where it did commit, it is returned as it is.
    static func run(
        _ work: AppendWork, attribution: Attribution, looksFirst: Bool, earlier: AppendOutcome?, _ session: Session
    ) throws(PostgresError) -> AppendOutcome {
        var attempt = AppendTransaction(work, attribution)
        try attempt.lockHeads(session)
        if let earlier, try committed(earlier, session) { return earlier }
        try attempt.numberPatients(session)
        var decisions = [Decision](repeating: .stored, count: work.items.count)
        if looksFirst {
            var known = KnownNames(attempt.work)
            try known.decide(&decisions, session)
        }
        guard decisions.contains(.stored) else {
            return AppendOutcome(decisions: decisions, patients: attempt.work.patients, witness: nil)
        }
        try attempt.copyRows(decisions, session)
        try attempt.writeBatches(session)
        let witness = attempt.heads.first { $0.position >= $0.firstPosition }
        return AppendOutcome(
            decisions: decisions, patients: attempt.work.patients,
            witness: witness.map { ($0.slice, $0.firstPosition, $0.digest) })
    }

    /// Locks the heads in ascending order, so that appenders cannot deadlock, and takes the time of recording, which
    /// never goes back within a slice.
    private mutating func lockHeads(_ session: Session) throws(PostgresError) {
        // What is reported as stored is durable, whatever the role's or the database's settings say.
        _ = try session.query(
            """
            SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'
            """)
        let slices = work.slices
        let rows = try session.query(
            """
            WITH locked AS MATERIALIZED (
                SELECT slice, position, patients, digest, recorded_at FROM trough.head
                WHERE slice = ANY ($1) ORDER BY slice FOR UPDATE)
            SELECT slice, position, patients, digest, greatest(clock_timestamp(), max(recorded_at) OVER ())
            FROM locked ORDER BY slice
            """, [.int32Array(slices)])
        guard rows.count == slices.count else {
            throw PostgresError(.misuse, "\(slices.count) heads were to be locked, and \(rows.count) exist.")
        }
        for row in 0..<rows.count {
            let position = try rows.int64(row, 1)
            heads.append(
                Head(
                    slice: try rows.int32(row, 0), position: position, patients: try rows.int32(row, 2),
                    digest: try rows.bytes(row, 3), firstPosition: position + 1))
            recordedAt = max(recordedAt, try rows.timestamp(row, 4))
        }
    }

    private static func committed(_ earlier: AppendOutcome, _ session: Session) throws(PostgresError) -> Bool {
        guard let witness = earlier.witness else { return false }
        let rows = try session.query(
            "SELECT digest FROM trough.batch WHERE slice = $1 AND first_position = $2",
            [.int32(witness.slice), .int64(witness.firstPosition)])
        return rows.count == 1 ? try rows.bytes(0, 0) == witness.digest : false
    }

    /// Finds the numbers of subjects that are not known yet, and gives the next numbers to those that are new.
    private mutating func numberPatients(_ session: Session) throws(PostgresError) {
        var unknown = UnknownSubjects()
        for item in work.items where work.patient(item) == 0 {
            unknown.add(item, work.batches[Int(item.batch)].subjects[work.subject(item)])
        }
        guard !unknown.isEmpty else { return }
        let rows = try session.query(
            """
            SELECT k.n::integer, p.patient
            FROM unnest($1::integer[], $2::text[]) WITH ORDINALITY AS k (slice, subject, n)
            JOIN trough.patient p ON p.slice = k.slice AND p.subject = k.subject COLLATE "C"
            """, [.int32Array(unknown.slices), .textArray(unknown.subjects)])
        var numbers = [Int32](repeating: 0, count: unknown.subjects.count)
        for row in 0..<rows.count { numbers[Int(try rows.int32(row, 0)) - 1] = try rows.int32(row, 1) }
        var added: (slices: [Int32], numbers: [Int32], subjects: [[UInt8]]) = ([], [], [])
        var head = 0
        for index in numbers.indices where numbers[index] == 0 {
            while heads[head].slice != unknown.slices[index] { head += 1 }
            heads[head].patients += 1
            numbers[index] = heads[head].patients
            added.slices.append(unknown.slices[index])
            added.numbers.append(numbers[index])
            added.subjects.append(unknown.subjects[index])
        }
        if !added.numbers.isEmpty {
            _ = try session.query(
                "INSERT INTO trough.patient (slice, patient, subject) SELECT * FROM unnest($1, $2, $3::text[])",
                [.int32Array(added.slices), .int32Array(added.numbers), .textArray(added.subjects)])
        }
        for (item, number) in unknown.places { work.patients[Int(item.batch)][work.subject(item)] = numbers[number] }
    }

    /// Copies the rows of the events to be stored, and carries each slice's chain on.
    private mutating func copyRows(_ decisions: [Decision], _ session: Session) throws(PostgresError) {
        var heads = heads
        var stored = 0
        let work = work
        let copied = try session.copyIn(
            """
            COPY trough.event (slice, patient, position, occurred_at, recorded_at, value, source, kind, code, unit,
                qualifier, level, id, detail, attributes) FROM STDIN (FORMAT binary)
            """
        ) { writer throws(PostgresError) in
            for (head, run) in work.runs.enumerated() {
                let count = run.reduce(0) { $0 + (decisions[$1] == .stored ? 1 : 0) }
                guard count > 0 else { continue }
                var digest = BatchDigest(
                    after: heads[head].digest, slice: heads[head].slice, firstPosition: heads[head].firstPosition,
                    count: count, recordedAt: recordedAt, attribution: attribution)
                var position = heads[head].position
                var batch = work.batches[Int(work.items[run.lowerBound].batch)]
                var number = work.items[run.lowerBound].batch
                for index in run where decisions[index] == .stored {
                    let item = work.items[index]
                    // A copy of a batch costs a dozen reference counts, so it is made once for all items of one batch.
                    if item.batch != number {
                        number = item.batch
                        batch = work.batches[Int(number)]
                    }
                    position += 1
                    let record = batch.records[Int(item.record)]
                    let patient = work.patients[Int(number)][Int(record.patient)]
                    digest.add(record, patient: patient, subject: batch.subjects[Int(record.patient)], of: batch)
                    let source = work.sources[Int(number)][Int(record.source)]
                    write(record, of: batch, item.slice, patient, position, source, to: &writer)
                }
                heads[head].position = position
                heads[head].digest = digest.finish()
                stored += count
            }
        }
        guard copied == stored else {
            throw PostgresError(.misuse, "\(stored) rows were copied, and the server took \(copied).")
        }
        self.heads = heads
    }

    private func write(
        _ record: EventRecord, of batch: EventBatch, _ slice: Int32, _ patient: Int32, _ position: Int64,
        _ source: Int32, to writer: inout CopyWriter
    ) {
        writer.row(fields: 15)
        writer.int32(slice)
        writer.int32(patient)
        writer.int64(position)
        writer.timestamp(microsecondsSinceUnixEpoch: record.time)
        writer.timestamp(microsecondsSinceUnixEpoch: recordedAt)
        writer.double(record.value)
        writer.int32(source)
        writer.int16(record.kind.rawValue)
        writer.int16(record.code)
        writer.int16(record.unit)
        writer.int16(record.qualifier)
        writer.int16(record.level)
        let arena = batch.arena.span
        writer.text(arena.extracting(record.id.indices))
        if record.detail.isEmpty { writer.null() } else { writer.text(arena.extracting(record.detail.indices)) }
        if record.attributes.isEmpty { writer.null() } else { writer.text(arena.extracting(record.attributes.indices)) }
    }

    /// Writes one batch row for each slice that got events, and moves the heads.
    private func writeBatches(_ session: Session) throws(PostgresError) {
        let grown = heads.filter { $0.position >= $0.firstPosition }
        _ = try session.query(
            """
            INSERT INTO trough.batch (slice, first_position, last_position, recorded_at, author, reason, client, digest)
            SELECT k.slice, k.first, k.last, $5, $6, $7, $8, k.digest
            FROM unnest($1::integer[], $2::bigint[], $3::bigint[], $4::bytea[]) AS k (slice, first, last, digest)
            """,
            [
                .int32Array(grown.map(\.slice)), .int64Array(grown.map(\.firstPosition)),
                .int64Array(grown.map(\.position)), .byteaArray(grown.map(\.digest)),
                .timestamp(microsecondsSinceUnixEpoch: recordedAt), .string(attribution.author),
                attribution.reason.map(Parameter.string) ?? .null, .string(attribution.client),
            ])
        _ = try session.query(
            """
            UPDATE trough.head h SET position = k.position, patients = k.patients, recorded_at = $5, digest = k.digest
            FROM unnest($1::integer[], $2::bigint[], $3::integer[], $4::bytea[])
                AS k (slice, position, patients, digest)
            WHERE h.slice = k.slice
            """,
            [
                .int32Array(grown.map(\.slice)), .int64Array(grown.map(\.position)),
                .int32Array(grown.map(\.patients)), .byteaArray(grown.map(\.digest)),
                .timestamp(microsecondsSinceUnixEpoch: recordedAt),
            ])
    }
}

/// The subjects of a work that have no number yet, each once.
private struct UnknownSubjects {
    private(set) var slices: [Int32] = []
    private(set) var subjects: [[UInt8]] = []
    /// For each item, which of the subjects it has.
    private(set) var places: [(AppendWork.Item, Int)] = []
    private var names = NameTable()

    var isEmpty: Bool { subjects.isEmpty }

    mutating func add(_ item: AppendWork.Item, _ subject: ArraySlice<UInt8>) {
        let number = Int(names.intern(subject.span))
        if number == subjects.count {
            subjects.append(Array(subject))
            slices.append(item.slice)
        }
        places.append((item, number))
    }
}
