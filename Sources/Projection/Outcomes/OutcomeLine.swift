package import Trial

/// Spells outcomes as lines, exactly as the outcome format says.
package enum OutcomeLine {
    /// Appends the line of one randomised patient without its line feed.
    ///
    /// - Parameter records: What the outcomes' evidence refers to, of which only the names count.
    /// - Returns: The index in `output` at which the value of `findings` begins: the digested line has `[]}` from there.
    package static func append(
        _ outcome: PatientOutcome, _ randomisation: Randomisation, subject: ArraySlice<UInt8>,
        records: [EventRecord], batch: EventBatch, protocol trial: TrialProtocol, to output: inout [UInt8]
    ) -> Int {
        appendStart(to: &output)
        CanonicalJSON.append(string: subject.span, to: &output)
        appendGroup(
            arm: randomisation.arm.span, disease: randomisation.disease, drug: randomisation.drug, to: &output)
        for (index, endpoint) in trial.endpoints.enumerated() {
            let own = outcome.endpoints[index]
            appendStart(of: endpoint, index, own.status, day: own.day, to: &output)
            append(evidence: own, records, batch, to: &output)
            output.append(UInt8(ascii: "}"))
        }
        return appendEnd(outcome.findings, batch, to: &output)
    }

    // MARK: - The parts of a line, in order

    /// Appends what a line begins with; the subject comes next.
    static func appendStart(to output: inout [UInt8]) { output.append(text: "{\"subject\":") }

    /// Appends what a line says between its subject and its outcomes.
    static func appendGroup(arm: Span<UInt8>, disease: Disease?, drug: Drug, to output: inout [UInt8]) {
        output.append(text: ",\"arm\":")
        CanonicalJSON.append(string: arm, to: &output)
        output.append(text: ",\"disease\":")
        if let disease {
            CanonicalJSON.append(string: disease.name, to: &output)
        } else {
            output.append(text: "null")
        }
        output.append(text: ",\"drug\":")
        CanonicalJSON.append(string: drug.name, to: &output)
        output.append(text: ",\"outcomes\":{")
    }

    /// Appends what an outcome says before its evidence; the list of evidence and `}` come next.
    private static func appendStart(
        of endpoint: Endpoint, _ index: Int, _ status: EndpointOutcome.Status, day: Int, to output: inout [UInt8]
    ) {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        appendBeforeDay(of: endpoint, status, to: &output)
        CanonicalJSON.append(whole: day, to: &output)
        appendBehindDay(of: endpoint, status, to: &output)
    }

    /// Appends what an outcome says before its day.
    static func appendBeforeDay(
        of endpoint: Endpoint, _ status: EndpointOutcome.Status, to output: inout [UInt8]
    ) {
        CanonicalJSON.append(string: endpoint.name, to: &output)
        output.append(
            text: status.isEvent ? ":{\"status\":\"event\",\"day\":" : ":{\"status\":\"censored\",\"day\":")
    }

    /// Appends what an outcome says between its day and its evidence.
    static func appendBehindDay(
        of endpoint: Endpoint, _ status: EndpointOutcome.Status, to output: inout [UInt8]
    ) {
        output.append(text: ",\"cause\":")
        CanonicalJSON.append(string: status.cause(in: endpoint), to: &output)
        output.append(text: ",\"evidence\":")
    }

    /// Appends the names of the events that made an outcome: `[{"source":…,"id":…},…]`.
    package static func append(
        evidence outcome: EndpointOutcome, _ records: [EventRecord], _ batch: EventBatch, to output: inout [UInt8]
    ) {
        output.append(UInt8(ascii: "["))
        for (index, evidence) in outcome.evidence.enumerated() {
            let record = records[evidence]
            appendBeforeID(index, source: batch.sources[Int(record.source)].span, to: &output)
            CanonicalJSON.append(string: batch.arena.span.extracting(record.id.indices), to: &output)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
    }

    /// Appends what stands before the id of an event in a list of evidence that has so many; the id and `}` come next.
    static func appendBeforeID(_ index: Int, source: Span<UInt8>, to output: inout [UInt8]) {
        output.append(text: index > 0 ? ",{" : "{")
        appendBeforeID(source: source, to: &output)
    }

    /// Appends what a line says behind its outcomes.
    ///
    /// - Returns: The index in `output` at which the value of `findings` begins.
    static func appendEnd(_ findings: [Finding], _ batch: EventBatch, to output: inout [UInt8]) -> Int {
        output.append(text: "},\"findings\":")
        let start = output.count
        output.append(UInt8(ascii: "["))
        for (index, finding) in findings.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(text: "{\"code\":")
            CanonicalJSON.append(string: finding.code.rawValue, to: &output)
            if let event = finding.event {
                output.append(UInt8(ascii: ","))
                appendBeforeID(source: batch.sources[Int(event.source)].span, to: &output)
                CanonicalJSON.append(string: batch.arena.span.extracting(event.id.indices), to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
        output.append(text: "]}")
        return start
    }

    private static func appendBeforeID(source: Span<UInt8>, to output: inout [UInt8]) {
        output.append(text: "\"source\":")
        CanonicalJSON.append(string: source, to: &output)
        output.append(text: ",\"id\":")
    }
}
