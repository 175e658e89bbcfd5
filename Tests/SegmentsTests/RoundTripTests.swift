import Segments
import TestData
import Testing
import Trial

struct RoundTripTests {
    @Test("Every event comes back bit for bit, in the order of the log")
    func everyBit() throws {
        for seed in UInt64(1)...300 {
            let stretch = RandomStretch(seed: seed, events: Int(1 + seed * seed % 700))
            let parts = try stretch.packed()
            let segment = try Segment(parts.data, sources: stretch.batch.sources, number: stretch.number)
            let log = try SegmentRest(parts.rest, of: segment).logOrder(segment)
            #expect(segment.slice == stretch.slice, "seed \(seed)")
            #expect(segment.firstPosition == stretch.first, "seed \(seed)")
            let found = log.records.map { PlainEvent($0, of: log) }
            #expect(found == stretch.batch.records.map { PlainEvent($0, of: stretch.batch) }, "seed \(seed)")
        }
    }

    @Test("Each patient's events come back in the order of a history, with the subject")
    func histories() throws {
        for seed in UInt64(301)...400 {
            let stretch = RandomStretch(seed: seed, events: 400)
            let parts = try stretch.packed()
            let segment = try Segment(parts.data, sources: stretch.batch.sources, number: stretch.number)
            #expect(segment.patients == Set(stretch.batch.records.map(\.patient)).sorted(), "seed \(seed)")
            for (index, patient) in segment.patients.enumerated() {
                var records: [EventRecord] = []
                segment.append(index, to: &records)
                let found = records.map { PlainEvent($0, of: segment.batch) }
                let expected = stretch.batch.records.filter { $0.patient == patient }.map { record in
                    var event = PlainEvent(record, of: stretch.batch)
                    event.attributes = []
                    return event
                }
                #expect(found.count == expected.count && found.allSatisfy(expected.contains), "seed \(seed)")
                for (event, next) in zip(found, found.dropFirst()) {
                    let isOrdered =
                        event.time != next.time
                        ? event.time < next.time
                        : event.source != next.source
                            ? event.source.lexicographicallyPrecedes(next.source)
                            : !next.id.lexicographicallyPrecedes(event.id)
                    #expect(isOrdered, "seed \(seed)")
                }
                #expect(segment.subject(index).elementsEqual(stretch.subjects[patient] ?? []), "seed \(seed)")
                #expect(segment.stretch(index).count == records.count)
            }
        }
    }

    @Test("The greatest segment has 65,536 events, also where no two share anything")
    func greatest() throws {
        let stretch = RandomStretch(seed: 2, events: Limits.events)
        let parts = try stretch.packed()
        let segment = try Segment(parts.data, sources: stretch.batch.sources, number: stretch.number)
        let log = try SegmentRest(parts.rest, of: segment).logOrder(segment)
        let isSame = zip(log.records, stretch.batch.records).allSatisfy {
            PlainEvent($0, of: log) == PlainEvent($1, of: stretch.batch)
        }
        #expect(isSame && log.records.count == Limits.events)
    }

    @Test("The bytes are a function of the events alone")
    func sameBytes() throws {
        let stretch = RandomStretch(seed: 17, events: 500)
        #expect(try stretch.packed() == stretch.packed())
    }
}
