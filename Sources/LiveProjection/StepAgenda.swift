import EventLog
import Postgres

/// What a step has to do: the held slices that have moved, each with the stretch to be read, and patients to be tried
/// again.
struct StepAgenda: Sendable {
    /// A held slice that has moved, or has a patient to be tried again.
    struct Slice: Sendable {
        /// Its number in the database.
        var number: Int32
        /// The epoch under which it is held.
        var epoch: Int64
        /// Its checkpoint.
        var position: Int64
        /// Up to where this step goes.
        var through: Int64
        /// Whether it is read from its beginning, which is cheaper when much of it is new.
        var isWhole: Bool

        var stretch: LiveReader.Stretch {
            LiveReader.Stretch(slice: number, after: isWhole ? 0 : position, through: through)
        }
    }

    private(set) var slices: [Slice] = []
    /// Parked patients that are to be tried again.
    private(set) var retried: [LiveReader.Story] = []
    /// How often it was asked for, of each of them.
    private(set) var asked: [PatientKey: Int64] = [:]
    /// The slices that the shard holds, moved or not.
    private(set) var held: Set<Int32> = []

    var isEmpty: Bool { slices.isEmpty }
    /// How many events are new.
    var newEvents: Int64 { slices.reduce(0) { $0 + $1.through - $1.position } }

    /// Looks what there is to do.
    init(_ set: Int32, _ worker: Int64, shard: Int, of shards: Int, _ session: Session) throws(PostgresError) {
        let rows = try session.query(
            """
            SELECT c.slice, c.epoch, c.position, h.position
            FROM trough.checkpoint c JOIN trough.head h ON h.slice = c.slice
            WHERE c.projection = $1 AND c.worker = $2 AND c.slice % $3 = $4 ORDER BY c.projected_at NULLS FIRST, c.slice
            """, [.int32(set), .int64(worker), .int32(Int32(shards)), .int32(Int32(shard))])
        for row in 0..<rows.count { held.insert(try rows.int32(row, 0)) }
        var taken = 0
        for row in 0..<rows.count {
            let position = try rows.int64(row, 2)
            let head = try rows.int64(row, 3)
            guard head > position, taken < Limits.eventsPerStep else { continue }
            let isWhole = head - position >= Limits.smallestCatchUp && (head - position) * 4 >= head
            let through = isWhole ? head : min(head, position + Int64(Limits.eventsPerStep - taken))
            taken += Int(isWhole ? 0 : through - position)
            slices.append(
                Slice(
                    number: try rows.int32(row, 0), epoch: try rows.int64(row, 1), position: position,
                    through: through, isWhole: isWhole))
            if isWhole { break }
        }
        try addRetried(set, rows, session)
    }

    func isWhole(_ slice: Int32) -> Bool { slices.contains { $0.number == slice && $0.isWhole } }

    private mutating func addRetried(_ set: Int32, _ held: Rows, _ session: Session) throws(PostgresError) {
        let parked = try session.query(
            """
            SELECT slice, patient, coalesce(asked, 0) FROM trough.parked
            WHERE projection = $1 AND is_retried AND slice = ANY ($2)
            LIMIT \(Limits.retriedPerStep)
            """, [.int32(set), .int32Array(Array(self.held))])
        if parked.count == 0 { return }
        var rowOf: [Int32: Int] = [:]
        for row in 0..<held.count { rowOf[try held.int32(row, 0)] = row }
        for row in 0..<parked.count {
            let number = try parked.int32(row, 0)
            guard let place = rowOf[number] else { continue }
            if !slices.contains(where: { $0.number == number }) {
                let position = try held.int64(place, 2)
                slices.append(
                    Slice(
                        number: number, epoch: try held.int64(place, 1), position: position, through: position,
                        isWhole: false))
            }
            guard let slice = slices.first(where: { $0.number == number }) else { continue }
            let patient = try parked.int32(row, 1)
            retried.append(LiveReader.Story(slice: number, patient: patient, through: slice.through))
            asked[PatientKey(slice: number, patient: patient)] = try parked.int64(row, 2)
        }
    }
}

/// A patient by the numbers of the database.
struct PatientKey: Sendable, Hashable {
    var slice: Int32
    var patient: Int32
}

/// The patients that a step touches, each once, and what is wrong with some of them.
struct TouchedPatients {
    /// In the order in which their first new events came.
    private(set) var patients: [LiveReader.Story] = []
    /// Why a patient cannot be folded.
    private(set) var faults: [LiveReader.Story: String] = [:]
    private var known: Set<LiveReader.Story> = []
    private var throughOf: [Int32: Int64] = [:]

    /// The patients of new events, and those to be tried again.
    init(_ news: LiveEvents, _ agenda: StepAgenda) {
        var after: [Int32: Int64] = [:]
        for slice in agenda.slices {
            after[slice.number] = slice.position
            throughOf[slice.number] = slice.through
        }
        for place in news.places where place.position > after[place.slice] ?? 0 {
            let patient = LiveReader.Story(
                slice: place.slice, patient: place.patient, through: throughOf[place.slice] ?? 0)
            if known.insert(patient).inserted { patients.append(patient) }
        }
        for patient in agenda.retried where known.insert(patient).inserted { patients.append(patient) }
        note(faultsOf: news)
    }

    /// Takes notice of events that cannot be decoded.
    mutating func note(faultsOf events: LiveEvents) {
        for (index, fault) in events.faults {
            guard let patient = story(events.places[index]) else { continue }
            // The same word whatever the order of the dictionary.
            faults[patient] = min(faults[patient] ?? fault, fault)
        }
    }

    /// Takes notice of a patient who has events and no row.
    mutating func note(nameless patient: LiveReader.Story) {
        faults[patient] = "there are events of patient \(patient.patient), of whom there is no subject"
    }

    /// The touched patient whose event stands there, `nil` where the patient is not touched.
    func story(_ place: LiveEvents.Place) -> LiveReader.Story? {
        let patient = LiveReader.Story(
            slice: place.slice, patient: place.patient, through: throughOf[place.slice] ?? 0)
        return known.contains(patient) ? patient : nil
    }
}
