/// The text of a scrape, read by the words of the format's description and nothing of what wrote it.
struct ParsedExposition {
    /// One line with a value.
    struct Sample: Equatable {
        var name: String
        var labels: [[UInt8]: [UInt8]]
        var value: Double
    }

    /// Samples that belong together.
    struct Family {
        var name: String
        var type: String
        var help: String?
        var samples: [Sample] = []
    }

    /// What is wrong with a text.
    struct Fault: Error, CustomStringConvertible {
        var description: String
    }

    /// The families in the order of the text.
    var families: [Family] = []

    /// Reads a text and refuses what the format does not allow.
    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Fault(description: "no line feed at the end") }
        var pendingHelp: (name: String, text: String)?
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast() {
            var cursor = Cursor(Array(line))
            if cursor.take("# HELP ") {
                guard pendingHelp == nil else { throw Fault(description: "help for nothing before: \(cursor.line)") }
                let name = try cursor.name()
                guard cursor.take(" ") else { throw Fault(description: "no help: \(cursor.line)") }
                pendingHelp = (name, try cursor.unescaped(until: nil))
            } else if cursor.take("# TYPE ") {
                let name = try cursor.name()
                guard cursor.take(" ") else { throw Fault(description: "no type: \(cursor.line)") }
                if let pendingHelp, pendingHelp.name != name { throw Fault(description: "help of another: \(name)") }
                families.append(Family(name: name, type: cursor.rest, help: pendingHelp?.text))
                pendingHelp = nil
            } else {
                let sample = try cursor.sample()
                guard !families.isEmpty, pendingHelp == nil else { throw Fault(description: "no type: \(cursor.line)") }
                families[families.count - 1].samples.append(sample)
            }
        }
        if let pendingHelp { throw Fault(description: "help without metric: \(pendingHelp.name)") }
        guard Set(families.map(\.name)).count == families.count else { throw Fault(description: "a type given twice") }
        for family in families { try Self.check(family) }
        try checkSamplesAreDistinct()
    }

    /// The samples of a name with labels, which are none or one.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let wanted = Dictionary(uniqueKeysWithValues: labels.map { (Array($0.utf8), Array($1.utf8)) })
        return families.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == wanted }?.value
    }

    private func checkSamplesAreDistinct() throws {
        var seen: Set<String> = []
        for sample in families.flatMap(\.samples) {
            let labels = sample.labels.map { "\($0.key)=\($0.value)" }.sorted()
            guard seen.insert("\(sample.name) \(labels)").inserted else {
                throw Fault(description: "twice: \(sample)")
            }
        }
    }

    private static func check(_ family: Family) throws {
        guard !family.samples.isEmpty else { throw Fault(description: "\(family.name) has no sample") }
        switch family.type {
        case "counter", "gauge":
            guard family.samples.allSatisfy({ $0.name == family.name }) else {
                throw Fault(description: "a sample of another family within \(family.name)")
            }
            if family.type == "counter", !family.name.hasSuffix("_total") {
                throw Fault(description: "\(family.name) does not end in _total")
            }
        case "histogram": try checkHistogram(family)
        default: throw Fault(description: "\(family.name) is of the unknown type \(family.type)")
        }
    }

    /// Buckets of each series are cumulative and end with +Inf, which is the count.
    private static func checkHistogram(_ family: Family) throws {
        let bound = Array("le".utf8)
        var series: [[[UInt8]: [UInt8]]: [Sample]] = [:]
        for sample in family.samples {
            var labels = sample.labels
            labels[bound] = nil
            series[labels, default: []].append(sample)
        }
        for samples in series.values {
            let buckets = samples.filter { $0.name == family.name + "_bucket" }
            let bounds = try buckets.map { bucket in
                guard let text = bucket.labels[bound] else { throw Fault(description: "no le in \(bucket)") }
                return try Cursor(text).number()
            }
            let counts = buckets.map(\.value)
            let count = samples.filter { $0.name == family.name + "_count" }.map(\.value)
            let sum = samples.filter { $0.name == family.name + "_sum" }
            guard bounds.last == .infinity, zip(bounds, bounds.dropFirst()).allSatisfy(<),
                zip(counts, counts.dropFirst()).allSatisfy(<=), count == [counts.last], sum.count == 1,
                samples.count == buckets.count + 2
            else { throw Fault(description: "not a histogram: \(samples)") }
        }
    }
}

/// A place in a line.
private struct Cursor {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var line: String { String(decoding: bytes, as: UTF8.self) }
    var rest: String { String(decoding: bytes[index...], as: UTF8.self) }

    mutating func take(_ text: String) -> Bool {
        guard bytes[index...].starts(with: text.utf8) else { return false }
        index += text.utf8.count
        return true
    }

    mutating func name(colons: Bool = true) throws -> String {
        let start = index
        while index < bytes.count {
            let character = Character(UnicodeScalar(bytes[index]))
            let isLetter = character.isASCII && character.isLetter || character == "_" || colons && character == ":"
            guard isLetter || index > start && character.isASCII && character.isNumber else { break }
            index += 1
        }
        guard index > start else { throw ParsedExposition.Fault(description: "no name: \(line)") }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Bytes with their escapes undone, up to a quote or the end of the line.
    mutating func unescapedBytes(until end: UInt8?) throws -> [UInt8] {
        var text: [UInt8] = []
        while index < bytes.count, bytes[index] != end {
            if bytes[index] != UInt8(ascii: "\\") {
                text.append(bytes[index])
            } else {
                index += 1
                switch index < bytes.count ? bytes[index] : 0 {
                case UInt8(ascii: "n"): text.append(UInt8(ascii: "\n"))
                case UInt8(ascii: "\\"): text.append(UInt8(ascii: "\\"))
                case UInt8(ascii: "\"") where end != nil: text.append(UInt8(ascii: "\""))
                default: throw ParsedExposition.Fault(description: "an escape of nothing: \(line)")
                }
            }
            index += 1
        }
        return text
    }

    mutating func unescaped(until end: UInt8?) throws -> String {
        String(decoding: try unescapedBytes(until: end), as: UTF8.self)
    }

    mutating func sample() throws -> ParsedExposition.Sample {
        var sample = ParsedExposition.Sample(name: try name(), labels: [:], value: 0)
        if take("{") {
            repeat {
                let label = Array(try name(colons: false).utf8)
                guard take("=\"") else { throw ParsedExposition.Fault(description: "no label value: \(line)") }
                let value = try unescapedBytes(until: UInt8(ascii: "\""))
                guard take("\""), sample.labels.updateValue(value, forKey: label) == nil else {
                    throw ParsedExposition.Fault(description: "an open label value, or a label twice: \(line)")
                }
            } while take(",")
            guard take("}") else { throw ParsedExposition.Fault(description: "open labels: \(line)") }
        }
        guard take(" ") else { throw ParsedExposition.Fault(description: "no value: \(line)") }
        sample.value = try number()
        return sample
    }

    /// The number that the rest of the line is, spelled as Go's ParseFloat takes it.
    func number() throws -> Double {
        switch rest {
        case "NaN": return .nan
        case "+Inf": return .infinity
        case "-Inf": return -.infinity
        default:
            guard rest.utf8.allSatisfy({ "0123456789+-.e".utf8.contains($0) }), let number = Double(rest) else {
                throw ParsedExposition.Fault(description: "no number: \(line)")
            }
            return number
        }
    }
}
