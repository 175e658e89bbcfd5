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
}
