package import Trial

/// Makes virtual patients as events.
///
/// A patient is a pure function of scenario, seed and index: it does not matter in which order, in which company or on
/// which machine patients are made. The struct only keeps its working memory.
package struct CohortSimulator: Sendable {
    private let scenario: Scenario
    private let seed: UInt64
    private let allocation: Allocation
    private let sourceNames: (sites: [[UInt8]], laboratory: [UInt8])
    private var courses: PatientCourses
    private var events: PatientEvents
    /// What the events of the batch refer to.
    private var references: PatientEvents.References?

    /// A simulator.
    ///
    /// - Parameters:
    ///   - scenario: what patients are made from.
    ///   - seed: the seed, which the sources of all events name.
    ///   - allocation: how patients are put into arms.
    package init(_ scenario: Scenario, seed: UInt64, _ allocation: Allocation) {
        self.scenario = scenario
        self.seed = seed
        self.allocation = allocation
        let root = Self.sourceRoot(scenario, seed: seed)
        sourceNames = (
            (1...PatientEvents.siteCount).map { Array("\(root)site-\($0)".utf8) },
            Array(Self.laboratory(scenario, seed: seed).utf8)
        )
        courses = PatientCourses(scenario)
        events = PatientEvents(scenario)
    }

    /// What the sources of all events of a simulation begin with, such as `/virtual/roblin-2020/42/`.
    package static func sourceRoot(_ scenario: Scenario, seed: UInt64) -> String {
        "/virtual/\(scenario.identifier)/\(seed)/"
    }

    /// The source of all assays of a simulation.
    package static func laboratory(_ scenario: Scenario, seed: UInt64) -> String {
        sourceRoot(scenario, seed: seed) + "laboratory"
    }

    /// The name of a patient, such as `V0000000001` for the one with the index 0.
    package static func subject(of index: UInt64) -> [UInt8] {
        var name: [UInt8] = [UInt8(ascii: "V")]
        CanonicalJSON.append(whole: Int(index) + 1, width: 10, to: &name)
        return name
    }

    /// Appends the events of patients to a batch, patient after patient, each one's in the order of their reports.
    ///
    /// - Parameters:
    ///   - patients: the indices, counted from 0, in any order.
    ///   - batch: the batch, whose subjects and sources gain those of the patients.
    ///   - members: gains for each patient the places of its events in the batch.
    package mutating func append(
        _ patients: some RandomAccessCollection<UInt64>, to batch: inout EventBatch, members: inout [Range<Int>]
    ) {
        begin(&batch)
        appendFurther(patients, to: &batch, members: &members)
    }

    /// Begins a batch, whose patients share the texts of their events.
    package mutating func begin(_ batch: inout EventBatch) {
        events.forgetTexts()
        references = PatientEvents.References(
            sites: sourceNames.sites.map { batch.sources.intern($0.span) },
            laboratory: batch.sources.intern(sourceNames.laboratory.span), ids: EventNames(in: &batch))
    }

    /// Appends the events of patients to the batch that was begun, as ``append(_:to:members:)`` does.
    package mutating func appendFurther(
        _ patients: some RandomAccessCollection<UInt64>, to batch: inout EventBatch, members: inout [Range<Int>]
    ) {
        guard let references else { preconditionFailure("A batch is begun before patients come.") }
        var rest = patients[...]
        while let last = rest.prefix(Lanes.width).last {
            // The lanes that are left over make the last patient again, whom nobody keeps.
            var indices = SIMD8<UInt64>(repeating: last)
            var count = 0
            for index in rest.prefix(Lanes.width) {
                indices[count] = index
                count += 1
            }
            rest = rest.dropFirst(count)
            var arms = SIMD8<Int>.zero
            for lane in 0..<Lanes.width { arms[lane] = allocation.arm(of: indices[lane]) }
            let group = PatientGroup(scenario, seed: seed, indices: indices, arms: arms)
            let retention = Retention(scenario.retention, group)
            courses.run(group, retention)
            for lane in 0..<count {
                let number = batch.subjects.intern(Self.subject(of: indices[lane]).span)
                let start = batch.records.count
                events.append(lane, of: group, retention, courses, patient: number, references, to: &batch)
                members.append(start..<batch.records.count)
            }
        }
    }
}
