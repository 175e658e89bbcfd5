import Postgres
import Segments
import Trial

/// Reads stretches of a slice's history from wherever they are: from its rows, and where there are none from segments.
struct SliceStretches: Sendable {
    let rows: RowStretches
    /// The slice's segments, which lie end to end from position 1.
    let segments: [SegmentPlace]
    /// How many positions of rows are read at a time.
    let positionsPerStretch: Int64

    var head: ChainHead { rows.head }

    /// The next stretch of a slice.
    enum Stretch: Sendable {
        /// One of rows.
        case rows(ChainStretch)
        /// A segment without rows, and whether there are rows at its positions all the same.
        case sealed(SealedStretch, hasRows: Bool)

        /// What the check of the chain takes.
        var events: ChainStretch {
            switch self {
            case .rows(let stretch): stretch
            case .sealed(let sealed, _): sealed.stretch
            }
        }
    }

    /// Reads the next stretch after a position; a segment without rows is one stretch.
    func stretch(after position: Int64, _ session: Session) throws(PostgresError) -> Stretch {
        let place = segments.first { !$0.hasRows && $0.lastPosition > position }
        if let place, place.firstPosition <= position + 1 {
            let sealed = try SealedStretch(place, rows, session)
            return .sealed(sealed, hasRows: try rows.hasRows(in: place.positions, session))
        }
        let end = min(head.position, place.map { $0.firstPosition - 1 } ?? .max)
        return .rows(
            try rows.stretch(
                after: position, through: position + min(positionsPerStretch, end - position), session))
    }

    /// Whether an event before this one has the same name; for one of which that is suspected.
    func isNamedTwice(at position: Int64, _ session: Session) throws(PostgresError) -> Bool {
        let found: ChainStretch
        if let holder = segments.first(where: { !$0.hasRows && $0.positions.contains(position) }) {
            found = try SealedStretch(holder, rows, session).stretch
        } else {
            found = try rows.stretch(after: position - 1, through: position, session)
        }
        guard let index = found.positions.firstIndex(of: position) else { return false }
        let name = EventName(found.events.records[index], in: found.events)
        if try rows.has(name, before: position, session) { return true }
        for place in segments where !place.hasRows && place.firstPosition < position {
            guard (place.firstPatient...place.lastPatient).contains(name.patient) else { continue }
            let earlier = try SealedStretch(place, rows, session).stretch
            for (record, other) in zip(earlier.events.records, earlier.positions)
            where other < position && record.patient == name.patient && EventName(record, in: earlier.events) == name {
                return true
            }
        }
        return false
    }
}

extension SegmentPlace {
    /// What does not fit of the rows of a slice's segments, ascending by position, whatever they hold.
    static func fault(of places: [SegmentPlace], _ head: ChainHead) -> ChainFault.Place? {
        var end: Int64 = 0
        for place in places {
            guard place.firstPosition == end + 1 else {
                return .init(
                    .segment, at: end + 1,
                    "a segment begins at position \(place.firstPosition), and the one before it ends at \(end)")
            }
            guard place.lastPosition >= place.firstPosition,
                place.lastPosition - place.firstPosition < Int64(Segments.Limits.events),
                place.lastPosition <= head.position
            else {
                return .init(
                    .segment, at: place.firstPosition,
                    "a segment has positions \(place.firstPosition) to \(place.lastPosition), and its head ends at "
                        + "\(head.position)")
            }
            guard place.firstPatient > 0, place.firstPatient <= place.lastPatient else {
                return place.fault("its row names patients \(place.firstPatient) to \(place.lastPatient)")
            }
            end = place.lastPosition
        }
        return nil
    }

    /// That something of the segment does not fit.
    func fault(_ reason: String) -> ChainFault.Place {
        .init(
            .segment, in: positions,
            "the segment of positions \(firstPosition) to \(lastPosition) does not fit: "
                + (reason.hasSuffix(".") ? String(reason.dropLast()) : reason))
    }
}
