import Testing
import Trial
import VirtualCohort

@Suite("The course of virtual patients' events")
struct CourseOfEventsTests {
    @Test("ends with one withdrawal or completion, after which nothing happens", arguments: EventSample.all.indices)
    func end(number: Int) throws {
        let sample = EventSample.all[number]
        for patient in sample.patients {
            let label = "\(sample.name), patient \(patient.index)"
            let ends = patient.records.filter { $0.kind == .withdrawal || $0.kind == .completion }
            #expect(ends.count == 1, "\(label)")
            let end = try #require(ends.first)
            #expect(patient.records.allSatisfy { $0.time <= end.time }, "\(label)")
            let days = patient.records.map(patient.day)
            #expect(days.allSatisfy { (-15...730).contains($0) }, "\(label)")
            if end.kind == .completion { #expect(patient.day(end) == 730, "\(label)") }
            if end.kind == .withdrawal { #expect((1...730).contains(patient.day(end)), "\(label)") }
        }
    }

    @Test("begins with enrolment, screening and randomisation", arguments: EventSample.all.indices)
    func beginning(number: Int) throws {
        let sample = EventSample.all[number]
        for patient in sample.patients {
            let label = "\(sample.name), patient \(patient.index)"
            let enrolment = try #require(patient.records.first)
            #expect(enrolment.kind == .enrolment && (-14...(-7)).contains(patient.day(enrolment)), "\(label)")
            let first = try EventDetail.firstDrug(of: enrolment, in: sample.batch.arena.span)
            #expect(first?.isAntiTNF == true && first != patient.studyDrug, "\(label)")
            // What brought the patient here: antibodies against the first drug, of which nothing is left.
            let screening = patient.records.filter { $0.kind == .assay && patient.day($0) < 0 }
            #expect(screening.count == 2, "\(label)")
            for assay in screening {
                let analyte = try #require(Analyte(rawValue: assay.code))
                #expect(analyte.drug == first, "\(label)")
                if analyte.isAntibody {
                    #expect(assay.value > 20 - 1e-9 && assay.value <= 200 && assay.level == 0, "\(label)")
                } else {
                    #expect(assay.level == Comparator.below.rawValue, "\(label)")
                }
            }
            let randomisation = try #require(patient.all(.randomisation).first)
            #expect(patient.all(.randomisation).count == 1 && patient.all(.enrolment).count == 1, "\(label)")
            let arm = try EventDetail.arm(of: randomisation, in: sample.batch.arena.span)
            let expected = sample.scenario.arms[sample.allocation.arm(of: UInt64(patient.index))]
            #expect(arm == Array(expected.name.utf8), "\(label)")
            // Recruitment lasts two years from 2014-03-03 on.
            let day = Instant.dayNumber(randomisation.time) - Instant.dayNumber(year: 2014, month: 3, day: 3)
            #expect((0..<730).contains(day), "\(label)")
        }
    }

    @Test("has doses by the schedule, up to a stop of their drug and no further", arguments: EventSample.all.indices)
    func doses(number: Int) throws {
        let sample = EventSample.all[number]
        let schedule = DosingSchedule(sample.scenario)
        for patient in sample.patients {
            let label = "\(sample.name), patient \(patient.index)"
            let drug = try #require(patient.studyDrug)
            let course = drug == .infliximab ? schedule.infliximab : schedule.adalimumab
            var stopDays: [Drug: Int] = [:]
            for stop in try sample.stops(of: patient) {
                stopDays[stop.drug] = min(stopDays[stop.drug] ?? .max, stop.day)
                let later = patient.all(.dose).filter { $0.code == stop.drug.rawValue && $0.time >= stop.time }
                #expect(later.isEmpty, "\(label)")
            }
            let end = try #require(patient.records.last { $0.kind == .withdrawal || $0.kind == .completion })
            let last = min(stopDays[drug] ?? .max, end.kind == .withdrawal ? patient.day(end) : 730)
            let doses = patient.all(.dose).filter { $0.code == drug.rawValue }
            #expect(doses.map(patient.day) == course.days.filter { $0 < last }, "\(label)")
            #expect(doses.map(\.value) == Array(course.amounts.prefix(doses.count)), "\(label)")
            let arm = sample.scenario.arms[sample.allocation.arm(of: UInt64(patient.index))]
            let others = patient.all(.dose).filter { $0.code != drug.rawValue }
            #expect(others.allSatisfy { $0.code == Drug.azathioprine.rawValue }, "\(label)")
            #expect(others.isEmpty == !arm.azathioprine, "\(label)")
            #expect(patient.assays(.thioguanine).isEmpty || arm.azathioprine, "\(label)")
        }
    }

    @Test("stops each drug at most once", arguments: EventSample.all.indices)
    func stopsOnce(number: Int) throws {
        let sample = EventSample.all[number]
        let repeated = try sample.patients.filter { patient in
            let drugs = try sample.stops(of: patient).map(\.drug)
            return Set(drugs).count < drugs.count
        }.map(\.index)
        #expect(repeated.isEmpty, "\(sample.name), patients \(repeated)")
    }

    @Test("has an adverse event for each stop because of one", arguments: EventSample.all.indices)
    func adverseEvents(number: Int) throws {
        let sample = EventSample.all[number]
        for patient in sample.patients {
            let stops = try sample.stops(of: patient).filter { $0.reason == .adverseEvent }
            let events = patient.all(.adverseEvent)
            let withdrawn = events.filter { $0.code == AdverseEventAction.withdrawn.rawValue }
            #expect(stops.map(\.time) == withdrawn.map(\.time), "\(sample.name), patient \(patient.index)")
            #expect(withdrawn.allSatisfy { $0.level == 3 })
            for (stop, event) in zip(stops, withdrawn) {
                #expect(
                    try EventDetail.adverseEventDrug(of: event, in: sample.batch.arena.span)
                        == Array(stop.drug.name.utf8))
            }
            let others = events.filter { $0.code != AdverseEventAction.withdrawn.rawValue }
            #expect(others.allSatisfy { $0.code == AdverseEventAction.none.rawValue && (1...2).contains($0.level) })
        }
    }
}
