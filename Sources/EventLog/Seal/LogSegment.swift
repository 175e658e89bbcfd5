import Postgres
import Segments
import Trial

/// A segment opened for reading in the order of the log: each event with its position, and when it was recorded.
///
/// The times of recording are those of the batch rows, as those of rows are.
struct LogSegment: Sendable {
    /// The segment's first position; an event's index in ``events`` follows from its own.
    let firstPosition: Int64
    /// All events in the order of the log, with patients as numbers within the slice.
    let events: EventBatch
    private let segment: Segment
    private let rest: SegmentRest
    /// The last position of each batch, ascending, and when it was recorded.
    private let batches: [(last: Int64, recordedAt: Int64)]

    /// Reads and opens both parts of a segment, and the batch rows of its positions.
    ///
    /// - Parameters:
    ///   - sources: Names of sources, which become those of ``events``.
    ///   - number: From the number of a source in the table `source` to its number in `sources`.
    init(
        _ place: SegmentPlace, sources: NameTable, number: (Int32) -> Int32?, _ session: Session
    ) throws(PostgresError) {
        firstPosition = place.firstPosition
        segment = try place.segment(sources: sources, number: number, session)
        rest = try place.rest(of: segment, session)
        events = rest.logOrder(segment)
        batches = try Self.batches(of: place, session)
    }

    /// The event at a position of the segment.
    func record(at position: Int64) -> EventRecord { events.records[Int(position - firstPosition)] }

    /// When the event at a position was recorded, in microseconds since 1970.
    func recordedAt(_ position: Int64) -> Int64 {
        batches[Self.first(batches.count) { batches[$0].last >= position }].recordedAt
    }

    /// The positions of a patient's events, ascending.
    func positions(of patient: Int32) -> [Int64] {
        guard let index = index(of: patient) else { return [] }
        return rest.places[segment.stretch(index)].map { firstPosition + Int64($0) }.sorted()
    }

    /// The subject of a patient who has an event in the segment.
    func subject(of patient: Int32) -> ArraySlice<UInt8> { segment.subject(index(of: patient) ?? 0) }

    private func index(of patient: Int32) -> Int? { segment.index(of: patient) }

    private static func batches(
        of place: SegmentPlace, _ session: Session
    ) throws(PostgresError) -> [(last: Int64, recordedAt: Int64)] {
        let rows = try session.query(
            """
            SELECT first_position, last_position, recorded_at FROM trough.batch
            WHERE slice = $1 AND first_position >= $2 AND first_position <= $3 ORDER BY first_position
            """, [.int32(place.slice), .int64(place.firstPosition), .int64(place.lastPosition)])
        var batches: [(last: Int64, recordedAt: Int64)] = []
        batches.reserveCapacity(rows.count)
        var end = place.firstPosition - 1
        for row in 0..<rows.count {
            let last = try rows.int64(row, 1)
            guard try rows.int64(row, 0) == end + 1, last > end else { break }
            batches.append((last, try rows.timestamp(row, 2)))
            end = last
        }
        guard batches.count == rows.count, end == place.lastPosition else {
            throw PostgresError(.misuse, "\(place.words) is not made of whole batches from position \(end + 1) on.")
        }
        return batches
    }

    /// The first index below a count for which something holds that holds for all after it, too; the last one where none
    /// does.
    private static func first(_ count: Int, where holds: (Int) -> Bool) -> Int {
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high) / 2
            if holds(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Segment {
    /// The index of a patient; `nil` where the segment has no event of his.
    func index(of patient: Int32) -> Int? {
        var (low, high) = (0, patients.count)
        while low < high {
            let middle = (low + high) / 2
            if patients[middle] < patient { low = middle + 1 } else { high = middle }
        }
        return low < patients.count && patients[low] == patient ? low : nil
    }
}
