import Survival
import TestData

/// Counts of a few groups, and the same observations one by one.
struct CountedCase {
    var times: [Double]
    var events: [[Int]]
    var censored: [[Int]]

    var groups: Range<Int> { events.indices }

    func counted() throws -> CountedSample {
        try CountedSample(times: times, events: events, censored: censored)
    }

    /// The observations of some groups, in no particular order.
    func rows(of groups: [Int], _ generator: inout SeededRandom) -> CountedCaseRows {
        var rows: [(time: Double, isEvent: Bool, group: Int)] = []
        for group in groups {
            for (index, time) in times.enumerated() {
                rows += Array(repeating: (time, true, group), count: events[group][index])
                rows += Array(repeating: (time, false, group), count: censored[group][index])
            }
        }
        rows.shuffle(using: &generator)
        return CountedCaseRows(times: rows.map(\.time), status: rows.map(\.isEvent), groups: rows.map(\.group))
    }

    /// The same observations without the times at which nothing happens.
    func withoutIdleTimes() -> CountedCase {
        let busy = times.indices.filter { index in groups.contains { events[$0][index] + censored[$0][index] > 0 } }
        return CountedCase(
            times: busy.map { times[$0] },
            events: events.map { column in busy.map { column[$0] } },
            censored: censored.map { column in busy.map { column[$0] } }
        )
    }
}

/// Observations one by one.
struct CountedCaseRows {
    var times: [Double]
    var status: [Bool]
    var groups: [Int]

    func sample() throws -> RightCensoredSample { try RightCensoredSample(times: times, status: status) }

    /// The same observations, counted at their distinct times.
    func counted(groupCount: Int) -> CountedCase {
        let distinct = Set(times).sorted()
        func counts(of group: Int, isEvent: Bool) -> [Int] {
            let matching = times.indices.filter { groups[$0] == group && status[$0] == isEvent }
            return distinct.map { time in matching.count { times[$0] == time } }
        }
        return CountedCase(
            times: distinct,
            events: (0..<groupCount).map { counts(of: $0, isEvent: true) },
            censored: (0..<groupCount).map { counts(of: $0, isEvent: false) }
        )
    }
}

extension CountedCase {
    /// Random counts of 1 to 5 groups in one of many styles: few or many days, most of them idle or none, few or heavy
    /// ties, little or much censoring, and in half of the cases groups that are empty, without events, or gone before
    /// the others.
    static func random(_ generator: inout SeededRandom) -> CountedCase {
        let isWild = generator.chance(2)
        let days = generator.pick([1, 3, 8, 60])
        let unit = generator.pick([1, 0.25, 30.4375])
        let busy = generator.pick([0.05, 0.3, 0.7, 1])
        let highest = days == 60 ? 4 : generator.pick([1, 2, 12])
        let first = generator.below(2)
        var random = CountedCase(
            times: (0..<days).map { Double($0 + first) * unit },
            events: [],
            censored: []
        )
        for _ in 0..<generator.pick([1, 2, 2, 3, 3, 4, 5]) {
            let isEmpty = isWild && generator.chance(6)
            let eventShare = isWild ? generator.pick([0, 0.3, 0.9, 1]) : generator.pick([0.3, 0.6, 0.9])
            let end = isWild && generator.chance(3) ? Int.random(in: 0...days, using: &generator) : days
            var events = [Int](repeating: 0, count: days)
            var censored = events
            for day in 0..<end where !isEmpty && generator.unit() < busy {
                for _ in 0..<Int.random(in: 1...highest, using: &generator) {
                    if generator.unit() < eventShare { events[day] += 1 } else { censored[day] += 1 }
                }
            }
            random.events.append(events)
            random.censored.append(censored)
        }
        if (random.events + random.censored).allSatisfy({ $0.allSatisfy { $0 == 0 } }) { random.events[0][0] = 1 }
        return random
    }
}
