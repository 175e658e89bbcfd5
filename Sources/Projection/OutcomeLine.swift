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
        output.append(text: "{\"subject\":")
        CanonicalJSON.append(string: subject.span, to: &output)
        output.append(text: ",\"arm\":")
        CanonicalJSON.append(string: randomisation.arm.span, to: &output)
        output.append(text: ",\"disease\":")
        if let disease = randomisation.disease {
            CanonicalJSON.append(string: disease.name, to: &output)
        } else {
            output.append(text: "null")
        }
        output.append(text: ",\"drug\":")
        CanonicalJSON.append(string: randomisation.drug.name, to: &output)
        output.append(text: ",\"outcomes\":{")
        for (index, endpoint) in trial.endpoints.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            CanonicalJSON.append(string: endpoint.name, to: &output)
            append(outcome.endpoints[index], of: endpoint, records, batch, to: &output)
        }
        output.append(text: "},\"findings\":")
        let findings = output.count
        append(outcome.findings, batch, to: &output)
        output.append(UInt8(ascii: "}"))
        return findings
    }

    private static func append(
        _ outcome: EndpointOutcome, of endpoint: Endpoint, _ records: [EventRecord], _ batch: EventBatch,
        to output: inout [UInt8]
    ) {
        output.append(text: outcome.isEvent ? ":{\"status\":\"event\",\"day\":" : ":{\"status\":\"censored\",\"day\":")
        CanonicalJSON.append(whole: outcome.day, to: &output)
        output.append(text: ",\"cause\":")
        CanonicalJSON.append(string: outcome.cause(in: endpoint), to: &output)
        output.append(text: ",\"evidence\":")
        append(evidence: outcome, records, batch, to: &output)
        output.append(UInt8(ascii: "}"))
    }

    /// Appends the names of the events that made an outcome: `[{"source":…,"id":…},…]`.
    package static func append(
        evidence outcome: EndpointOutcome, _ records: [EventRecord], _ batch: EventBatch, to output: inout [UInt8]
    ) {
        output.append(UInt8(ascii: "["))
        for (index, evidence) in outcome.evidence.enumerated() {
            output.append(text: index > 0 ? ",{" : "{")
            appendName(of: records[evidence], batch, to: &output)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func append(_ findings: [Finding], _ batch: EventBatch, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "["))
        for (index, finding) in findings.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            output.append(text: "{\"code\":")
            CanonicalJSON.append(string: finding.code.rawValue, to: &output)
            if let event = finding.event {
                output.append(UInt8(ascii: ","))
                appendName(of: event, batch, to: &output)
            }
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func appendName(of record: EventRecord, _ batch: EventBatch, to output: inout [UInt8]) {
        output.append(text: "\"source\":")
        CanonicalJSON.append(string: batch.sources[Int(record.source)].span, to: &output)
        output.append(text: ",\"id\":")
        CanonicalJSON.append(string: batch.arena.span.extracting(record.id.indices), to: &output)
    }
}
