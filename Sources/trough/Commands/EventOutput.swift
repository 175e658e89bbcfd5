import EventLog
import Postgres
import Trial

/// Prints stored events as lines, page by page, in bounded memory.
struct EventOutput: Sendable {
    /// Only events of this type.
    var kind: EventKind?
    /// Only this patient's events.
    var subject: [UInt8]?
    /// Only events from this place on, in the order of slices and positions.
    var from = LogPlace(slice: 0, position: 0)

    /// Prints the events up to the reader's heads and tells how many there were.
    ///
    /// While the lines of a page are spelled and taken by whoever reads them, the database looks for the next.
    func print(_ reader: LogReader, over connection: Connection, to output: StandardStreams) async throws -> Int {
        var count = 0
        var (page, rest) = try await Pages(of: reader, for: self).next(over: connection)
        while let present = page {
            let coming = rest
            async let following = coming.next(over: connection)
            let (lines, printed) = try lines(of: present)
            count += printed
            await output.write(lines)
            (page, rest) = try await following
        }
        return count
    }

    /// The pages with the events that are wanted, in the order of slices and positions.
    private struct Pages: Sendable {
        private var reader: LogReader
        private let subject: [UInt8]?
        private var heads: ArraySlice<SliceHead>
        private var position: Int64

        init(of reader: LogReader, for wanted: EventOutput) {
            self.reader = reader
            subject = wanted.subject
            let slices = reader.study.slices
            let own = wanted.subject.map { SliceHash.slice(of: $0[...], among: slices) }
            heads =
                reader.heads.filter { head in
                    let slice = reader.index(of: head)
                    return slice >= wanted.from.slice && (own ?? slice) == slice
                }[...]
            let isFirst = heads.first.map { reader.index(of: $0) == wanted.from.slice } ?? false
            position = isFirst ? max(0, wanted.from.position - 1) : 0
        }

        /// The next page, `nil` after the last, and the pages behind it.
        func next(over connection: Connection) async throws -> (LogPage?, Pages) {
            var rest = self
            while let head = rest.heads.first, rest.position >= head.position {
                rest.heads.removeFirst()
                rest.position = 0
            }
            guard let head = rest.heads.first else { return (nil, rest) }
            let (before, after, subject) = (reader, rest.position, subject)
            // The reader has the segment open from which the next page may come, too.
            let (page, read) = try await connection.perform { session throws(LogError) in
                var reader = before
                return (try reader.page(of: head, after: after, subject: subject, session), reader)
            }
            rest.reader = read
            rest.position = page.through
            return (page, rest)
        }
    }

    /// The lines of a page's events that are wanted, and how many there are.
    func lines(of page: LogPage) throws -> (lines: [UInt8], count: Int) {
        var lines: [UInt8] = []
        var count = 0
        for (index, record) in page.batch.records.enumerated() where kind == nil || record.kind == kind {
            do throws(DetailError) {
                try LineWriter.append(
                    record, of: page.batch, subject: page.batch.subjects[Int(record.patient)],
                    source: page.batch.sources[Int(record.source)], recordedTime: page.recordedTimes[index],
                    sequence: (page.places[index].slice, page.places[index].position), to: &lines)
            } catch {
                throw LogError.undecodable(
                    slice: page.places[index].slice, position: page.places[index].position,
                    subject: String(decoding: page.batch.subjects[Int(record.patient)], as: UTF8.self), error.message)
            }
            lines.append(UInt8(ascii: "\n"))
            count += 1
        }
        return (lines, count)
    }
}

/// A study opened for reading events.
struct StudyReading: Sendable {
    let reader: LogReader
    let connection: Connection
    /// Where the database is.
    let configuration: ConnectionConfiguration

    /// Opens the study and takes its heads.
    ///
    /// - Parameter bySubject: Whether one patient is looked for, which goes by the key of names and needs a sort.
    init(
        _ name: String, asOf: Int64? = nil, bySubject: Bool, _ database: DatabaseOptions, _ context: Context
    ) async throws {
        var (configuration, checked) = try await database.open(context)
        await checked.close()
        configuration.options = LogReader.settings
        if bySubject { configuration.options["enable_sort"] = "on" }
        self.configuration = configuration
        connection = try await Connection.open(configuration)
        reader = try await connection.perform { session throws(LogError) in
            try LogReader(Studies.open(name, session), asOf: asOf, session)
        }
    }
}
