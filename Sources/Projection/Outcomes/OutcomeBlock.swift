import Segments
import Trial

/// A stretch of patients as it is put aside: columns of words of 64 bits, and the texts that they name, one after the other.
///
/// The first word tells how many words there are, the second how many patients, the third whether their lines can be
/// spelled. Then come, a word for each patient, subjects with arms, and diseases with drugs. Under each protocol follow
/// the times, one for each endpoint of each patient; and where lines can be spelled a word for each event that is evidence,
/// the number of patients with findings, and of each of them the place, the number of findings and the findings. Under
/// every protocol but the first a word for each patient tells before whether times and evidence are those under the first,
/// as they mostly are, and are left out. Texts are in the order of the words that name them. The numbers of arms and
/// sources are those of tables that all blocks of a file share, and stay in memory.
struct OutcomeBlock {
    private var words: [UInt64] = []
    private var texts: [UInt8] = []

    /// The patients at some places of a stretch whose arms and sources have the file's numbers.
    init(_ stretch: OutcomeStretch, _ places: Range<Int>) {
        let hasNames = stretch.lines[0].outcomes.hasNames
        let entries = places.map(stretch.entry)
        words = [0, UInt64(entries.count), hasNames ? 1 : 0]
        stretch.lines[0].put(subjectsOf: entries, into: &self)
        for number in stretch.lines.indices {
            stretch.lines[number].put(entries, isFirst: number == 0, hasNames: hasNames, into: &self)
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

    fileprivate mutating func put(_ word: UInt64) { words.append(word) }

    /// Puts the number of an entry in a table, and a text.
    fileprivate mutating func put(_ number: Int32, _ text: Span<UInt8>) {
        texts.append(text)
        put(UInt64(text.count) << 32 | UInt64(UInt32(bitPattern: number)))
    }
}

// Of the object that has the columns, where they are read as they lie.
extension SliceLines {
    fileprivate func put(subjectsOf entries: [Int], into block: inout OutcomeBlock) {
        let randomised = outcomes.randomised
        let (own, subjects) = (randomised.entries.span, randomised.subjects.span)
        for entry in entries { block.put(own[entry].arm, subjects.extracting(randomised.subjectRange(entry))) }
        for entry in entries {
            block.put(UInt64(own[entry].disease?.rawValue ?? 0) << 16 | UInt64(own[entry].drug.rawValue))
        }
    }

    /// Puts what became of patients under this protocol.
    fileprivate func put(_ entries: [Int], isFirst: Bool, hasNames: Bool, into block: inout OutcomeBlock) {
        let mayBeLike = hasNames && !isFirst
        if mayBeLike {
            for entry in entries { block.put(isLikeFirst(entry) ? 1 : 0) }
        }
        let outcomes = outcomes
        let times = outcomes.times.span
        for entry in entries where !(mayBeLike && isLikeFirst(entry)) {
            for place in entry * endpoints..<(entry + 1) * endpoints { block.put(times[place].word) }
        }
        guard hasNames else { return }
        let (names, ids) = (outcomes.names.span, outcomes.arena.arena.span)
        for entry in entries {
            for place in outcomes.evidence(of: entry) {
                block.put(names[place].source, ids.extracting(names[place].id.indices))
            }
        }
        put(findingsOf: entries, into: &block)
    }

    private func put(findingsOf entries: [Int], into block: inout OutcomeBlock) {
        let (arena, findings) = (outcomes.arena.arena, outcomes.findings)
        let odd = findings.isEmpty ? [] : entries.indices.filter { findings[entries[$0]] != nil }
        block.put(UInt64(odd.count))
        for place in odd {
            let found = findings[entries[place]] ?? []
            block.put(UInt64(place))
            block.put(UInt64(found.count))
            for finding in found {
                let code = UInt64(Finding.Code.allCases.firstIndex(of: finding.code) ?? 0)
                block.put(code << 1 | (finding.event == nil ? 0 : 1))
                if let event = finding.event { block.put(event.source, arena.span.extracting(event.id.indices)) }
            }
        }
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

    /// How many words are left.
    var left: Int { words.count - word }

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
        let randomised = try RandomisedPatients(count, in: bytes, arms: tables.names.arms, &reader)
        var outcomes: [SliceOutcomes] = []
        for statuses in tables.statuses {
            var own = SliceOutcomes(sources: tables.names.sources, bytes)
            own.randomised = randomised
            try own.readTimes(of: count, statuses, like: hasNames ? outcomes.first : nil, &reader)
            if hasNames {
                try own.readNames(statuses.count, &reader)
                try own.readFindings(of: count, &reader)
            }
            outcomes.append(own)
        }
        guard reader.isAtEnd else { throw OutcomeBlockReader.Unfitting() }
        return outcomes
    }
}

extension RandomisedPatients {
    /// So many patients of a block.
    fileprivate init(
        _ count: Int, in bytes: [UInt8], arms: NameTable, _ reader: inout OutcomeBlockReader
    ) throws(OutcomeBlockReader.Unfitting) {
        self.init(arms: arms)
        guard count <= reader.left / 2 else { throw OutcomeBlockReader.Unfitting() }
        var names: [(text: Range<Int>, number: Int32)] = []
        names.reserveCapacity(count)
        for _ in 0..<count { names.append(try reader.name(in: arms.count)) }
        reserve(count, subjectBytes: (names.last?.text.upperBound ?? 0) - (names.first?.text.lowerBound ?? 0))
        for name in names {
            let groups = try reader.next(below: 1 << 31)
            let disease = Disease(rawValue: Int16(groups >> 16))
            guard disease != nil || groups >> 16 == 0, let drug = Drug(rawValue: Int16(groups & 0x7fff)) else {
                throw OutcomeBlockReader.Unfitting()
            }
            append(subject: bytes[name.text], arm: name.number, disease, drug)
        }
    }
}

extension SliceOutcomes {
    /// No patients yet, whose evidence is of these sources and has its names in a block.
    fileprivate init(sources: NameTable, _ block: [UInt8]) {
        self.init(sources: sources)
        arena.arena = block
    }

    /// Reads how the endpoints of so many patients ended, in so many ways at most.
    ///
    /// - Parameter first: The outcomes under the first protocol, where those of this one may be said to be the same.
    fileprivate mutating func readTimes(
        of count: Int, _ statuses: [Int], like first: SliceOutcomes?, _ reader: inout OutcomeBlockReader
    ) throws(OutcomeBlockReader.Unfitting) {
        isLikeFirst.reserveCapacity(count)
        for _ in 0..<count { isLikeFirst.append(first == nil ? false : try reader.next(below: 2) == 1) }
        // Those that are the same have as many endpoints.
        guard !isLikeFirst.contains(true) || first?.times.count == count * statuses.count else {
            throw OutcomeBlockReader.Unfitting()
        }
        times.reserveCapacity(count * statuses.count)
        for patient in 0..<count {
            for endpoint in statuses.indices {
                let time =
                    if isLikeFirst[patient], let first {
                        first.times[patient * statuses.count + endpoint]
                    } else {
                        Time(word: try reader.next())
                    }
                guard Int(time.code) < statuses[endpoint] else { throw OutcomeBlockReader.Unfitting() }
                times.append(time)
            }
        }
    }

    /// Reads the names of the evidence that the times of so many endpoints a patient have.
    fileprivate mutating func readNames(
        _ endpoints: Int, _ reader: inout OutcomeBlockReader
    ) throws(OutcomeBlockReader.Unfitting) {
        firstNames.reserveCapacity(isLikeFirst.count)
        var count = 0
        for patient in isLikeFirst.indices {
            firstNames.append(UInt32(truncatingIfNeeded: count))
            if isLikeFirst[patient] { continue }
            for place in patient * endpoints..<(patient + 1) * endpoints { count += Int(times[place].evidence) }
        }
        guard count <= reader.left else { throw OutcomeBlockReader.Unfitting() }
        names.reserveCapacity(count)
        for _ in 0..<count { names.append(try readName(&reader)) }
    }

    /// Reads the findings of so many patients.
    fileprivate mutating func readFindings(
        of count: Int, _ reader: inout OutcomeBlockReader
    ) throws(OutcomeBlockReader.Unfitting) {
        for _ in 0..<(try reader.next(below: count + 1)) {
            let patient = try reader.next(below: count)
            for _ in 0..<(try reader.next(below: reader.left)) {
                let code = try reader.next(below: 2 * Finding.Code.allCases.count)
                var event: EventRecord?
                if code & 1 == 1 {
                    let name = try readName(&reader)
                    event = EventRecord(time: 0, patient: 0, source: name.source, id: name.id, kind: .completion)
                }
                findings[patient, default: []].append(Finding(code: Finding.Code.allCases[code >> 1], event: event))
            }
        }
    }

    private func readName(_ reader: inout OutcomeBlockReader) throws(OutcomeBlockReader.Unfitting) -> EventName {
        let (id, source) = try reader.name(in: arena.sources.count)
        let place = ByteRange(start: UInt32(truncatingIfNeeded: id.lowerBound), count: UInt32(id.count))
        return EventName(source: source, id: place)
    }
}
