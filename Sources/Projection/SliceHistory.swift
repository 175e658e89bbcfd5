import Segments
import Trial

/// The history of one slice while it is folded: pieces of it, and how far its patients have been taken.
///
/// In a piece a patient's events lie together, in order; where a patient is in one segment alone, which is the rule,
/// nothing is gathered or sorted. Working memory is kept from slice to slice.
struct SliceHistory: Sendable {
    /// Which events matter; without it all are loaded.
    private let relevance: Relevance?
    private var segments: [OpenSegment] = []
    /// By open segment: what its events refer to; replacements of corrected events are added.
    private var batches: [EventBatch] = []
    /// By open segment: how far its patients have been taken.
    private var cursors: [Cursor] = []
    /// Patients who lie in one segment alone and come next, as indices there; most of a segment, where pieces are of a cohort.
    private var run = 0..<0
    /// The place of that segment among the open ones.
    private var runHolder = 0
    /// How many segments were ever taken in.
    private var segmentCount = 0
    private var rows = EventBatch()
    private var subjects: [[UInt8]] = []
    private var groups = PatientGroups()
    /// The number of the next patient who has rows; the greatest number where there is none.
    private var nextOfRows = Int32.max
    /// What a patient's events refer to that come from several pieces.
    private var gathered = EventBatch()
    /// The sources that all events of the slice refer to.
    private(set) var sources = NameTable()

    /// No pieces yet.
    ///
    /// - Parameter relevance: Which events suffice, where they are all of a patient's that can be told apart cheaply.
    init(_ relevance: Relevance?) { self.relevance = relevance }

    /// A segment some of whose patients are still to come.
    ///
    /// A class, though nothing in it changes, so that one reference is counted for each patient and not one for each array.
    private final class OpenSegment: Sendable {
        let runs: SegmentRuns
        private let patients: [Int32]
        /// Which of its events matter; `nil` where all do.
        private let rules: SegmentRules?
        /// Which one it is of all that were ever taken in.
        let number: Int

        init(_ runs: SegmentRuns, _ rules: SegmentRules?, number: Int) {
            self.runs = runs
            self.rules = rules
            self.number = number
            patients = runs.segment.patients
        }

        /// The subject of the patient at an index.
        func subject(_ index: Int) -> ArraySlice<UInt8> { runs.segment.subject(index) }

        /// Appends those events of the patient at an index that matter; `nil` where they cannot be told apart cheaply.
        func appendRelevant(_ index: Int, until: Int64, to records: inout [EventRecord]) -> LeftOut? {
            guard let rules, !runs.isCut else { return nil }
            return runs.segment.appendRelevant(index, rules, until: until, to: &records)
        }

        /// The number of the patient at an index; the greatest number after the last.
        func number(ofPatient index: Int) -> Int32 { index < patients.count ? patients[index] : .max }
    }

    /// How far the patients of a segment have been taken.
    private struct Cursor: Sendable, BitwiseCopyable {
        /// The index of the next patient.
        var index = 0
        /// The number of the next patient; the greatest number after the last.
        var patient: Int32

        init(_ segment: OpenSegment) { patient = segment.number(ofPatient: 0) }

        /// Goes on to the next patient.
        mutating func advance(in segment: OpenSegment) {
            index += 1
            patient = segment.number(ofPatient: index)
        }
    }

    /// What a patient's events refer to.
    enum Holder: Sendable, Equatable {
        /// The segment with this number.
        case segment(Int)
        /// The rows.
        case rows
        /// What was gathered from several pieces.
        case gathered
    }

    /// What the events of a holder refer to.
    subscript(holder: Holder) -> EventBatch {
        switch holder {
        case .segment(let number): batches[index(number)]
        case .rows: rows
        case .gathered: gathered
        }
    }

    /// The bytes that the events of a holder refer to.
    func arena(of holder: Holder) -> [UInt8] {
        switch holder {
        case .segment(let number): batches[index(number)].arena
        case .rows: rows.arena
        case .gathered: gathered.arena
        }
    }

    /// Where an open segment is; those that are finished stay until the next patient is loaded.
    private func index(_ number: Int) -> Int {
        var index = 0
        while segments[index].number != number { index += 1 }
        return index
    }

    /// Takes in a piece of the slice.
    mutating func add(_ piece: consuming SlicePiece) {
        switch consume piece {
        case .segment(let runs):
            let rules = relevance.map { SegmentRules($0, for: runs.segment) }
            let segment = OpenSegment(runs, rules, number: segmentCount)
            segments.append(segment)
            batches.append(runs.segment.batch)
            cursors.append(Cursor(segment))
            segmentCount += 1
            sources = runs.segment.batch.sources
        case .rows(let read):
            subjects = read.subjects
            rows = read.batch
            sources = rows.sources
            groups.gather(rows, patients: subjects.count)
            nextOfRows = 1
            passEmpty()
        }
    }

    /// Forgets the slice.
    mutating func removeAll() {
        segments.removeAll(keepingCapacity: true)
        batches.removeAll(keepingCapacity: true)
        cursors.removeAll(keepingCapacity: true)
        run = 0..<0
        rows = EventBatch()
        subjects = []
        nextOfRows = Int32.max
    }

    /// Loads the history of the next patient with a smaller number than the bound, which is there until the next call.
    ///
    /// - Parameter subject: Set to the patient's subject also where the history cannot be decoded.
    /// - Returns: What holds what the events refer to; `nil` where there is no such patient.
    mutating func loadNext(
        below bound: Int32, into history: inout PatientHistory, until: Int64?, subject: inout ArraySlice<UInt8>
    ) throws(DetailError) -> Holder? {
        if run.isEmpty {
            removeFinished()
            let next = next()
            guard next.number < bound else { return nil }
            if next.holder < 0 {
                defer { passRow() }
                subject = subjects[Int(next.number) - 1][...]
                try history.load(groups.members(of: Int(next.number)), of: &rows, until: until)
                return .rows
            }
            if next.number == next.following {
                defer { pass(next.number) }
                subject = segments[next.holder].subject(cursors[next.holder].index)
                try loadGathered(next.number, into: &history, until: until)
                return .gathered
            }
            beginRun(of: next.holder, below: min(bound, next.following))
        }
        let (segment, index) = (segments[runHolder], run.lowerBound)
        run = index + 1..<run.upperBound
        subject = segment.subject(index)
        let isEnough = history.load(relevant: { segment.appendRelevant(index, until: until ?? .max, to: &$0) })
        if !isEnough {
            try history.load(of: &batches[runHolder], until: until, isOrdered: true) {
                segment.runs.append(index, to: &$0)
            }
        }
        return .segment(segment.number)
    }

    /// The smallest number of a patient who is still to come, the segment that has him (-1 where he is in rows alone), and the
    /// smallest number in all other pieces: the same where he is in several.
    private func next() -> (number: Int32, holder: Int, following: Int32) {
        var (number, holder, following) = (nextOfRows, -1, Int32.max)
        for index in cursors.indices {
            let patient = cursors[index].patient
            if patient <= number, patient < .max {
                (number, holder, following) = (patient, index, number)
            } else {
                following = min(following, patient)
            }
        }
        return (number, holder, following)
    }

    /// Begins with those patients of a segment that come next and have smaller numbers than the bound.
    private mutating func beginRun(of holder: Int, below bound: Int32) {
        let first = cursors[holder].index
        while cursors[holder].patient < bound { cursors[holder].advance(in: segments[holder]) }
        (runHolder, run) = (holder, first..<cursors[holder].index)
    }

    /// Loads all events of the patient who was loaded last, where some were left out.
    mutating func loadWhole(
        from holder: Holder, into history: inout PatientHistory, until: Int64?
    ) throws(DetailError) {
        guard case .segment(let number) = holder else { return }
        let open = index(number)
        let (segment, index) = (segments[open], run.lowerBound - 1)
        try history.load(of: &batches[open], until: until, isOrdered: true) { segment.runs.append(index, to: &$0) }
    }

    /// Loads a patient who is in several pieces.
    private mutating func loadGathered(
        _ number: Int32, into history: inout PatientHistory, until: Int64?
    ) throws(DetailError) {
        gathered.records.removeAll(keepingCapacity: true)
        gathered.arena.removeAll(keepingCapacity: true)
        var events: [EventRecord] = []
        for index in segments.indices where cursors[index].patient == number {
            let start = events.count
            segments[index].runs.append(cursors[index].index, to: &events)
            gather(start, &events, from: batches[index])
        }
        if nextOfRows == number {
            let start = events.count
            for member in groups.members(of: Int(number)) { events.append(rows.records[Int(member)]) }
            gather(start, &events, from: rows)
        }
        gathered.sources = sources
        let found = events
        try history.load(of: &gathered, until: until, isOrdered: false) { $0 += found }
    }

    /// Copies what events from an index on refer to.
    private mutating func gather(_ start: Int, _ events: inout [EventRecord], from batch: EventBatch) {
        for index in start..<events.count {
            events[index].id = gathered.store(batch.bytes(events[index].id).span)
            if !events[index].detail.isEmpty {
                events[index].detail = gathered.store(batch.bytes(events[index].detail).span)
            }
            events[index].attributes = .none
        }
    }

    /// Goes on to the patients after this one.
    private mutating func pass(_ number: Int32) {
        for index in cursors.indices where cursors[index].patient == number {
            cursors[index].advance(in: segments[index])
        }
        if nextOfRows == number { passRow() }
    }

    /// Goes on to the next patient who has rows.
    private mutating func passRow() {
        nextOfRows += 1
        passEmpty()
    }

    /// Forgets the segments all of whose patients have been taken.
    private mutating func removeFinished() {
        for index in cursors.indices.reversed() where cursors[index].patient == .max {
            segments.remove(at: index)
            batches.remove(at: index)
            cursors.remove(at: index)
        }
    }

    private mutating func passEmpty() {
        while nextOfRows <= subjects.count, groups.members(of: Int(nextOfRows)).isEmpty { nextOfRows += 1 }
        if nextOfRows > subjects.count { nextOfRows = Int32.max }
    }
}
