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
    private let twins: [Int]
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
        twins = ([nil] + Disease.allCases).flatMap { disease in
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
        Self.add(
            folds, twins, from: firstTwin(of: survey), history, arena.span,
            hasLine: spellsLines && survey.group != nil, to: &results)
        guard let group = survey.group else { return }
        randomised.append(subject: subject, arm: survey.arm, disease: group.disease, drug: group.drug)
    }

    /// Adds what folds have found to the outcomes under each protocol.
    ///
    /// Apart from `self`, of which spans may then be taken: nothing is counted for each patient.
    private static func add(
        _ folds: [PatientFold], _ twins: [Int], from first: Int, _ history: borrowing PatientHistory,
        _ arena: Span<UInt8>,
        hasLine: Bool, to results: inout [SliceOutcomes]
    ) {
        let (folds, records) = (folds.span, history.records.span)
        for number in results.indices {
            let twin = twins[first + number]
            let isLikeFirst = number > 0 && (twin == 0 || folds[twin].results == folds[0].results)
            results[number].add(
                folds[twin].results.entries.span, evidence: folds[twin].results.evidence.span,
                folds[twin].findings.span,
                of: records, arena, hasLine: hasLine, isLikeFirst: isLikeFirst)
        }
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
                try Self.fold(history, survey, in: arena.span, with: &folds, twins, from: firstTwin(of: survey))
                return holder
            }
            return nil
        } catch {
            throw undecodable(error, of: step)
        }
    }

    /// Folds a patient under each protocol that asks something of its own of him.
    ///
    /// Apart from `self`: what does not change is borrowed, and no references are counted.
    private static func fold(
        _ history: borrowing PatientHistory, _ survey: borrowing Survey, in arena: Span<UInt8>,
        with folds: inout [PatientFold], _ twins: [Int], from first: Int
    ) throws(DetailError) {
        for number in folds.indices where twins[first + number] == number {
            try folds[number].fold(history, survey, in: arena)
        }
    }

    /// Forgets what was found in details, for folds too that pass over the patient at hand.
    private mutating func beginArena() {
        memo.beginArena()
        for number in folds.indices { folds[number].beginArena() }
    }

    /// Where ``twins`` begins for the patient at hand: with the first protocol that asks the same of him as the first, whose
    /// outcomes and findings both have.
    private func firstTwin(of survey: borrowing Survey) -> Int { Int(survey.disease?.rawValue ?? 0) * folds.count }

    /// The events of a holder, for those who look up more than the fold does.
    func batch(of holder: SliceHistory.Holder) -> EventBatch { pieces[holder] }

    /// Forgets the slice.
    mutating func finish() { pieces.removeAll() }

    /// That something of the patient at hand cannot be decoded.
    func undecodable(_ error: DetailError, of step: SliceStep) -> LogError {
        .undecodable(
            slice: step.index, position: nil, subject: String(decoding: subject, as: UTF8.self), error.message)
    }
}
