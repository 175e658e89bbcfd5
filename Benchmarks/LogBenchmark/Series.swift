/// What several rounds of one measurement gave.
struct Series: Encodable {
    let name: String
    /// What a sample is, such as `events/s`.
    let unit: String
    var samples: [Double] = []

    var least: Double { samples.min() ?? 0 }
    var greatest: Double { samples.max() ?? 0 }

    /// The middle sample; of an even number the mean of the two in the middle.
    var median: Double {
        let sorted = samples.sorted()
        guard !sorted.isEmpty else { return 0 }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// This measurement over another, round by round.
    func ratio(to other: Series, named name: String) -> Series {
        Series(name: name, unit: "ratio", samples: zip(samples, other.samples).map { $0 / $1 })
    }
}

/// What a series should be.
struct Bound: Encodable {
    enum Direction: String, Encodable {
        case atLeast = ">="
        case below = "<"
    }

    let direction: Direction
    let value: Double

    static func atLeast(_ value: Double) -> Bound { Bound(direction: .atLeast, value: value) }
    static func below(_ value: Double) -> Bound { Bound(direction: .below, value: value) }

    /// Whether the median keeps the bound.
    func isKept(by series: Series) -> Bool {
        switch direction {
        case .atLeast: series.median >= value
        case .below: series.median < value
        }
    }
}

/// One line of the table.
struct Line: Encodable {
    let series: Series
    let bound: Bound?

    init(_ series: Series, _ bound: Bound? = nil) {
        self.series = series
        self.bound = bound
    }

    private enum Key: String, CodingKey {
        case name, unit, median, min, max, samples, target, isKept
    }

    func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(series.name, forKey: .name)
        try object.encode(series.unit, forKey: .unit)
        try object.encode(series.median, forKey: .median)
        try object.encode(series.least, forKey: .min)
        try object.encode(series.greatest, forKey: .max)
        try object.encode(series.samples, forKey: .samples)
        if let bound {
            try object.encode("\(bound.direction.rawValue) \(bound.value)", forKey: .target)
            try object.encode(bound.isKept(by: series), forKey: .isKept)
        }
    }
}

/// A part of the table.
struct Section: Encodable {
    let title: String
    var lines: [Line] = []
}
