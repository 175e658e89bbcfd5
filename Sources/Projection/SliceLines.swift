import Trial

/// Spells the outcome lines of one slice under one protocol.
///
/// Words that come again are spelled once, as ``OutcomeLine`` does, and copied into each line. A class, though nothing in
/// it changes: lines are asked for in the order of all subjects, now from this slice and now from that, and the
/// references to a dozen columns would be counted for every line.
final class SliceLines: Sendable {
    let outcomes: SliceOutcomes
    private let endpoints: [EndpointWords]
    private let arms: SpelledWords
    private let sources: SpelledWords

    /// The words of an endpoint, by the number of the status.
    private struct EndpointWords: Sendable {
        var beforeDay = SpelledWords()
        var behindDay = SpelledWords()

        init(_ endpoint: Endpoint) {
            for status in SliceOutcomes.Time.statuses(criteria: endpoint.criteria.count) {
                beforeDay.add { OutcomeLine.appendBeforeDay(of: endpoint, status, to: &$0) }
                behindDay.add { OutcomeLine.appendBehindDay(of: endpoint, status, to: &$0) }
            }
        }
    }

    init(_ outcomes: SliceOutcomes, protocol trial: TrialProtocol) {
        self.outcomes = outcomes
        endpoints = trial.endpoints.map(EndpointWords.init)
        arms = SpelledWords(outcomes.randomised.arms)
        sources = SpelledWords(outcomes.arena.sources)
    }

    /// Appends the line of a randomised patient as it is digested: without findings, and with its line feed.
    func appendDigested(_ patient: Int, to output: inout [UInt8]) {
        let findings = append(patient, to: &output)
        output.removeLast(output.count - findings)
        output.append(text: "[]}\n")
    }

    /// Whether the digested line of a patient is that of the same slice under another protocol with the same names.
    func hasSameLine(as other: SliceLines, of patient: Int) -> Bool {
        let places = patient * endpoints.count..<(patient + 1) * endpoints.count
        var evidence = 0
        for place in places {
            guard outcomes.times[place] == other.outcomes.times[place] else { return false }
            evidence += Int(outcomes.times[place].evidence)
        }
        let (own, others) = (Int(outcomes.firstNames[patient]), Int(other.outcomes.firstNames[patient]))
        for number in 0..<evidence {
            let (event, same) = (outcomes.names[own + number], other.outcomes.names[others + number])
            guard event.source == same.source,
                outcomes.arena.bytes(event.id).elementsEqual(other.outcomes.arena.bytes(same.id))
            else { return false }
        }
        return true
    }

    /// Appends the line of a randomised patient, without its line feed.
    ///
    /// - Returns: Where the value of `findings` begins in `output`.
    func append(_ patient: Int, to output: inout [UInt8]) -> Int {
        let entry = outcomes.randomised.entries[patient]
        let (subjects, ids) = (outcomes.randomised.subjects, outcomes.arena.arena)
        OutcomeLine.appendStart(
            subject: subjects.span.extracting(entry.subject), disease: entry.disease,
            drug: entry.drug, to: &output
        ) { arms.append(Int(entry.arm), to: &$0) }
        var name = Int(outcomes.firstNames[patient])
        let first = patient * endpoints.count
        for index in endpoints.indices {
            let time = outcomes.times[first + index]
            if index > 0 { output.append(UInt8(ascii: ",")) }
            endpoints[index].beforeDay.append(Int(time.code), to: &output)
            CanonicalJSON.append(whole: Int(time.day), to: &output)
            endpoints[index].behindDay.append(Int(time.code), to: &output)
            output.append(UInt8(ascii: "["))
            for number in 0..<Int(time.evidence) {
                let event = outcomes.names[name]
                OutcomeLine.appendEvidence(
                    number, id: ids.span.extracting(event.id.indices), to: &output
                ) { sources.append(Int(event.source), to: &$0) }
                name += 1
            }
            output.append(text: "]}")
        }
        return OutcomeLine.appendEnd(outcomes.findings[patient] ?? [], outcomes.arena, to: &output)
    }
}

/// Words as lines spell them, by number.
private struct SpelledWords: Sendable {
    private var bytes: [UInt8] = []
    private var ends = [0]

    /// No words.
    init() {}

    /// The names of a table as JSON strings.
    init(_ names: NameTable) {
        for number in 0..<names.count { add { CanonicalJSON.append(string: names[number].span, to: &$0) } }
    }

    /// Adds a word.
    mutating func add(_ spell: (inout [UInt8]) -> Void) {
        spell(&bytes)
        ends.append(bytes.count)
    }

    /// Appends a word to a line.
    func append(_ number: Int, to output: inout [UInt8]) {
        output.append(bytes.span.extracting(ends[number]..<ends[number + 1]))
    }
}
