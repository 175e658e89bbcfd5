package import EventLog
import Postgres
import Trial

extension TestLog {
    /// Everything that pages of a study hold, slice by slice, as `tail` prints it.
    ///
    /// - Parameter withTimes: Whether lines say when they were recorded, which differs from study to study.
    package func lines(
        of study: Study, subject: String? = nil, from positions: [Int64]? = nil, withTimes: Bool = true
    ) async throws -> [[String]] {
        var settled = configuration
        settled.options = LogReader.settings
        if subject != nil { settled.options["enable_sort"] = "on" }
        let connection = try await Connection.open(settled)
        let lines = try await connection.perform { session throws in
            var reader = try LogReader(study, session)
            var slices: [[String]] = []
            for head in reader.heads {
                var lines: [String] = []
                var position = positions?[reader.index(of: head)] ?? 0
                while position < head.position {
                    let page = try reader.page(
                        of: head, after: position, subject: subject.map { Array($0.utf8) }, session)
                    lines += try Self.lines(of: page, withTimes: withTimes)
                    position = page.through
                }
                slices.append(lines)
            }
            return slices
        }
        await connection.close()
        return lines
    }

    /// The events of a page as event lines.
    package static func lines(of page: LogPage, withTimes: Bool = true) throws -> [String] {
        try page.batch.records.indices.map { index in
            let record = page.batch.records[index]
            var line: [UInt8] = []
            try LineWriter.append(
                record, of: page.batch, subject: page.batch.subjects[Int(record.patient)],
                source: page.batch.sources[Int(record.source)],
                recordedTime: withTimes ? page.recordedTimes[index] : nil,
                sequence: (page.places[index].slice, page.places[index].position), to: &line)
            return String(decoding: line, as: UTF8.self)
        }
    }
}
