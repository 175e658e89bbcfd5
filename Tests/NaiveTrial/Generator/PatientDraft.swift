import Foundation

/// A patient while the events are being made up.
struct PatientDraft {
    static let mostEvents = 40

    var subject: String
    var drug: String
    /// When the patient is (or would have been) randomised.
    var randomisedAt: Instant
    var events: [EventDraft] = []
    /// Days at which something is decided; more events are put on and beside them.
    var anchors: [Int] = [0]

    init(subject: String, _ random: inout SplitMix64) {
        self.subject = subject
        drug = random.pick(["infliximab", "adalimumab"])
        let dates = [
            dateNumber(year: 2016, month: 2, day: 28), dateNumber(year: 2015, month: 12, day: 31),
            dateNumber(year: 2014, month: 3, day: 30), dateNumber(year: 2015, month: 6, day: random.number(1...30)),
        ]
        randomisedAt = Instant(microseconds: random.pick(dates) * Instant.microsecondsPerDay)
        randomisedAt.microseconds += random.pick([0, 1, Instant.microsecondsPerDay - 1, 34_200_000_000, 43_200_000_000])
    }

    /// A moment on a day: at its edges, at the hour of the randomisation or at that of another event.
    func moment(on day: Int, _ random: inout SplitMix64) -> Instant {
        let date = randomisedAt.utcDate + day
        let sameDay = events.filter { $0.time.utcDate == date }
        if !sameDay.isEmpty && random.chance(40) { return random.pick(sameDay).time }
        let hour = randomisedAt.microseconds - randomisedAt.utcDate * Instant.microsecondsPerDay
        let inDay = random.pick([
            0, 1, Instant.microsecondsPerDay - 1, Instant.microsecondsPerDay - 1_000_000, 43_200_000_000, hour,
            max(0, hour - 1), random.number(0...1439) * 60_000_000, random.number(0...86_399) * 1_000_000 + 250_000,
        ])
        return Instant(microseconds: date * Instant.microsecondsPerDay + inDay)
    }

    /// A name that the patient has not used yet, and other than `taken`; at the time of another event often one
    /// that differs from that event's only in an id of awkward order.
    func unusedName(at time: Instant, otherThan taken: Identity? = nil, _ random: inout SplitMix64) -> Identity {
        var name = Identity(source: random.pick(Names.sources), id: random.pick(Names.ids))
        if let tied = events.last(where: { $0.time == time }), random.chance(60) {
            name.source = tied.identity.source
            let rivals = Names.rivals.filter { set in set.contains { sameBytes($0, tied.identity.id) } }.joined()
            name.id = random.pick(rivals.isEmpty ? random.pick(Names.rivals) : Array(rivals))
        } else if random.chance(40) {
            name.id = random.pick(random.pick(Names.rivals))
        }
        while name == taken || events.contains(where: { $0.identity == name }) {
            name = Identity(source: random.pick(Names.sources), id: random.pick(Names.ids))
        }
        return name
    }

    /// Adds an event; does nothing when the patient has as many as a small trial should have.
    ///
    /// - Parameter correcting: the name that the event corrects, which it must not have itself.
    mutating func add(
        _ statement: Statement,
        at time: Instant,
        correcting target: Identity? = nil,
        _ random: inout SplitMix64
    ) {
        guard events.count < PatientDraft.mostEvents else { return }
        events.append(
            EventDraft(
                subject: subject,
                identity: unusedName(at: time, otherThan: target, &random),
                type: statement.type,
                time: time,
                data: statement.data,
                station: random.chance(5) ? "forez" : nil,
            )
        )
    }

    /// Adds an event on a day, which becomes an anchor for more.
    mutating func add(_ statement: Statement, on day: Int, _ random: inout SplitMix64) {
        add(statement, at: moment(on: day, &random), &random)
        anchors.append(day)
    }

    /// Whether the statement, made by this patient, would satisfy a condition.
    func statement(_ statement: Statement, satisfies condition: Condition) -> Bool {
        guard let data = try? JSONSerialization.jsonObject(with: Data(statement.data.plain.utf8)) as? [String: Any],
            let fact = readFact(type: statement.type, data: data)
        else { return false }
        return observations(of: fact).contains { satisfies($0, condition, studyDrug: drug) }
    }
}
