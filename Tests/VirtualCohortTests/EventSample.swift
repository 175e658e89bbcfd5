import Testing
import Trial
import VirtualCohort

/// The events of some virtual patients.
struct EventSample {
    let name: String
    let scenario: Scenario
    let seed: UInt64
    let allocation: Allocation
    let batch: EventBatch
    let patients: [SampledPatient]

    /// Makes the first patients of a cohort.
    init(_ name: String, _ scenario: Scenario, seed: UInt64, count: UInt64) {
        self.name = name
        self.scenario = scenario
        self.seed = seed
        allocation = scenario.cohort
        var batch = EventBatch()
        var members: [Range<Int>] = []
        var simulator = CohortSimulator(scenario, seed: seed, allocation)
        simulator.append(0..<count, to: &batch, members: &members)
        self.batch = batch
        patients = members.enumerated().map { index, members in
            SampledPatient(index: index, members: members, records: Array(batch.records[members]))
        }
    }

    /// All built-in scenarios with frequent stops and withdrawals, and the default one as it is.
    static let all: [Self] =
        Scenario.builtInNames.compactMap { name in
            Scenario.builtIn(name).map { Self("\(name), eventful", $0.eventful, seed: 71, count: 120) }
        } + [Self("roblin-2020", Scenario(), seed: 72, count: 200)]

    /// 10,000 patients of the default scenario.
    static let large = Self("roblin-2020", Scenario(), seed: 82, count: 10_000)
}

extension EventSample {
    /// The end of a drug as a site states it.
    struct Stop {
        let drug: Drug
        let reason: TreatmentStopReason
        let day: Int
        let time: Int64
    }

    /// The stops of a patient, in the order of their reports.
    func stops(of patient: SampledPatient) throws -> [Stop] {
        try patient.all(.treatmentStop).map { record in
            let name = try EventDetail.treatmentStopDrug(of: record, in: batch.arena.span)
            return Stop(
                drug: try #require(Drug.allCases.first { Array($0.name.utf8) == name }),
                reason: try #require(TreatmentStopReason(rawValue: record.code)), day: patient.day(record),
                time: record.time)
        }
    }
}

/// One patient of a sample, with days counted from randomisation.
struct SampledPatient {
    let index: Int
    let members: Range<Int>
    let records: [EventRecord]
    private let dayZero: Int

    init(index: Int, members: Range<Int>, records: [EventRecord]) {
        self.index = index
        self.members = members
        self.records = records
        dayZero = records.first { $0.kind == .randomisation }.map { Instant.dayNumber($0.time) } ?? 0
    }

    /// The events of a kind.
    func all(_ kind: EventKind) -> [EventRecord] { records.filter { $0.kind == kind } }

    /// The assays of an analyte.
    func assays(_ analyte: Analyte) -> [EventRecord] {
        records.filter { $0.kind == .assay && $0.code == analyte.rawValue }
    }

    /// The day of an event.
    func day(_ record: EventRecord) -> Int { Instant.dayNumber(record.time) - dayZero }

    /// The drug of the randomisation.
    var studyDrug: Drug? { all(.randomisation).first.flatMap { Drug(rawValue: $0.code) } }
    /// The disease of the enrolment.
    var disease: Disease? { all(.enrolment).first.flatMap { Disease(rawValue: $0.code) } }
}
