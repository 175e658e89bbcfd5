import EventLog
package import Trial

/// Folds one slice after the other: each patient's events are gathered and ordered once, then folded under each protocol.
///
/// Working memory is kept from slice to slice and is bounded by the largest.
package struct SliceFold: Sendable {
    private let spellsLines: Bool
    private let until: Int64?
    private var folds: [PatientFold]
    /// By disease, 0 where there is none, and protocol: the first protocol that asks the same of the patient.
    private let twins: [[Int]]
    private var pieces: SliceHistory
    private var memo = DetailMemo()
    /// What the events of the patient before refer to; `nil` where that is gone.
    private var lastHolder: SliceHistory.Holder?
    /// What the slice under way has given so far.
    private var results: [SliceOutcomes]
    private var randomised = RandomisedPatients()

    /// The subject of the patient at hand.
    private(set) var subject: ArraySlice<UInt8> = []
    /// The events of the patient at hand.
    private(set) var history = PatientHistory()
    /// The first look over the events of the patient at hand.
    private var survey = Survey()

    /// What became of the patient at hand under the first protocol.
    var outcome: PatientOutcome { folds[0].outcome(survey) }

    /// A fold under protocols, cut at `until` (microseconds since 1970) where it is given.
    ///
    /// - Parameters:
    ///   - spellsLines: Whether outcomes have lines; statistics do not need them.
    ///   - needsHistories: Whether somebody asks for the histories of patients, which then have all events and not only
    ///     those that matter to the outcomes.
    package init(
        _ protocols: [CompiledProtocol], until: Int64?, spellsLines: Bool = true, needsHistories: Bool = false
    ) {
        self.until = until
        pieces = SliceHistory(needsHistories ? nil : Relevance(protocols))
        self.spellsLines = spellsLines
        folds = protocols.map { PatientFold($0, until: until) }
        twins = ([nil] + Disease.allCases).map { disease in
            protocols.map { own in protocols.firstIndex { own.asksTheSame(as: $0, of: disease) } ?? 0 }
        }
        results = [SliceOutcomes](repeating: SliceOutcomes(), count: protocols.count)
    }

    /// Takes in a piece of a slice and folds the patients that are complete with it.
    ///
    /// - Parameter limit: How many bytes of outcomes are not to be kept for later pieces.
    /// - Returns: With the last piece, or where there are more than the limit, the outcomes since the last ones, under each
    ///   protocol, in order.
    mutating func outcomes(
        with piece: consuming SlicePiece, of step: SliceStep, cuttingAt limit: Int? = nil
    ) throws(LogError) -> [SliceOutcomes]? {
        add(piece)
        while let holder = try foldNext(of: step) { keep(pieces.arena(of: holder)) }
        for number in results.indices { results[number].events += step.events }
        let isFull = limit.map { limit in results.reduce(randomised.size) { $0 + $1.size } > limit } ?? false
        guard step.isLast || isFull else { return nil }
        for number in results.indices { results[number].finish(randomised, sources: pieces.sources) }
        defer {
            results = [SliceOutcomes](repeating: SliceOutcomes(), count: folds.count)
            randomised = RandomisedPatients()
        }
        if step.isLast { finish() }
        return results
    }

    /// Keeps what became of the patient at hand.
    private mutating func keep(_ arena: [UInt8]) {
        let records = spellsLines && survey.randomisation != nil ? history.records : nil
        let twins = twins(of: survey)
        for number in results.indices {
            let twin = twins[number]
            let isLikeFirst = number > 0 && (twin == 0 || folds[twin].results == folds[0].results)
            results[number].add(
                folds[twin].results, folds[twin].findings, of: records, arena.span, isLikeFirst: isLikeFirst)
        }
        guard let randomisation = survey.randomisation else { return }
        randomised.append(
            subject: subject, arm: randomisation.arm, disease: randomisation.disease, drug: randomisation.drug)
    }

    // MARK: - Patient by patient

    /// Takes in a piece of a slice.
    mutating func add(_ piece: consuming SlicePiece) {
        pieces.add(piece)
        // There may be new rows.
        lastHolder = nil
    }

    /// Folds the next patient that is complete with the pieces so far, who is at hand then; a patient all of whose events lie
    /// beyond the data cut does not exist yet.
    ///
    /// - Returns: What the patient's events refer to; `nil` where there is no further patient.
    mutating func foldNext(of step: SliceStep) throws(LogError) -> SliceHistory.Holder? {
        do throws(DetailError) {
            while let holder = try pieces.loadNext(
                below: step.completeBelow, into: &history, until: until, subject: &subject)
            {
                if history.isEmpty { continue }
                let isNewArena = holder != lastHolder || holder == .gathered
                lastHolder = holder
                if isNewArena { beginArena() }
                let arena = pieces.arena(of: holder)
                survey = try Survey(history, in: arena.span, &memo)
                if survey.needsAllEvents, history.leftOut != nil {
                    try pieces.loadWhole(from: holder, into: &history, until: until)
                    survey = try Survey(history, in: arena.span, &memo)
                }
                let twins = twins(of: survey)
                for number in folds.indices where twins[number] == number {
                    try folds[number].fold(history, survey, in: arena.span)
                }
                return holder
            }
            return nil
        } catch {
            throw undecodable(error, of: step)
        }
    }

    /// Forgets what was found in details, for folds too that pass over the patient at hand.
    private mutating func beginArena() {
        memo.beginArena()
        for number in folds.indices { folds[number].beginArena() }
    }

    /// By protocol: the first one that asks the same of the patient at hand, whose outcomes and findings both have.
    private func twins(of survey: borrowing Survey) -> [Int] { twins[Int(survey.disease?.rawValue ?? 0)] }

    /// The events of a holder, for those who look up more than the fold does.
    func batch(of holder: SliceHistory.Holder) -> EventBatch { pieces[holder] }

    /// Forgets the slice.
    mutating func finish() { pieces.removeAll() }

    /// That something of the patient at hand cannot be decoded.
    func undecodable(_ error: DetailError, of step: SliceStep) -> LogError {
        .undecodable(slice: step.index, subject: String(decoding: subject, as: UTF8.self), error.message)
    }
}
