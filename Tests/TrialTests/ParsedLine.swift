import Testing

@testable import Trial

/// 2026-01-01T00:00:00Z, when the tests receive their lines.
let receivedAt: Int64 = 1_767_225_600_000_000

/// What became of one line.
struct ParsedLine {
    var batch = EventBatch()
    var refusal: Refusal?

    init(_ line: [UInt8]) {
        var parser = LineParser()
        do throws(Refusal) {
            try parser.parse(line.span, receivedAt: receivedAt, into: &batch)
        } catch {
            refusal = error
        }
    }

    init(_ line: String) { self.init(Array(line.utf8)) }

    /// The one record.
    var record: EventRecord? { batch.records.first }
    /// The canonical detail of the one record.
    var detail: String? { record.map { String(decoding: batch.bytes($0.detail), as: UTF8.self) } }
    /// The further attributes of the one record.
    var attributes: String? { record.map { String(decoding: batch.bytes($0.attributes), as: UTF8.self) } }

    /// The record written as a line again.
    func written() throws -> String {
        var output: [UInt8] = []
        for record in batch.records {
            try LineWriter.append(
                record, of: batch, subject: batch.subjects[Int(record.patient)],
                source: batch.sources[Int(record.source)], to: &output)
        }
        return String(decoding: output, as: UTF8.self)
    }
}

/// An event line whose parts can be replaced.
struct LineTemplate {
    var specversion = "\"1.0\""
    var id = "\"e-1\""
    var source = "\"/sites/lyon\""
    var type = "\"trough.completion.v1\""
    var subject = "\"LY-001\""
    var time = "\"2016-03-08T09:30:00Z\""
    var further = ""
    var data = "{}"

    var text: String {
        "{\"specversion\":\(specversion),\"id\":\(id),\"source\":\(source),\"type\":\(type),\"subject\":\(subject),"
            + "\"time\":\(time)\(further),\"data\":\(data)}"
    }

    /// A line with this type and these data.
    static func of(_ kind: String, _ data: String) -> String {
        LineTemplate(type: "\"trough.\(kind).v1\"", data: data).text
    }

    /// A correction with these data.
    static func correction(_ replacement: String) -> String {
        of(
            "correction",
            #"{"corrects":{"source":"/sites/lyon","id":"e-0"},"reason":"typo","replacement":\#(replacement)}"#)
    }
}

/// A line that must be refused.
struct RefusedCase: CustomTestStringConvertible, Sendable {
    var line: [UInt8]
    var fragment: String
    var column: Int?

    init(_ line: String, _ fragment: String, column: Int? = nil) {
        self.init(Array(line.utf8), fragment, column: column)
    }

    init(_ line: [UInt8], _ fragment: String, column: Int? = nil) {
        self.line = line
        self.fragment = fragment
        self.column = column
    }

    var testDescription: String { String(decoding: line.prefix(200), as: UTF8.self) }
}
