package import Trial

/// What an outcome line says of one endpoint.
package struct SpelledOutcome: Sendable, Equatable {
    /// The name of an event that made an outcome.
    package struct Evidence: Sendable, Equatable {
        /// The bytes of its source.
        package var source: [UInt8]
        /// The bytes of its id.
        package var id: [UInt8]
    }

    /// The outcome as JSON, as the line spells it.
    package var json: [UInt8]
    /// Whether the endpoint was met; otherwise it is censored.
    package var isEvent: Bool
    /// The day of the failure or of the end of follow-up, counted from randomisation.
    package var day: Int
    /// The bytes of the cause of a failure or the reason of censoring.
    package var cause: [UInt8]
    /// The events that made the outcome, one for each condition in order.
    package var evidence: [Evidence]
    /// The evidence as JSON, as the line spells it.
    package var evidenceJSON: [UInt8]

    /// Reads an outcome as ``OutcomeLine`` spells it.
    ///
    /// - Throws: ``DetailError`` where it is not spelled like that.
    package init(_ spelled: ArraySlice<UInt8>) throws(DetailError) {
        let own = Array(spelled)
        let bytes = own.span
        json = own
        isEvent = try Self.text("status", at: 0, in: bytes) == Array("event".utf8)
        let digits = bytes.extracting(try DetailObject.required("day", in: bytes))
        var day = 0
        for index in digits.indices { day = day * 10 + Int(digits[index]) - Int(UInt8(ascii: "0")) }
        self.day = day
        cause = try Self.text("cause", at: 0, in: bytes)
        let list = try DetailObject.required("evidence", in: bytes)
        evidenceJSON = Array(own[list])
        evidence = []
        var cursor = list.lowerBound + 1
        while cursor < list.upperBound - 1 {
            let start = cursor
            var object = DetailObject(at: start)
            while let member = try object.next(in: bytes) { cursor = member.value.upperBound + 2 }
            evidence.append(
                Evidence(
                    source: try Self.text("source", at: start, in: bytes),
                    id: try Self.text("id", at: start, in: bytes)))
        }
    }

    /// The outcomes of a line as it spells them, in the protocol's order.
    ///
    /// - Throws: ``DetailError`` where the line is no outcome line.
    package static func outcomes(in line: ArraySlice<UInt8>) throws(DetailError) -> [ArraySlice<UInt8>] {
        var object = DetailObject(at: try DetailObject.required("outcomes", in: line.span).lowerBound)
        var outcomes: [ArraySlice<UInt8>] = []
        while let member = try object.next(in: line.span) {
            outcomes.append(
                line[line.startIndex + member.value.lowerBound..<line.startIndex + member.value.upperBound])
        }
        return outcomes
    }

    private static func text(_ key: String, at start: Int, in bytes: Span<UInt8>) throws(DetailError) -> [UInt8] {
        try DetailObject.text(DetailObject.required(key, at: start, in: bytes), in: bytes)
    }
}
