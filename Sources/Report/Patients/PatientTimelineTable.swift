import Projection
import Trial

extension PatientTimeline {
    /// Appends the timeline for people: who the patient is, the outcomes, every event under its day, each outcome in
    /// the place of its day with its evidence, and the findings.
    ///
    /// - Parameters:
    ///   - width: How many columns a line may take, at least 72. Texts are wrapped; only long ids are cut, with `…`.
    ///   - output: Where the lines go, each ended by a line feed.
    package func appendTable(width: Int = 80, to output: inout [UInt8]) {
        var page = PatientTimelinePage(self, width: width)
        page.writeHeader()
        page.writeEvents()
        page.writeFindings()
        for line in page.lines { output.append(text: line + "\n") }
    }
}

/// The lines of one timeline.
private struct PatientTimelinePage {
    private(set) var lines: [String] = []
    private let timeline: PatientTimeline
    private let width: Int
    /// The letter that stands for each source.
    private var letters: [(source: [UInt8], letter: String)] = []
    private let idWidth: Int

    private let dayWidth: Int
    private let weekWidth: Int
    /// Where an event begins, after day, week, date and time.
    private var gutter: Int { dayWidth + weekWidth + 19 }
    /// By how much the further lines of an event are indented.
    private static let hanging = 6
    private static let greatestIDWidth = 16
    /// The least width of a line; below it there is no room for words.
    private static let leastWidth = 72

    init(_ timeline: PatientTimeline, width: Int) {
        self.timeline = timeline
        self.width = max(width, Self.leastWidth)
        var names = timeline.entries.flatMap { [$0.name] + ($0.revision.map { [$0.name] } ?? []) }
        names += timeline.oddities.compactMap { $0.event?.name }
        let longest = names.reduce(1) { max($0, PatientText.columns(PatientText.shown($1.id))) }
        idWidth = min(longest, Self.greatestIDWidth)
        let days = timeline.entries.compactMap(\.day)
        dayWidth = days.reduce(4) { max($0, String($1).count) }
        weekWidth = days.reduce(3) { max($0, String(Self.week(ofDay: $1)).count) }
        for name in names where !letters.contains(where: { $0.source == name.source }) {
            letters.append((name.source, Self.letter(letters.count)))
        }
    }

    /// `a` to `z`, then `aa`, `ab` and so on.
    private static func letter(_ number: Int) -> String {
        let last = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(number % 26)))
        return number < 26 ? last : letter(number / 26 - 1) + last
    }

    mutating func writeHeader() {
        let state = timeline.state
        let parts =
            [PatientText.shown(state.subject)]
            + [state.arm.map(PatientText.shown), state.disease?.name, state.drug?.name].compactMap { $0 }
            + [state.phase.rawValue]
        write(parts.joined(separator: " · "))
        let count = timeline.entries.count { !$0.isVoid }
        var facts = [state.randomisedOn.map { "randomised on " + Instant.dateText(ofDay: $0) } ?? "not randomised"]
        if let day = state.day { facts.append("day \(day)") }
        facts.append("\(count) event\(count == 1 ? "" : "s")")
        if !timeline.oddities.isEmpty { facts.append(findingCount) }
        write(facts.joined(separator: " · "))
        if !timeline.verdicts.isEmpty { lines.append("") }
        for verdict in timeline.verdicts { write(headline(verdict)) }
        writeLegend()
    }

    private mutating func writeLegend() {
        var legend = letters.map { "\($0.letter) \(PatientText.shown($0.source))" }
        if timeline.entries.contains(where: { !$0.evidenceFor.isEmpty }) { legend.append("▸ evidence") }
        if timeline.entries.contains(where: \.isVoid) { legend.append("× void") }
        lines.append("")
        if legend.isEmpty { return }
        write(legend.joined(separator: " · "))
        lines.append("")
        let day = PatientText.padded("day", to: dayWidth, toTheRight: true)
        let week = PatientText.padded("wk", to: weekWidth, toTheRight: true)
        lines.append("\(day) \(week) date       UTC   event")
    }

    private func headline(_ verdict: PatientTimeline.Verdict) -> String {
        let name = PatientText.shown(verdict.endpoint.utf8)
        let cause = PatientText.shown(verdict.cause.utf8)
        return verdict.isEvent
            ? "\(name): event on day \(verdict.day), cause \(cause)"
            : "\(name): censored on day \(verdict.day), \(cause)"
    }

    mutating func writeEvents() {
        // Outcomes of one day stay in the protocol's order.
        let order = timeline.verdicts.enumerated().sorted { ($0.element.day, $0.offset) < ($1.element.day, $1.offset) }
        var waiting = order.map(\.element)[...]
        var dayNumber: Int?
        for entry in timeline.entries {
            let number = Instant.dayNumber(entry.fact.time)
            if number != dayNumber {
                while let first = waiting.first, let day = entry.day, first.day < day {
                    write(first)
                    waiting.removeFirst()
                }
            }
            write(entry, showsDay: number != dayNumber)
            dayNumber = number
        }
        for verdict in waiting { write(verdict) }
    }

    private mutating func write(_ entry: PatientTimeline.Entry, showsDay: Bool) {
        let mark = entry.isVoid ? "×" : entry.evidenceFor.isEmpty ? " " : "▸"
        var lead = ""
        if showsDay {
            lead = PatientText.padded(entry.day.map(String.init) ?? "", to: dayWidth, toTheRight: true) + " "
            lead += PatientText.padded(
                entry.day.map { String(Self.week(ofDay: $0)) } ?? "", to: weekWidth, toTheRight: true)
            lead += " "
            lead += Instant.dateText(ofDay: Instant.dayNumber(entry.fact.time))
        }
        lead = PatientText.padded(lead, to: gutter - 7) + " " + clock(entry.fact.time) + mark
        let kind = entry.fact.kind.word
        lead += kind + String(repeating: " ", count: max(1, Self.hanging - kind.count))
        write(lead, entry.fact.what, entry.name)
        if let revision = entry.revision { write(revision, of: entry) }
    }

    /// Weeks are counted from 0; the seven days before randomisation are week -1.
    private static func week(ofDay day: Int) -> Int { day >= 0 ? day / 7 : (day - 6) / 7 }

    /// Hour and minute in UTC.
    private func clock(_ time: Int64) -> String {
        String(Instant.text(time).drop { $0 != "T" }.dropFirst().prefix(5))
    }

    /// Says below an event that it was corrected, by what and why, and what had stood.
    private mutating func write(_ revision: PatientRevision, of entry: PatientTimeline.Entry) {
        let blank = String(repeating: " ", count: gutter + Self.hanging)
        let date = Instant.dateText(ofDay: Instant.dayNumber(revision.time))
        let among = revision.count > 1 ? " (last of \(revision.count))" : ""
        let verb = entry.isVoid ? "void since" : "corrected on"
        write(blank, "\(verb) \(date)\(among): \(PatientText.shown(revision.reason))", revision.name)
        if entry.isVoid { return }
        let before = revision.before
        var what = before.kind == entry.fact.kind ? before.what : "\(before.kind.word) \(before.what)"
        if before.time != entry.fact.time {
            what += " at " + Instant.dateText(ofDay: Instant.dayNumber(before.time)) + " " + clock(before.time)
        }
        write(blank, "stood before: \(what)", nil)
    }

    /// Draws the line of an outcome, and below it the conditions with the events that satisfied them.
    private mutating func write(_ verdict: PatientTimeline.Verdict) {
        lines.append(PatientText.rule(headline(verdict), to: width))
        for evidence in verdict.evidence {
            let entry = timeline.entries[evidence.entry]
            write("   ", evidence.condition, nil)
            write("   ▸ ", place(entry.day, entry.fact) + entry.fact.what, entry.name)
        }
    }

    /// The day or date of an event that is named out of its place.
    private func place(_ day: Int?, _ fact: PatientTimeline.Fact) -> String {
        (day.map { "day \($0)" } ?? Instant.dateText(ofDay: Instant.dayNumber(fact.time))) + ": "
    }

    private var findingCount: String {
        let count = timeline.oddities.count
        return count == 0 ? "no findings" : count == 1 ? "1 finding" : "\(count) findings"
    }

    mutating func writeFindings() {
        lines.append("")
        lines.append(findingCount)
        var code: Finding.Code?
        for oddity in timeline.oddities {
            if oddity.code != code { lines.append("   " + oddity.code.rawValue) }
            code = oddity.code
            guard let event = oddity.event else { continue }
            write("     ", "\(place(event.day, event.fact))\(event.fact.kind.word) \(event.fact.what)", event.name)
        }
    }

    private mutating func write(_ text: String) { lines += PatientText.wrapped(text, to: width) }

    /// Writes a text after a lead, with the letter of the source and the id at the end of the first line.
    private mutating func write(_ lead: String, _ text: String, _ name: PatientEventName?) {
        var tail = ""
        if let name {
            let letter = letters.first { $0.source == name.source }?.letter ?? ""
            tail = " " + PatientText.padded(letter, to: letters.last?.letter.count ?? 0) + " "
            tail += PatientText.padded(PatientText.shown(name.id), to: idWidth)
        }
        let start = min(PatientText.columns(lead), gutter + Self.hanging)
        let edge = width - PatientText.columns(tail)
        let indent = String(repeating: " ", count: start)
        // A long lead, such as "adverse-event", only shortens the first line.
        let filler = String(repeating: "x", count: PatientText.columns(lead) - start)
        for (index, line) in PatientText.wrapped(filler + text, to: edge - start).enumerated() {
            let row = index == 0 ? lead + line.dropFirst(filler.count) : indent + line
            var whole = index == 0 ? PatientText.padded(row, to: edge) + tail : row
            while whole.last == " " { whole.removeLast() }
            lines.append(whole)
        }
    }
}
