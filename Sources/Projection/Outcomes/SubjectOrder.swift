import Trial

/// Goes through the randomised patients of a replay in the order of their subjects' bytes.
///
/// A tournament of the runs by their next patients: in each match the one that comes later is kept, so that behind a patient
/// who was taken only the matches of his run are played again, one a round. Of a run that was put aside one block is at
/// hand, and the next one from the middle of that on.
package struct SubjectOrder: Sendable {
    /// How far a run has been taken.
    private struct Cursor: Sendable {
        let run: OutcomeRun
        var number = 0
        var stretch: OutcomeStretch
        /// The place of the next patient.
        var place = 0
        /// The stretch after this one, where it has been read.
        var coming: OutcomeStretch?

        /// Whether the stretch after this one should be read by now.
        var isHalfway: Bool { coming == nil && number + 1 < run.count && 2 * place >= stretch.count }
    }

    /// The next patient of a run, as matches see him.
    private struct Front: Sendable, BitwiseCopyable {
        var head: SubjectHead
        let cursor: Int32
        /// Whether the run has no patients left; it comes after all others then.
        var isOver = false
    }

    private var cursors: [Cursor] = []
    /// Who comes first of all; `nil` where there are no runs.
    private var first: Front?
    /// By match who came later in it.
    ///
    /// The first is the last match. Match n is between those who win the matches 2n and 2n + 1, where these numbers are
    /// matches; the numbers from the number of runs on are the runs themselves. There is no match 0.
    private var later: [Front] = []

    /// All patients of the runs.
    init(_ runs: [OutcomeRun]) async throws(SpillError) {
        let own = runs.filter { $0.count > 0 }
        let stretches = try await OutcomeRun.stretches(own.map { ($0, 0) })
        for (run, stretch) in zip(own, stretches) where stretch.count > 0 {
            cursors.append(Cursor(run: run, stretch: stretch))
        }
        let fronts = cursors.indices.map(front)
        guard let any = fronts.first else { return }
        later = [Front](repeating: any, count: fronts.count)
        var winners = [Front](repeating: any, count: fronts.count) + fronts
        for match in (1..<fronts.count).reversed() {
            let (one, two) = (winners[2 * match], winners[2 * match + 1])
            let isFirst = isBefore(one, two)
            (winners[match], later[match]) = isFirst ? (one, two) : (two, one)
        }
        first = winners[1]
    }

    /// The next thousand patients or so, `nil` after the last.
    package mutating func nextPage() async throws(SpillError) -> [OrderedPatient]? {
        let page = try await next(Limits.linesPerStretch)
        return page.isEmpty ? nil : page
    }

    /// The next patients, so many where there are as many.
    mutating func next(_ count: Int) async throws(SpillError) -> [OrderedPatient] {
        var patients: [OrderedPatient] = []
        patients.reserveCapacity(count)
        while patients.count < count, let first, !first.isOver {
            let number = Int(first.cursor)
            patients.append(
                OrderedPatient(
                    stretch: cursors[number].stretch, entry: cursors[number].stretch.entry(at: cursors[number].place)))
            cursors[number].place += 1
            if cursors[number].place == cursors[number].stretch.count { try await takeNextStretch(of: number) }
            play(front(number))
        }
        // Last: what is at hand is merged before this waits behind whoever else wants a thread.
        try await readAhead()
        return patients
    }

    /// Reads the coming stretches.
    private mutating func readAhead() async throws(SpillError) {
        let wanted = cursors.indices.filter { cursors[$0].isHalfway }
        if wanted.isEmpty { return }
        let stretches = try await OutcomeRun.stretches(wanted.map { (cursors[$0].run, cursors[$0].number + 1) })
        for (cursor, stretch) in zip(wanted, stretches) { cursors[cursor].coming = stretch }
    }

    /// Goes to the next stretch of a run, where there is one.
    private mutating func takeNextStretch(of number: Int) async throws(SpillError) {
        cursors[number].number += 1
        guard cursors[number].number < cursors[number].run.count else { return }
        if let coming = cursors[number].coming.take() {
            cursors[number].stretch = coming
        } else {
            cursors[number].stretch = try await OutcomeRun.stretches([(cursors[number].run, cursors[number].number)])[0]
        }
        cursors[number].place = 0
    }

    /// The next patient of a run.
    private func front(_ number: Int) -> Front {
        let (stretch, place) = (cursors[number].stretch, cursors[number].place)
        let cursor = Int32(truncatingIfNeeded: number)
        guard place < stretch.count else { return Front(head: .last, cursor: cursor, isOver: true) }
        return Front(head: stretch.order[place].head, cursor: cursor)
    }

    /// Plays the matches of a run again, of which somebody was taken: this is who comes next in it.
    private mutating func play(_ front: Front) {
        var front = front
        var match = (Int(front.cursor) + cursors.count) / 2
        while match > 0 {
            if isBefore(later[match], front) { swap(&later[match], &front) }
            match /= 2
        }
        first = front
    }

    private func isBefore(_ one: Front, _ two: Front) -> Bool {
        if one.head != two.head { return one.head < two.head }
        if one.isOver || two.isOver { return !one.isOver }
        return subject(one).lexicographicallyPrecedes(subject(two))
    }

    private func subject(_ front: Front) -> ArraySlice<UInt8> {
        let cursor = cursors[Int(front.cursor)]
        return cursor.stretch.subject(of: cursor.stretch.entry(at: cursor.place))
    }
}

/// One randomised patient of a replay, under all its protocols.
package struct OrderedPatient: Sendable {
    /// Where the patient's outcomes are.
    let stretch: OutcomeStretch
    /// The patient's number among the entries there.
    let entry: Int

    /// The outcome line under a protocol, without its line feed; the replay must have kept what lines name.
    package func line(_ result: ReplayResult) -> ArraySlice<UInt8> {
        stretch.lines[result.number].line(of: entry)
    }

    /// The patient as statistics see him under a protocol.
    package func subject(_ result: ReplayResult) -> ReplayResult.Subject {
        let outcomes = stretch.lines[result.number].outcomes
        let own = outcomes.randomised.entries[entry]
        let endpoints = result.trial.endpoints.count
        return ReplayResult.Subject(
            name: outcomes.randomised.subject(entry),
            arm: String(decoding: outcomes.randomised.arms[Int(own.arm)], as: UTF8.self), disease: own.disease,
            drug: own.drug, times: outcomes.times[entry * endpoints..<(entry + 1) * endpoints])
    }
}

/// The first 16 bytes of a subject, which decide nearly every comparison.
struct SubjectHead: Comparable, BitwiseCopyable {
    private var first: UInt64 = 0
    private var second: UInt64 = 0

    /// No subject's comes after it.
    static let last = SubjectHead(first: .max, second: .max)

    private init(first: UInt64, second: UInt64) { (self.first, self.second) = (first, second) }

    init(_ subject: ArraySlice<UInt8>) {
        var shift: UInt64 = 64
        for byte in subject.prefix(8) {
            shift -= 8
            first |= UInt64(byte) << shift
        }
        shift = 64
        for byte in subject.dropFirst(8).prefix(8) {
            shift -= 8
            second |= UInt64(byte) << shift
        }
    }

    static func < (left: Self, right: Self) -> Bool {
        left.first != right.first ? left.first < right.first : left.second < right.second
    }
}

extension RandomisedPatients {
    /// An entry by its subject.
    struct Ordered: BitwiseCopyable {
        let head: SubjectHead
        let entry: Int32
    }

    /// The entries as they lie.
    var ordered: [Ordered] {
        entries.indices.map { Ordered(head: SubjectHead(subject($0)), entry: Int32(truncatingIfNeeded: $0)) }
    }

    /// The entries in the order of the subjects' bytes.
    var sorted: [Ordered] {
        ordered.sorted { left, right in
            left.head != right.head
                ? left.head < right.head
                : subject(Int(left.entry)).lexicographicallyPrecedes(subject(Int(right.entry)))
        }
    }
}
