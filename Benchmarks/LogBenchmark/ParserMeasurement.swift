import Foundation
import Measuring
import Trial

/// The parser of event lines against Foundation's readers of JSON, on one thread.
///
/// The parser also validates: words, units, ranges, times, keys given twice. Foundation's readers only take the JSON
/// apart, the one into dictionaries, the other into a structure.
struct ParserMeasurement: Sendable {
    private let lines: [[UInt8]]

    /// Takes the first lines of a file, at most so many.
    init(file: String, atMost count: Int) throws {
        guard let handle = FileHandle(forReadingAtPath: file) else { throw Failure("\(file) cannot be read.") }
        // No line of the workload is longer than this.
        let text = try handle.read(upToCount: count * 320) ?? Data()
        lines = text.split(separator: UInt8(ascii: "\n")).dropLast().prefix(count).map(Array.init)
    }

    /// Runs every reader once in each round.
    func run(rounds: Int) async throws -> Section {
        let unit = "events/s"
        var parser = Series(name: "lines parsed and validated", unit: unit)
        var serialization = Series(name: "JSONSerialization", unit: unit)
        var decoder = Series(name: "JSONDecoder", unit: unit)
        for _ in 0..<rounds {
            parser.samples.append(try await rate { try $0.parse() })
            serialization.samples.append(try await rate { try $0.serialize() })
            decoder.samples.append(try await rate { try $0.decode() })
        }
        return Section(
            title: "parser, 1 core",
            lines: [
                Line(parser), Line(serialization), Line(decoder),
                Line(parser.ratio(to: serialization, named: "parser / JSONSerialization"), .atLeast(1)),
                Line(parser.ratio(to: decoder, named: "parser / JSONDecoder"), .atLeast(1)),
            ])
    }

    private func rate(_ work: @escaping @Sendable (Self) throws -> Int) async throws -> Double {
        let expected = lines.count
        let time = try await elapsedSeconds {
            let count = try await onThread("parser") { try work(self) }
            guard count == expected else { throw Failure("\(count) of \(expected) lines were read.") }
        }
        return Double(expected) / time
    }

    private func parse() throws -> Int {
        var parser = LineParser()
        var batch = EventBatch()
        var count = 0
        let now = Int64(Date().timeIntervalSince1970) * Instant.second
        for line in lines {
            try parser.parse(line.span, receivedAt: now, into: &batch)
            if batch.records.count == AppendMeasurement.eventsPerCommit {
                count += batch.records.count
                batch = EventBatch()
            }
        }
        return count + batch.records.count
    }

    private func serialize() throws -> Int {
        var count = 0
        for line in lines {
            let object = try JSONSerialization.jsonObject(with: Data(line))
            if let object = object as? [String: Any], object["data"] != nil { count += 1 }
        }
        return count
    }

    private func decode() throws -> Int {
        let decoder = JSONDecoder()
        var count = 0
        for line in lines {
            let envelope = try decoder.decode(Envelope.self, from: Data(line))
            if envelope.specversion == "1.0" { count += 1 }
        }
        return count
    }
}

/// An event as a program without a parser of its own would declare it.
private struct Envelope: Decodable {
    var specversion: String
    var id: String
    var source: String
    var type: String
    var subject: String
    var time: String
    var data: Content

    struct Content: Decodable {
        var analyte: String?
        var value: Double?
        var unit: String?
        var comparator: String?
        var method: String?
        var drug: String?
        var amount: Double?
        var route: String?
        var instrument: String?
        var total: Int?
        var endoscopy: Int?
        var arm: String?
        var disease: String?
        var sex: String?
        var birthYear: Int?
        var weightKg: Double?
        var albuminGPerL: Double?
        var hlaDQA105: Bool?
        var firstDrug: String?
        var term: String?
        var grade: Int?
        var serious: Bool?
        var action: String?
    }
}
