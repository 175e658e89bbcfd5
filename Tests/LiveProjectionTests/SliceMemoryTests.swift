import TestData
import Testing
import Trial

@testable import EventLog
@testable import LiveProjection

/// The memory of a slice against a dictionary of arrays.
@Suite struct SliceMemoryTests {
    /// An event of which everything follows from its number.
    private static func add(_ number: Int, of patient: Int32, to events: inout LiveEvents) {
        var record = EventRecord(time: Int64(number) * 7, patient: patient, source: 0, id: .none, kind: .assay)
        record.value = Double(number)
        record.id = events.batch.store(Array("event \(number)".utf8).span)
        if number % 3 == 0 { record.detail = events.batch.store(Array("{\"n\":\(number)}".utf8).span) }
        events.places.append(
            LiveEvents.Place(slice: 5, patient: patient, position: Int64(number), recordedAt: Int64(number / 2)))
        events.batch.records.append(record)
    }

    private static func spell(_ number: Int) -> String {
        "\(number * 7) event \(number) " + (number % 3 == 0 ? "{\"n\":\(number)}" : "")
    }

    /// What is remembered of a patient, as texts.
    private static func remembered(_ patient: Int32, _ memory: inout SliceMemory) -> [String]? {
        memory.withHistory(of: patient, sources: NameTable()) { batch, members, kept in
            // What a body adds to the arena must not stay.
            _ = batch.store(Array("left over".utf8).span)
            let subject = String(decoding: batch.bytes(kept.subject), as: UTF8.self)
            return ["\(subject) \(kept.recordedAt)"]
                + members.map { member in
                    let record = batch.records[Int(member)]
                    let texts = [record.id, record.detail].map { String(decoding: batch.bytes($0), as: UTF8.self) }
                    return "\(record.time) \(texts[0]) \(texts[1])"
                }
        }
    }

    @Test("Whatever is held is whole and in order, and what is held is never more than the share", arguments: 0..<40)
    func agrees(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let share = random.pick([0, 1, 10, 60, 300, 5_000])
        var memory = SliceMemory(position: 0, epoch: 3)
        var naive: [Int32: [Int]] = [:]
        var next = 0
        for step in 0..<120 {
            var events = LiveEvents()
            for _ in 0..<random.below(random.chance(10) ? 120 : 12) {
                next += 1
                Self.add(next, of: Int32(1 + random.below(25)), to: &events)
            }
            for index in events.places.indices {
                let patient = events.places[index].patient
                if memory.holds(patient) { continue }
                memory.begin(patient, subject: Array("P-\(patient)".utf8))
                // Forgotten or new: what came before this step is read again.
                var history = LiveEvents()
                for number in naive[patient, default: []] { Self.add(number, of: patient, to: &history) }
                for index in history.places.indices { memory.add(index, of: history) }
            }
            for index in events.places.indices {
                let place = events.places[index]
                memory.add(index, of: events)
                naive[place.patient, default: []].append(Int(place.position))
            }
            let touched = Set(events.places.map(\.patient))
            for patient in touched.sorted() {
                let numbers = naive[patient, default: []]
                let wanted = ["P-\(patient) \((numbers.last ?? 0) / 2)"] + numbers.map(Self.spell)
                #expect(Self.remembered(patient, &memory) == wanted, "seed \(seed), step \(step)")
            }
            if random.chance(9), let patient = touched.first {
                memory.forget(patient)
                #expect(!memory.holds(patient))
                #expect(Self.remembered(patient, &memory) == nil)
            }
            memory.advance(to: Int64(next), share: share)
            #expect(memory.events <= share, "seed \(seed), step \(step)")
            #expect(memory.position == Int64(next))
        }
        // Those who are still held are whole, touched or not.
        for (patient, numbers) in naive where memory.holds(patient) {
            #expect(Self.remembered(patient, &memory)?.dropFirst().elementsEqual(numbers.map(Self.spell)) == true)
        }
    }

    @Test("A patient handed from one generation to another is the same there and gone here")
    func handedOver() {
        var events = LiveEvents()
        for number in 1...6 { Self.add(number, of: Int32(1 + number % 2), to: &events) }
        var (old, young) = (HistoryGeneration(), HistoryGeneration())
        for patient in [1, 2] as [Int32] { old.begin(patient, subject: Array("P-\(patient)".utf8)) }
        for index in events.places.indices {
            old.add(events.batch.records[index], of: events.batch, events.places[index])
        }
        old.move(1, to: &young)
        old.move(1, to: &young)
        old.move(9, to: &young)
        #expect(!old.holds(1) && old.holds(2) && young.holds(1) && !young.holds(9))
        #expect(young.events == 3 && old.events == 6)
        let times = young.withHistory(of: 1, sources: NameTable()) { batch, members, _ in
            members.map { batch.records[Int($0)].time }
        }
        #expect(times == [14, 28, 42])
    }

    @Test("With enough room nobody is forgotten; without any, everybody at once")
    func room() {
        var (large, none) = (SliceMemory(position: 0, epoch: 1), SliceMemory(position: 0, epoch: 1))
        for number in 1...500 {
            var events = LiveEvents()
            let patient = Int32(1 + number % 50)
            Self.add(number, of: patient, to: &events)
            for isLarge in [true, false] {
                var memory = isLarge ? large : none
                if !memory.holds(patient) { memory.begin(patient, subject: []) }
                memory.add(0, of: events)
                memory.advance(to: Int64(number), share: isLarge ? 1_500 : 0)
                if isLarge { large = memory } else { none = memory }
            }
            #expect(none.events == 0)
        }
        #expect((1...50).allSatisfy { large.holds($0) })
        #expect(large.events == 500)
    }
}
