import Postgres
import Segments
import Trial

/// A segment that was read: its events in the order of the log, with the batches and times of recording that the rows of
/// batches give them.
struct SealedStretch: Sendable {
    /// Where it lies.
    let place: SegmentPlace
    /// Its first part; `nil` where the stretch has a fault.
    private(set) var segment: Segment?
    /// Its events and batches.
    private(set) var stretch: ChainStretch

    /// Reads and opens a segment.
    ///
    /// - Parameter rows: The rows of the slice, for the batches.
    init(_ place: SegmentPlace, _ rows: RowStretches, _ session: Session) throws(PostgresError) {
        self.place = place
        stretch = ChainStretch(
            after: place.firstPosition - 1, through: place.lastPosition, sources: rows.sources.names)
        do throws(PostgresError) {
            try open(place.storedData(session), place.rest(session), rows.sources)
        } catch  where error.kind == .misuse {
            // Only a value that the schema allows nowhere, or a row that came twice or went, comes here.
            stretch.fault = place.fault(error.message)
        }
        guard stretch.fault == nil else { return }
        try rows.readBatches(into: &stretch, session)
        stretch.positions = Array(place.positions)
        stretch.recordedTimes.reserveCapacity(stretch.positions.count)
        var batch = stretch.batches.startIndex
        for position in place.positions {
            while batch < stretch.batches.count, stretch.batches[batch].lastPosition < position { batch += 1 }
            // An event that is in no batch has no time; that it is in none is found first.
            stretch.recordedTimes.append(batch < stretch.batches.count ? stretch.batches[batch].recordedAt : 0)
        }
    }

    private mutating func open(_ data: [UInt8], _ rest: [UInt8], _ sources: StoredSources) {
        do throws(SegmentError) {
            guard place.hasDigest(data) else { throw SegmentError("its bytes have another digest than its row says") }
            guard place.hasChecksum(data) != false else {
                throw SegmentError("its bytes have another checksum than its row says")
            }
            let segment = try place.open(data, sources: sources.names) { sources[$0] }
            stretch.events = try SegmentRest(rest, of: segment).logOrder(segment)
            self.segment = segment
        } catch {
            stretch.fault = place.fault(error.message)
        }
    }
}
