import Testing
import Trial
import VirtualCohort

@Suite("The visits of virtual patients")
struct VisitEventsTests {
    @Test("have scores whose items add up within their ranges", arguments: EventSample.all.indices)
    func items(number: Int) throws {
        let sample = EventSample.all[number]
        let ranges = [
            "abdominalMass": 0...3, "abdominalPain": 0...3, "complications": 0...8, "generalWellBeing": 0...4,
            "liquidStools": 0...25, "endoscopy": 0...3, "physicianGlobalAssessment": 0...3, "rectalBleeding": 0...3,
            "stoolFrequency": 0...3,
        ]
        for patient in sample.patients {
            let instrument: Instrument = patient.disease == .crohn ? .hbi : .mayo
            for score in patient.all(.score) {
                let label = "\(sample.name), patient \(patient.index), day \(patient.day(score))"
                #expect(score.code == instrument.rawValue, "\(label)")
                let items = try EventDetail.items(of: score, in: sample.batch.arena.span)
                #expect(items.count == (instrument == .hbi ? 5 : 4), "\(label)")
                #expect(Double(items.reduce(0) { $0 + $1.value }) == score.value, "\(label): \(items)")
                for item in items {
                    let name = String(decoding: item.name, as: UTF8.self)
                    let range = try #require(ranges[name], "\(label)")
                    #expect(range.contains(item.value), "\(label): \(name) \(item.value)")
                }
                let endoscopy = items.first { $0.name == Array("endoscopy".utf8) }?.value ?? 0
                #expect(endoscopy == Int(score.level), "\(label)")
                #expect(score.value <= Double(instrument.greatestTotal), "\(label)")
            }
        }
    }

    @Test("are within their windows, each at most once, some missed", arguments: EventSample.all.indices)
    func windows(number: Int) throws {
        let sample = EventSample.all[number]
        let planned = [0] + sample.scenario.visits.days
        var (held, due) = (0, 0)
        for patient in sample.patients {
            let days = patient.all(.score).map(patient.day)
            #expect(days.first == 0, "\(sample.name), patient \(patient.index)")
            var seen: Set<Int> = []
            for day in days {
                let visit = try #require(planned.firstIndex { abs($0 - day) <= 5 })
                #expect(seen.insert(visit).inserted, "\(sample.name), patient \(patient.index), day \(day)")
            }
            let end = try #require(patient.records.last { $0.kind == .withdrawal || $0.kind == .completion })
            held += days.count - 1
            due += planned.dropFirst().count { $0 + 5 < patient.day(end) || end.kind == .completion }
        }
        let missed = 1 - Double(held) / Double(due)
        // 3 or 10 % are missed; six standard errors of some 800 visits, and those shortly before a withdrawal.
        #expect(abs(missed - sample.scenario.visits.missedShare) < 0.05, "\(sample.name): \(missed)")
    }

    @Test("have stool of the last days and blood from before a dose", arguments: EventSample.all.indices)
    func samples(number: Int) throws {
        let sample = EventSample.all[number]
        for patient in sample.patients {
            let label = "\(sample.name), patient \(patient.index)"
            let scores = patient.all(.score)
            let stool = patient.assays(.calprotectin)
            #expect(stool.count == scores.count && patient.assays(.crp).count == scores.count, "\(label)")
            for (score, sample) in zip(scores, stool.sorted { $0.time < $1.time }) {
                #expect((0...3).contains(patient.day(score) - patient.day(sample)), "\(label)")
            }
            let drug = try #require(patient.studyDrug)
            let doses = patient.all(.dose).filter { $0.code == drug.rawValue }
            let level = try #require(Analyte.level(of: drug))
            let stop = patient.all(.treatmentStop).map(patient.day).min() ?? .max
            for blood in patient.assays(level) where patient.day(blood) < stop && patient.day(blood) < 720 {
                let next = doses.first { $0.time > blood.time }
                // A trough: the dose follows on the same day. None does where the patient withdrew that day.
                guard let next else { continue }
                #expect(patient.day(next) == patient.day(blood), "\(label), day \(patient.day(blood))")
            }
        }
    }

    @Test(
        "have values within the limits of quantification, marked where they lie beyond",
        arguments: EventSample.all.indices)
    func limits(number: Int) throws {
        let sample = EventSample.all[number]
        let assays = sample.scenario.assays
        for patient in sample.patients {
            let drug = try #require(patient.studyDrug)
            for record in patient.all(.assay) where patient.day(record) >= 0 {
                let analyte = try #require(Analyte(rawValue: record.code))
                let limits: (Double, Double)? =
                    switch (analyte.isAntibody, record.qualifier) {
                    case (true, AssayMethod.drugSensitive.rawValue):
                        (assays.sensitiveLowerNgPerML, assays.sensitiveUpperNgPerML)
                    case (true, _): (assays.tolerantLowerAUPerML, assays.tolerantUpperAUPerML)
                    default: analyte.drug == nil ? nil : (assays.levelLowerUgPerML, assays.levelUpperUgPerML)
                    }
                guard let (lower, upper) = limits else {
                    #expect(record.level == 0 && record.value >= 0)
                    continue
                }
                #expect(analyte.drug == drug)
                #expect(lower <= record.value && record.value <= upper)
                let comparator = record.value == lower ? 1 : record.value == upper ? 2 : 0
                #expect(Int(record.level) == comparator, "\(sample.name), patient \(patient.index): \(record.value)")
            }
        }
    }

    @Test("stop the anti-TNF where a patient has failed, and only there", arguments: EventSample.all.indices)
    func failureStops(number: Int) throws {
        let sample = EventSample.all[number]
        var count = 0
        for patient in sample.patients {
            let label = "\(sample.name), patient \(patient.index)"
            let stool = patient.assays(.calprotectin).sorted { $0.time < $1.time }
            let failing = zip(patient.all(.score), stool).filter { score, stool in
                let hasFailed =
                    patient.disease == .crohn
                    ? score.value >= 5 && stool.value > 250 : score.value > 5 && score.level > 1
                return hasFailed && patient.day(score) >= 84
            }
            let drug = try #require(patient.studyDrug)
            let stops = try sample.stops(of: patient).filter { $0.drug == drug }
            let failureStops = stops.filter { $0.reason == .lackOfEfficacy }
            guard sample.scenario.retention.stopAfterFailure else {
                #expect(failureStops.isEmpty, "\(label)")
                continue
            }
            #expect(failureStops.count <= 1, "\(label)")
            let earlier = stops.filter { $0.reason == .adverseEvent }.map(\.day).min() ?? .max
            let first = failing.map { patient.day($0.0) }.first { $0 < earlier }
            #expect(failureStops.first?.day == first, "\(label)")
            count += failureStops.count
        }
        #expect(count > 0 || !sample.scenario.retention.stopAfterFailure, "\(sample.name)")
    }
}
