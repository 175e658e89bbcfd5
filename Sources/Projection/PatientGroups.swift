import Trial

/// The events of a batch gathered by patient: one counting sort on the dense numbers.
struct PatientGroups {
    /// Indices into the batch's records, patient after patient, each patient's in the order of the log.
    private(set) var members: [Int32] = []
    /// By patient number: where its members begin; one more entry for the end.
    private var starts: [Int32] = []

    /// Gathers the events of patients 1 to `patients`.
    mutating func gather(_ batch: EventBatch, patients: Int) {
        starts.removeAll(keepingCapacity: true)
        for _ in 0..<patients + 2 { starts.append(0) }
        for index in batch.records.indices { starts[Int(batch.records[index].patient) + 1] += 1 }
        for patient in 1..<starts.count { starts[patient] += starts[patient - 1] }
        if members.count < batch.records.count {
            members = [Int32](repeating: 0, count: batch.records.count)
        }
        for index in batch.records.indices {
            let patient = Int(batch.records[index].patient)
            members[Int(starts[patient])] = Int32(truncatingIfNeeded: index)
            starts[patient] += 1
        }
    }

    /// The members of a patient, numbered from 1.
    func members(of patient: Int) -> ArraySlice<Int32> {
        // Gathering moved each start to its end, which is where the next patient's members begin.
        members[Int(starts[patient - 1])..<Int(starts[patient])]
    }
}
