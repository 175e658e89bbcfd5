import EventLog
package import Trial

/// Folds one slice after the other: each patient's events are gathered and ordered once, then folded under each protocol.
///
/// Working memory is kept from slice to slice and is bounded by the largest.
package struct SliceFold: Sendable {
    private let spellsLines: Bool
    private let until: Int64?
    private var folds: [PatientFold]
    private var history = PatientHistory()
    private var pieces = SliceHistory()
    /// What the slice under way has given so far.
    private var results: [SliceOutcomes]
    private var randomised = RandomisedPatients()

    /// A fold under protocols, cut at `until` (microseconds since 1970) where it is given.
    ///
    /// - Parameter spellsLines: Whether outcomes have lines; statistics do not need them.
    package init(_ protocols: [CompiledProtocol], until: Int64?, spellsLines: Bool = true) {
        self.until = until
        self.spellsLines = spellsLines
        folds = protocols.map { PatientFold($0, until: until) }
        results = [SliceOutcomes](repeating: SliceOutcomes(), count: protocols.count)
    }

    /// Takes in a piece of a slice and folds the patients that are complete with it.
    ///
    /// - Returns: With the last piece the outcomes of the slice under each protocol, in order.
    mutating func outcomes(with piece: consuming SlicePiece, of step: SliceStep) throws(LogError) -> [SliceOutcomes]? {
        // Taken out, so that the closure may change them.
        var (results, randomised) = (results, randomised)
        self.results = []
        self.randomised = RandomisedPatients()
        let spellsLines = spellsLines
        try eachPatient(with: piece, of: step) { subject, outcomes, history, batch in
            for (number, outcome) in outcomes.enumerated() {
                results[number].add(outcome)
                if spellsLines, outcome.randomisation != nil { results[number].addNames(outcome, history, batch) }
            }
            guard let randomisation = outcomes.first?.randomisation else { return }
            randomised.append(
                subject: subject, arm: randomisation.arm, disease: randomisation.disease, drug: randomisation.drug)
        }
        for number in results.indices { results[number].events += step.events }
        guard step.isLast else {
            (self.results, self.randomised) = (results, randomised)
            return nil
        }
        self.results = [SliceOutcomes](repeating: SliceOutcomes(), count: folds.count)
        for number in results.indices { results[number].randomised = randomised }
        return results
    }

    /// Takes in a piece of a slice and hands over each patient that is complete with it, with the outcome under each
    /// protocol, in the order of their numbers.
    ///
    /// A patient all of whose events lie beyond the data cut does not exist yet.
    mutating func eachPatient(
        with piece: consuming SlicePiece, of step: SliceStep,
        _ body: (ArraySlice<UInt8>, [PatientOutcome], PatientHistory, EventBatch) throws(DetailError) -> Void
    ) throws(LogError) {
        pieces.add(piece)
        var outcomes: [PatientOutcome] = []
        var subject: ArraySlice<UInt8> = []
        do throws(DetailError) {
            while let batch = try pieces.loadNext(
                below: step.completeBelow, into: &history, until: until, subject: &subject)
            {
                if history.isEmpty { continue }
                outcomes.removeAll(keepingCapacity: true)
                let survey = try Survey(history, in: batch)
                for fold in folds.indices { outcomes.append(try folds[fold].outcome(of: history, survey, in: batch)) }
                try body(subject, outcomes, history, batch)
            }
        } catch {
            throw .undecodable(
                slice: step.index, subject: String(decoding: subject, as: UTF8.self), error.message)
        }
        if step.isLast { pieces.removeAll() }
    }
}
