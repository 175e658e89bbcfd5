import Trial

/// Spells the outcome lines of a stretch of patients under one protocol.
///
/// Words that come again are spelled once, as ``OutcomeLine`` does, and copied into each line. A class, though nothing in
/// it changes: lines are asked for in the order of all subjects, now from this slice and now from that, and the
/// references to a dozen columns would be counted for every line.
final class SliceLines: Sendable {
    let outcomes: SliceOutcomes
    private let words: LineWords
    /// The outcomes under the first protocol.
    private let first: SliceOutcomes

    /// Outcomes, the words for what they refer to, and the outcomes of the same patients under the first protocol.
    init(_ outcomes: SliceOutcomes, _ words: LineWords, first: SliceOutcomes) {
        self.outcomes = outcomes
        self.words = words
        self.first = first
    }

    /// How many endpoints a line has.
    var endpoints: Int { words.endpoints }

    /// Whether a patient's times and evidence are known to be those of the same stretch under the first of several protocols.
    ///
    /// So is the digested line, where both protocols have the same names.
    func isLikeFirst(_ patient: Int) -> Bool { outcomes.isLikeFirst[patient] }

    /// The line of a randomised patient, without its line feed.
    func line(of patient: Int) -> ArraySlice<UInt8> {
        var text = LineText(expecting: 1)
        text.append(greatestLength(of: patient)) { spellOutcomes(of: patient, in: &$0, at: $1) }
        var line = Array(text.bytes)
        _ = OutcomeLine.appendEnd(outcomes.findings[patient] ?? [], outcomes.arena, to: &line)
        return line[...]
    }

    /// Appends the line of a randomised patient as it is digested: without findings, and with its line feed.
    func append(digested patient: Int, to text: inout LineText) {
        text.append(greatestLength(of: patient)) { output, start in
            words.store(words.digestedEnd, in: &output, at: spellOutcomes(of: patient, in: &output, at: start))
        }
    }

    /// How many bytes the line of a randomised patient may take as it is digested.
    private func greatestLength(of patient: Int) -> Int {
        let isLike = isLikeFirst(patient)
        let evidence = isLike ? first.evidence(of: patient) : outcomes.evidence(of: patient)
        var texts = outcomes.randomised.subjectRange(patient).count
        for place in evidence { texts += Int(isLike ? first.names[place].id.count : outcomes.names[place].id.count) }
        return words.greatestLength(evidence: evidence.count) + CanonicalJSON.bytesPerEscape * texts
    }

    /// Spells a line as far as its findings, where there is room for it.
    ///
    /// - Returns: The place behind it.
    private func spellOutcomes(of patient: Int, in output: inout MutableSpan<UInt8>, at start: Int) -> Int {
        let isLike = isLikeFirst(patient)
        let entry = outcomes.randomised.entries[patient]
        var place = words.store(words.start, in: &output, at: start)
        place = spellSubject(of: patient, in: &output, at: place)
        place = words.store(words.group(arm: entry.arm, entry.disease, entry.drug), in: &output, at: place)
        var name = Int(isLike ? first.firstNames[patient] : outcomes.firstNames[patient])
        for endpoint in 0..<words.endpoints {
            let time = outcomes.times[patient * words.endpoints + endpoint]
            place = words.store(words.beforeDay(endpoint, time.code), in: &output, at: place)
            place = CanonicalJSON.store(whole: Int(time.day), in: &output, at: place)
            if time.evidence == 0 {
                place = words.store(words.withoutEvidence(endpoint, time.code), in: &output, at: place)
                continue
            }
            place = words.store(words.behindDay(endpoint, time.code), in: &output, at: place)
            let names = name..<name + Int(time.evidence)
            place = spell(names, ofFirst: isLike, in: &output, at: place)
            place = words.store(words.behindEvidence, in: &output, at: place)
            name = names.upperBound
        }
        return place
    }

    private func spellSubject(of patient: Int, in output: inout MutableSpan<UInt8>, at start: Int) -> Int {
        let subjects = outcomes.randomised.subjects
        let subject = outcomes.randomised.subjectRange(patient)
        return CanonicalJSON.store(string: subjects.span.extracting(subject), in: &output, at: start)
    }

    /// Spells the events at some places of the names, those under the first protocol where it says so.
    private func spell(
        _ places: Range<Int>, ofFirst isFirst: Bool, in output: inout MutableSpan<UInt8>, at start: Int
    ) -> Int {
        let ids = isFirst ? first.arena.arena : outcomes.arena.arena
        var place = start
        for (number, name) in places.enumerated() {
            let event = isFirst ? first.names[name] : outcomes.names[name]
            place = words.store(words.beforeID(number, source: event.source), in: &output, at: place)
            place = CanonicalJSON.store(string: ids.span.extracting(event.id.indices), in: &output, at: place)
            output[place] = UInt8(ascii: "}")
            place += 1
        }
        return place
    }
}
