import Trial

/// The events of one patient before they are put in the order in which a log would receive them.
struct EventDrafts: Sendable {
    private var records: [EventRecord] = []
    /// For each event when it is reported, in microseconds since 1970, and its number.
    private var arrivals: [(time: Int64, number: Int)] = []

    /// Forgets all events.
    mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        arrivals.removeAll(keepingCapacity: true)
    }

    /// Adds an event that is reported so many days after it happened.
    mutating func add(_ record: EventRecord, reportedAfter days: Int = 0) {
        arrivals.append((record.time + Int64(days) * Instant.day, records.count))
        records.append(record)
    }

    /// Appends the events to a batch in the order of their reports, and names each by its place in it.
    ///
    /// - Parameter ids: where the batch keeps the names, see ``EventNames``.
    mutating func move(to batch: inout EventBatch, _ ids: EventNames) {
        sortArrivals()
        for (place, arrival) in arrivals.enumerated() {
            records[arrival.number].id = ids[place]
            batch.records.append(records[arrival.number])
        }
    }

    /// Events are drafted nearly in order, so that moving each to its place is cheaper than a sort.
    private mutating func sortArrivals() {
        for index in arrivals.indices.dropFirst() {
            let arrival = arrivals[index]
            var place = index
            while place > 0 && arrivals[place - 1].time > arrival.time {
                arrivals[place] = arrivals[place - 1]
                place -= 1
            }
            arrivals[place] = arrival
        }
    }
}

/// The names of a patient's events, `0001`, `0002` and so on, which all patients of a batch share.
struct EventNames: Sendable {
    private let start: Int
    private static let width = 4
    /// The events that one patient may have at most.
    static let greatestCount = 2000

    /// Their bytes, one name after the other.
    private static let bytes: [UInt8] = {
        var bytes: [UInt8] = []
        for number in 1...greatestCount { CanonicalJSON.append(whole: number, width: width, to: &bytes) }
        return bytes
    }()

    /// Writes the names at the end of a batch's arena.
    init(in batch: inout EventBatch) {
        start = batch.arena.count
        batch.arena += Self.bytes
    }

    /// The name of the event at a place, counted from 0.
    subscript(place: Int) -> ByteRange {
        precondition(place < Self.greatestCount, "A virtual patient has at most \(Self.greatestCount) events.")
        return ByteRange(from: start + place * Self.width, to: start + (place + 1) * Self.width)
    }
}
