/// What is measured within the second that is under way, and all seconds before it.
struct SecondBySecond: Sendable {
    private let schedule: SendSchedule
    /// When the second under way began, in nanoseconds after the start.
    private var start: Int64 = 0
    private var seconds: [LoadSecond] = []

    /// The latencies measured within the second.
    var append = LatencyHistogram()
    var visible = LatencyHistogram()
    /// The counts of the second.
    var acknowledged = 0
    var errors = 0
    private var seen = 0

    /// The latencies of all seconds that are closed.
    private(set) var allAppend = LatencyHistogram()
    private(set) var allVisible = LatencyHistogram()
    private(set) var intervals: [LoadInterval] = []

    private static let second: Int64 = 1_000_000_000

    init(_ schedule: SendSchedule) {
        self.schedule = schedule
    }

    /// An event became visible so many nanoseconds after its intended time.
    mutating func sawEvent(after latency: Int64) {
        visible.record(latency)
        seen += 1
    }

    /// Closes the second under way where it ends by a time.
    mutating func close(before time: Int64, lag: Int) -> LoadSecond? {
        start + Self.second <= time ? close(length: Self.second, lag: lag) : nil
    }

    /// Closes the second under way, which may be a short one, where there is anything of it.
    mutating func closeLast(at time: Int64, lag: Int) -> LoadSecond? {
        let isEmpty = append.count == 0 && visible.count == 0 && errors == 0
        return time <= start && isEmpty ? nil : close(length: max(1, time - start), lag: lag)
    }

    /// The seconds, with the events whose intended time is in them and before the end of sending.
    func offered(until end: Int64) -> [LoadSecond] {
        seconds.enumerated().map { number, second in
            var second = second
            let (from, to) = (Int64(number) * Self.second, Int64(number + 1) * Self.second)
            second.offered = schedule.count(before: min(to, end)) - schedule.count(before: min(from, end))
            return second
        }
    }

    private mutating func close(length: Int64, lag: Int) -> LoadSecond {
        let end = min(start + length, schedule.duration)
        let closed = LoadSecond(
            start: Double(start) / 1e9, length: Double(length) / 1e9,
            offered: schedule.count(before: end) - schedule.count(before: min(start, end)), acknowledged: acknowledged,
            visible: seen, errors: errors, lag: lag, append: LoadSecond.Latency(append),
            seen: LoadSecond.Latency(visible))
        seconds.append(closed)
        for (stage, histogram) in [(LoadStage.append, append), (.visible, visible)] {
            intervals.append(
                LoadInterval(
                    stage: stage, start: start, length: length, max: histogram.max ?? 0,
                    payload: HistogramPayload.encode(histogram)))
        }
        allAppend.add(append)
        allVisible.add(visible)
        append.removeAll()
        visible.removeAll()
        (acknowledged, seen, errors) = (0, 0, 0)
        start += length
        return closed
    }
}
