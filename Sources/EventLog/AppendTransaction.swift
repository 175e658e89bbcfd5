import Postgres
import Trial

/// One attempt at appending a lane's work: lock the heads, number the patients, find what is known already, store the
/// rows, write the batches, move the heads.
///
/// All of it is one transaction; an error leaves nothing behind. Where the patients are known and the rows are few, it
/// takes two round trips: BEGIN with the locks, and everything else with COMMIT.
struct AppendTransaction {
    /// The head of a slice while its batch is being written.
    struct Head {
        var slice: Int32
        var position: Int64
        var patients: Int32
        var digest: [UInt8]
        var firstPosition: Int64
        /// Up to which position rows were removed.
        var removed: Int64
    }

    private let study: Study
    private let attribution: Attribution
    private var work: AppendWork
    private var heads: [Head] = []
    private var recordedAt: Int64 = .min
    /// The server's number for the type of an event's row.
    private var rowType: UInt32 = 0

    private init(_ work: AppendWork, to study: Study, _ attribution: Attribution) {
        self.study = study
        self.work = work
        self.attribution = attribution
    }

    /// Appends the work, durably.
    ///
    /// - Parameters:
    ///   - looksFirst: Whether to look up known names before storing. Without it the key of names finds them, at the
    ///     price of a failed attempt (SQLSTATE 23505), and new events cost no look-up at all.
    ///   - earlier: The outcome of an attempt whose COMMIT got no answer; where it did commit, it is returned as it is.
    ///   - sealed: What the lane knows of segments without rows, whose names the key does not see.
    ///   - written: Set to the outcome before COMMIT is sent, for the case that it gets no answer.
    static func run(
        _ work: AppendWork, to study: Study, attribution: Attribution, looksFirst: Bool, earlier: AppendOutcome?,
        sealed: inout SealedNames, _ written: inout AppendOutcome?, _ session: Session
    ) throws(PostgresError) -> AppendOutcome {
        var attempt = AppendTransaction(work, to: study, attribution)
        let slices = work.slices
        let locks = [AppendStatements.lockTables, AppendStatements.lockHeads(slices)]
        let question = sealed.question(slices)
        return try session.transaction(startingWith: locks + question) { rows throws(PostgresError) in
            try attempt.takeHeads(rows[1], slices)
            let heads = attempt.heads.map { (slice: $0.slice, position: $0.position, removed: $0.removed) }
            try sealed.learn(heads, question.isEmpty ? nil : rows[2], session)
            var last: [Statement] = []
            let outcome: AppendOutcome
            if let earlier, try committed(earlier, session) {
                outcome = earlier
            } else {
                outcome = try attempt.store(looksFirst: looksFirst, &sealed, &last, session)
            }
            written = outcome
            return (outcome, last)
        }
    }

    /// Does what comes between the locks and COMMIT.
    ///
    /// - Parameter last: Gets the statements that can go out together with COMMIT.
    private mutating func store(
        looksFirst: Bool, _ sealed: inout SealedNames, _ last: inout [Statement], _ session: Session
    ) throws(PostgresError) -> AppendOutcome {
        try numberPatients(session)
        var decisions = [Decision](repeating: .stored, count: work.items.count)
        if looksFirst {
            var known = KnownNames(work, of: study)
            try known.decide(&decisions, session)
        }
        try sealed.decide(work, &decisions, session)
        let stored = decisions.count { $0 == .stored }
        guard stored > 0 else {
            return AppendOutcome(decisions: decisions, patients: work.patients, ends: ends, witness: nil)
        }
        if stored <= Limits.insertedRows {
            var rows = RowArray(of: rowType, expecting: stored)
            writeRows(decisions, to: &rows)
            last.append(AppendStatements.insertEvents(try rows.finish()))
        } else {
            try copyRows(decisions, stored, session)
        }
        let grown = heads.filter { $0.position >= $0.firstPosition }
        last.append(AppendStatements.insertBatches(grown, recordedAt, attribution))
        last.append(AppendStatements.moveHeads(grown, recordedAt))
        return AppendOutcome(
            decisions: decisions, patients: work.patients, heads: grown.map { ($0.slice, $0.position) }, ends: ends,
            witness: grown.first.map { ($0.slice, $0.firstPosition, $0.digest) })
    }

    /// How far the slices have come.
    private var ends: [LogMark.End] {
        heads.map { LogMark.End(slice: $0.slice, position: $0.position, digest: $0.digest) }
    }

    /// Reads the locked heads, and the time of recording, which never goes back within a slice.
    private mutating func takeHeads(_ rows: Rows, _ slices: [Int32]) throws(PostgresError) {
        guard rows.count == slices.count else {
            throw PostgresError(.misuse, "\(slices.count) heads were to be locked, and \(rows.count) exist.")
        }
        heads.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            let position = try rows.int64(row, 1)
            heads.append(
                Head(
                    slice: try rows.int32(row, 0), position: position, patients: try rows.int32(row, 2),
                    digest: try rows.bytes(row, 3), firstPosition: position + 1,
                    removed: try rows.int64(row, 6)))
            guard heads[row].slice == slices[row] else {
                throw PostgresError(.misuse, "The heads did not come in the order of their slices.")
            }
            recordedAt = max(recordedAt, try rows.timestamp(row, 4))
            rowType = UInt32(truncatingIfNeeded: try rows.int64(row, 5))
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

    private mutating func copyRows(
        _ decisions: [Decision], _ stored: Int, _ session: Session
    ) throws(PostgresError) {
        let copied = try session.copyIn(AppendStatements.copyEvents) { writer throws(PostgresError) in
            writeRows(decisions, to: &writer)
        }
        guard copied == stored else {
            throw PostgresError(.misuse, "\(stored) rows were copied, and the server took \(copied).")
        }
    }

    /// Writes the rows of the events to be stored, and carries each slice's chain on.
    private mutating func writeRows<Writer: RowWriter & ~Copyable>(_ decisions: [Decision], to writer: inout Writer) {
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
                let place = (item.slice, patient, position, source)
                AppendStatements.write(record, of: batch, at: place, recordedAt, to: &writer)
            }
            heads[head].position = position
            heads[head].digest = digest.finish()
        }
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
