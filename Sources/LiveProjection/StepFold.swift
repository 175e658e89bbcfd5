import EventLog
import Trial

/// Folds the patients that a step touches, out of the memories of their slices.
///
/// The fold is that of a replay, over a patient's whole history each time: an event that comes late, or a correction,
/// needs no rule of its own.
struct StepFold {
    private let trial: TrialProtocol
    private var fold: PatientFold
    private var history = PatientHistory()

    init(_ compiled: CompiledProtocol) {
        trial = compiled.source
        fold = PatientFold(compiled, until: nil)
    }

    /// Folds one remembered patient and adds the result to what is to be written.
    ///
    /// - Returns: Whether there is anything of the patient.
    /// - Throws: ``DetailError`` where an event of the patient cannot be decoded.
    mutating func add(
        _ patient: Int32, of slice: Int32, in memory: inout SliceMemory, sources: NameTable,
        to write: inout ProjectionWrite
    ) throws(DetailError) -> Bool {
        let trial = trial
        let added = try memory.withHistory(of: patient, sources: sources) {
            batch, members, kept throws(DetailError) in
            try history.load(members, of: &batch, until: nil)
            if history.isEmpty { return false }
            let outcome = try fold.outcome(of: history, in: batch)
            try write.add(
                outcome, history, batch, slice: slice, patient: patient, subject: batch.bytes(kept.subject),
                recordedAt: kept.recordedAt, trial)
            return true
        }
        return added ?? false
    }
}
