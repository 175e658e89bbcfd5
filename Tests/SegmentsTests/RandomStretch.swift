import Segments
import TestData
import Trial

/// A stretch of a slice as its rows have it, drawn from a seed.
struct RandomStretch {
    let slice: Int32
    let first: Int64
    var batch = EventBatch()
    /// By source of the batch: the stored number.
    let sources: [Int32]
    let subjects: [Int32: [UInt8]]

    /// Events of some kinds, many or few of which share what they say.
    init(seed: UInt64, events: Int, of kinds: [EventKind] = EventKind.allCases) {
        var random = SeededRandom(seed: seed)
        slice = Int32(random.below(1_000))
        first = Int64(1 + random.below(1_000_000))
        let isVaried = random.chance(2)
        let sourceCount = 1 + random.below(5)
        for number in 0..<sourceCount { _ = batch.sources.intern(Array("/site/\(number)".utf8).span) }
        sources = (0..<sourceCount).map { Int32(100 + 7 * $0) }
        let patients = (0..<(1 + random.below(max(1, events / 3)))).map { Int32(1 + 3 * $0) }
        subjects = Dictionary(uniqueKeysWithValues: patients.map { ($0, Array("S-\($0)é".utf8)) })
        let (words, units) = (Array(0..<Int16(10)), [0, 1, 2, 10, 110] as [Int16])
        for number in 0..<events {
            let id = batch.store(Array((isVaried ? "\(seed)-\(number)" : "\(number % 7)").utf8).span)
            var record = EventRecord(
                time: Int64(random.below(isVaried ? 1 << 50 : 40)) * (isVaried ? 1 : 60_000_000),
                patient: random.pick(patients), source: Int32(random.below(sourceCount)), id: id,
                kind: random.pick(kinds))
            repeat {
                record.code = random.pick(words)
                record.unit = random.pick(units)
                record.qualifier = Int16(random.below(4))
                record.level = Int16(random.below(6))
                record.value = random.pick([0, -0.0, 2.4, random.unit(), 6, 251, .leastNonzeroMagnitude, 1e300])
            } while !record.isSound
            if random.chance(3) {
                let detail = random.chance(2) ? "{\"a\":" : "{\"items\":{\"endoscopy\":"
                let end = detail.count > 5 ? "}}" : "}"
                record.detail = batch.store(Array("\(detail)\(random.below(50) / 16)\(end)".utf8).span)
            }
            if random.chance(9) { record.attributes = batch.store(Array("{\"x\":\"\(number)\"}".utf8).span) }
            batch.records.append(record)
        }
    }

    /// The stretch, packed.
    func packed() throws -> SegmentParts {
        var writer = SegmentWriter(slice: slice)
        // What a writer was given before it begins anew is of no consequence.
        writer.begin(at: 1)
        writer.add(patient: 1, subject: [65].span, [0], of: batch, from: 0, sources: sources)
        writer.begin(at: first)
        let members = Dictionary(grouping: batch.records.indices) { batch.records[$0].patient }
        for (patient, unordered) in members.sorted(by: { $0.key < $1.key }) {
            let members = unordered.sorted { batch.precedes(batch.records[$0], batch.records[$1]) }
            let subject = subjects[patient] ?? []
            writer.add(patient: patient, subject: subject.span, members[...], of: batch, from: 0, sources: sources)
        }
        return try writer.finish()
    }

    /// From a stored number to the number in the batch.
    func number(_ stored: Int32) -> Int32? { sources.firstIndex(of: stored).map(Int32.init) }
}

/// An event with everything it says, for comparison bit by bit.
struct PlainEvent: Equatable {
    var time: Int64
    var value: UInt64
    var patient: Int32
    var source: [UInt8]
    var id: [UInt8]
    var detail: [UInt8]
    var attributes: [UInt8]
    var fields: [Int16]

    init(_ record: EventRecord, of batch: EventBatch) {
        time = record.time
        value = record.value.bitPattern
        patient = record.patient
        source = Array(batch.sources[Int(record.source)])
        id = Array(batch.bytes(record.id))
        detail = Array(batch.bytes(record.detail))
        attributes = Array(batch.bytes(record.attributes))
        fields = [record.kind.rawValue, record.code, record.unit, record.qualifier, record.level]
    }
}
