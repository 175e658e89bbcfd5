package import EventLog
package import Postgres
import Segments
import Trial

/// What is read of a slice at a time, and how far its patients are complete then.
package struct SliceStep: Sendable {
    /// Where a piece of a slice lies.
    enum Source: Sendable {
        /// A segment.
        case segment(SegmentPlace)
        /// The rows after a position.
        case rows(after: Int64)
    }

    /// How far the slice is read.
    let head: SliceHead
    /// The slice's number within its study.
    let index: Int
    let source: Source
    /// All events of patients with smaller numbers have been read with this piece.
    let completeBelow: Int32
    /// Whether nothing of the slice comes after it.
    let isLast: Bool
    /// How many events it has.
    let events: Int

    /// The steps in which the slices are read: of each the rows first, then the segments in the order of the patients, so
    /// that a patient can be folded, and a segment forgotten, as soon as possible.
    ///
    /// - Parameter patient: Only this patient of a slice is of interest; segments that cannot hold him are left out, and
    ///   the histories of others are not whole.
    /// - Throws: ``LogError/damaged(_:)`` where positions are in no segment, or in two.
    package static func steps(
        _ heads: [SliceHead], of patient: Int32? = nil, _ reader: LogReader
    ) throws(LogError) -> [SliceStep] {
        var steps: [SliceStep] = []
        for head in heads where head.position > 0 {
            let places = reader.segments(of: head)
            var sealed: Int64 = 0
            for place in places {
                guard place.firstPosition == sealed + 1 else {
                    throw .damaged(
                        "Slice \(reader.index(of: head)) has no segment that begins at position \(sealed + 1), and one "
                            + "that begins at \(place.firstPosition).")
                }
                guard place.lastPosition >= place.firstPosition,
                    place.lastPosition - place.firstPosition < Int64(Segments.Limits.events)
                else {
                    throw .damaged(
                        "Slice \(reader.index(of: head)) has a segment of positions \(place.firstPosition) to "
                            + "\(place.lastPosition), which none can have.")
                }
                sealed = place.lastPosition
            }
            let ordered = places.filter { place in patient.map(place.mayHold) ?? true }
                .sorted { $0.firstPatient < $1.firstPatient }
            if sealed < head.position {
                steps.append(
                    SliceStep(
                        head: head, index: reader.index(of: head), source: .rows(after: sealed),
                        completeBelow: ordered.first?.firstPatient ?? Int32.max, isLast: ordered.isEmpty,
                        events: Int(head.position - sealed)))
            }
            for (index, place) in ordered.enumerated() {
                let next = index + 1 < ordered.count ? ordered[index + 1].firstPatient : Int32.max
                steps.append(
                    SliceStep(
                        head: head, index: reader.index(of: head), source: .segment(place), completeBelow: next,
                        isLast: index + 1 == ordered.count,
                        events: Int(min(place.lastPosition, head.position) - place.firstPosition) + 1))
            }
        }
        return steps
    }

    /// Reads the piece.
    ///
    /// - Throws: ``LogError/unknownStudy(_:)`` where the study was removed meanwhile.
    package func read(_ reader: LogReader, _ session: Session) throws(LogError) -> SlicePiece {
        do throws(LogError) {
            return try readWhole(reader, session)
        } catch {
            throw reader.explained(error, session)
        }
    }

    private func readWhole(_ reader: LogReader, _ session: Session) throws(LogError) -> SlicePiece {
        switch source {
        case .rows(let position):
            return .rows(try SliceRows(head, after: position, reader, session))
        case .segment(let place):
            let segment = try reader.segment(place, session)
            guard place.lastPosition > head.position else { return .segment(SegmentRuns(segment, isBeyond: nil)) }
            // Only by their positions is it known which events were there by then.
            let last = head.position - place.firstPosition
            let isBeyond = try reader.rest(of: segment, at: place, session).places.map { Int64($0) > last }
            return .segment(SegmentRuns(segment, isBeyond: isBeyond))
        }
    }
}

/// A piece of a slice that was read.
package enum SlicePiece: Sendable {
    /// A segment.
    case segment(SegmentRuns)
    /// Rows.
    case rows(SliceRows)
}

/// A segment, as far as its events lie at or before the head.
package struct SegmentRuns: Sendable {
    let segment: Segment
    /// For each event whether it lies beyond the head; `nil` where none does.
    private let isBeyond: [Bool]?

    init(_ segment: Segment, isBeyond: [Bool]?) {
        self.segment = segment
        self.isBeyond = isBeyond
    }

    /// Whether there are events beyond the head.
    var isCut: Bool { isBeyond != nil }

    /// Appends the events of the patient at an index, in the order of a history.
    func append(_ index: Int, to records: inout [EventRecord]) {
        let start = records.count
        segment.append(index, to: &records)
        guard let isBeyond else { return }
        var kept = start
        for (offset, place) in segment.stretch(index).enumerated() where !isBeyond[place] {
            records[kept] = records[start + offset]
            kept += 1
        }
        records.removeLast(records.count - kept)
    }
}

/// The rows of a slice after a position.
package struct SliceRows: Sendable {
    /// The events, with patients as numbers within the slice.
    var batch: EventBatch
    /// The subjects, in the order of the patients' numbers from 1.
    let subjects: [[UInt8]]

    init(
        _ head: SliceHead, after position: Int64, _ reader: LogReader, _ session: Session
    ) throws(LogError) {
        subjects = try reader.subjects(head, session)
        batch = reader.emptyBatch()
        try reader.readSlice(head, after: position, into: &batch, session)
    }
}
