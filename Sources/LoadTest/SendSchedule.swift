/// When each event is meant to be sent: a pure function of its number.
///
/// The rate grows from 0 in a straight line over the ramp and stays. Up to the time t within a ramp of length r that
/// leads to the rate v, v t² / 2 r events are due; later, v (t - r / 2).
package struct SendSchedule: Sendable, Equatable {
    /// The events a second after the ramp.
    package let rate: Double
    /// How long the ramp is, in nanoseconds.
    package let ramp: Int64
    /// How long events are sent, in nanoseconds.
    package let duration: Int64

    /// A schedule from the rate in events a second and times in seconds.
    package init(rate: Double, seconds: Double, rampSeconds: Double) {
        self.rate = rate
        ramp = nanoseconds(rampSeconds)
        duration = nanoseconds(seconds)
    }

    /// The intended time of an event, counted from 0, in nanoseconds after the start; never before that of the one
    /// ahead of it.
    package func time(of event: Int) -> Int64 {
        let rampSeconds = Double(ramp) / 1e9
        let number = Double(event)
        let seconds =
            number < rate * rampSeconds / 2
            ? (2 * number * rampSeconds / rate).squareRoot() : rampSeconds / 2 + number / rate
        return Int64((seconds * 1e9).rounded())
    }

    /// How many events are meant to be sent before a time, in nanoseconds after the start; the duration sets no limit.
    package func count(before time: Int64) -> Int {
        guard time > 0 else { return 0 }
        let seconds = Double(time) / 1e9
        let rampSeconds = Double(ramp) / 1e9
        let due = time < ramp ? rate * seconds * seconds / (2 * rampSeconds) : rate * (seconds - rampSeconds / 2)
        // The formula is off by one where rounding decides; the times themselves do.
        var count = max(0, Int(due))
        while count > 0, self.time(of: count - 1) >= time { count -= 1 }
        while self.time(of: count) < time { count += 1 }
        return count
    }
}
