package import Trial

/// The outcomes of a study, joined from its slices: the same whatever the number of slices and shards.
package struct ReplayResult: Sendable {
    /// The protocol that was folded.
    package let trial: TrialProtocol
    /// How many shards folded.
    package let shards: Int
    /// How many events were read.
    package let events: Int
    /// How many patients have events.
    package let patients: Int
    /// How many times each finding occurs, those of patients who were never randomised included.
    package let findingCounts: [Finding.Code: Int]
    let slices: [SliceLines]
    /// The randomised patients in the order of their subjects' bytes.
    let order: [Place]

    /// Where a randomised patient is: the slice, and the number among the slice's randomised patients.
    typealias Place = (slice: Int, entry: Int)

    /// Joins the outcomes of all slices, each under all protocols: a result for each protocol.
    static func results(
        _ slices: [[SliceOutcomes]], protocols: [TrialProtocol], shards: Int
    ) -> [ReplayResult] {
        let order = order(of: slices.compactMap(\.first?.randomised))
        return protocols.enumerated().map { number, trial in
            ReplayResult(slices.map { $0[number] }, order, protocol: trial, shards: shards)
        }
    }

    private init(_ slices: [SliceOutcomes], _ order: [Place], protocol trial: TrialProtocol, shards: Int) {
        self.slices = slices.map { SliceLines($0, protocol: trial) }
        self.trial = trial
        self.shards = shards
        events = slices.reduce(0) { $0 + $1.events }
        patients = slices.reduce(0) { $0 + $1.patients }
        findingCounts = slices.reduce(into: [:]) { $0.merge($1.findingCounts, uniquingKeysWith: +) }
        self.order = order
    }

    /// The patients of all slices in the order of their subjects' bytes: the same under every protocol.
    private static func order(of slices: [RandomisedPatients]) -> [Place] {
        var heads: [(head: SubjectHead, place: Place)] = []
        heads.reserveCapacity(slices.reduce(0) { $0 + $1.entries.count })
        for (number, slice) in slices.enumerated() {
            for (entry, patient) in slice.entries.enumerated() {
                heads.append((SubjectHead(slice.subjects[patient.subject]), (number, entry)))
            }
        }
        heads.sort { left, right in
            if left.head != right.head { return left.head < right.head }
            let (one, two) = (slices[left.place.slice], slices[right.place.slice])
            return one.subjects[one.entries[left.place.entry].subject].lexicographicallyPrecedes(
                two.subjects[two.entries[right.place.entry].subject])
        }
        return heads.map(\.place)
    }

    /// How many patients were randomised and so have outcomes.
    package var randomised: Int { order.count }
    /// How many findings there are in all.
    package var findings: Int { findingCounts.values.reduce(0, +) }

    /// Hands over every outcome line, without its line feed, in the order of the subjects' bytes; the replay must have
    /// spelled lines.
    package func eachLine(_ body: (ArraySlice<UInt8>) throws -> Void) rethrows {
        for number in order.indices { try body(line(number)) }
    }

    /// The outcome line of one randomised patient, numbered from 0 in the order of the subjects' bytes: the same patient
    /// in all results of a replay.
    package func line(_ number: Int) -> ArraySlice<UInt8> {
        var line: [UInt8] = []
        _ = slices[order[number].slice].append(order[number].entry, to: &line)
        return line[...]
    }

    /// One randomised patient, as statistics see it.
    package struct Subject: Sendable {
        /// The subject's bytes.
        package let name: ArraySlice<UInt8>
        /// The name of the arm.
        package let arm: String
        /// The disease, `nil` where the patient was not enrolled.
        package let disease: Disease?
        /// The study drug.
        package let drug: Drug
        /// One time for each endpoint, in the protocol's order.
        package let times: ArraySlice<SliceOutcomes.Time>
    }

    /// Hands over every randomised patient, in the order of the subjects' bytes.
    package func eachSubject(_ body: (Subject) -> Void) {
        for number in order.indices { body(subject(number)) }
    }

    /// One randomised patient, numbered as ``line(_:)`` numbers them.
    package func subject(_ number: Int) -> Subject {
        let place = order[number]
        let slice = slices[place.slice].outcomes
        let entry = slice.randomised.entries[place.entry]
        let first = place.entry * trial.endpoints.count
        return Subject(
            name: slice.randomised.subjects[entry.subject],
            arm: String(decoding: slice.randomised.arms[Int(entry.arm)], as: UTF8.self), disease: entry.disease,
            drug: entry.drug, times: slice.times[first..<first + trial.endpoints.count])
    }
}

/// The first 16 bytes of a subject, which decide nearly every comparison.
private struct SubjectHead: Comparable, BitwiseCopyable {
    private var first: UInt64 = 0
    private var second: UInt64 = 0

    init(_ subject: ArraySlice<UInt8>) {
        var shift: UInt64 = 64
        for byte in subject.prefix(8) {
            shift -= 8
            first |= UInt64(byte) << shift
        }
        shift = 64
        for byte in subject.dropFirst(8).prefix(8) {
            shift -= 8
            second |= UInt64(byte) << shift
        }
    }

    static func < (left: Self, right: Self) -> Bool {
        left.first != right.first ? left.first < right.first : left.second < right.second
    }
}
