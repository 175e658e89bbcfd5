package import EventLog
import Postgres
package import Trial

/// Reads the projected states of patients.
package enum PatientCollection {
    /// The states of all patients of a study under the replay's first protocol, in no order.
    ///
    /// Shards take slices by stride and share the replay's copies of the log, as those of ``Replay`` do.
    ///
    /// - Parameter progress: Told the number of events of each slice that is done; called from several threads.
    package static func states(
        _ reader: LogReader, _ replay: Replay, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws(LogError) -> [PatientState] {
        let count = replay.shardCount(reader)
        let places = replay.places(reader)
        return try await sideBySide(count, named: "patients", isCancellation: \LogError.isCancellation) {
            number throws(LogError) in
            let place = places[number % places.count]
            let heads = stride(from: number, to: place.reader.heads.count, by: count).map { place.reader.heads[$0] }
            return try await collect(heads, nil, place, replay, progress) {
                subject, outcome, history, batch, states throws(DetailError) in
                states.append(
                    try PatientState(
                        subject: subject, outcome: outcome, history: history, batch: batch,
                        protocol: replay.protocols[0].source, until: replay.until))
            }
        }.flatMap(\.self)
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
        let place = Replay.Copy(at: replay.configuration, reader)
        return try await collect([reader.heads[slice]], subject, place, replay, { _ in }) {
            candidate, outcome, history, batch, found throws(DetailError) in
            if candidate.elementsEqual(subject) { found.append(try make(candidate, outcome, history, batch)) }
        }.first
    }

    private static func collect<Value: Sendable>(
        _ heads: [SliceHead], _ subject: [UInt8]?, _ place: Replay.Copy, _ replay: Replay,
        _ progress: @escaping @Sendable (Int) -> Void,
        _ body:
            @escaping @Sendable (
                ArraySlice<UInt8>, PatientOutcome, PatientHistory, EventBatch, inout [Value]
            ) throws(DetailError) -> Void
    ) async throws(LogError) -> [Value] {
        let reader = place.reader
        let connection: Connection
        do throws(PostgresError) {
            connection = try await Connection.open(place.configuration)
        } catch {
            throw .database(error)
        }
        // Its own, as each shard of a replay has.
        let own = CompiledProtocol(replay.protocols[0].source)
        var fold = SliceFold([own], until: replay.until, needsHistories: true)
        var values: [Value] = []
        var patient: Int32?
        if let subject {
            patient = try await connection.perform { session throws(LogError) in try reader.patient(subject, session) }
        }
        let steps = try subject != nil && patient == nil ? [] : SliceStep.steps(heads, of: patient, reader)
        do throws(LogError) {
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
        } catch {
            throw await reader.located(error, over: connection)
        }
        await connection.close()
        return values
    }
}
