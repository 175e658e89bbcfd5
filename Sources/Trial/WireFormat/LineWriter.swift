/// Writes events as lines, in the one spelling in which they are exported and tailed.
package enum LineWriter {
    /// Appends one event as a line, without the line's end.
    ///
    /// - Parameters:
    ///   - record: the event.
    ///   - batch: the batch whose arena holds its id, detail and attributes.
    ///   - subject: the patient's bytes.
    ///   - source: the stating site's bytes.
    ///   - recordedTime: when the log took it in, in microseconds since 1970-01-01T00:00:00Z, where known.
    ///   - sequence: its place in the log, where known.
    /// - Throws: ``DetailError`` where the record holds a word or detail that no event of its kind has; the output may
    ///   then end in half a line.
    package static func append(
        _ record: EventRecord, of batch: EventBatch, subject: ArraySlice<UInt8>, source: ArraySlice<UInt8>,
        recordedTime: Int64? = nil, sequence: (slice: Int, position: Int64)? = nil, to output: inout [UInt8]
    ) throws(DetailError) {
        let arena = batch.arena.span
        output.append(text: "{\"specversion\":\"1.0\",\"id\":")
        CanonicalJSON.append(string: arena.extracting(record.id.indices), to: &output)
        output.append(text: ",\"source\":")
        CanonicalJSON.append(string: source.span, to: &output)
        output.append(text: ",\"type\":\"")
        output.append(text: record.kind.name)
        output.append(text: "\",\"subject\":")
        CanonicalJSON.append(string: subject.span, to: &output)
        output.append(text: ",\"time\":\"")
        Instant.append(record.time, to: &output)
        if let recordedTime {
            output.append(text: "\",\"recordedtime\":\"")
            Instant.append(recordedTime, to: &output)
        }
        if let sequence {
            output.append(text: "\",\"sequence\":\"")
            append(sequence: sequence, to: &output)
        }
        output.append(text: "\",")
        if !record.attributes.isEmpty {
            let range = record.attributes.indices
            guard range.count > 2 else { throw DetailError("The stored further attributes are not a JSON object.") }
            output.append(arena.extracting(range.lowerBound + 1..<range.upperBound - 1))
            output.append(UInt8(ascii: ","))
        }
        output.append(text: "\"data\":")
        try appendData(of: record, detail: arena.extracting(record.detail.indices), to: &output)
        output.append(UInt8(ascii: "}"))
    }

    /// Appends the `data` object of an event alone.
    ///
    /// - Throws: ``DetailError`` as ``append(_:of:subject:source:recordedTime:sequence:to:)`` does.
    package static func appendData(
        of record: EventRecord, in batch: EventBatch, to output: inout [UInt8]
    ) throws(DetailError) {
        try appendData(of: record, detail: batch.arena.span.extracting(record.detail.indices), to: &output)
    }

    /// Appends a place in the log as `SSSS-PPPPPPPPPPPPPPPPPPP`: slice and position, zero-padded, so that the order of
    /// the texts is the order of the log in a slice.
    package static func append(sequence: (slice: Int, position: Int64), to output: inout [UInt8]) {
        CanonicalJSON.append(whole: sequence.slice, width: 4, to: &output)
        output.append(UInt8(ascii: "-"))
        CanonicalJSON.append(whole: Int(sequence.position), width: 19, to: &output)
    }

    /// Reads a place in the log, or returns `nil` where the text is none.
    ///
    /// A slice has four digits, and more only from 10000 on.
    package static func sequence(from text: Span<UInt8>) -> (slice: Int, position: Int64)? {
        let dash = text.count - 20
        guard dash >= 4, dash <= 10, text[dash] == UInt8(ascii: "-") else { return nil }
        guard dash == 4 || text[0] != UInt8(ascii: "0"), let slice = whole(text.extracting(0..<dash)),
            let position = whole(text.extracting(dash + 1..<text.count))
        else { return nil }
        return (Int(slice), position)
    }

    private static func whole(_ digits: Span<UInt8>) -> Int64? {
        var number: Int64 = 0
        for index in digits.indices {
            guard digits[index].isDigit else { return nil }
            let (tens, isTooGreat) = number.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = tens.addingReportingOverflow(Int64(digits[index].digit))
            guard !isTooGreat, !isOver else { return nil }
            number = sum
        }
        return number
    }
}
