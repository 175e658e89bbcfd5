import Trial

/// Spells the outcome lines of a stretch of patients under one protocol.
///
/// Words that come again are spelled once, as ``OutcomeLine`` does, and copied into each line. A class, though nothing in
/// it changes: lines are asked for in the order of all subjects, now from this slice and now from that, and the
/// references to a dozen columns would be counted for every line.
final class SliceLines: Sendable {
    let outcomes: SliceOutcomes
    private let words: LineWords

    /// Outcomes, and the words for what they refer to.
    init(_ outcomes: SliceOutcomes, _ words: LineWords) {
        self.outcomes = outcomes
        self.words = words
    }

    /// How many endpoints a line has.
    var endpoints: Int { words.endpoints }

    /// Appends the line of a randomised patient as it is digested: without findings, and with its line feed.
    func appendDigested(_ patient: Int, to output: inout [UInt8]) {
        let findings = append(patient, to: &output)
        output.removeLast(output.count - findings)
        output.append(text: "[]}\n")
    }

    /// Whether a patient's times and evidence are those of the same stretch under another protocol.
    ///
    /// So is the digested line, where both protocols have the same names.
    func hasSameOutcomes(as other: SliceLines, of patient: Int) -> Bool {
        guard words.endpoints == other.words.endpoints else { return false }
        let places = patient * words.endpoints..<(patient + 1) * words.endpoints
        var evidence = 0
        for place in places {
            guard outcomes.times[place] == other.outcomes.times[place] else { return false }
            evidence += Int(outcomes.times[place].evidence)
        }
        if evidence == 0 { return true }
        let (own, others) = (Int(outcomes.firstNames[patient]), Int(other.outcomes.firstNames[patient]))
        let (ids, otherIDs) = (outcomes.arena.arena, other.outcomes.arena.arena)
        for number in 0..<evidence {
            let (event, same) = (outcomes.names[own + number], other.outcomes.names[others + number])
            guard event.source == same.source,
                ids.span.extracting(event.id.indices).hasSameBytes(as: otherIDs.span.extracting(same.id.indices))
            else { return false }
        }
        return true
    }

    /// Appends the line of a randomised patient, without its line feed.
    ///
    /// - Returns: Where the value of `findings` begins in `output`.
    func append(_ patient: Int, to output: inout [UInt8]) -> Int {
        let (words, subjects, ids) = (words, outcomes.randomised.subjects, outcomes.arena.arena)
        let entry = outcomes.randomised.entries[patient]
        let subject = subjects.span.extracting(outcomes.randomised.subjectRange(patient))
        OutcomeLine.appendStart(subject: subject, to: &output)
        words.append(words.group(arm: entry.arm, entry.disease, entry.drug), to: &output)
        var name = Int(outcomes.firstNames[patient])
        let first = patient * words.endpoints
        for endpoint in 0..<words.endpoints {
            let time = outcomes.times[first + endpoint]
            words.append(words.beforeDay(endpoint, time.code), to: &output)
            CanonicalJSON.append(whole: Int(time.day), to: &output)
            words.append(words.behindDay(endpoint, time.code), to: &output)
            for number in 0..<Int(time.evidence) {
                let event = outcomes.names[name]
                words.append(words.beforeID(number, source: event.source), to: &output)
                CanonicalJSON.append(string: ids.span.extracting(event.id.indices), to: &output)
                output.append(UInt8(ascii: "}"))
                name += 1
            }
            output.append(text: "]}")
        }
        return OutcomeLine.appendEnd(outcomes.findings[patient] ?? [], outcomes.arena, to: &output)
    }
}
