import Segments
import Trial

/// Hashes of the names in segments that were opened, by which an event that is new is known to be so.
///
/// A hash that is among them by chance, as one in some 60,000 is, only costs that the segment is opened.
struct SealedHashes: Sendable {
    /// The hashes of one segment's names, ascending.
    struct OfSegment: Sendable {
        fileprivate let hashes: [UInt32]

        /// Whether the segment may hold a name with this hash.
        func mayHold(_ hash: UInt64) -> Bool {
            let wanted = UInt32(truncatingIfNeeded: hash)
            var (low, high) = (0, hashes.count)
            while low < high {
                let middle = (low + high) / 2
                if hashes[middle] < wanted { low = middle + 1 } else { high = middle }
            }
            return low < hashes.count && hashes[low] == wanted
        }
    }

    private let limit: Int
    private var known: [[UInt8]: OfSegment] = [:]
    /// The digests of segments, the one that has been known for longest first.
    private var order: [[UInt8]] = []
    private var count = 0

    /// - Parameter limit: How many names are remembered.
    init(limit: Int) { self.limit = limit }

    /// The hashes of a segment; `nil` where they are not remembered.
    subscript(place: SegmentPlace) -> OfSegment? { known[place.digest] }

    /// Remembers the hashes of a segment, whose sources are numbered as in the database.
    mutating func remember(_ segment: Segment, at place: SegmentPlace) {
        guard known[place.digest] == nil else { return }
        var records: [EventRecord] = []
        records.reserveCapacity(place.events)
        for index in segment.patients.indices { segment.append(index, to: &records) }
        while count + records.count > limit, let oldest = order.first {
            count -= known.removeValue(forKey: oldest)?.hashes.count ?? 0
            order.removeFirst()
        }
        let batch = segment.batch
        let arena = batch.arena.span
        var hashes: [UInt32] = []
        hashes.reserveCapacity(records.count)
        for record in records {
            let hash = EventNames.hash(
                patient: record.patient, source: record.source, arena.extracting(record.id.indices))
            hashes.append(UInt32(truncatingIfNeeded: hash))
        }
        hashes.sort()
        known[place.digest] = OfSegment(hashes: hashes)
        order.append(place.digest)
        count += hashes.count
    }
}
