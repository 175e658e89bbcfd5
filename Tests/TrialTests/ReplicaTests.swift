import Foundation
import TestData
import Testing

@testable import Trial

struct ReplicaTests {
    @Test("Every line of the bundled trial history is taken, and comes out as it went in, whole numbers without .0")
    func replica() throws {
        let bytes = Array(try Data(contentsOf: TestData.replica))
        var parser = LineParser()
        var batch = EventBatch()
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            try parser.parse(line.span, receivedAt: receivedAt, into: &batch)
            let record = try #require(batch.records.last)
            var output: [UInt8] = []
            try LineWriter.append(
                record, of: batch, subject: batch.subjects[Int(record.patient)],
                source: batch.sources[Int(record.source)],
                to: &output)
            let sent = String(decoding: line, as: UTF8.self).replacing(".0,", with: ",").replacing(".0}", with: "}")
            try #require(String(decoding: output, as: UTF8.self) == sent)
        }
        #expect(batch.records.count == 8593)
        #expect(batch.subjects.count == 90)
    }
}
