import NaiveTrial
import Projection
import Segments
import TestData
import TestLog
import Testing
import Trial

/// Histories without the events that do not matter, against whole ones.
@Suite struct RelevanceTests {
    /// The events of a generated trial as one packed stretch, and the protocols that it is folded under.
    private struct Packed {
        var segment: Segment
        var protocols: [CompiledProtocol]
        var until: Int64?

        /// Packs a trial, half of them without corrections, which make a history one that is read whole; `nil` where it has
        /// no events.
        ///
        /// - Parameter others: Protocols of other trials.
        init?(_ trial: (eventLines: [String], protocolYAML: String, until: String?), _ seed: UInt64, others: [String])
            throws
        {
            let lines =
                seed % 2 == 0 ? trial.eventLines : trial.eventLines.filter { !$0.contains("trough.correction.v1") }
            if lines.isEmpty { return nil }
            until = trial.until.flatMap { Instant.parse(Array($0.utf8).span) }
            protocols = try ([trial.protocolYAML, TrialProtocol.defaultYAML] + others).map {
                CompiledProtocol(try ProtocolFile.parse($0, fileName: "seed \(seed)"))
            }
            segment = try Self.pack(lines, seed)
        }

        private static func pack(_ lines: [String], _ seed: UInt64) throws -> Segment {
            var batch = try EventLines.distinctBatch(lines)
            if seed % 2 == 1 { RelevanceTests.lengthen(&batch, seed) }
            var writer = SegmentWriter(slice: 0)
            for subject in 0..<batch.subjects.count {
                let members = batch.records.indices.filter { batch.records[$0].patient == Int32(subject) }
                    .sorted { batch.precedes(batch.records[$0], batch.records[$1]) }
                writer.add(
                    patient: Int32(subject + 1), subject: batch.subjects[subject].span, members[...], of: batch,
                    from: 0, sources: (0..<Int32(batch.sources.count)).map { $0 })
            }
            return try Segment(writer.finish().data, sources: batch.sources) { $0 }
        }
    }

    /// Adds copies of observations at the times of other events of the same patient, so that histories have several blocks.
    private static func lengthen(_ batch: inout EventBatch, _ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let own = batch.records
        for turn in 0..<30 {
            for (number, record) in own.enumerated() where [.assay, .score, .adverseEvent].contains(record.kind) {
                var copy = record
                copy.id = batch.store(Array("copy-\(turn)-\(number)".utf8).span)
                copy.time = random.pick(own.filter { $0.patient == record.patient }).time
                batch.records.append(copy)
            }
        }
    }

    /// What an outcome says, with the names of events in the place of their indices.
    private struct Said: Equatable {
        var randomisation: Randomisation?
        var endpoints: [String]
        var findings: [Finding]

        init(_ outcome: PatientOutcome, _ history: PatientHistory, _ batch: EventBatch) {
            randomisation = outcome.randomisation
            findings = outcome.findings
            endpoints = outcome.endpoints.map { endpoint in
                let names = endpoint.evidence.map { index in
                    let record = history.records[index]
                    return "\(record.source) \(Array(batch.bytes(record.id)))"
                }
                return "\(endpoint.status) \(endpoint.day) \(names)"
            }
        }
    }

    @Test(
        "Thousands of adversarial histories without the events that do not matter have the outcomes and findings of whole ones",
        arguments: 0..<4)
    func sameOutcomes(part: Int) throws {
        var (events, kept, whole, reduced, long) = (0, 0, 0, 0, 0)
        var others: [String] = []
        for seed in UInt64(part * 300)..<UInt64((part + 1) * 300) {
            let trial = CaseGenerator(seed: seed).trial()
            let packed = try Packed((trial.eventLines, trial.protocolYAML, trial.until), seed, others: others)
            others = [trial.protocolYAML] + others.prefix(1)
            guard let packed else { continue }
            let (segment, until) = (packed.segment, packed.until)
            let rules = SegmentRules(Relevance(packed.protocols), for: segment)
            for index in segment.patients.indices {
                var some = PatientHistory()
                guard
                    some.load(relevant: { segment.appendRelevant(index, rules, until: until ?? .max, to: &$0) })
                else {
                    whole += 1
                    continue
                }
                var batch = segment.batch
                var all = PatientHistory()
                try all.load(of: &batch, until: until, isOrdered: true) { segment.append(index, to: &$0) }
                try #require(some.isEmpty == all.isEmpty, "seed \(seed), patient \(index)")
                var memo = DetailMemo()
                if try all.isEmpty || Survey(some, in: batch.arena.span, &memo).needsAllEvents {
                    whole += 1
                    continue
                }
                (events, kept, reduced) = (events + all.records.count, kept + some.records.count, reduced + 1)
                long += all.records.count > 144 ? 1 : 0
                for compiled in packed.protocols {
                    var fold = PatientFold(compiled, until: until)
                    let expected = Said(try fold.outcome(of: all, in: batch), all, batch)
                    let found = Said(try fold.outcome(of: some, in: batch), some, batch)
                    try #require(found == expected, "seed \(seed), patient \(index)")
                }
            }
        }
        print(
            "\(kept) of \(events) events matter in \(reduced) histories, \(long) of them long; \(whole) are read whole")
        #expect(reduced > 100 && long > 10 && kept < events * 9 / 10)
    }

    @Test("Of the example's events without oddities few matter")
    func fewMatter() throws {
        let relevance = Relevance([CompiledProtocol(.roblin2020)])
        var record = EventRecord(time: 0, patient: 1, source: 0, id: .none, kind: .dose)
        record.code = Drug.infliximab.rawValue
        #expect(relevance.rule(for: record).isNever)
        record.kind = .assay
        record.code = Analyte.calprotectin.rawValue
        record.unit = Unit.allCases.first { Analyte.calprotectin.conversion(from: $0) != nil }?.rawValue ?? 0
        let rule = relevance.rule(for: record)
        #expect(rule.low == -.infinity && rule.high == 250)
        record.level = Comparator.below.rawValue
        #expect(relevance.rule(for: record).isNever)
        record.level = Comparator.above.rawValue
        #expect(relevance.rule(for: record).high == 250)
    }
}
