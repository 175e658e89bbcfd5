import Segments
import Trial

/// A stretch of patients as it is put aside: words of 64 bits, and texts one after the other.
///
/// The first word tells how many words there are, the second how many patients, the third whether their lines can be
/// spelled. Of each patient come a word of subject and arm and one of disease and drug; under each protocol a word for the
/// time of each endpoint, and, where lines can be spelled, one for each event that is evidence, the number of findings, and
/// each of them. Under every protocol but the first a word tells before whether times and evidence are those under the
/// first, as they mostly are, and are left out. The numbers of arms and sources are those of tables that all blocks of a
/// file share, and stay in memory.
struct OutcomeBlock {
    private var words: [UInt64] = []
    private var texts: [UInt8] = []

    /// The words and texts of patients whose arms and sources have the file's numbers.
    init(_ patients: [OrderedPatient]) {
        let hasNames = patients.first.map { $0.stretch.lines[0].outcomes.hasNames } ?? false
        words += [0, UInt64(patients.count), hasNames ? 1 : 0]
        for index in patients.indices {
            patients[index].stretch.put(patients[index].entry, hasNames: hasNames, into: &self)
        }
        words[0] = UInt64(words.count)
    }

    /// The block's bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.count * 8 + texts.count)
        LittleEndian.append(words: words, to: &bytes)
        bytes.append(texts.span)
        return bytes
    }
}

extension OutcomeStretch {
    /// Puts an entry into a block.
    fileprivate func put(_ entry: Int, hasNames: Bool, into block: inout OutcomeBlock) {
        for number in lines.indices { lines[number].put(entry, isFirst: number == 0, hasNames: hasNames, into: &block) }
    }
}

// Of the object that has the columns, where they are read as they lie: a copy would count the references to a dozen of them
// for each patient.
extension SliceLines {
    /// Puts an entry into a block, under the first protocol with who the patient is.
    fileprivate func put(_ entry: Int, isFirst: Bool, hasNames: Bool, into block: inout OutcomeBlock) {
        if isFirst { put(subjectOf: entry, into: &block) }
        let isLike = hasNames && isLikeFirst(entry)
        if hasNames, !isFirst { block.put(isLike ? 1 : 0) }
        if !isLike {
            for place in entry * endpoints..<(entry + 1) * endpoints { block.put(outcomes.times[place].word) }
        }
        if hasNames { put(namesOf: entry, into: &block) }
    }

    private func put(subjectOf entry: Int, into block: inout OutcomeBlock) {
        let own = outcomes.randomised.entries[entry]
        let subjects = outcomes.randomised.subjects
        block.put(own.arm, subjects.span.extracting(outcomes.randomised.subjectRange(entry)))
        block.put(UInt64(own.disease?.rawValue ?? 0) << 16 | UInt64(own.drug.rawValue))
    }

    private func put(namesOf entry: Int, into block: inout OutcomeBlock) {
        let ids = outcomes.arena.arena
        for place in outcomes.evidence(of: entry) {
            let name = outcomes.names[place]
            block.put(name.source, ids.span.extracting(name.id.indices))
        }
        guard !outcomes.findings.isEmpty, let found = outcomes.findings[entry] else { return block.put(0) }
        block.put(UInt64(found.count))
        for finding in found {
            let code = UInt64(Finding.Code.allCases.firstIndex(of: finding.code) ?? 0)
            block.put(code << 1 | (finding.event == nil ? 0 : 1))
            if let event = finding.event { block.put(event.source, ids.span.extracting(event.id.indices)) }
        }
    }
}

extension OutcomeBlock {
    fileprivate mutating func put(_ word: UInt64) { words.append(word) }

    /// Puts the number of an entry in a table at the end, and a text.
    fileprivate mutating func put(_ number: Int32, _ text: Span<UInt8>) {
        texts.append(text)
        put(UInt64(text.count) << 32 | UInt64(UInt32(bitPattern: number)))
    }
}

/// Takes a block apart, and never goes beyond its end.
private struct OutcomeBlockReader {
    private var words: [UInt64] = []
    private let bytes: [UInt8]
    private var word = 0
    private var text: Int

    /// That what a block says does not fit together.
    struct Unfitting: Error {}

    init(_ bytes: [UInt8]) throws(Unfitting) {
        self.bytes = bytes
        LittleEndian.load(words: min(1, bytes.count / 8), from: bytes, at: 0, into: &words)
        guard let count = words.first, count <= UInt64(bytes.count / 8) else { throw Unfitting() }
        LittleEndian.load(words: Int(count), from: bytes, at: 0, into: &words)
        (word, text) = (1, words.count * 8)
    }

    /// The next word.
    mutating func next() throws(Unfitting) -> UInt64 {
        guard word < words.count else { throw Unfitting() }
        word += 1
        return words[word - 1]
    }

    /// The next word, where it is below a bound.
    mutating func next(below bound: Int) throws(Unfitting) -> Int {
        let next = try next()
        guard next < UInt64(bound) else { throw Unfitting() }
        return Int(next)
    }

    /// A text, and the number of an entry in a table of so many.
    mutating func name(in count: Int) throws(Unfitting) -> (text: Range<Int>, number: Int32) {
        let next = try next()
        let (length, number) = (Int(next >> 32), UInt32(truncatingIfNeeded: next))
        guard length <= bytes.count - text, number < UInt32(count) else { throw Unfitting() }
        text += length
        return (text - length..<text, Int32(number))
    }

    /// Whether nothing is left.
    var isAtEnd: Bool { word == words.count && text == bytes.count }
}

extension OutcomeStretch {
    /// The patients of a block; `nil` where it does not fit together.
    convenience init?(block bytes: [UInt8], _ tables: SpilledRun.Tables) {
        guard let outcomes = try? Self.outcomes(in: bytes, tables) else { return nil }
        self.init(ordered: outcomes, tables.words)
    }

    private static func outcomes(
        in bytes: [UInt8], _ tables: SpilledRun.Tables
    ) throws(OutcomeBlockReader.Unfitting) -> [SliceOutcomes] {
        var reader = try OutcomeBlockReader(bytes)
        let count = try reader.next(below: bytes.count)
        let hasNames = try reader.next(below: 2) == 1
        var randomised = RandomisedPatients(arms: tables.names.arms)
        let statuses = tables.statuses
        var outcomes = statuses.map { _ in SliceOutcomes(sources: tables.names.sources, bytes) }
        for entry in 0..<count {
            let (subject, arm) = try reader.name(in: randomised.arms.count)
            let groups = try reader.next(below: 1 << 31)
            let disease = Disease(rawValue: Int16(groups >> 16))
            guard disease != nil || groups >> 16 == 0, let drug = Drug(rawValue: Int16(groups & 0x7fff)) else {
                throw OutcomeBlockReader.Unfitting()
            }
            randomised.append(subject: bytes[subject], arm: arm, disease, drug)
            for number in statuses.indices {
                if hasNames, number > 0, try reader.next(below: 2) == 1 {
                    let times = outcomes[0].times(of: entry)
                    try outcomes[number].append(likeFirst: times, statuses[number])
                } else {
                    let evidence = try outcomes[number].readTimes(statuses[number], &reader)
                    if hasNames { try outcomes[number].readNames(evidence, &reader) }
                }
                if hasNames { try outcomes[number].readFindings(of: entry, limit: bytes.count, &reader) }
            }
        }
        guard reader.isAtEnd else { throw OutcomeBlockReader.Unfitting() }
        for number in outcomes.indices { outcomes[number].randomised = randomised }
        return outcomes
    }
}

extension SliceOutcomes {
    /// No patients yet, whose evidence is of these sources and has its names in a block.
    fileprivate init(sources: NameTable, _ block: [UInt8]) {
        self.init(sources: sources)
        arena.arena = block
    }

    /// Reads how each endpoint of the next patient ended.
    ///
    /// - Returns: How many events are the patient's evidence.
    fileprivate mutating func readTimes(
        _ statuses: [Int], _ reader: inout OutcomeBlockReader
    ) throws(OutcomeBlockReader.Unfitting) -> Int {
        var evidence = 0
        for endpoint in statuses.indices {
            let time = Time(word: try reader.next())
            guard Int(time.code) < statuses[endpoint] else { throw OutcomeBlockReader.Unfitting() }
            evidence += Int(time.evidence)
            times.append(time)
        }
        return evidence
    }

    /// Reads so many names of the next patient's evidence.
    fileprivate mutating func readNames(
        _ count: Int, _ reader: inout OutcomeBlockReader
    ) throws(OutcomeBlockReader.Unfitting) {
        firstNames.append(UInt32(truncatingIfNeeded: names.count))
        isLikeFirst.append(false)
        for _ in 0..<count { names.append(try readName(&reader)) }
    }

    /// The times of a patient who was read last.
    fileprivate func times(of patient: Int) -> ArraySlice<Time> {
        let endpoints = times.count / (patient + 1)
        return times[(patient * endpoints)...]
    }

    /// Adds the times that the next patient has under the first protocol, where the names of the evidence are.
    fileprivate mutating func append(
        likeFirst others: ArraySlice<Time>, _ statuses: [Int]
    ) throws(OutcomeBlockReader.Unfitting) {
        guard others.count == statuses.count, zip(others, statuses).allSatisfy({ Int($0.code) < $1 }) else {
            throw OutcomeBlockReader.Unfitting()
        }
        times += others
        firstNames.append(UInt32(truncatingIfNeeded: names.count))
        isLikeFirst.append(true)
    }

    /// Reads a patient's findings, of which there are fewer than the limit.
    fileprivate mutating func readFindings(
        of patient: Int, limit: Int, _ reader: inout OutcomeBlockReader
    ) throws(OutcomeBlockReader.Unfitting) {
        for _ in 0..<(try reader.next(below: limit)) {
            let code = try reader.next(below: 2 * Finding.Code.allCases.count)
            var event: EventRecord?
            if code & 1 == 1 {
                let name = try readName(&reader)
                event = EventRecord(time: 0, patient: 0, source: name.source, id: name.id, kind: .completion)
            }
            findings[patient, default: []].append(Finding(code: Finding.Code.allCases[code >> 1], event: event))
        }
    }

    private func readName(_ reader: inout OutcomeBlockReader) throws(OutcomeBlockReader.Unfitting) -> EventName {
        let (id, source) = try reader.name(in: arena.sources.count)
        let place = ByteRange(start: UInt32(truncatingIfNeeded: id.lowerBound), count: UInt32(id.count))
        return EventName(source: source, id: place)
    }
}
