import Crypto
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
    private let slices: [SliceOutcomes]
    /// The randomised patients in the order of their subjects' bytes, as slice and entry.
    private let order: [(slice: Int, entry: Int)]

    init(_ slices: [SliceOutcomes], protocol trial: TrialProtocol, shards: Int) {
        self.slices = slices
        self.trial = trial
        self.shards = shards
        events = slices.reduce(0) { $0 + $1.events }
        patients = slices.reduce(0) { $0 + $1.patients }
        findingCounts = slices.reduce(into: [:]) { $0.merge($1.findingCounts, uniquingKeysWith: +) }
        var order: [(slice: Int, entry: Int)] = []
        for (number, slice) in slices.enumerated() {
            for entry in slice.entries.indices { order.append((number, entry)) }
        }
        order.sort { left, right in
            slices[left.slice].text[slices[left.slice].entries[left.entry].subject].lexicographicallyPrecedes(
                slices[right.slice].text[slices[right.slice].entries[right.entry].subject])
        }
        self.order = order
    }

    /// How many patients were randomised and so have outcomes.
    package var randomised: Int { order.count }
    /// How many findings there are in all.
    package var findings: Int { findingCounts.values.reduce(0, +) }

    /// Hands over every outcome line, without its line feed, in the order of the subjects' bytes.
    package func eachLine(_ body: (ArraySlice<UInt8>) throws -> Void) rethrows {
        for place in order {
            let slice = slices[place.slice]
            try body(slice.text[slice.entries[place.entry].line])
        }
    }

    /// The digest of the replay: SHA-256, in hexadecimal, over the lines without their findings, each ended by a line
    /// feed.
    package func digest() -> String {
        var hash = SHA256()
        let ending = Array("[]}\n".utf8)
        for place in order {
            let slice = slices[place.slice]
            let entry = slice.entries[place.entry]
            hash.update(data: slice.text[entry.line.lowerBound..<entry.findings])
            hash.update(data: ending)
        }
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in hash.finalize() {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// One randomised patient, as statistics see it.
    package struct Subject: Sendable {
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
        for place in order {
            let slice = slices[place.slice]
            let entry = slice.entries[place.entry]
            let first = place.entry * trial.endpoints.count
            body(
                Subject(
                    arm: String(decoding: slice.arms[Int(entry.arm)], as: UTF8.self), disease: entry.disease,
                    drug: entry.drug, times: slice.times[first..<first + trial.endpoints.count]))
        }
    }
}
