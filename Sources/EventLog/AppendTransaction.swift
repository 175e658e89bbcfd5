import Postgres
import Trial

/// One attempt at appending a lane's work: lock the heads, number the patients, find what is known already, store the
/// rows, write the batches, move the heads.
///
/// All of it is one transaction; an error leaves nothing behind. Where the patients are known and the rows are few, it
/// takes two round trips: BEGIN with the locks, and everything else with COMMIT. Where it is known how the heads stand,
/// too, a single one does: the server compares, and refuses where they stand elsewhere.
struct AppendTransaction {
    private let study: Study
    private let attribution: Attribution
    private var work: AppendWork
    private var slices: SliceHeads

    private init(_ work: AppendWork, to study: Study, _ attribution: Attribution, _ slices: SliceHeads = SliceHeads()) {
        self.study = study
        self.work = work
        self.attribution = attribution
        self.slices = slices
    }

    /// Appends the work, durably, without locking the heads before; all of it is new, and its patients are known.
    ///
    /// - Parameters:
    ///   - known: How the heads are thought to stand.
    ///   - ring: A statement to be sent along behind COMMIT.
    ///   - written: Set to the outcome before anything is sent, for the case that it gets no answer.
    /// - Returns: The outcome, and why the ring failed, if it did.
    /// - Throws: SQLSTATE `TR008` where a head stands elsewhere, and whatever else the server refuses; what is refused so
    ///   may be right for the heads as they are.
    static func runUnlocked(
        _ work: AppendWork, to study: Study, attribution: Attribution, known: SliceHeads, ring: Statement?,
        _ written: inout AppendOutcome?, _ session: Session
    ) throws(PostgresError) -> (outcome: AppendOutcome, failureOfRing: PostgresError?) {
        var attempt = AppendTransaction(work, to: study, attribution, known)
        var rows = RowArray(of: known.rowType, expecting: work.items.count)
        let texts = attempt.writeUndated(to: &rows)
        let append = AppendStatements.appendUnlocked(
            try rows.finish(), attempt.slices.heads, texts, notBefore: known.recordedAt, attribution)
        written = attempt.outcome(attempt.allStored, undated: known)
        let answer = try session.transaction([AppendStatements.boundWaits, append], followedBy: ring)
        try attempt.takeDigests(answer.rows[1])
        return (attempt.outcome(attempt.allStored), answer.failureOfNext)
    }

    /// Appends the work, durably.
    ///
    /// - Parameters:
    ///   - looksFirst: Whether to look up known names before storing. Without it the key of names finds them, at the
    ///     price of a failed attempt (SQLSTATE 23505), and new events cost no look-up at all.
    ///   - earlier: The outcomes of attempts whose COMMIT got no answer; one that did commit is returned as it is.
    ///   - sealed: What the lane knows of segments without rows, whose names the key does not see.
    ///   - written: Set to the outcome before COMMIT is sent, for the case that it gets no answer.
    static func run(
        _ work: AppendWork, to study: Study, attribution: Attribution, looksFirst: Bool, earlier: [AppendOutcome],
        sealed: inout SealedNames, _ written: inout AppendOutcome?, _ session: Session
    ) throws(PostgresError) -> AppendOutcome {
        var attempt = AppendTransaction(work, to: study, attribution)
        let touched = work.slices
        let locks = [AppendStatements.lockTables, AppendStatements.lockHeads(touched)]
        let question = sealed.question(touched)
        return try session.transaction(startingWith: locks + question) { rows throws(PostgresError) in
            try attempt.takeHeads(rows[1], touched)
            let heads = attempt.slices.heads.map { (slice: $0.slice, position: $0.position, removed: $0.removed) }
            try sealed.learn(heads, of: study, question.isEmpty ? nil : rows[2], session)
            var last: [Statement] = []
            let outcome: AppendOutcome
            if let committed = try attempt.committed(earlier, session) {
                outcome = committed
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
        guard stored > 0 else { return outcome(decisions) }
        if stored <= Limits.insertedRows {
            var rows = RowArray(of: slices.rowType, expecting: stored)
            writeRows(decisions, to: &rows)
            last.append(AppendStatements.insertEvents(try rows.finish()))
        } else {
            try copyRows(decisions, stored, session)
        }
        let grown = slices.heads.filter(\.hasGrown)
        last.append(AppendStatements.insertBatches(grown, slices.recordedAt, attribution))
        last.append(AppendStatements.moveHeads(grown, slices.recordedAt))
        return outcome(decisions)
    }

    private func outcome(_ decisions: [Decision], undated: SliceHeads? = nil) -> AppendOutcome {
        AppendOutcome(decisions: decisions, patients: work.patients, slices: slices, undated: undated)
    }

    private var allStored: [Decision] { [Decision](repeating: .stored, count: work.items.count) }

    /// Reads the locked heads, and the time of recording, which never goes back within a slice.
    private mutating func takeHeads(_ rows: Rows, _ touched: [Int32]) throws(PostgresError) {
        guard rows.count == touched.count else {
            throw PostgresError(
                .misuse,
                "Of \(touched.count) slices of the study \"\(study.name)\" that events are for, \(rows.count) have a head."
            )
        }
        slices.heads.reserveCapacity(rows.count)
        for row in 0..<rows.count {
            let position = try rows.int64(row, 1)
            guard (0...Limits.greatestPosition).contains(position) else {
                throw PostgresError(
                    .misuse,
                    "The head of slice \(touched[row] - study.firstSlice) of the study \"\(study.name)\" stands at position "
                        + "\(position); expected 0 to \(Limits.greatestPosition).")
            }
            slices.heads.append(
                SliceHeads.Head(
                    slice: try rows.int32(row, 0), position: position, patients: try rows.int32(row, 2),
                    digest: try rows.bytes(row, 3), firstPosition: position + 1,
                    removed: try rows.int64(row, 6)))
            guard slices.heads[row].slice == touched[row] else {
                throw PostgresError(.misuse, "The heads did not come in the order of their slices.")
            }
            slices.recordedAt = max(slices.recordedAt, try rows.timestamp(row, 4))
            slices.rowType = UInt32(truncatingIfNeeded: try rows.int64(row, 5))
        }
    }

    /// Reads what the server made of batches that it dated and hashed.
    private mutating func takeDigests(_ rows: Rows) throws(PostgresError) {
        guard rows.count == slices.heads.count else {
            throw PostgresError(.misuse, "\(slices.heads.count) heads were moved, and \(rows.count) were told.")
        }
        for row in 0..<rows.count {
            guard try rows.int32(row, 0) == slices.heads[row].slice else {
                throw PostgresError(.misuse, "The heads did not come in the order of their slices.")
            }
            slices.heads[row].digest = try rows.bytes(row, 1)
            slices.recordedAt = try rows.timestamp(row, 2)
        }
    }

    /// The outcome of that attempt without an answer to its COMMIT that did commit, `nil` where none did.
    private func committed(_ earlier: [AppendOutcome], _ session: Session) throws(PostgresError) -> AppendOutcome? {
        for outcome in earlier {
            if let committed = try committed(outcome, session) { return committed }
        }
        return nil
    }

    /// The outcome of an attempt whose COMMIT got no answer, if it did commit: then the first of its batches is there.
    private func committed(_ earlier: AppendOutcome, _ session: Session) throws(PostgresError) -> AppendOutcome? {
        guard let witness = earlier.witness else { return nil }
        let rows = try session.query(
            "SELECT digest, recorded_at FROM trough.batch WHERE slice = $1 AND first_position = $2",
            [.int32(witness.slice), .int64(witness.firstPosition)])
        guard rows.count == 1 else { return nil }
        let digest = try rows.bytes(0, 0)
        guard let undated = earlier.undated else { return digest == witness.digest ? earlier : nil }
        // Dated as the batch that was found, it has the same digest exactly if it is the same.
        var again = AppendTransaction(work, to: study, attribution, undated)
        again.slices.recordedAt = try rows.timestamp(0, 1)
        var unsent = RowArray(of: undated.rowType, expecting: work.items.count)
        again.writeRows(earlier.decisions, to: &unsent)
        let outcome = again.outcome(earlier.decisions)
        return outcome.witness?.digest == digest ? outcome : nil
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
            while slices.heads[head].slice != unknown.slices[index] { head += 1 }
            slices.heads[head].patients += 1
            numbers[index] = slices.heads[head].patients
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
        for (number, run) in work.runs.enumerated() {
            var head = slices.heads[number]
            let count = run.reduce(0) { $0 + (decisions[$1] == .stored ? 1 : 0) }
            guard count > 0 else { continue }
            var digest = BatchDigest(
                after: head.digest, slice: head.slice, firstPosition: head.firstPosition, count: count,
                recordedAt: slices.recordedAt, attribution: attribution)
            forEachItem(in: run) { index, record, batch, patient, source in
                guard decisions[index] == .stored else { return }
                head.position += 1
                digest.add(record, patient: patient, subject: batch.subjects[Int(record.patient)], of: batch)
                let place = (head.slice, patient, head.position, source)
                AppendStatements.write(record, of: batch, at: place, slices.recordedAt, to: &writer)
            }
            head.digest = digest.finish()
            slices.heads[number] = head
        }
    }

    /// Writes the rows of all events, whose time of recording the server sets, and spells the batches that it hashes.
    private mutating func writeUndated<Writer: RowWriter & ~Copyable>(to writer: inout Writer) -> [BatchText] {
        var texts: [BatchText] = []
        for (number, run) in work.runs.enumerated() {
            var head = slices.heads[number]
            var text = BatchText(
                after: head.digest, slice: head.slice, firstPosition: head.firstPosition, count: run.count,
                attribution: attribution)
            forEachItem(in: run) { _, record, batch, patient, source in
                head.position += 1
                text.add(record, patient: patient, subject: batch.subjects[Int(record.patient)], of: batch)
                let place = (head.slice, patient, head.position, source)
                AppendStatements.write(record, of: batch, at: place, slices.recordedAt, to: &writer)
            }
            texts.append(text)
            slices.heads[number] = head
        }
        return texts
    }

    /// Goes through the events of a run: the number of the item, its record, the batch that it is of, and the numbers of
    /// patient and source.
    private func forEachItem(
        in run: Range<Int>, _ body: (Int, EventRecord, EventBatch, Int32, Int32) -> Void
    ) {
        var batch = work.batches[Int(work.items[run.lowerBound].batch)]
        var number = work.items[run.lowerBound].batch
        for index in run {
            let item = work.items[index]
            // A copy of a batch costs a dozen reference counts, so it is made once for all items of one batch.
            if item.batch != number {
                number = item.batch
                batch = work.batches[Int(number)]
            }
            let record = batch.records[Int(item.record)]
            body(
                index, record, batch, work.patients[Int(number)][Int(record.patient)],
                work.sources[Int(number)][Int(record.source)])
        }
    }
}
