import Trial

extension RandomisedPatients {
    /// Writes the patients: their number, and of each subject, arm, disease (0 for none) and drug.
    func write(to writer: inout PartWriter, _ names: inout SharedNames) {
        writer.append(entries.count)
        for (number, entry) in entries.enumerated() {
            writer.append(text: subject(number))
            writer.append(Int(names.arms.intern(arms[Int(entry.arm)].span)))
            writer.append(Int(entry.disease?.rawValue ?? 0))
            writer.append(Int(entry.drug.rawValue))
        }
    }

    /// Reads the patients.
    init(_ reader: inout PartReader, _ names: SharedNames) throws(ReplayPartError) {
        self.init()
        for _ in 0..<(try reader.count()) {
            let subject = try reader.text()
            let arm = names.arms[try reader.place(in: names.arms.count)]
            let word = Int16(try reader.number(0...Int(Int16.max)))
            let disease = Disease(rawValue: word)
            guard disease != nil || word == 0,
                let drug = Drug(rawValue: Int16(try reader.number(0...Int(Int16.max))))
            else { throw .unfitting }
            append(subject: subject, arm: Array(arm), disease: disease, drug: drug)
        }
    }
}

extension SliceOutcomes {
    /// Writes what one protocol gave: patients and findings counted, the times, the names of the evidence, the findings.
    ///
    /// - Parameter first: What the first protocol gave, which has the names of what is the same under it.
    func write(to writer: inout PartWriter, _ names: inout SharedNames, first: SliceOutcomes) {
        precondition(hasNames, "A partial replay keeps what lines name.")
        writer.append(patients)
        for code in Finding.Code.allCases { writer.append(findingCounts[code] ?? 0) }
        for time in times {
            writer.append(signed: Int64(time.day))
            writer.append(Int(time.code))
            writer.append(Int(time.evidence))
        }
        for patient in firstNames.indices {
            let named = isLikeFirst[patient] ? first : self
            for name in named.evidence(of: patient) { named.write(named.names[name], to: &writer, &names) }
        }
        writer.append(findings.count)
        for (patient, found) in findings.sorted(by: { $0.key < $1.key }) {
            writer.append(patient)
            writer.append(found.count)
            for finding in found {
                writer.append(Finding.Code.allCases.firstIndex(of: finding.code) ?? 0)
                writer.append(finding.event == nil ? 0 : 1)
                if let event = finding.event {
                    write(EventName(source: event.source, id: event.id), to: &writer, &names)
                }
            }
        }
    }

    private func write(_ name: EventName, to writer: inout PartWriter, _ names: inout SharedNames) {
        writer.append(Int(names.sources.intern(arena.sources[Int(name.source)].span)))
        writer.append(text: arena.bytes(name.id))
    }

    /// Reads what one protocol gave.
    init(
        _ reader: inout PartReader, _ names: SharedNames, of randomised: RandomisedPatients, events: Int,
        protocol trial: TrialProtocol
    ) throws(ReplayPartError) {
        self.init(sources: names.sources)
        self.randomised = randomised
        self.events = events
        let count = randomised.entries.count
        patients = try reader.number(count...Limits.greatestCount)
        for code in Finding.Code.allCases {
            let number = try reader.number(0...Limits.greatestCount)
            if number > 0 { findingCounts[code] = number }
        }
        // The names are as many as the times say, so that each can be found by those before it.
        var evidence = 0
        for _ in 0..<count {
            firstNames.append(UInt32(truncatingIfNeeded: evidence))
            isLikeFirst.append(false)
            for endpoint in trial.endpoints {
                let time = try Self.time(&reader, of: endpoint)
                evidence += Int(time.evidence)
                times.append(time)
            }
        }
        guard evidence <= reader.left else { throw .unfitting }
        for _ in 0..<evidence { self.names.append(try name(&reader)) }
        try readFindings(&reader, patients: count)
    }

    private static func time(_ reader: inout PartReader, of endpoint: Endpoint) throws(ReplayPartError) -> Time {
        guard let day = Int32(exactly: try reader.signed()) else { throw .unfitting }
        let code = try reader.place(in: Time.reasons.count + 1 + endpoint.criteria.count)
        let evidence = try reader.number(0...Int(UInt16.max))
        return Time(day: day, code: UInt16(code), evidence: UInt16(evidence))
    }

    private mutating func name(_ reader: inout PartReader) throws(ReplayPartError) -> EventName {
        let source = try reader.place(in: arena.sources.count)
        let id = try reader.text()
        return EventName(source: Int32(source), id: arena.store(id.span))
    }

    private mutating func readFindings(_ reader: inout PartReader, patients count: Int) throws(ReplayPartError) {
        for _ in 0..<(try reader.count()) {
            let patient = try reader.place(in: count)
            guard findings[patient] == nil else { throw .unfitting }
            var found: [Finding] = []
            for _ in 0..<(try reader.count()) {
                let code = Finding.Code.allCases[try reader.place(in: Finding.Code.allCases.count)]
                var event: EventRecord?
                if try reader.number(0...1) == 1 {
                    let name = try name(&reader)
                    event = EventRecord(time: 0, patient: 0, source: name.source, id: name.id, kind: .completion)
                }
                found.append(Finding(code: code, event: event))
            }
            findings[patient] = found
        }
    }
}
