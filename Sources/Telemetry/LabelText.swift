/// The labels of a series as they are written, `name="value",name="value"`, without braces.
///
/// Bytes, because two values that Swift's strings hold for equal are two values to Prometheus.
struct LabelText: Hashable, Comparable, Sendable {
    /// The text in UTF-8; empty where there are no labels.
    let bytes: [UInt8]

    /// Spells dimensions with legal names, sorted by name.
    ///
    /// Of two dimensions whose names are spelled alike the last one counts. An empty value is no label, as Prometheus
    /// sees it. A name in use for something else, `le` of a histogram, gets an underscore.
    init(_ dimensions: [(String, String)], reserved: String? = nil) {
        var values: [String: String] = [:]
        for (dimension, value) in dimensions {
            let name = MetricName.legalLabel(dimension)
            values[name == reserved ? name + "_" : name] = value
        }
        var bytes: [UInt8] = []
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where !value.isEmpty {
            if !bytes.isEmpty { bytes.append(UInt8(ascii: ",")) }
            bytes += name.utf8
            bytes += "=\"".utf8
            Exposition.escape(value, quotes: true, into: &bytes)
            bytes.append(UInt8(ascii: "\""))
        }
        self.bytes = bytes
    }

    static func < (left: LabelText, right: LabelText) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
