import LoadTest

/// Some seconds of a load test together, for tables and curves of a bounded length.
struct LoadSpan: Equatable {
    /// When it begins, in seconds after the start.
    let start: Double
    /// How many seconds it is long.
    let length: Double
    /// The events that were to be sent, became durable and became visible, a second.
    let offered: Double
    let acknowledged: Double
    let visible: Double
    /// The greatest lag at the end of a second.
    let lag: Int
    /// The highest of the seconds' percentiles in microseconds: those of the whole span are not known from them.
    let append: LoadSecond.Latency?
    let seen: LoadSecond.Latency?

    /// The rest of a second that is shorter than this has no rate worth showing and goes with the span before it.
    private static let shortest = 0.25

    /// The seconds of a test in at most so many spans of equal length.
    static func spans(of seconds: [LoadSecond], atMost count: Int) -> [LoadSpan] {
        guard let last = seconds.last else { return [] }
        let isShort = last.length < shortest && seconds.count > 1
        let whole = isShort ? seconds.count - 1 : seconds.count
        let each = (whole + count - 1) / count
        return stride(from: 0, to: whole, by: each).map { first in
            let end = min(first + each, whole)
            return LoadSpan(seconds[first..<(end == whole ? seconds.count : end)])
        }
    }

    private init(_ seconds: ArraySlice<LoadSecond>) {
        let length = seconds.reduce(0) { $0 + $1.length }
        func perSecond(_ count: (LoadSecond) -> Int) -> Double { Double(seconds.reduce(0) { $0 + count($1) }) / length }
        func highest(_ latency: (LoadSecond) -> LoadSecond.Latency?) -> LoadSecond.Latency? {
            let known = seconds.compactMap(latency)
            guard let p50 = known.map(\.p50).max(), let p99 = known.map(\.p99).max() else { return nil }
            return LoadSecond.Latency(p50: p50, p99: p99)
        }
        start = seconds.first?.start ?? 0
        self.length = length
        offered = perSecond(\.offered)
        acknowledged = perSecond(\.acknowledged)
        visible = perSecond(\.visible)
        lag = seconds.map(\.lag).max() ?? 0
        append = highest(\.append)
        seen = highest(\.seen)
    }
}

/// The percentiles that every form of a load report shows.
enum LoadPercentile {
    static let all: [(key: String, name: String, percent: Double)] = [
        ("p50", "p50", 50), ("p90", "p90", 90), ("p99", "p99", 99), ("p999", "p99.9", 99.9), ("max", "max", 100),
    ]
}

extension Style {
    /// Microseconds as milliseconds, with three significant digits at least.
    func milliseconds(_ microseconds: Int?) -> String {
        guard let microseconds else { return absent }
        let decimals = microseconds < 10_000 ? 2 : microseconds < 100_000 ? 1 : 0
        return Figure(Double(microseconds) / 1_000).fixed(decimals)
    }

    /// A number of events a second.
    func rate(_ value: Double) -> String { count(Int(value.rounded())) }

    /// A number of seconds, with decimals only where there are some.
    func seconds(_ value: Double) -> String {
        Figure((value * 1_000).rounded() / 1_000).significant(9)
    }
}
