/// The events that are durable and not yet visible, by slice in the order of their positions.
struct UnseenEvents: Sendable {
    private struct Entry: Sendable, BitwiseCopyable {
        /// The head that the event's commit left.
        var position: Int64
        var event: Int
    }

    private struct Queue: Sendable {
        var entries: [Entry] = []
        /// How many entries at the front are done with.
        var start = 0
    }

    private var queues: [Queue]
    /// How many events wait.
    private(set) var count = 0

    init(slices: Int) {
        queues = Array(repeating: Queue(), count: slices)
    }

    /// Adds an event that is visible once its slice's checkpoint is at a position.
    ///
    /// Answers overtake each other now and then, so that an entry moves forward a few places at most.
    mutating func add(_ event: Int, slice: Int, position: Int64) {
        queues[slice].entries.append(Entry(position: position, event: event))
        var place = queues[slice].entries.count - 1
        while place > queues[slice].start, queues[slice].entries[place - 1].position > position {
            queues[slice].entries.swapAt(place - 1, place)
            place -= 1
        }
        count += 1
    }

    /// Takes out the events of a slice that a checkpoint has reached.
    mutating func remove(slice: Int, upTo checkpoint: Int64, _ body: (Int) -> Void) {
        var start = queues[slice].start
        let end = queues[slice].entries.count
        guard start < end, queues[slice].entries[start].position <= checkpoint else { return }
        while start < end, queues[slice].entries[start].position <= checkpoint {
            body(queues[slice].entries[start].event)
            start += 1
        }
        count -= start - queues[slice].start
        queues[slice].start = start
        if start == end {
            queues[slice].entries.removeAll(keepingCapacity: end < 4_096)
            queues[slice].start = 0
        } else if start > 1_024, start * 2 > end {
            queues[slice].entries.removeFirst(start)
            queues[slice].start = 0
        }
    }

    /// Goes through all events that wait.
    func forEach(_ body: (Int) -> Void) {
        for queue in queues { for entry in queue.entries[queue.start...] { body(entry.event) } }
    }
}
