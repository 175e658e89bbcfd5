package import Trial

/// Randomised patients, in the order in which they were folded or of their subjects.
///
/// Who was randomised, to what and with which disease is the same under every protocol, so that all outcomes of one
/// replay share these columns.
package struct RandomisedPatients: Sendable {
    /// One randomised patient.
    package struct Entry: Sendable {
        /// Where the subject's bytes end in ``RandomisedPatients/subjects``; they begin where those before them end.
        var subjectEnd: UInt32
        /// The arm, as a number in ``RandomisedPatients/arms``.
        package var arm: Int32
        /// The disease, `nil` where the patient was not enrolled.
        package var disease: Disease?
        /// The study drug.
        package var drug: Drug
    }

    /// The subjects, one after the other.
    private(set) var subjects: [UInt8] = []
    /// The patients.
    package private(set) var entries: [Entry] = []
    /// The names of the arms.
    package private(set) var arms: NameTable

    /// No patients yet.
    package init() { self.init(arms: NameTable(expecting: 0)) }

    /// No patients yet, whose arms are among these.
    init(arms: NameTable) { self.arms = arms }

    /// How many bytes of memory they take, about.
    var size: Int { subjects.count + entries.count * MemoryLayout<Entry>.stride }

    /// The bytes of the subject of an entry, in ``subjects``.
    func subjectRange(_ entry: Int) -> Range<Int> {
        (entry == 0 ? 0 : Int(entries[entry - 1].subjectEnd))..<Int(entries[entry].subjectEnd)
    }

    /// The subject of an entry.
    package func subject(_ entry: Int) -> ArraySlice<UInt8> { subjects[subjectRange(entry)] }

    /// Adds a patient.
    package mutating func append(
        subject: ArraySlice<UInt8>, arm: [UInt8], disease: Disease?, drug: Drug
    ) {
        append(subject: subject, arm: arms.intern(arm.span), disease, drug)
    }

    /// Refers to the arms by their numbers in another table, which gets those that it has not.
    mutating func renumber(_ table: inout NameTable) {
        let numbers = (0..<arms.count).map { table.intern(arms[$0].span) }
        for entry in entries.indices { entries[entry].arm = numbers[Int(entries[entry].arm)] }
        arms = table
    }

    /// Makes room for so many patients, whose subjects have so many bytes.
    mutating func reserve(_ count: Int, subjectBytes: Int) {
        entries.reserveCapacity(count)
        subjects.reserveCapacity(subjectBytes)
    }

    /// Adds a patient, whose arm is one of ``arms``.
    mutating func append(subject: ArraySlice<UInt8>, arm: Int32, _ disease: Disease?, _ drug: Drug) {
        subjects.append(subject.span)
        entries.append(
            Entry(subjectEnd: UInt32(truncatingIfNeeded: subjects.count), arm: arm, disease: disease, drug: drug))
    }
}

/// What folding a slice, or a stretch of its patients, under one protocol gives, in columns: some hundred bytes a patient,
/// from which statistics are made and outcome lines are spelled when they are wanted.
package struct SliceOutcomes: Sendable {
    /// The end of follow-up for one endpoint, as survival analysis wants it, with its cause.
    package struct Time: Sendable, BitwiseCopyable {
        /// Days since randomisation.
        package let day: Int32
        /// The status as a number: reasons of censoring, a treatment stop, criteria.
        let code: UInt16
        /// How many events are its evidence.
        let evidence: UInt16

        static let reasons = EndpointOutcome.CensorReason.allCases

        init(_ entry: EndpointResults.Entry) {
            day = Int32(truncatingIfNeeded: entry.day)
            evidence = UInt16(truncatingIfNeeded: entry.evidence.count)
            code =
                switch entry.status {
                case .censored(let reason): UInt16(Self.reasons.firstIndex(of: reason) ?? 0)
                case .treatmentStop: UInt16(Self.reasons.count)
                case .event(let criterion): UInt16(Self.reasons.count + 1 + criterion)
                }
        }

        /// A time from its numbers, which the reader of a partial result has checked.
        init(day: Int32, code: UInt16, evidence: UInt16) {
            self.day = day
            self.code = code
            self.evidence = evidence
        }

        /// A time from its bits.
        init(word: UInt64) {
            self.init(
                day: Int32(truncatingIfNeeded: word >> 32), code: UInt16(truncatingIfNeeded: word >> 16),
                evidence: UInt16(truncatingIfNeeded: word))
        }

        /// Its bits: day, status, number of events.
        var word: UInt64 { UInt64(UInt32(bitPattern: day)) << 32 | UInt64(code) << 16 | UInt64(evidence) }

        /// Whether the endpoint is met on that day; otherwise it is censored.
        package var isEvent: Bool { code >= Self.reasons.count }

        /// How an endpoint of so many criteria may end, by the number of the status.
        static func statuses(criteria count: Int) -> [EndpointOutcome.Status] {
            reasons.map { .censored($0) } + [.treatmentStop] + (0..<count).map { .event(criterion: $0) }
        }
    }

    /// The randomised patients.
    package internal(set) var randomised = RandomisedPatients()
    /// For each randomised patient one time per endpoint, patient after patient.
    package internal(set) var times: [Time] = []
    /// How many events were read.
    package var events = 0
    /// How many patients have events.
    package internal(set) var patients = 0
    /// How many times each finding occurs, those of patients who were never randomised included.
    package internal(set) var findingCounts: [Finding.Code: Int] = [:]

    /// The names of events, which ``names`` refers to; without records.
    var arena = EventBatch()
    /// The events that are evidence: source and id.
    var names: [EventName] = []
    /// By randomised patient: the first of the names.
    var firstNames: [UInt32] = []
    /// By randomised patient: whether times and evidence are known to be those under the first of several protocols, where
    /// the names of the evidence are then, and not here.
    ///
    /// What was read from a part of a replay has all names.
    var isLikeFirst: [Bool] = []
    /// By randomised patient, where there are any.
    var findings: [Int: [Finding]] = [:]

    /// No patients yet.
    package init() {}

    /// No patients yet, whose evidence is of these sources.
    init(sources: NameTable) { arena.sources = sources }

    /// Whether lines can be spelled.
    var hasNames: Bool { firstNames.count == randomised.entries.count }

    /// The places of the names of a patient's evidence; none where it is that under the first protocol.
    func evidence(of patient: Int) -> Range<Int> {
        Int(firstNames[patient])..<(patient + 1 < firstNames.count ? Int(firstNames[patient + 1]) : names.count)
    }

    /// How many bytes of memory they take, about, without what all protocols share.
    var size: Int {
        times.count * MemoryLayout<Time>.stride + names.count * MemoryLayout<EventName>.stride + arena.arena.count
            + firstNames.count * (MemoryLayout<UInt32>.stride + MemoryLayout<Bool>.stride)
            + findings.reduce(0) { $0 + ($1.value.count + 1) * MemoryLayout<Finding>.stride }
    }

    /// The name of an event.
    struct EventName: Sendable, BitwiseCopyable {
        var source: Int32
        var id: ByteRange
    }

    /// Adds a patient; one who was never randomised has no results and is only counted.
    ///
    /// - Parameters:
    ///   - entries: What became of the patient's endpoints.
    ///   - evidence: The events that made that, as indices into `records`.
    ///   - found: What is odd about the patient.
    ///   - records: The patient's history.
    ///   - bytes: What the history refers to.
    ///   - hasLine: Whether there is a line to be spelled.
    ///   - isLike: Whether results are those that were added under the first of several protocols.
    mutating func add(
        _ entries: Span<EndpointResults.Entry>, evidence: Span<Int>, _ found: Span<Finding>,
        of records: Span<EventRecord>,
        _ bytes: Span<UInt8>, hasLine: Bool, isLikeFirst isLike: Bool
    ) {
        patients += 1
        for index in found.indices { findingCounts[found[index].code, default: 0] += 1 }
        for index in entries.indices { times.append(Time(entries[index])) }
        guard hasLine else { return }
        firstNames.append(UInt32(truncatingIfNeeded: names.count))
        isLikeFirst.append(isLike)
        if !isLike {
            for index in evidence.indices {
                let record = records[evidence[index]]
                names.append(
                    EventName(source: record.source, id: arena.store(bytes.extracting(record.id.indices))))
            }
        }
        if found.isEmpty { return }
        findings[firstNames.count - 1] = found.indices.map { index in
            guard var event = found[index].event else { return found[index] }
            event.id = arena.store(bytes.extracting(event.id.indices))
            (event.detail, event.attributes) = (.none, .none)
            return Finding(code: found[index].code, event: event)
        }
    }

    /// Refers to sources by their numbers in another table, which gets those that it has not.
    mutating func renumber(_ table: inout NameTable) {
        let numbers = (0..<arena.sources.count).map { table.intern(arena.sources[$0].span) }
        for name in names.indices { names[name].source = numbers[Int(names[name].source)] }
        for patient in findings.keys {
            findings[patient] = findings[patient]?.map { finding in
                guard var event = finding.event else { return finding }
                event.source = numbers[Int(event.source)]
                return Finding(code: finding.code, event: event)
            }
        }
        arena.sources = table
    }

    /// Takes what all outcomes of the slice share, once all its patients have been added.
    mutating func finish(_ randomised: RandomisedPatients, sources: NameTable) {
        self.randomised = randomised
        arena.sources = sources
    }
}
