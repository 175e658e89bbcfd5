import CoreMetrics
import Telemetry
import TestData
import Testing

@Suite("Random sets of metrics") struct MetricSetPropertyTests {
    /// What a naive keeper of the same numbers holds: all values of a series, in order.
    private struct Kept {
        var type: String
        var values: [Double] = []
    }

    private struct Key: Hashable {
        var name: String
        var labels: [[UInt8]: [UInt8]]
    }

    @Test("read back as what was counted, in one order", arguments: 0..<40)
    func readBack(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        let metrics = PrometheusMetrics(help: ["h": "x\\y\n\"z\""])
        var kept: [Key: Kept] = [:]
        for _ in 0..<random.below(400) { record(in: metrics, &kept, &random) }

        let text = metrics.text()
        #expect(metrics.text() == text, "seed \(seed)")
        let parsed = try ParsedExposition(text)
        #expect(parsed.families.map(\.name) == parsed.families.map(\.name).sorted(), "seed \(seed)")
        var seen = 0
        for family in parsed.families {
            #expect(family.help == (family.name == "h" ? "x\\y\n\"z\"" : nil), "seed \(seed)")
            let keys = Set(
                family.samples.map { sample in
                    var labels = sample.labels
                    if family.type == "histogram" { labels[Array("le".utf8)] = nil }
                    return Key(name: family.name, labels: labels)
                })
            for key in keys {
                let expected = try #require(kept[key], "seed \(seed): \(key)")
                #expect(expected.type == family.type, "seed \(seed): \(key)")
                check(family, key, expected.values, seed)
                seen += 1
            }
        }
        #expect(seen == kept.count, "seed \(seed)")
    }

    private func check(_ family: ParsedExposition.Family, _ key: Key, _ values: [Double], _ seed: Int) {
        let bound = Array("le".utf8)
        for sample in family.samples {
            var labels = sample.labels
            let limit = family.type == "histogram" ? labels.removeValue(forKey: bound) : nil
            guard labels == key.labels else { continue }
            var expected = values.reduce(0, +)
            if let limit {
                let text = String(decoding: limit, as: UTF8.self)
                let upper = text == "+Inf" ? .infinity : Double(text) ?? .nan
                expected = Double(values.count { $0 <= upper })
            } else if sample.name == family.name + "_count" {
                expected = Double(values.count)
            } else if family.type == "gauge" {
                expected = values.last ?? 0
            }
            #expect(abs(sample.value - expected) <= 1e-9 * abs(expected), "seed \(seed): \(sample)")
        }
    }

    /// Makes or finds a metric and records a value, in the metrics and beside.
    private func record(in metrics: PrometheusMetrics, _ kept: inout [Key: Kept], _ random: inout SeededRandom) {
        // A letter for each kind, so that none takes the name of another.
        let kind = random.below(6)
        let label = "\(["c", "f", "m", "g", "h", "t"][kind])\(random.pick([".a", "-a", "", ".b:c", "_\u{E9}"]))"
        var name = label.replacing(".", with: "_").replacing("-", with: "_").replacing("\u{E9}", with: "_")
        if kind < 2 { name += "_total" }
        let values = ["1", "", "\\", "\"", "\n", "\\n", "\u{E9}", "a b", "{x=\"1\"}", "\u{1F400}"]
        let names = ["x", "y.z", "le", "9"].shuffled(using: &random).prefix(random.below(4))
        let dimensions = names.map { ($0, random.pick(values)) }
        var labels: [[UInt8]: [UInt8]] = [:]
        for (dimension, value) in dimensions where !value.isEmpty {
            let legal = ["y.z": "y_z", "9": "_9", "le": kind >= 4 ? "le_" : "le"][dimension] ?? dimension
            labels[Array(legal.utf8)] = Array(value.utf8)
        }
        let whole = random.below(20_000)
        let value = random.chance(2) ? Double(whole) : random.unit() * 100
        let kinds = ["counter", "counter", "gauge", "gauge", "histogram", "histogram"]
        func keep(_ value: Double) {
            kept[Key(name: name, labels: labels), default: Kept(type: kinds[kind])].values.append(value)
        }
        switch kind {
        case 0:
            Counter(label: label, dimensions: dimensions, factory: metrics).increment(by: whole)
            keep(Double(whole))
        case 1:
            FloatingPointCounter(label: label, dimensions: dimensions, factory: metrics).increment(by: value)
            keep(value)
        case 2:
            Meter(label: label, dimensions: dimensions, factory: metrics).set(value)
            keep(value)
        case 3:
            Gauge(label: label, dimensions: dimensions, factory: metrics).record(whole)
            keep(Double(whole))
        case 4:
            Recorder(label: label, dimensions: dimensions, factory: metrics).record(value)
            keep(value)
        default:
            Timer(label: label, dimensions: dimensions, factory: metrics).recordMilliseconds(whole)
            keep(Double(whole) / 1_000)
        }
    }
}
