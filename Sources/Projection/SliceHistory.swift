import Segments
import Trial

/// The history of one slice while it is folded: pieces of it, and how far its patients have been taken.
///
/// In a piece a patient's events lie together, in order; where a patient is in one segment alone, which is the rule,
/// nothing is gathered or sorted. Working memory is kept from slice to slice.
struct SliceHistory: Sendable {
    private var segments: [SegmentRuns] = []
    /// What the events of the segments refer to, in the same order; replacements of corrected events are added.
    private var segmentBatches: [EventBatch] = []
    /// The numbers of the segments, in the same order: counted on from the first that was ever taken in.
    private var segmentNumbers: [Int] = []
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
        case .segment(let number): segmentBatches[index(number)]
        case .rows: rows
        case .gathered: gathered
        }
    }

    /// The bytes that the events of a holder refer to.
    func arena(of holder: Holder) -> [UInt8] {
        switch holder {
        case .segment(let number): segmentBatches[index(number)].arena
        case .rows: rows.arena
        case .gathered: gathered.arena
        }
    }

    private func index(_ number: Int) -> Int { segmentNumbers.firstIndex(of: number) ?? 0 }

    /// Takes in a piece of the slice.
    mutating func add(_ piece: consuming SlicePiece) {
        switch consume piece {
        case .segment(let runs):
            segments.append(runs)
            segmentBatches.append(runs.segment.batch)
            segmentNumbers.append(segmentCount)
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
        segmentBatches.removeAll(keepingCapacity: true)
        segmentNumbers.removeAll(keepingCapacity: true)
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
        for index in segments.indices {
            guard let patient = segments[index].patient, patient <= number else { continue }
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
        subject = segments[holder].subject
        guard isAlone else {
            try loadGathered(number, into: &history, until: until)
            return .gathered
        }
        let runs = segments[holder]
        try history.load(of: &segmentBatches[holder], until: until, isOrdered: true) { runs.append(to: &$0) }
        return .segment(segmentNumbers[holder])
    }

    /// Loads a patient who is in several pieces.
    private mutating func loadGathered(
        _ number: Int32, into history: inout PatientHistory, until: Int64?
    ) throws(DetailError) {
        gathered.records.removeAll(keepingCapacity: true)
        gathered.arena.removeAll(keepingCapacity: true)
        var events: [EventRecord] = []
        for (index, runs) in segments.enumerated() where runs.patient == number {
            let start = events.count
            runs.append(to: &events)
            gather(start, &events, from: segmentBatches[index])
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
        for index in segments.indices where segments[index].patient == number { segments[index].next += 1 }
        if nextOfRows == number {
            nextOfRows += 1
            passEmpty()
        }
    }

    /// Forgets the segments all of whose patients have been taken.
    private mutating func removeFinished() {
        for index in segments.indices.reversed() where segments[index].patient == nil {
            segments.remove(at: index)
            segmentBatches.remove(at: index)
            segmentNumbers.remove(at: index)
        }
    }

    private mutating func passEmpty() {
        while nextOfRows <= subjects.count, groups.members(of: Int(nextOfRows)).isEmpty { nextOfRows += 1 }
        if nextOfRows > subjects.count { nextOfRows = Int32.max }
    }
}
