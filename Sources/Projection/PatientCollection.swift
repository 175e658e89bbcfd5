package import EventLog
import Postgres
package import Trial

/// Reads the projected states of patients.
package enum PatientCollection {
    /// The states of all patients of a study, slice by slice.
    ///
    /// - Parameter progress: Told the number of events of each slice that is done.
    package static func states(
        _ reader: LogReader, _ replay: Replay, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(LogError) -> [PatientState] {
        try await collect(reader.heads, reader, replay, progress) {
            subject, outcome, history, batch, states throws(DetailError) in
            states.append(
                try PatientState(
                    subject: subject, outcome: outcome, history: history, batch: batch,
                    protocol: replay.compiled.source, until: replay.until))
        }
    }

    /// Whatever is made of one patient; empty where the log does not know the subject.
    package static func one<Value: Sendable>(
        _ subject: [UInt8], _ reader: LogReader, _ replay: Replay,
        _ make:
            @escaping @Sendable (
                ArraySlice<UInt8>, PatientOutcome, PatientHistory, EventBatch
            ) throws(DetailError) -> Value
    ) async throws(LogError) -> Value? {
        let slice = SliceHash.slice(of: subject[...], among: reader.study.slices)
        return try await collect([reader.heads[slice]], reader, replay, { _ in }) {
            candidate, outcome, history, batch, found throws(DetailError) in
            if candidate.elementsEqual(subject) { found.append(try make(candidate, outcome, history, batch)) }
        }.first
    }

    private static func collect<Value: Sendable>(
        _ heads: [SliceHead], _ reader: LogReader, _ replay: Replay, _ progress: @escaping @Sendable (Int) -> Void,
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
        var fold = SliceFold(replay.compiled, until: replay.until)
        var values: [Value] = []
        for head in heads where head.position > 0 {
            let events = try await connection.perform { session throws(LogError) in
                try SliceEvents(head, reader, session)
            }
            try fold.eachPatient(of: events) { subject, outcome, history, batch throws(DetailError) in
                try body(subject, outcome, history, batch, &values)
            }
            progress(Int(head.position))
        }
        await connection.close()
        return values
    }
}
