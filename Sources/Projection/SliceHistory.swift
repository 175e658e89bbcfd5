import Segments
import Trial

/// The history of one slice while it is folded: pieces of it, and how far its patients have been taken.
///
/// In a piece a patient's events lie together, in order; where a patient is in one segment alone, which is the rule,
/// nothing is gathered or sorted. Working memory is kept from slice to slice.
struct SliceHistory: Sendable {
    private var segments: [SegmentRuns] = []
    private var rows = EventBatch()
    private var subjects: [[UInt8]] = []
    private var groups = PatientGroups()
    /// The number of the next patient who has rows; the greatest number where there is none.
    private var nextOfRows = Int32.max
    /// What a patient's events refer to that come from several pieces.
    private var gathered = EventBatch()

    /// Takes in a piece of the slice.
    mutating func add(_ piece: consuming SlicePiece) {
        switch consume piece {
        case .segment(let runs): segments.append(runs)
        case .rows(let read):
            subjects = read.subjects
            rows = read.batch
            groups.gather(rows, patients: subjects.count)
            nextOfRows = 1
            passEmpty()
        }
    }

    /// Forgets the slice.
    mutating func removeAll() {
        segments.removeAll(keepingCapacity: true)
        rows = EventBatch()
        subjects = []
        nextOfRows = Int32.max
    }

    /// Loads the history of the next patient with a smaller number than the bound.
    ///
    /// - Parameter subject: Set to the patient's subject also where the history cannot be decoded.
    /// - Returns: What the events refer to; `nil` where there is no such patient.
    mutating func loadNext(
        below bound: Int32, into history: inout PatientHistory, until: Int64?, subject: inout ArraySlice<UInt8>
    ) throws(DetailError) -> EventBatch? {
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
        if holder < 0 {
            defer { pass(number) }
            subject = subjects[Int(number) - 1][...]
            try history.load(groups.members(of: Int(number)), of: &rows, until: until)
            return rows
        }
        subject = segments[holder].subject
        guard isAlone else {
            defer { pass(number) }
            return try loadGathered(number, into: &history, until: until)
        }
        // Taken out, so that replacements of corrected events are added in place, and nothing is copied.
        segments.swapAt(holder, segments.count - 1)
        var runs = segments.removeLast()
        var batch = runs.batch
        runs.batch = EventBatch()
        defer {
            runs.batch = batch
            runs.next += 1
            if runs.patient != nil { segments.append(runs) }
        }
        try history.load(of: &batch, until: until, isOrdered: true) { runs.append(to: &$0) }
        return batch
    }

    /// Loads a patient who is in several pieces.
    private mutating func loadGathered(
        _ number: Int32, into history: inout PatientHistory, until: Int64?
    ) throws(DetailError) -> EventBatch {
        gathered.records.removeAll(keepingCapacity: true)
        gathered.arena.removeAll(keepingCapacity: true)
        var events: [EventRecord] = []
        for runs in segments where runs.patient == number {
            let start = events.count
            runs.append(to: &events)
            gather(start, &events, from: runs.batch)
        }
        if nextOfRows == number {
            let start = events.count
            for member in groups.members(of: Int(number)) { events.append(rows.records[Int(member)]) }
            gather(start, &events, from: rows)
        }
        if let first = segments.first { gathered.sources = first.batch.sources }
        let found = events
        try history.load(of: &gathered, until: until, isOrdered: false) { $0 += found }
        return gathered
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
        var isDone = false
        for index in segments.indices where segments[index].patient == number {
            segments[index].next += 1
            isDone = isDone || segments[index].patient == nil
        }
        if isDone { segments.removeAll { $0.patient == nil } }
        if nextOfRows == number {
            nextOfRows += 1
            passEmpty()
        }
    }

    private mutating func passEmpty() {
        while nextOfRows <= subjects.count, groups.members(of: Int(nextOfRows)).isEmpty { nextOfRows += 1 }
        if nextOfRows > subjects.count { nextOfRows = Int32.max }
    }
}
