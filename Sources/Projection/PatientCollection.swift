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
        let results = await withTaskGroup(of: Result<[PatientState], LogError>.self) { group in
            for number in 0..<count {
                group.addTask(name: "patients \(number)") {
                    await shard(number, of: count, places[number % places.count], replay, progress)
                }
            }
            var results: [Result<[PatientState], LogError>] = []
            for await result in group {
                if case .failure = result { group.cancelAll() }
                results.append(result)
            }
            return results
        }
        // A failure cancels the other shards; the first one that is not such a cancellation is the cause.
        for case .failure(let error) in results where !error.isCancellation { throw error }
        var all: [PatientState] = []
        for result in results { all += try result.get() }
        return all
    }

    /// The states of the patients of one shard's slices.
    private static func shard(
        _ number: Int, of count: Int, _ place: Replay.Copy, _ replay: Replay,
        _ progress: @escaping @Sendable (Int) -> Void
    ) async -> Result<[PatientState], LogError> {
        let heads = stride(from: number, to: place.reader.heads.count, by: count).map { place.reader.heads[$0] }
        do throws(LogError) {
            return .success(
                try await collect(heads, nil, place, replay, progress) {
                    subject, outcome, history, batch, states throws(DetailError) in
                    states.append(
                        try PatientState(
                            subject: subject, outcome: outcome, history: history, batch: batch,
                            protocol: replay.protocols[0].source, until: replay.until))
                })
        } catch {
            return .failure(error)
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
