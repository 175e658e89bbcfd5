import Trial

/// The one pass over the columns that every replay makes: which of a patient's events matter.
///
/// In blocks of as many events as a word has bits. Most events do not matter, and which ones do is not to be foretold, so
/// that a block is looked over without branches first, and then those of its events are taken that have a bit.
extension SegmentColumns {
    /// Appends those events of the patient at an index that matter, see ``Segment/appendRelevant(_:_:until:to:)``.
    borrowing func appendRelevant(
        _ index: Int, _ stretch: Range<Int>, _ rules: borrowing SegmentRules, until: Int64,
        to output: inout OutputSpan<EventRecord>
    ) -> LeftOut? {
        precondition(
            rules.shapes.count == shapes.count && rules.beyond.count == values.count, "Rules are made for one segment.")
        guard let known = until == .max ? stretch : self.stretch(stretch, of: index, until: until, rules) else {
            return nil
        }
        var sieve = Sieve(time: firstTimes[index], detail: detailStarts[index])
        var isRandomised = false
        for start in stride(from: known.lowerBound, to: known.upperBound, by: Sieve.size) {
            sift(start..<min(start + Sieve.size, known.upperBound), rules, into: &sieve)
            // What a correction states counts for all of the patient's events.
            if sieve.marks & SegmentRules.Shape.correction != 0 { return nil }
            while sieve.kept != 0 {
                let bit = sieve.kept.trailingZeroBitCount
                sieve.kept &= sieve.kept &- 1
                let detail = Int(sieve.details[bit])
                if sieve.asking & 1 &<< UInt64(bit) != 0, !rules.details[Int(detailIndices[detail])] { continue }
                let event = record(index, start + bit, time: sieve.times[bit], detail: detail)
                // Not `==`, which would be looked up for every event.
                if case .randomisation = event.kind {
                    // A second randomisation is odd, and so is a dose before the first.
                    if isRandomised || marks(known.lowerBound...start + bit, rules) & SegmentRules.Shape.given != 0 {
                        return nil
                    }
                    isRandomised = true
                }
                output.append(event)
            }
        }
        if !isRandomised, sieve.marks & SegmentRules.Shape.given != 0 { return nil }
        return LeftOut(
            given: UInt16(truncatingIfNeeded: sieve.marks), assayed: UInt16(truncatingIfNeeded: sieve.marks >> 16),
            lastTime: known.isEmpty ? nil : sieve.time)
    }

    /// Looks over a block of events, one after the other.
    private borrowing func sift(_ block: Range<Int>, _ rules: borrowing SegmentRules, into sieve: inout Sieve) {
        let (steps, stepIndices) = (steps.span, stepIndices.span.extracting(block))
        let (shapes, shapeIndices) = (rules.shapes.span, shapeIndices.span.extracting(block))
        let (beyond, valueIndices) = (rules.beyond.span, valueIndices.span.extracting(block))
        var (time, detail, marks) = (sieve.time, sieve.detail, sieve.marks)
        var (kept, asking): (UInt64, UInt64) = (0, 0)
        for place in 0..<block.count {
            let shape = shapes[known: Int(shapeIndices[known: place])]
            time &+= steps[known: Int(stepIndices[known: place])]
            sieve.times[place & (Sieve.size - 1)] = time
            sieve.details[place & (Sieve.size - 1)] = detail
            detail &+= Int32(truncatingIfNeeded: (shape >> SegmentRules.Shape.detailShift) & 1)
            marks |= shape
            let bounds = UInt32(truncatingIfNeeded: shape >> SegmentRules.Shape.boundsShift)
            let isBeyond = beyond[known: Int(valueIndices[known: place])] &>> bounds
            // The newest event has the uppermost bit until all are there.
            kept = kept >> 1 | UInt64(isBeyond) << 63
            asking = asking >> 1 | (shape >> SegmentRules.Shape.askingShift) << 63
        }
        let unused = UInt64(Sieve.size - block.count)
        sieve.asking = asking >> unused & ~(kept >> unused)
        sieve.kept = (kept | asking) >> unused
        (sieve.time, sieve.detail, sieve.marks) = (time, detail, marks)
    }

    /// The places of those events of the patient at an index that happened by then; `nil` where a later one is a correction.
    private borrowing func stretch(
        _ stretch: Range<Int>, of index: Int, until: Int64, _ rules: borrowing SegmentRules
    ) -> Range<Int>? {
        var time = firstTimes[index]
        for place in stretch {
            time &+= steps[Int(stepIndices[place])]
            if time > until {
                let isCorrected = marks(place...stretch.upperBound - 1, rules) & SegmentRules.Shape.correction != 0
                return isCorrected ? nil : stretch.lowerBound..<place
            }
        }
        return stretch
    }

    /// What the shapes of events say together.
    private borrowing func marks(_ places: ClosedRange<Int>, _ rules: borrowing SegmentRules) -> UInt64 {
        var marks: UInt64 = 0
        for place in places { marks |= rules.shapes[Int(shapeIndices[place])] }
        return marks
    }

    /// The event of the patient at an index that is at a place, whose detail has this number if it has one.
    private borrowing func record(_ index: Int, _ place: Int, time: Int64, detail: Int) -> EventRecord {
        var record = shapes.span[known: Int(shapeIndices[place])]
        record.time = time
        record.value = values.span[known: Int(valueIndices[place])]
        record.patient = patients[index]
        record.id = ids.span[known: Int(idIndices[place])]
        if !record.detail.isEmpty { record.detail = details[Int(detailIndices[detail])] }
        return record
    }
}

/// What one pass finds out about a block of a patient's events; a bit stands for an event.
private struct Sieve {
    static let size = 64
    /// When the last event of all blocks so far happened.
    var time: Int64
    /// The number of the next detail.
    var detail: Int32
    /// When each event of the block happened.
    var times = InlineArray<64, Int64>(repeating: 0)
    /// The number of each event's detail, if it has one.
    var details = InlineArray<64, Int32>(repeating: 0)
    /// The marks of all blocks so far.
    var marks: UInt64 = 0
    /// Which events matter, or may do so.
    var kept: UInt64 = 0
    /// Which of those matter only if their detail says so.
    var asking: UInt64 = 0

    init(time: Int64, detail: Int32) { (self.time, self.detail) = (time, detail) }
}
