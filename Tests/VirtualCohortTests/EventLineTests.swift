import TestData
import Testing
import Trial
import VirtualCohort

@Suite("The events of virtual patients")
struct EventLineTests {
    /// 2026-01-01T00:00:00Z, years after the last event.
    private static let receivedAt: Int64 = 1_767_225_600_000_000

    @Test("are accepted as lines and read back with the same content", arguments: EventSample.all.indices)
    func lines(number: Int) throws {
        let sample = EventSample.all[number]
        var parser = LineParser()
        var parsed = EventBatch()
        for patient in sample.patients {
            for record in patient.records {
                #expect(record.isSound)
                let line = try sample.batch.line(record)
                let text = String(decoding: line, as: UTF8.self)
                do throws(Refusal) {
                    try parser.parse(line.span, receivedAt: Self.receivedAt, into: &parsed)
                } catch {
                    Issue.record("\(sample.name): \(text): \(error)")
                    continue
                }
                let again = try #require(parsed.records.last)
                #expect(sample.batch.hasSameContent(record, as: again, in: parsed), "\(sample.name): \(text)")
                #expect(sample.batch.bytes(record.id).elementsEqual(parsed.bytes(again.id)), "\(text)")
                #expect(try parsed.line(again) == line, "\(sample.name): \(text)")
            }
        }
        #expect(parsed.subjects.count == sample.patients.count)
        // Four sites and the laboratory.
        #expect(parsed.sources.count == 5)
    }

    @Test("are named within a patient by their place, each once", arguments: EventSample.all.indices)
    func names(number: Int) {
        let sample = EventSample.all[number]
        for patient in sample.patients {
            let ids = patient.records.map { String(decoding: sample.batch.bytes($0.id), as: UTF8.self) }
            #expect(Set(ids).count == ids.count, "\(sample.name), patient \(patient.index)")
            #expect(ids == ids.sorted() && ids.first == "0001", "\(sample.name), patient \(patient.index)")
            #expect(ids.last.flatMap { Int($0) } == ids.count)
            let subjects = Set(
                patient.records.map { String(decoding: sample.batch.subjects[Int($0.patient)], as: UTF8.self) })
            #expect(subjects == [String(decoding: CohortSimulator.subject(of: UInt64(patient.index)), as: UTF8.self)])
        }
    }

    @Test("come from the patient's site, results from the laboratory", arguments: EventSample.all.indices)
    func sources(number: Int) {
        let sample = EventSample.all[number]
        let root = CohortSimulator.sourceRoot(sample.scenario, seed: sample.seed)
        for patient in sample.patients {
            for record in patient.records {
                let source = String(decoding: sample.batch.sources[Int(record.source)], as: UTF8.self)
                let expected = record.kind == .assay ? "laboratory" : "site-\(patient.index % 4 + 1)"
                #expect(source == root + expected)
            }
        }
    }

    /// How many days after it happened an event is reported: at least and at most.
    private func delay(_ record: EventRecord, of patient: SampledPatient, _ scenario: Scenario) -> ClosedRange<Int> {
        switch (record.kind, Analyte(rawValue: record.code)) {
        // C-reactive protein is measured at the visit.
        case (.assay, .crp): 0...0
        case (.assay, _) where patient.day(record) < 0: 2...2
        case (.assay, _): 1...Int(scenario.visits.laboratoryDays)
        default: 0...0
        }
    }

    @Test("come in the order in which they are reported", arguments: EventSample.all.indices)
    func order(number: Int) {
        let sample = EventSample.all[number]
        for patient in sample.patients {
            var earliest = Int64.min
            for record in patient.records {
                let delay = delay(record, of: patient, sample.scenario)
                let latest = record.time + Int64(delay.upperBound) * Instant.day
                #expect(latest >= earliest, "\(sample.name), patient \(patient.index), day \(patient.day(record))")
                earliest = max(earliest, record.time + Int64(delay.lowerBound) * Instant.day)
            }
        }
    }

    @Test("are without any finding of the fold, which finds arm, drug and disease", arguments: EventSample.all.indices)
    func findings(number: Int) throws {
        let sample = EventSample.all[number]
        var batch = sample.batch
        var history = PatientHistory()
        var fold = PatientFold(CompiledProtocol(.roblin2020), until: nil)
        for patient in sample.patients {
            let members = patient.members.map { Int32($0) }
            try history.load(members[...], of: &batch, until: nil)
            let outcome = try fold.outcome(of: history, in: batch)
            let label = "\(sample.name), patient \(patient.index)"
            #expect(outcome.findings.isEmpty, "\(label): \(outcome.findings.map(\.code))")
            let arm = sample.scenario.arms[sample.allocation.arm(of: UInt64(patient.index))]
            #expect(outcome.randomisation?.arm == Array(arm.name.utf8), "\(label)")
            #expect(outcome.randomisation?.drug == patient.studyDrug, "\(label)")
            #expect(outcome.randomisation?.disease == patient.disease, "\(label)")
            #expect(outcome.endpoints.count == 2, "\(label)")
        }
    }

    @Test("are of every kind and word that virtual patients have")
    func coverage() {
        let sample = EventSample.all[0]
        let records = sample.patients.flatMap(\.records)
        let kinds = Set(records.map(\.kind))
        #expect(kinds == Set(EventKind.allCases).subtracting([.correction]))
        let analytes = Set(records.filter { $0.kind == .assay }.map(\.code))
        #expect(analytes == Set(Analyte.allCases.map(\.rawValue)).subtracting([Analyte.albumin.rawValue]))
        let stops = Set(records.filter { $0.kind == .treatmentStop }.map(\.code))
        #expect(stops == [TreatmentStopReason.adverseEvent.rawValue, TreatmentStopReason.lackOfEfficacy.rawValue])
        let drugs = Set(records.filter { $0.kind == .dose }.map(\.code))
        #expect(drugs == Set(Drug.allCases.map(\.rawValue)))
        let levels = Set(records.filter { $0.kind == .assay && $0.qualifier == 0 }.map(\.level))
        #expect(levels.isSuperset(of: [0, Comparator.below.rawValue]))
    }
}
