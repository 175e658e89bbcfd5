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
    /// By open segment: the number of its next patient; the greatest number after the last.
    ///
    /// Apart from the segments, so that looking for the next patient counts no references.
    private var nextOfSegments: [Int32] = []
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
    private struct OpenSegment: Sendable {
        var runs: SegmentRuns
        /// What its events refer to; replacements of corrected events are added.
        var batch: EventBatch
        /// Which of its events matter; `nil` where all do.
        let rules: SegmentRules?
        /// Which one it is of all that were ever taken in.
        let number: Int
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
        case .segment(let number): segments[index(number)].batch
        case .rows: rows
        case .gathered: gathered
        }
    }

    /// The bytes that the events of a holder refer to.
    func arena(of holder: Holder) -> [UInt8] {
        switch holder {
        case .segment(let number): segments[index(number)].batch.arena
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
            let batch = runs.segment.batch
            let rules = relevance.map { SegmentRules($0, for: runs.segment) }
            segments.append(OpenSegment(runs: runs, batch: batch, rules: rules, number: segmentCount))
            nextOfSegments.append(runs.patient ?? .max)
            segmentCount += 1
            sources = batch.sources
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
        nextOfSegments.removeAll(keepingCapacity: true)
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
        removeFinished()
        var number = nextOfRows
        var holder = -1
        var isAlone = true
        for (index, patient) in nextOfSegments.enumerated() where patient <= number && patient < .max {
            isAlone = patient < number
            number = patient
            holder = index
        }
        guard number < bound else { return nil }
        defer { pass(number) }
        if holder < 0 {
            subject = subjects[Int(number) - 1][...]
            try history.load(groups.members(of: Int(number)), of: &rows, until: until)
            return .rows
        }
        subject = segments[holder].runs.subject
        guard isAlone else {
            try loadGathered(number, into: &history, until: until)
            return .gathered
        }
        if let rules = segments[holder].rules,
            history.load(relevant: { segments[holder].runs.appendRelevant(rules, until: until ?? .max, to: &$0) })
        {
            return .segment(segments[holder].number)
        }
        let runs = segments[holder].runs
        try history.load(of: &segments[holder].batch, until: until, isOrdered: true) { runs.append(to: &$0) }
        return .segment(segments[holder].number)
    }

    /// Loads all events of the patient who was loaded last, where some were left out.
    mutating func loadWhole(
        from holder: Holder, into history: inout PatientHistory, until: Int64?
    ) throws(DetailError) {
        guard case .segment(let number) = holder else { return }
        let open = index(number)
        var runs = segments[open].runs
        runs.next -= 1
        try history.load(of: &segments[open].batch, until: until, isOrdered: true) { runs.append(to: &$0) }
    }

    /// Loads a patient who is in several pieces.
    private mutating func loadGathered(
        _ number: Int32, into history: inout PatientHistory, until: Int64?
    ) throws(DetailError) {
        gathered.records.removeAll(keepingCapacity: true)
        gathered.arena.removeAll(keepingCapacity: true)
        var events: [EventRecord] = []
        for segment in segments where segment.runs.patient == number {
            let start = events.count
            segment.runs.append(to: &events)
            gather(start, &events, from: segment.batch)
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
        for index in nextOfSegments.indices where nextOfSegments[index] == number {
            segments[index].runs.next += 1
            nextOfSegments[index] = segments[index].runs.patient ?? .max
        }
        if nextOfRows == number {
            nextOfRows += 1
            passEmpty()
        }
    }

    /// Forgets the segments all of whose patients have been taken.
    private mutating func removeFinished() {
        guard nextOfSegments.contains(.max) else { return }
        segments.removeAll { $0.runs.patient == nil }
        nextOfSegments.removeAll { $0 == .max }
    }

    private mutating func passEmpty() {
        while nextOfRows <= subjects.count, groups.members(of: Int(nextOfRows)).isEmpty { nextOfRows += 1 }
        if nextOfRows > subjects.count { nextOfRows = Int32.max }
    }
}
