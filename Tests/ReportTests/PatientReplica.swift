import Foundation
import Projection
import Report
import TestData
import Testing
import Trial

/// Event lines parsed into one batch, and their patients folded.
struct PatientReplica {
    /// One folded patient.
    struct Patient {
        var subject: String
        var outcome: PatientOutcome
        var history: PatientHistory
    }

    let batch: EventBatch
    let patients: [Patient]
    let trial: TrialProtocol
    let until: Int64?

    private static let lines = Result { try TestData.lines(TestData.replica) }
    private static let whole = Result { try PatientReplica(lines: lines.get()) }

    /// The replica of the trial's history, folded once under the default protocol.
    static func shared() throws -> Self { try whole.get() }

    /// The same, cut.
    static func cut(until: String) throws -> Self {
        try PatientReplica(lines: lines.get(), until: instant(until))
    }

    /// Parses lines and folds every patient.
    init(lines: [String], protocol trial: TrialProtocol = .roblin2020, until: Int64? = nil) throws {
        var batch = EventBatch()
        var parser = LineParser()
        for line in lines {
            do throws(Refusal) {
                try parser.parse(Array(line.utf8).span, receivedAt: 2_000_000_000_000_000, into: &batch)
            } catch {
                Issue.record("\(error.message) \(line)")
                throw error
            }
        }
        var members: [[Int32]] = Array(repeating: [], count: batch.subjects.count)
        for (index, record) in batch.records.enumerated() { members[Int(record.patient)].append(Int32(index)) }
        var fold = PatientFold(CompiledProtocol(trial), until: until)
        var patients: [Patient] = []
        for number in members.indices {
            var history = PatientHistory()
            try history.load(members[number][...], of: &batch, until: until)
            if history.isEmpty { continue }
            let subject = String(decoding: batch.subjects[number], as: UTF8.self)
            patients.append(
                Patient(subject: subject, outcome: try fold.outcome(of: history, in: batch), history: history))
        }
        self.batch = batch
        self.patients = patients
        self.trial = trial
        self.until = until
    }

    func patient(_ subject: String) throws -> Patient { try #require(patients.first { $0.subject == subject }) }

    func states() throws -> [PatientState] {
        try patients.map { patient in
            try PatientState(
                subject: Array(patient.subject.utf8)[...], outcome: patient.outcome, history: patient.history,
                batch: batch, protocol: trial, until: until)
        }
    }

    func timeline(_ patient: Patient) throws -> PatientTimeline {
        try PatientTimeline(
            subject: Array(patient.subject.utf8)[...], outcome: patient.outcome, history: patient.history, batch: batch,
            protocol: trial, until: until)
    }

    /// The outcome line of a patient, `nil` for one who was never randomised.
    func outcomeLine(_ patient: Patient) -> String? {
        patient.outcome.randomisation.map { randomisation in
            text { output in
                _ = OutcomeLine.append(
                    patient.outcome, randomisation, subject: Array(patient.subject.utf8)[...],
                    records: patient.history.records, batch: batch, protocol: trial, to: &output)
            }
        }
    }
}

/// A time as microseconds since 1970.
func instant(_ text: String) throws -> Int64 {
    try Instant.read(Array(text.utf8).span)
}

/// What a renderer writes, as text.
func text(_ body: (inout [UInt8]) throws -> Void) rethrows -> String {
    var output: [UInt8] = []
    try body(&output)
    return String(decoding: output, as: UTF8.self)
}

/// The lines of a text that ends in a line feed.
func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
}

/// An event line of the patient `P`.
func eventLine(
    _ type: String, _ time: String, _ data: String, id: String, subject: String = "P", source: String = "/sites/lyon"
) -> String {
    #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"trough.\#(type).v1","subject":"\#(subject)","time":"\#(time)","data":\#(data)}"#
}
