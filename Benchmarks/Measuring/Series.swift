/// What several rounds of one measurement gave.
package struct Series: Codable {
    /// What is measured.
    package let name: String
    /// What a sample is, such as `events/s`.
    package let unit: String
    /// What the rounds gave, in order.
    package var samples: [Double]

    /// A series.
    package init(name: String, unit: String, samples: [Double] = []) {
        self.name = name
        self.unit = unit
        self.samples = samples
    }

    /// The smallest sample.
    package var least: Double { samples.min() ?? 0 }
    /// The greatest sample.
    package var greatest: Double { samples.max() ?? 0 }

    /// The middle sample; of an even number the mean of the two in the middle.
    package var median: Double {
        let sorted = samples.sorted()
        guard !sorted.isEmpty else { return 0 }
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// This measurement in another unit, of which one of this measurement's is `factor`.
    package func scaled(by factor: Double, named name: String, unit: String) -> Series {
        Series(name: name, unit: unit, samples: samples.map { $0 * factor })
    }

    /// This measurement over another, round by round.
    package func ratio(to other: Series, named name: String) -> Series {
        Series(name: name, unit: "ratio", samples: zip(samples, other.samples).map { $0 / $1 })
    }
}

/// What a series should be.
package struct Bound {
    /// On which side of it the median must lie.
    package enum Direction: String {
        case atLeast = ">="
        case below = "<"

        /// The side as it is printed in prose and pictures.
        package var sign: String {
            switch self {
            case .atLeast: "\u{2265}"
            case .below: "<"
            }
        }
    }

    /// The side.
    package let direction: Direction
    /// The number.
    package let value: Double

    /// At least so much.
    package static func atLeast(_ value: Double) -> Bound { Bound(direction: .atLeast, value: value) }
    /// Less than so much.
    package static func below(_ value: Double) -> Bound { Bound(direction: .below, value: value) }

    /// Whether the median keeps the bound.
    package func isKept(by series: Series) -> Bool {
        switch direction {
        case .atLeast: series.median >= value
        case .below: series.median < value
        }
    }
}

/// One line of the table.
package struct Line: Codable {
    /// What was measured.
    package let series: Series
    /// What it should be, where that is guarded.
    package let bound: Bound?

    /// A line.
    package init(_ series: Series, _ bound: Bound? = nil) {
        self.series = series
        self.bound = bound
    }

    private enum Key: String, CodingKey {
        case name, unit, median, min, max, samples, target, isKept
    }

    /// Writes the line with what follows from its samples.
    package func encode(to encoder: any Encoder) throws {
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

    /// Reads what was written; what follows from the samples is not looked at.
    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        series = Series(
            name: try object.decode(String.self, forKey: .name), unit: try object.decode(String.self, forKey: .unit),
            samples: try object.decode([Double].self, forKey: .samples))
        guard let target = try object.decodeIfPresent(String.self, forKey: .target) else {
            bound = nil
            return
        }
        let words = target.split(separator: " ")
        guard words.count == 2, let direction = Bound.Direction(rawValue: String(words[0])),
            let value = Double(words[1])
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .target, in: object, debugDescription: "A target is a sign and a number, not \(target).")
        }
        bound = Bound(direction: direction, value: value)
    }
}

/// A part of the table.
package struct Section: Codable {
    /// What its rows are about.
    package let title: String
    /// The rows.
    package var lines: [Line]

    /// A part from its rows.
    package init(title: String, lines: [Line] = []) {
        self.title = title
        self.lines = lines
    }
}
