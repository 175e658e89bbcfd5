package import EventLog
import Postgres
package import Trial

/// Reads the projected states of patients.
package enum PatientCollection {
    /// The states of all patients of a study under the replay's first protocol, slice by slice.
    ///
    /// - Parameter progress: Told the number of events of each slice that is done.
    package static func states(
        _ reader: LogReader, _ replay: Replay, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(LogError) -> [PatientState] {
        try await collect(reader.heads, nil, reader, replay, progress) {
            subject, outcome, history, batch, states throws(DetailError) in
            states.append(
                try PatientState(
                    subject: subject, outcome: outcome, history: history, batch: batch,
                    protocol: replay.protocols[0].source, until: replay.until))
        }
    }

    /// Whatever is made of one patient under the replay's first protocol; empty where the log does not know the subject.
    ///
    /// Of the patient's slice those segments are read that may hold him, and the rows behind the segments.
    package static func one<Value: Sendable>(
        _ subject: [UInt8], _ reader: LogReader, _ replay: Replay,
        _ make:
            @escaping @Sendable (
                ArraySlice<UInt8>, PatientOutcome, PatientHistory, EventBatch
            ) throws(DetailError) -> Value
    ) async throws(LogError) -> Value? {
        let slice = SliceHash.slice(of: subject[...], among: reader.study.slices)
        return try await collect([reader.heads[slice]], subject, reader, replay, { _ in }) {
            candidate, outcome, history, batch, found throws(DetailError) in
            if candidate.elementsEqual(subject) { found.append(try make(candidate, outcome, history, batch)) }
        }.first
    }

    private static func collect<Value: Sendable>(
        _ heads: [SliceHead], _ subject: [UInt8]?, _ reader: LogReader, _ replay: Replay,
        _ progress: @escaping @Sendable (Int) -> Void,
        _ body:
            @escaping @Sendable (
                ArraySlice<UInt8>, PatientOutcome, PatientHistory, EventBatch, inout [Value]
            ) throws(DetailError) -> Void
    ) async throws(LogError) -> [Value] {
        let connection: Connection
        do throws(PostgresError) {
            connection = try await Connection.open(replay.configuration)
        } catch {
            throw .database(error)
        }
        var fold = SliceFold([replay.protocols[0]], until: replay.until, needsHistories: true)
        var values: [Value] = []
        var patient: Int32?
        if let subject {
            patient = try await connection.perform { session throws(LogError) in try reader.patient(subject, session) }
        }
        let steps = try subject != nil && patient == nil ? [] : SliceStep.steps(heads, of: patient, reader)
        for step in steps {
            let piece = try await connection.perform { session throws(LogError) in try step.read(reader, session) }
            fold.add(piece)
            while let holder = try fold.foldNext(of: step) {
                do throws(DetailError) {
                    try body(fold.subject, fold.outcome, fold.history, fold.batch(of: holder), &values)
                } catch {
                    throw fold.undecodable(error, of: step)
                }
            }
            if step.isLast { fold.finish() }
            progress(step.events)
        }
        await connection.close()
        return values
    }
}
