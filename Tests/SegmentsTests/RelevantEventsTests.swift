import Segments
import Testing
import Trial

/// The pass over the columns for those events that matter, against a look at each event by itself.
struct RelevantEventsTests {
    /// What is expected of one patient, found event by event.
    private struct Expected {
        var records: [EventRecord] = []
        var given: UInt16 = 0
        var assayed: UInt16 = 0
        var lastTime: Int64?
        /// Whether the events that matter do not suffice.
        var needsAll = false
        /// How many events were left out that may matter to other patients.
        var narrowed = 0

        init(_ all: [EventRecord], _ relevance: Relevance, in batch: EventBatch, until: Int64) {
            var isRandomised = false
            for record in all {
                if record.kind == .correction { needsAll = true }
                if record.time > until { continue }
                let rule = relevance.rule(for: record)
                given |= rule.given
                assayed |= rule.assayed
                lastTime = record.time
                if record.kind == .randomisation {
                    if given != 0 || isRandomised { needsAll = true }
                    isRandomised = true
                }
            }
            if given != 0, !isRandomised { needsAll = true }
            let known = all.filter { $0.time <= until }
            for (place, record) in known.enumerated()
            where Self.matters(record, relevance.rule(for: record), relevance, in: batch) {
                if Self.matters(
                    record, toWhomIsKnownFrom: known[..<min(known.count, Self.end(place))], relevance, in: batch)
                {
                    records.append(record)
                } else {
                    narrowed += 1
                }
            }
        }

        /// Where the block of a place ends: the first has 16 events, those after it 64 each.
        static func end(_ place: Int) -> Int { place < 16 ? 16 : 16 + ((place - 16) / 64 + 1) * 64 }

        /// Whether an event matters to a patient of whom these events tell what they tell.
        static func matters(
            _ record: EventRecord, toWhomIsKnownFrom events: ArraySlice<EventRecord>, _ relevance: Relevance,
            in batch: EventBatch
        ) -> Bool {
            guard let enrolment = events.first(where: { $0.kind == .enrolment }),
                let randomisation = events.first(where: { $0.kind == .randomisation }),
                let variant = Relevance.variantNumber(drug: randomisation.code, disease: enrolment.code)
            else { return true }
            let rule = relevance.rules(for: [record], ofVariant: variant)[0]
            let day = Instant.dayNumber(record.time) - Instant.dayNumber(randomisation.time)
            return day >= rule.from && matters(record, rule, relevance, in: batch)
        }

        static func matters(
            _ record: EventRecord, _ rule: Relevance.Rule, _ relevance: Relevance, in batch: EventBatch
        ) -> Bool {
            let scaled = record.value * rule.factor
            if !rule.isNever, scaled <= rule.low || scaled >= rule.high { return true }
            guard rule.asksForDetail, !record.detail.isEmpty else { return false }
            return relevance.detailMatters(batch.bytes(record.detail).span)
        }
    }

    /// A protocol that asks for every analyte, from below and from above.
    private static func everyAnalyte() throws -> TrialProtocol {
        var yaml = """
            name: every-analyte
            arms: [one, two]
            horizon: 730
            endpoints:
              failure:

            """
        for (number, analyte) in Analyte.allCases.enumerated() {
            yaml += """
                    - name: criterion-\(number)
                      within: 1
                      all:
                        - {assay: \(analyte.name), below: 0.\(number + 1)}
                        - {assay: \(analyte.name), above: 1.\(number + 1)}

                """
        }
        return try ProtocolFile.parse(yaml, fileName: "every-analyte")
    }

    /// Kinds of events with and without what makes a history one that is read whole.
    private static func kinds(_ seed: UInt64) -> [EventKind] {
        let leftOut: [EventKind] =
            switch seed % 4 {
            case 0: []
            case 1: [.correction]
            case 2: [.correction, .dose]
            default: [.correction, .dose, .randomisation]
            }
        return EventKind.allCases.filter { !leftOut.contains($0) }
    }

    @Test(
        "Those events are handed over that matter one by one, with what is known of all, whatever the cut",
        arguments: [false, true])
    func oneByOne(hasMoreBoundsThanBits: Bool) throws {
        let trial = try hasMoreBoundsThanBits ? Self.everyAnalyte() : TrialProtocol.roblin2020
        let relevance = Relevance([CompiledProtocol(trial)])
        var (long, reduced, whole, cut, tooMany, narrowed) = (0, 0, 0, 0, 0, 0)
        for seed in UInt64(1)...400 {
            let stretch = RandomStretch(seed: seed, events: 600, of: Self.kinds(seed))
            let parts = try stretch.packed()
            let segment = try Segment(parts.data, sources: stretch.batch.sources, number: stretch.number)
            let rules = SegmentRules(relevance, for: segment)
            for index in segment.patients.indices {
                var all: [EventRecord] = []
                segment.append(index, to: &all)
                for until in [Int64.max, all[all.count / 2].time, all[0].time - 1] {
                    let expected = Expected(all, relevance, in: segment.batch, until: until)
                    var found: [EventRecord] = []
                    let leftOut = segment.appendRelevant(index, rules, until: until, to: &found)
                    whole += leftOut == nil ? 1 : 0
                    if leftOut == nil, expected.needsAll { continue }
                    let plain = expected.records.map { PlainEvent($0, of: segment.batch) }
                    var own = found.map { PlainEvent($0, of: segment.batch) }
                    if hasMoreBoundsThanBits {
                        // What is kept beyond that does no harm.
                        tooMany += own.count - plain.count
                        own.removeAll { !plain.contains($0) }
                    }
                    // One look, and words only where it fails: there are two hundred thousand of them.
                    let isSame =
                        !expected.needsAll && leftOut?.given == expected.given && leftOut?.assayed == expected.assayed
                        && leftOut?.lastTime == expected.lastTime && own == plain
                    if !isSame { Issue.record("seed \(seed), patient \(index), until \(until)") }
                    long += all.count > 64 ? 1 : 0
                    reduced += all.count - found.count
                    cut += until < .max ? 1 : 0
                    narrowed += expected.narrowed
                }
            }
        }
        print(
            "seeds 1 to 400: \(long) long, \(cut) cut, \(whole) whole; \(reduced) left out, \(narrowed) of them that matter to others, \(tooMany) too many"
        )
        #expect(long > 50 && cut > 50 && reduced > 1_000 && whole > 50 && narrowed > 100)
        #expect((tooMany > 0) == hasMoreBoundsThanBits)
    }
}
