import LoadTest
import TestData
import Testing

@Suite("The schedule of sending")
struct SendScheduleTests {
    /// The intended times by adding up the rate in steps of a ten-thousandth of a second.
    private func naive(_ schedule: SendSchedule) -> [Double] {
        let step = 1e-4
        let ramp = Double(schedule.ramp) / 1e9
        var times: [Double] = []
        var sum = 0.0
        var time = 0.0
        while time < Double(schedule.duration) / 1e9 {
            let rate = time + step / 2 < ramp ? schedule.rate * (time + step / 2) / ramp : schedule.rate
            let next = sum + rate * step
            while Double(times.count) < next { times.append(time + (Double(times.count) - sum) / rate) }
            sum = next
            time += step
        }
        return times
    }

    @Test("is that of a rate added up step by step", arguments: 0..<20 as Range<UInt64>)
    func agreesWithNaive(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let seconds = 1 + random.unit() * 9
        let ramp = random.chance(4) ? 0 : random.unit() * seconds
        let schedule = SendSchedule(rate: 1 + random.unit() * 3_000, seconds: seconds, rampSeconds: ramp)
        let expected = naive(schedule)
        let count = schedule.count(before: schedule.duration)
        #expect(abs(count - expected.count) <= 1, "seed \(seed)")
        for (event, time) in expected.enumerated().prefix(count) {
            let found = Double(schedule.time(of: event)) / 1e9
            #expect(abs(found - time) < 2e-4, "seed \(seed), event \(event): \(found), \(time)")
        }
    }

    @Test("counts exactly the events whose time is before a moment", arguments: 20..<40 as Range<UInt64>)
    func countsWhatIsBefore(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let rates = [1, 7.5, 333, 20_000, 1_000_000, 9_999_999]
        let schedule = SendSchedule(
            rate: random.pick(rates), seconds: 3_600, rampSeconds: random.pick([0, 0.001, 1, 10, 3_600]))
        var last: Int64 = -1
        for event in [0, 1, 2, 3, 1_000, 1_001, random.below(100_000), random.below(10_000_000)].sorted() {
            let time = schedule.time(of: event)
            #expect(time >= last)
            last = time
            let before = schedule.count(before: time)
            let after = schedule.count(before: time + 1)
            #expect(before <= event && after > event, "seed \(seed), event \(event)")
            if before > 0 { #expect(schedule.time(of: before - 1) < time) }
            #expect(schedule.time(of: after) > time)
        }
        #expect(schedule.count(before: 0) == 0)
        #expect(schedule.count(before: -5) == 0)
    }

    @Test("sends half as many events in the ramp as in the same time after it")
    func ramp() {
        let schedule = SendSchedule(rate: 20_000, seconds: 60, rampSeconds: 10)
        #expect(schedule.count(before: 10_000_000_000) == 100_000)
        #expect(schedule.count(before: schedule.duration) == 1_100_000)
        #expect(schedule.count(before: 5_000_000_000) == 25_000)
    }
}
