import Foundation
import TestData
import Testing

/// What the appenders of a schedule send: virtual patients, with all that goes wrong on the way from a site.
struct ChaosInput: Sendable {
    /// By appender: its lines, in the order in which they are sent.
    var streams: [[String]]
    /// What is odd about the lines, with how often.
    var oddities: [String: Int] = [:]

    /// The bundled example's lines by subject.
    private static let patients: [(subject: String, lines: [String])] = {
        let lines = (try? TestData.lines(TestData.replica)) ?? []
        return Dictionary(grouping: lines) { (try? InputLine($0).subject) ?? "" }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }()

    /// Draws the input for so many appenders.
    init(streams count: Int, _ random: inout SeededRandom) throws {
        try #require(Self.patients.count == 90)
        let chosen = Self.patients.shuffled(using: &random).prefix(Int.random(in: 4...10, using: &random))
        var lines = chosen.flatMap(\.lines).shuffled(using: &random).prefix(900).map(\.self)
        // In the order of time, as sites report; the window below disturbs it again.
        lines = try lines.map { (try InputLine($0).time, $0) }.sorted { $0 < $1 }.map(\.1)
        streams = [[String]](repeating: [], count: count)
        let places = lines.map { _ in random.below(count) }
        for (line, place) in zip(lines, places) { streams[place].append(line) }

        let late = lines.indices.filter { _ in random.chance(15) }.map { lines[$0] }
        for line in Set(late) {
            for index in streams.indices { streams[index].removeAll { $0 == line } }
        }
        try addCorrections(of: lines, &random)
        reorder(&random)
        for line in Set(late).sorted() { streams[random.below(count)].append(line) }
        oddities["late"] = Set(late).count
        try addLateAssays(to: chosen.map(\.subject), lines, &random)
        addDuplicates(of: lines, &random)
        try addConflicts(notAmong: lines, &random)
        addRefused(&random)
    }

    /// The lines that must be stored, each once: the first of each name that is a proper event.
    func accepted() -> [String] {
        var names: Set<String> = []
        return streams.flatMap(\.self).filter { line in
            guard let parsed = try? InputLine(line), !Refused.lines.contains(line) else { return false }
            return names.insert(parsed.name).inserted
        }
    }

    // MARK: - What goes wrong on the way

    private mutating func addCorrections(of lines: [String], _ random: inout SeededRandom) throws {
        for number in 0..<Int.random(in: 3...12, using: &random) {
            let target = try InputLine(random.pick(lines))
            let replacement =
                random.chance(2) || !target.type.contains("assay")
                ? "null"
                : #"{"type":"\#(target.type)","time":"\#(target.time)","data":"#
                    + #"{"analyte":"infliximab","value":\#(random.below(90)).5,"unit":"ug/mL"}}"#
            let line = EventLine.make(
                subject: target.subject, id: "correction-\(number)", type: "correction",
                source: random.chance(2) ? target.source : "/sites/corrections", time: "2019-01-01T00:00:00Z",
                data: #"{"corrects":{"source":"\#(target.source)","id":"\#(target.id)"},"#
                    + #""reason":"typed wrong","replacement":\#(replacement)}"#)
            let stream = random.below(streams.count)
            streams[stream].insert(line, at: random.below(streams[stream].count + 1))
            oddities["corrections", default: 0] += 1
        }
    }

    private mutating func reorder(_ random: inout SeededRandom) {
        for index in streams.indices {
            let window = random.pick([2, 20, 200])
            streams[index] = stride(from: 0, to: streams[index].count, by: window).flatMap {
                streams[index][$0..<min($0 + window, streams[index].count)].shuffled(using: &random)
            }
        }
    }

    /// Facts of long ago that come when all else is known, and change what was concluded.
    private mutating func addLateAssays(
        to subjects: [String], _ lines: [String], _ random: inout SeededRandom
    ) throws {
        for number in 0..<Int.random(in: 2...10, using: &random) {
            let like = try InputLine(random.pick(lines))
            streams[random.below(streams.count)].append(
                EventLine.make(
                    subject: like.subject, id: "late-\(number)", source: "/labs/late", time: like.time,
                    data: #"{"analyte":"calprotectin","value":\#(random.below(2000)),"unit":"ug/g"}"#))
        }
    }

    /// The same lines again, in whichever stream.
    private mutating func addDuplicates(of lines: [String], _ random: inout SeededRandom) {
        for _ in 0..<Int.random(in: 5...60, using: &random) {
            let stream = random.below(streams.count)
            streams[stream].insert(random.pick(lines), at: random.below(streams[stream].count + 1))
            oddities["duplicates", default: 0] += 1
        }
    }

    /// Other content under a name that is taken; the first of the two, in one stream, is the one that counts.
    private mutating func addConflicts(notAmong lines: [String], _ random: inout SeededRandom) throws {
        let own = Set(lines)
        for index in streams.indices {
            for line in streams[index].filter({ !own.contains($0) && $0.contains("late-") }) where random.chance(3) {
                let other = line.replacing(#""value":"#, with: #""value":1"#)
                streams[index].insert(other, at: random.below(streams[index].count + 1))
                oddities["conflicts", default: 0] += 1
            }
        }
    }

    private mutating func addRefused(_ random: inout SeededRandom) {
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let stream = random.below(streams.count)
            streams[stream].insert(random.pick(Refused.lines), at: random.below(streams[stream].count + 1))
            oddities["refused", default: 0] += 1
        }
    }

    /// Lines that no log takes.
    enum Refused {
        static let lines = [
            #"{"specversion":"1.0","id":"half"#,
            EventLine.make(id: "no-unit", data: #"{"analyte":"crp","value":1}"#),
            EventLine.make(id: "no-analyte", data: #"{"analyte":"gold","value":1,"unit":"mg/L"}"#),
            EventLine.make(
                id: "no-time", time: "2016-02-31T00:00:00Z", data: #"{"analyte":"crp","value":1,"unit":"mg/L"}"#),
        ]
    }
}

/// The parts of an event line, read without the program's own parser.
struct InputLine {
    let subject: String
    let source: String
    let id: String
    let type: String
    let time: String

    init(_ line: String) throws {
        let object = try JSONObject(line)
        subject = try object.string("subject")
        source = try object.string("source")
        id = try object.string("id")
        type = try object.string("type")
        time = try object.string("time")
    }

    /// What names the event.
    var name: String { "\(subject) \(source) \(id)" }
}
