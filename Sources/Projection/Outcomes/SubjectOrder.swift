import Trial

/// Goes through the randomised patients of a replay in the order of their subjects' bytes.
///
/// A heap of the runs by their next patients; of a run that was put aside one block is at hand, and the next one from the
/// middle of that on.
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

        /// Where in a file the stretch after this one lies that should be read by now.
        var wanted: (run: SpilledRun, number: Int)? {
            guard case .spilled(let run) = run, coming == nil, number + 1 < run.blocks.count,
                2 * place >= stretch.count
            else { return nil }
            return (run, number + 1)
        }
    }

    private struct Front: Sendable {
        var head: SubjectHead
        let cursor: Int
    }

    private var cursors: [Cursor] = []
    private var heap: [Front] = []

    /// All patients of the runs.
    init(_ runs: [OutcomeRun]) async throws(SpillError) {
        for run in runs where run.count > 0 {
            let first = Cursor(run: run, stretch: try await run.stretch(0))
            guard first.stretch.count > 0 else { continue }
            heap.append(Front(head: first.stretch.order[0].head, cursor: cursors.count))
            cursors.append(first)
        }
        for front in (0..<heap.count / 2).reversed() { sink(front) }
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
        while patients.count < count, let number = heap.first?.cursor {
            patients.append(
                OrderedPatient(
                    stretch: cursors[number].stretch, entry: cursors[number].stretch.entry(at: cursors[number].place)))
            cursors[number].place += 1
            if cursors[number].place == cursors[number].stretch.count { try await takeNextStretch(of: number) }
            if cursors[number].place < cursors[number].stretch.count {
                heap[0].head = cursors[number].stretch.order[cursors[number].place].head
            } else {
                heap.swapAt(0, heap.count - 1)
                heap.removeLast()
            }
            sink(0)
        }
        // Last: what is at hand is merged before this waits behind whoever else wants a thread.
        try await readAhead()
        return patients
    }

    /// Reads the coming stretches, file by file: to wait for a file's queue takes longer than a block does.
    private mutating func readAhead() async throws(SpillError) {
        let wanted = cursors.indices.compactMap { cursor in
            cursors[cursor].wanted.map { (cursor: cursor, run: $0.run, block: $0.run.blocks[$0.number]) }
        }
        for own in Dictionary(grouping: wanted, by: { ObjectIdentifier($0.run.file) }).values {
            let (file, tables) = (own[0].run.file, own[0].run.tables)
            let stretches = try await SpilledRun.stretches(own.map(\.block), of: file, tables)
            for (place, stretch) in zip(own, stretches) { cursors[place.cursor].coming = stretch }
        }
    }

    /// Goes to the next stretch of a run, where there is one.
    private mutating func takeNextStretch(of number: Int) async throws(SpillError) {
        cursors[number].number += 1
        guard cursors[number].number < cursors[number].run.count else { return }
        if let coming = cursors[number].coming.take() {
            cursors[number].stretch = coming
        } else {
            cursors[number].stretch = try await cursors[number].run.stretch(cursors[number].number)
        }
        cursors[number].place = 0
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            var least = place
            for child in 2 * place + 1..<2 * place + 3 where child < heap.count && isBefore(child, least) {
                least = child
            }
            if least == place { return }
            heap.swapAt(place, least)
            place = least
        }
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        let (one, two) = (heap[left], heap[right])
        return one.head != two.head ? one.head < two.head : subject(one).lexicographicallyPrecedes(subject(two))
    }

    private func subject(_ front: Front) -> ArraySlice<UInt8> {
        let stretch = cursors[front.cursor].stretch
        return stretch.subject(of: stretch.entry(at: cursors[front.cursor].place))
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
