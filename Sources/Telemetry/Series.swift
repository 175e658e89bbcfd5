/// What a family of series counts or measures; all its series are of one kind.
enum MetricKind: Sendable {
    /// What only grows.
    case counter
    /// What goes up and down: a meter, or a recorder that keeps its last value.
    case gauge
    /// Values by size: an aggregating recorder.
    case distribution
    /// Times by length: a timer.
    case duration

    /// The word of the format.
    var type: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .distribution, .duration: "histogram"
        }
    }

    /// The names of samples that a family of this kind takes for itself.
    func sampleNames(_ name: String) -> [String] {
        switch self {
        case .counter, .gauge: [name]
        case .distribution, .duration: [name, name + "_bucket", name + "_count", name + "_sum"]
        }
    }
}

/// What tells one series from all others.
struct SeriesKey: Sendable {
    /// The name of its family.
    let name: String
    /// Its labels.
    let labels: LabelText

    /// The key of a metric of a kind.
    init(_ kind: MetricKind, label: String, dimensions: [(String, String)]) {
        name = kind == .counter ? MetricName.counter(label) : MetricName.legal(label)
        labels = LabelText(dimensions, reserved: kind.type == "histogram" ? "le" : nil)
    }
}

/// One series: what a metric of the program adds to, from any thread, and a scrape reads.
protocol Series: AnyObject, Sendable {
    /// Where the registry keeps it.
    var key: SeriesKey { get }
    /// Writes its samples as they are now.
    func write(into text: inout Exposition)
}
