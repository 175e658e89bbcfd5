extension EventBatch {
    /// Whether an event comes before another in the order of a patient's history: by time, ties by (source, id) as bytes.
    package func precedes(_ record: EventRecord, _ other: EventRecord) -> Bool {
        record.time != other.time ? record.time < other.time : nameOf(record, precedes: other)
    }

    /// Whether the (source, id) of an event is smaller than that of another, compared as bytes.
    package func nameOf(_ record: EventRecord, precedes other: EventRecord) -> Bool {
        if record.source != other.source {
            return sources[Int(record.source)].lexicographicallyPrecedes(sources[Int(other.source)])
        }
        let (one, two) = (arena.span.extracting(record.id.indices), arena.span.extracting(other.id.indices))
        for index in 0..<min(one.count, two.count) where one[index] != two[index] { return one[index] < two[index] }
        return one.count < two.count
    }

    /// Puts events of this batch in the order of a history.
    func sort(_ records: inout [EventRecord]) { sort(&records, in: records.indices) }

    /// Puts the events of a stretch, which are one patient's, in the order of a history.
    package mutating func sortHistory(_ stretch: Range<Int>) {
        var taken = records
        records = []
        sort(&taken, in: stretch)
        records = taken
    }

    /// Orders the events of a stretch.
    ///
    /// Histories arrive nearly in order, only events of one instant are shuffled, so that moving each to
    /// its place is cheaper than a sort; a history that is not like that is sorted after all.
    private func sort(_ records: inout [EventRecord], in stretch: Range<Int>) {
        var moves = 0
        for index in stretch.dropFirst() where precedes(records[index], records[index - 1]) {
            let record = records[index]
            var place = index
            repeat {
                records[place] = records[place - 1]
                place -= 1
            } while place > stretch.lowerBound && precedes(record, records[place - 1])
            records[place] = record
            moves += index - place
            if moves > 8 * stretch.count { return records[stretch].sort { precedes($0, $1) } }
        }
    }
}
