import Trial

/// A stretch of a slice's history as the check of its chain takes it, wherever it is stored.
///
/// Events and batches come in the order of their positions; nothing about them is promised beyond that.
struct ChainStretch: Sendable {
    /// A batch row.
    struct Batch: Sendable {
        var firstPosition: Int64
        var lastPosition: Int64
        /// Microseconds since 1970.
        var recordedAt: Int64
        var author: String
        var reason: String?
        var client: String
        var digest: [UInt8]
        /// Whether something is NULL where the schema allows no NULL.
        var isUnreadable = false
    }

    /// The positions that were asked for: those after `after`, up to `through`.
    let after: Int64
    /// The last position that was asked for.
    let through: Int64
    /// The events, with patients as numbers within the slice and sources as numbers of the study's table of names.
    var events: EventBatch
    /// For each event its position.
    var positions: [Int64] = []
    /// For each event when it was recorded, in microseconds since 1970.
    var recordedTimes: [Int64] = []
    /// The batches that begin within the stretch.
    var batches: [Batch] = []
    /// The first event that cannot be had as a record; those behind it are left out.
    var fault: ChainFault.Place?
    /// Whether its texts were more than was asked for, so that those behind are left out.
    var isTooLong = false

    /// An empty stretch of positions.
    init(after: Int64, through: Int64, sources: NameTable) {
        self.after = after
        self.through = through
        events = EventBatch()
        events.sources = sources
    }
}

extension ChainStretch.Batch {
    /// A batch of which only the first position is there.
    init(unreadableAt position: Int64) {
        self.init(
            firstPosition: position, lastPosition: position, recordedAt: 0, author: "", client: "", digest: [],
            isUnreadable: true)
    }
}

/// The patients of a slice: 1, 2, 3, … up to the first that does not fit.
struct ChainPatients: Sendable {
    /// The subjects, whose numbers are the patients' less 1.
    private(set) var subjects = NameTable()
    /// What does not fit of the patient that would be the next one; `nil` where all do.
    private(set) var fault: ChainFault.Place?

    /// Takes the next row in the order of numbers.
    mutating func add(_ number: Int32, _ subject: [UInt8], slice index: Int, of slices: Int) {
        guard fault == nil else { return }
        let next = subjects.count + 1
        let name = String(decoding: subject, as: UTF8.self)
        guard Int(number) == next else {
            fault = .init(
                .patient, Int(number) < next ? "it has the patient \(number) twice" : "it has no patient \(next)")
            return
        }
        guard (1...64).contains(subject.count) else {
            fault = .init(.patient, "its patient \(next) has a subject of \(subject.count) bytes")
            return
        }
        let place = SliceHash.slice(of: subject[...], among: slices)
        guard place == index else {
            fault = .init(.patient, "its patient \(next) is \"\(name)\", who belongs to slice \(place)")
            return
        }
        guard subjects.intern(subject.span) == Int32(next - 1) else {
            fault = .init(.patient, "its patient \(next), \"\(name)\", has another number, too")
            return
        }
    }

    /// Whether a patient's number is there and fits.
    func has(_ number: Int32) -> Bool { number > 0 && Int(number) <= subjects.count }

    /// The subject of a patient's number, `nil` where it does not fit.
    subscript(number: Int32) -> ArraySlice<UInt8>? { has(number) ? subjects[Int(number) - 1] : nil }
}
