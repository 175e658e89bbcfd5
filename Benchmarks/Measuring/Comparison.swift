/// A rate or a time of ours beside what the machine underneath allows at best, for the first table of a report.
package struct Comparison {
    /// What is compared, in few words; a number in brackets is that of connections, shards or workers.
    package let name: String
    /// What it is held against, in few words.
    package let against: String
    /// Our measurement.
    package let ours: Series
    /// The limit's measurement, of the same run and unit.
    package let limit: Series
    /// The most memory that our program held, in megabytes; `nil` where it is no program of its own.
    package let peakMegabytes: Double?

    /// A comparison from its two measurements.
    package init(_ name: String, _ ours: Series, against: String, _ limit: Series, peakMegabytes: Double? = nil) {
        self.name = name
        self.against = against
        self.ours = ours
        self.limit = limit
        self.peakMegabytes = peakMegabytes
    }

    /// How much of the limit is reached: of rates ours over the limit's, of times the limit's over ours.
    ///
    /// Round by round where both were measured together, else once, from the medians.
    package var ratio: Series {
        let (upper, lower) = Figure.isTime(ours.unit) ? (limit, ours) : (ours, limit)
        let label = "\(name) / \(against)"
        guard upper.samples.count == lower.samples.count, !Figure.isTime(ours.unit) else {
            return Series(name: label, unit: "ratio", samples: [upper.median / lower.median])
        }
        return upper.ratio(to: lower, named: label)
    }
}

extension Comparison: Codable {
    private enum Key: String, CodingKey {
        case name, against, ours, limit, ratio, peakMegabytes
    }

    /// Writes the comparison with its ratio.
    package func encode(to encoder: any Encoder) throws {
        var object = encoder.container(keyedBy: Key.self)
        try object.encode(name, forKey: .name)
        try object.encode(against, forKey: .against)
        try object.encode(ours, forKey: .ours)
        try object.encode(limit, forKey: .limit)
        try object.encode(ratio.median, forKey: .ratio)
        try object.encodeIfPresent(peakMegabytes, forKey: .peakMegabytes)
    }

    /// Reads what was written; the ratio follows from the rest.
    package init(from decoder: any Decoder) throws {
        let object = try decoder.container(keyedBy: Key.self)
        self.init(
            try object.decode(String.self, forKey: .name), try object.decode(Series.self, forKey: .ours),
            against: try object.decode(String.self, forKey: .against), try object.decode(Series.self, forKey: .limit),
            peakMegabytes: try object.decodeIfPresent(Double.self, forKey: .peakMegabytes))
    }
}
