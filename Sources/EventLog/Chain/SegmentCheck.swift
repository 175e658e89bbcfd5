import Segments
import Trial

/// Checks, purely, that packed events are those of a stretch of the log.
struct SegmentCheck {
    /// The slice's number in the database.
    let slice: Int32
    let patients: ChainPatients

    /// What of a segment does not fit the batches that its slice's chain has been found to lead through.
    ///
    /// - Parameters:
    ///   - before: The digest of the batch before its first position.
    ///   - hasRows: Whether there are rows of events at its positions.
    func fault(of sealed: SealedStretch, after before: [UInt8], hasRows: Bool) -> ChainFault.Place? {
        let place = sealed.place
        if let fault = sealed.stretch.fault { return fault }
        guard place.hasRows == hasRows else {
            return place.fault(
                hasRows
                    ? "its row says that its events stand nowhere else, and they stand as rows, too"
                    : "its row says that its events stand as rows, too, and there are none")
        }
        if let segment = sealed.segment, let reason = reason(of: segment) { return place.fault(reason) }
        // The chain has been led through a segment without rows already.
        if place.hasRows, let reason = self.reason(sealed.stretch.events, sealed.stretch, after: before) {
            return place.fault(reason)
        }
        guard sealed.stretch.batches.last?.digest == place.chain else {
            return place.fault("its row names another digest than the batch that ends where it ends")
        }
        return nil
    }

    /// What of the order of a segment, and of its subjects, a fold could not rely on.
    private func reason(of segment: Segment) -> String? {
        var records: [EventRecord] = []
        for (index, patient) in segment.patients.enumerated() {
            guard let subject = patients[patient] else {
                return "it has events of patient \(patient), whom the slice does not have"
            }
            guard segment.subject(index).elementsEqual(subject) else {
                return "its patient \(patient) has another subject than the slice's"
            }
            records.removeAll(keepingCapacity: true)
            segment.append(index, to: &records)
            for (record, following) in zip(records, records.dropFirst())
            where !segment.batch.precedes(record, following) {
                return "the events of its patient \(patient) are not in the order of a history"
            }
        }
        return nil
    }

    /// Follows the chain through packed events.
    ///
    /// - Parameters:
    ///   - events: The events, in the order of the log.
    ///   - stretch: Their times of recording, and the batches that they must lead to.
    ///   - before: The digest of the batch before the stretch.
    /// - Returns: Why the events are not those of the batches, without a full stop; `nil` where they are.
    func reason(_ events: EventBatch, _ stretch: ChainStretch, after before: [UInt8]) -> String? {
        var digest = before
        var next = stretch.after + 1
        for row in stretch.batches {
            guard !row.isUnreadable, row.firstPosition == next, row.lastPosition >= next,
                row.lastPosition <= stretch.through, row.lastPosition - stretch.after <= Int64(events.records.count)
            else { return "position \(next) belongs to no sound batch" }
            var chain = BatchDigest(
                after: digest, slice: slice, firstPosition: row.firstPosition,
                count: Int(row.lastPosition - row.firstPosition) + 1, recordedAt: row.recordedAt,
                attribution: Attribution(author: row.author, reason: row.reason, client: row.client))
            for position in row.firstPosition...row.lastPosition {
                let index = Int(position - stretch.after) - 1
                let record = events.records[index]
                guard stretch.recordedTimes[index] == row.recordedAt, let subject = patients[record.patient] else {
                    return "position \(position) was not recorded with its batch"
                }
                if let fault = record.fault { return "position \(position) is no event: \(fault)" }
                chain.add(record, patient: record.patient, subject: subject, of: events)
            }
            digest = chain.finish()
            guard digest == row.digest else {
                return "positions \(row.firstPosition) to \(row.lastPosition) do not lead to the digest of their batch"
            }
            next = row.lastPosition + 1
        }
        return next == stretch.through + 1 ? nil : "position \(next) belongs to no batch"
    }
}
