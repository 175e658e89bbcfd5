import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

extension HoldingAndReading {
    @Suite("The reader of new events", .timeLimit(.minutes(12)))
    struct LiveReaderTests {
        /// An event with everything that a fold may ask for, sources and texts spelled out.
        private static func spell(
            _ record: EventRecord, _ patient: Int32, _ position: Int64, _ recordedAt: Int64, _ batch: EventBatch
        ) -> String {
            let texts = [batch.sources[Int(record.source)], batch.bytes(record.id), batch.bytes(record.detail)]
                .map { String(decoding: $0, as: UTF8.self) }
            return "\(patient) \(position) \(recordedAt) \(record.time) \(record.value) \(record.kind) \(record.code) "
                + "\(record.unit) \(record.qualifier) \(record.level) \(texts)"
        }

        private static func spell(_ events: LiveEvents) -> [String] {
            zip(events.batch.records, events.places).map {
                spell($0, $1.patient, $1.position, $1.recordedAt, events.batch)
            }
        }

        /// Everything of a slice by the reader of the log, with the patients' numbers as stored.
        private static func pages(_ head: SliceHead, _ reader: LogReader, _ session: Session) throws -> [String] {
            var numbers: [[UInt8]: Int32] = [:]
            for (index, subject) in try reader.subjects(head, session).enumerated() {
                numbers[subject] = Int32(index + 1)
            }
            var reader = reader
            var (events, after): ([String], Int64) = ([], 0)
            while after < head.position {
                let page = try reader.page(of: head, after: after, session)
                for (index, record) in page.batch.records.enumerated() {
                    let patient = numbers[Array(page.batch.subjects[Int(record.patient)])] ?? -1
                    events.append(
                        spell(record, patient, page.places[index].position, page.recordedTimes[index], page.batch))
                }
                after = page.places.last?.position ?? head.position
            }
            return events
        }

        @Test(
            "Stretches and stories are what the reader of the log gives for the same places",
            arguments: [51, 52, 53] as [UInt64])
        func agrees(seed: UInt64) async throws {
            var random = SeededRandom(seed: seed)
            let trial = try GeneratedTrial(seed: seed * 10, trials: 25)
            let batches = try trial.batches(1...30, &random)
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 3)
                let appender = try await log.appender(to: study)
                let connection = try await log.liveConnection()
                var live = LiveReader(study)
                for (turn, part) in random.cut(batches, into: 30...60).enumerated() {
                    for batch in part { _ = try await appender.append(batch) }
                    // The reader is older than some of the sources.
                    live = try await connection.perform { [live, random] session throws in
                        var (live, random) = (live, random)
                        let reader = try LogReader(study, session)
                        for head in reader.heads {
                            let all = try Self.pages(head, reader, session)
                            try Self.compare(head, all, "seed \(seed), turn \(turn)", &live, &random, session)
                        }
                        return live
                    }
                }
                await appender.close()
            }
        }

        @Test("A stretch comes in order also where the planner takes the table for empty")
        func staleStatistics() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 2)
                try await log.execute("ANALYZE trough.event")
                // Ids that fall while positions rise, so that the other key has the opposite order.
                let lines = (0..<60).map { EventLines.assay("P-\(9 - $0 % 3)", String(99 - $0)) }
                _ = try await log.append(lines, to: study)
                let connection = try await log.liveConnection()
                try await connection.perform { session throws in
                    let reader = try LogReader(study, session)
                    var live = LiveReader(study)
                    let whole = reader.heads.filter { $0.position > 0 }.map {
                        LiveReader.Stretch(slice: $0.slice, after: 0, through: $0.position)
                    }
                    let places = try live.events(of: whole, session).places
                    let expected = whole.flatMap { stretch in (1...stretch.through).map { (stretch.slice, $0) } }
                    #expect(places.map { "\($0.slice) \($0.position)" } == expected.map { "\($0.0) \($0.1)" })
                    #expect(places.count == lines.count)
                }
                await connection.close()
            }
        }

        private static func compare(
            _ head: SliceHead, _ all: [String], _ note: String, _ live: inout LiveReader, _ random: inout SeededRandom,
            _ session: Session
        ) throws {
            for _ in 0..<6 {
                let after = random.below(all.count + 1)
                let through = after + random.below(all.count - after + 1)
                let stretch = LiveReader.Stretch(slice: head.slice, after: Int64(after), through: Int64(through))
                let events = try live.events(of: [stretch], session)
                #expect(spell(events) == Array(all[after..<through]), "\(note)")
                #expect(events.faults == [:] && events.places.allSatisfy { $0.slice == head.slice })
                if head.patients == 0 { continue }
                let patients = Set((0..<3).map { _ in Int32(1 + random.below(Int(head.patients))) })
                let stories = patients.map {
                    LiveReader.Story(slice: head.slice, patient: $0, through: Int64(through))
                }
                let wanted = all[..<through].filter { line in patients.contains { line.hasPrefix("\($0) ") } }
                #expect(spell(try live.events(of: stories, session)).sorted() == wanted.sorted(), "\(note)")
                let subjects = try LogReader(live.study, session).subjects(head, session)
                #expect(try live.subjects(of: stories, session) == stories.map { subjects[Int($0.patient) - 1] })
            }
            #expect(try live.events(of: [LiveReader.Stretch](), session).places.isEmpty)
            #expect(try live.events(of: [LiveReader.Story](), session).places.isEmpty)
        }

        @Test("Several stretches are read at once, each in order, with sources that came after the reader was made")
        func several() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                _ = try await log.append((0..<40).map { EventLines.assay("P-\($0)", "a", source: "/early") }, to: study)
                var live = LiveReader(study)
                let connection = try await log.liveConnection()
                live = try await connection.perform { [live] session throws(LogError) in
                    var live = live
                    try live.refreshSources(session)
                    return live
                }
                let late = (0..<40).map { EventLines.assay("P-\($0)", "b", source: "/late/\($0 % 7)") }
                _ = try await log.append(late, to: study)
                try await connection.perform { [live] session throws in
                    var live = live
                    let heads = try LogReader(study, session).heads
                    let stretches = heads.map { LiveReader.Stretch(slice: $0.slice, after: 0, through: $0.position) }
                    let events = try live.events(of: stretches, session)
                    #expect(events.places.count == 80)
                    for head in heads {
                        let positions = events.places.filter { $0.slice == head.slice }.map(\.position)
                        #expect(positions == Array(1...head.position).filter { _ in head.position > 0 })
                    }
                    let sources = Set(
                        events.batch.records.map {
                            String(decoding: events.batch.sources[Int($0.source)], as: UTF8.self)
                        })
                    #expect(sources.count == 8 && sources.contains("/early") && sources.contains("/late/6"))
                    let missing = LiveReader.Story(slice: heads[0].slice, patient: 999, through: 1)
                    #expect(try live.subjects(of: [missing], session) == [[]])
                }
            }
        }

        @Test("An event that cannot be decoded is told with its position, and those around it are read")
        func faults() async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 1)
                _ = try await log.append((1...5).map { EventLines.assay("P-\($0)", "x") }, to: study)
                try await log.execute(
                    """
                    ALTER TABLE trough.event DISABLE TRIGGER append_only;
                    UPDATE trough.event SET kind = 77 WHERE position = 2;
                    UPDATE trough.event SET code = 99 WHERE position = 4;
                    ALTER TABLE trough.event ENABLE ALWAYS TRIGGER append_only
                    """)
                try await log.liveConnection().perform { session throws in
                    var live = LiveReader(study)
                    let events = try live.events(of: [.init(slice: 0, after: 0, through: 5)], session)
                    #expect(events.places.map(\.position) == [1, 2, 3, 4, 5])
                    #expect(events.faults.keys.sorted() == [1, 3])
                    #expect(events.faults[1] == "position 2 is of the unknown kind 77")
                    #expect(events.faults[3]?.hasPrefix("position 4: kind ") == true)
                }
            }
        }
    }
}
