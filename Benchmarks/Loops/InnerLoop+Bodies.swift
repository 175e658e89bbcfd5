import EventLog
import Segments
import Trial
import VirtualCohort

extension InnerLoop {
    static func parse(_ sample: Sample) throws -> Prepared {
        let lines = try sample.lines(2_000)
        var parser = LineParser()
        var batch = EventBatch()
        return Prepared(items: lines.count) {
            batch.removeEvents()
            for line in lines { try parser.parse(line.span, receivedAt: Sample.receivedAt, into: &batch) }
            return batch.records.count
        }
    }

    static func decode(_ sample: Sample) throws -> Prepared {
        let data = try packed(sample)
        let (batch, names) = (sample.batch, sample.batch.sources)
        var records: [EventRecord] = []
        return Prepared(items: batch.records.count) {
            let segment = try Segment(data, sources: names) { $0 }
            var events = 0
            for index in segment.patients.indices {
                records.removeAll(keepingCapacity: true)
                segment.append(index, to: &records)
                events += records.count
            }
            return events
        }
    }

    static func relevant(_ sample: Sample) throws -> Prepared {
        let segment = try Segment(try packed(sample), sources: sample.batch.sources) { $0 }
        let rules = SegmentRules(Relevance([CompiledProtocol(.roblin2020)]), for: segment)
        var records: [EventRecord] = []
        return Prepared(items: segment.events) {
            var (events, left) = (0, 0)
            for index in segment.patients.indices {
                records.removeAll(keepingCapacity: true)
                _ = segment.appendRelevant(index, rules, until: .max, to: &records)
                events += segment.stretch(index).count
                left += segment.stretch(index).count - records.count
            }
            // Looked at, so that the work cannot be left out.
            return left > 0 ? events : 0
        }
    }

    /// The sample's events as the first part of a segment.
    private static func packed(_ sample: Sample) throws -> [UInt8] {
        let batch = sample.batch
        let sources = (0..<batch.sources.count).map(Int32.init)
        var writer = SegmentWriter(slice: 0)
        writer.begin(at: 1)
        for (index, stretch) in sample.members.enumerated() {
            writer.add(
                patient: Int32(index + 1), subject: batch.subjects[index].span, stretch, of: batch, sources: sources)
        }
        return try writer.finish().data
    }

    static func fold(_ sample: Sample) -> Prepared {
        let batch = sample.batch
        let members = sample.members
        var history = PatientHistory()
        var fold = PatientFold(CompiledProtocol(.roblin2020), until: nil)
        return Prepared(items: members.count) {
            var randomised = 0
            for stretch in members {
                history.load(stretch, of: batch)
                if try fold.outcome(of: history, in: batch).randomisation != nil { randomised += 1 }
            }
            return randomised
        }
    }

    static func chain(_ sample: Sample) -> Prepared {
        let batch = sample.batch
        let attribution = Attribution(author: "benchmark", reason: nil, client: "benchmark")
        return Prepared(items: batch.records.count) {
            var digest = BatchDigest(
                after: BatchDigest.origin, slice: 0, firstPosition: 1, count: batch.records.count, recordedAt: 0,
                attribution: attribution)
            for record in batch.records {
                let subject = batch.subjects[Int(record.patient)]
                digest.add(record, patient: record.patient, subject: subject, of: batch)
            }
            return digest.finish().count == BatchDigest.origin.count ? batch.records.count : 0
        }
    }

    static func trajectory(_ sample: Sample) -> Prepared {
        let indices = SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7)
        var arms = SIMD8<Int>.zero
        for lane in 0..<indices.scalarCount { arms[lane] = sample.allocation.arm(of: indices[lane]) }
        let group = PatientGroup(sample.scenario, seed: Sample.seed, indices: indices, arms: arms)
        var trajectory = Trajectory(sample.scenario)
        return Prepared(items: indices.scalarCount) {
            trajectory.run(group, stopDay: Lanes(repeating: .infinity))
            // Looked at, so that the work cannot be left out.
            return trajectory.inflammation.allSatisfy { all($0 .>= 0) } ? indices.scalarCount : 0
        }
    }

    static func patients(_ sample: Sample) -> Prepared {
        var simulator = sample.simulator
        var batch = EventBatch()
        var members: [Range<Int>] = []
        return Prepared(items: 64) {
            batch.removeEvents()
            members.removeAll(keepingCapacity: true)
            simulator.append(0..<64, to: &batch, members: &members)
            return members.count
        }
    }
}
