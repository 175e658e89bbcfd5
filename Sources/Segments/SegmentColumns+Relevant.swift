import Trial

/// The one pass over the columns that every replay makes: which of a patient's events matter.
///
/// In blocks of as many events as a word has bits. Most events do not matter, and which ones do is not to be foretold, so
/// that a block is looked over without branches first, and then those of its events are taken that have a bit. The first
/// block is a short one: once it has told which drug and which disease a patient has, less matters.
extension SegmentColumns {
    /// Appends those events of the patient at an index that matter, see ``Segment/appendRelevant(_:_:until:to:)``.
    borrowing func appendRelevant(
        _ index: Int, _ stretch: Range<Int>, _ rules: borrowing RuleTables, until: Int64,
        to output: inout OutputSpan<EventRecord>
    ) -> LeftOut? {
        precondition(
            rules.shapeCount == shapes.count && rules.beyond.count == values.count, "Rules are made for one segment.")
        guard let known = until == .max ? stretch : self.stretch(stretch, of: index, until: until, rules) else {
            return nil
        }
        // Spans, so that the references to the columns are not counted.
        let (shapes, shapeIndices) = (self.shapes.span, self.shapeIndices.span)
        let (values, valueIndices) = (self.values.span, self.valueIndices.span)
        let (ids, idIndices) = (self.ids.span, self.idIndices.span)
        let (details, detailIndices) = (self.details.span, self.detailIndices.span)
        let (telling, firstTimes) = (rules.details.span, rules.firstTimes.span)
        let patient = patients[index]
        var sieve = Sieve(time: self.firstTimes[index], detail: detailStarts[index])
        var group = Group()
        var start = known.lowerBound
        var size = Sieve.firstSize
        while start < known.upperBound {
            let before = group.row(of: shapes.count)
            let marks = sift(start..<min(start + size, known.upperBound), rules, before, into: &sieve)
            // What a correction states counts for all of the patient's events.
            if marks & RuleTables.Shape.correction != 0 { return nil }
            if marks & RuleTables.Shape.group != 0, !identify(sieve, from: start, in: known, rules, &group) {
                return nil
            }
            let row = group.row(of: shapes.count)
            // What was looked over by the rules for whoever it may be is held against those for this patient, too.
            if row != before { siftAgain(from: start, rules, row, &sieve) }
            while sieve.kept != 0 {
                let bit = sieve.kept.trailingZeroBitCount
                sieve.kept &= sieve.kept &- 1
                let (place, detail, time) = (start &+ bit, Int(sieve.details[bit]), sieve.times[bit])
                let shape = Int(shapeIndices[known: place])
                if time < group.midnight &+ firstTimes[row.lowerBound &+ shape] { continue }
                if sieve.asking & 1 &<< UInt64(bit) != 0, !telling[Int(detailIndices[detail])] { continue }
                var event = shapes[known: shape]
                event.time = time
                event.value = values[known: Int(valueIndices[known: place])]
                event.patient = patient
                event.id = ids[known: Int(idIndices[known: place])]
                if event.detail.count != 0 { event.detail = details[Int(detailIndices[detail])] }
                output.append(event)
            }
            start += size
            size = Sieve.size
        }
        if !group.isRandomised, sieve.marks & RuleTables.Shape.given != 0 { return nil }
        return LeftOut(
            given: UInt16(truncatingIfNeeded: sieve.marks), assayed: UInt16(truncatingIfNeeded: sieve.marks >> 16),
            lastTime: known.isEmpty ? nil : sieve.time)
    }

    /// Takes in what the events of a block that matter say of who the patient is.
    ///
    /// - Returns: Whether that is as it should be; a second randomisation is odd, and so is a dose before the first.
    private borrowing func identify(
        _ sieve: borrowing Sieve, from start: Int, in known: Range<Int>, _ rules: borrowing RuleTables,
        _ group: inout Group
    ) -> Bool {
        var kept = sieve.kept
        while kept != 0 {
            let bit = kept.trailingZeroBitCount
            kept &= kept &- 1
            let event = shapes[Int(shapeIndices[start + bit])]
            switch event.kind {
            case .enrolment: group.note(disease: event.code)
            case .randomisation:
                if group.isRandomised || marks(known.lowerBound...start + bit, rules) & RuleTables.Shape.given != 0 {
                    return false
                }
                group.note(drug: event.code, at: sieve.times[bit])
            default: break
            }
        }
        return true
    }

    /// Looks over those events of a block that were kept, by the rules in a row of the tables.
    private borrowing func siftAgain(
        from start: Int, _ rules: borrowing RuleTables, _ row: Range<Int>, _ sieve: inout Sieve
    ) {
        var kept = sieve.kept
        (sieve.kept, sieve.asking) = (0, 0)
        while kept != 0 {
            let bit = kept.trailingZeroBitCount
            kept &= kept &- 1
            let word = rules.shapes[row.lowerBound + Int(shapeIndices[start + bit])]
            let isBeyond = RuleTables.isBeyond(word, rules.beyond[Int(valueIndices[start + bit])])
            let asks = !isBeyond && RuleTables.asks(word)
            if isBeyond || asks { sieve.kept |= 1 << UInt64(bit) }
            if asks { sieve.asking |= 1 << UInt64(bit) }
        }
    }

    /// Looks over a block of events, one after the other, by the rules in a row of the tables.
    ///
    /// - Returns: The marks of the block.
    private borrowing func sift(
        _ block: Range<Int>, _ rules: borrowing RuleTables, _ row: Range<Int>, into sieve: inout Sieve
    ) -> UInt64 {
        let (shapes, shapeIndices) = (rules.shapes.span.extracting(row), shapeIndices.span.extracting(block))
        let (beyond, valueIndices) = (rules.beyond.span, valueIndices.span.extracting(block))
        var (detail, marks) = (sieve.detail, UInt64(0))
        var (kept, asking): (UInt64, UInt64) = (0, 0)
        for place in 0..<block.count {
            let shape = shapes[known: Int(shapeIndices[known: place])]
            sieve.details[place & (Sieve.size - 1)] = detail
            detail &+= Int32(truncatingIfNeeded: (shape >> RuleTables.Shape.detailShift) & 1)
            marks |= shape
            let bounds = UInt32(truncatingIfNeeded: shape >> RuleTables.Shape.boundsShift)
            let isBeyond = beyond[known: Int(valueIndices[known: place])] &>> bounds
            kept |= UInt64(isBeyond & 1) &<< UInt64(place)
            asking |= (shape >> RuleTables.Shape.askingShift & 1) &<< UInt64(place)
        }
        sieve.asking = asking & ~kept
        sieve.kept = kept | asking
        sieve.detail = detail
        sieve.marks |= marks
        sieve.time = date(block, from: sieve.time, into: &sieve.times)
        return marks
    }

    /// Tells when each event of a block happened.
    ///
    /// A loop of its own: in one with all that a block is asked there are not registers enough.
    ///
    /// - Returns: When the last one did.
    private borrowing func date(
        _ block: Range<Int>, from start: Int64, into times: inout InlineArray<64, Int64>
    ) -> Int64 {
        let (steps, stepIndices) = (steps.span, stepIndices.span.extracting(block))
        var time = start
        for place in 0..<block.count {
            time &+= steps[known: Int(stepIndices[known: place])]
            times[place & (Sieve.size - 1)] = time
        }
        return time
    }

    /// The places of those events of the patient at an index that happened by then; `nil` where a later one is a correction.
    private borrowing func stretch(
        _ stretch: Range<Int>, of index: Int, until: Int64, _ rules: borrowing RuleTables
    ) -> Range<Int>? {
        var time = firstTimes[index]
        for place in stretch {
            time &+= steps[Int(stepIndices[place])]
            if time > until {
                let isCorrected = marks(place...stretch.upperBound - 1, rules) & RuleTables.Shape.correction != 0
                return isCorrected ? nil : stretch.lowerBound..<place
            }
        }
        return stretch
    }

    /// What the shapes of events say together.
    private borrowing func marks(_ places: ClosedRange<Int>, _ rules: borrowing RuleTables) -> UInt64 {
        var marks: UInt64 = 0
        for place in places { marks |= rules.shapes[Int(shapeIndices[place])] }
        return marks
    }
}

/// Who a patient is, as far as the events tell that have been met.
private struct Group {
    private var disease: Int16?
    private var randomisation: (drug: Int16, time: Int64)?
    /// The number of the variant (see ``Relevance``) once drug and disease are known.
    private var variant: Int?
    /// When the day of the randomisation began, once that is known.
    private(set) var midnight: Int64 = 0

    var isRandomised: Bool { randomisation != nil }

    /// The row of rules for the patient's events, in tables of so many shapes: the first is for whoever it may be.
    func row(of shapes: Int) -> Range<Int> {
        let number = variant.map { $0 + 1 } ?? 0
        return number * shapes..<(number + 1) * shapes
    }

    /// The first enrolment counts, whichever comes first, it or the randomisation.
    mutating func note(disease: Int16) {
        if self.disease == nil { self.disease = disease }
        settle()
    }

    mutating func note(drug: Int16, at time: Int64) {
        randomisation = (drug, time)
        settle()
    }

    private mutating func settle() {
        guard let disease, let randomisation else { return }
        variant = Relevance.variantNumber(drug: randomisation.drug, disease: disease)
        midnight = Int64(Instant.dayNumber(randomisation.time)) * Instant.day
    }
}

/// What one pass finds out about a block of a patient's events; a bit stands for an event.
private struct Sieve {
    static let size = 64
    /// How many events the first block has: a trial's patients are enrolled and randomised within the first dozen.
    static let firstSize = 16
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
