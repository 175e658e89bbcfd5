import CoreMetrics
import EventLog
import Logging
import Postgres
import Projection
import ServiceLifecycle
import Trial

/// An actor that keeps the outcomes of its share of the worker's slices up to date, over a connection of its own.
///
/// One step: look which held slices have moved, read what is new, fold the patients it belongs to, write. Which slices
/// are held, and how far they are, is asked of the database in each step, and checked by it in each write; what the
/// shard remembers only saves reading.
actor LiveShard {
    private let number: Int
    private let shards: Int
    private let set: ProjectionSet
    private let mark: LogMark
    private let connection: Connection
    private let membership: Membership
    private let metrics: WorkerMetrics
    private let remembered: Gauge
    private let logger: Logger
    private let rememberedEvents: Int
    private var reader: LiveReader
    private var fold: StepFold
    private var memories: [Int32: SliceMemory] = [:]

    init(
        _ number: Int, of shards: Int, _ worker: ProjectionWorker, _ set: ProjectionSet, in mark: LogMark,
        _ membership: Membership, over connection: Connection
    ) {
        self.number = number
        self.shards = shards
        self.set = set
        self.mark = mark
        self.connection = connection
        self.membership = membership
        metrics = worker.metrics
        remembered = worker.metrics.remembered(byShard: number)
        logger = worker.logger
        rememberedEvents = worker.rememberedEvents / shards
        reader = LiveReader(worker.study)
        fold = StepFold(worker.compiled)
    }

    /// Projects until the task ends or the service is shut down.
    func run() async throws(LogError) {
        var pause = GrowingPause()
        var isListening = false
        var isTroubled = false
        while !Task.isCancelled, !Task.isShuttingDownGracefully {
            do throws(LogError) {
                if await connection.isBroken {
                    isListening = false
                    try await reconnect()
                }
                if !isListening {
                    try await listen()
                    isListening = true
                }
                if try await !step() { try await wait() }
                pause = GrowingPause()
                isTroubled = false
            } catch {
                memories = [:]
                if error.isCancellation { break }
                guard case .database(let cause) = error, cause.isWorthWaiting else { throw error }
                // The first of a row is what people should know.
                if !isTroubled { metrics.reconnections.increment() }
                logger.log(level: isTroubled ? .debug : .warning, "worker: trying again: \(cause.description)")
                // A timeout is the session's own; one that was mended meanwhile is in force for new ones.
                if isTroubled { await connection.close() }
                isTroubled = true
                if (try? await Task.sleep(for: pause.next(jitter: .random(in: 0...1)))) == nil { break }
            }
        }
    }

    /// Connects, and forgets what is true of the log that there was.
    ///
    /// It may have been put back, or a server has taken over that had not come as far. What is projected stands in the same
    /// database and went back with it.
    private func reconnect() async throws(LogError) {
        memories = [:]
        reader = LiveReader(reader.study)
        let set = set
        var change: LogError?
        do throws(PostgresError) {
            change = try await connection.reconnect(to: mark)
            if change == nil {
                let isAnother = try await connection.perform { session throws(PostgresError) in
                    try set.isAnother(in: session)
                }
                if isAnother { change = set.changed }
            }
        } catch {
            throw .database(error)
        }
        if let change { throw change }
    }

    private func listen() async throws(LogError) {
        var reader = reader
        reader = try await connection.perform { [reader] session throws(LogError) -> LiveReader in
            var reader = reader
            try translating { () throws(PostgresError) in try session.listen(LogChannel.name) }
            try reader.refreshSources(session)
            return reader
        }
        self.reader = reader
    }

    /// Waits for a bell of this study, or until it is time to look without one.
    private func wait() async throws(LogError) {
        let study = LogChannel.payload(of: reader.study)
        try await connection.perform { session throws(LogError) in
            try translating { () throws(PostgresError) in
                let deadline = ContinuousClock.now.advanced(by: .milliseconds(Limits.pollMilliseconds))
                while true {
                    let rest = Int(ContinuousClock.now.duration(to: deadline) / .milliseconds(1))
                    guard rest > 0, let bell = try session.waitForNotification(timeoutMilliseconds: rest) else {
                        return
                    }
                    if bell.payload == study { return }
                }
            }
        }
    }

    // MARK: - One step

    /// Takes in what is new; tells whether there was anything.
    private func step() async throws(LogError) -> Bool {
        let began = ContinuousClock.now
        membership.begins(number, at: began)
        defer { membership.ends(number) }
        let worker = membership.worker
        let agenda = try await look(worker)
        membership.looked(number, at: .now)
        for slice in memories.keys where !agenda.held.contains(slice) { memories[slice] = nil }
        if agenda.isEmpty { return false }
        var write = try await project(agenda)
        write.asked = agenda.asked
        for slice in agenda.slices {
            write.moves.append(
                .init(slice: slice.number, epoch: slice.epoch, from: slice.position, through: slice.through))
        }
        try await put(write, agenda, by: worker)
        metrics.step.recordNanoseconds(Int64(began.duration(to: .now) / .nanoseconds(1)))
        return true
    }

    private func look(_ worker: Int64) async throws(LogError) -> StepAgenda {
        let (set, number, shards) = (set, number, shards)
        return try await connection.perform { session throws(LogError) in
            try translating { () throws(PostgresError) in
                // What was rung for before the look is seen by it. While there is always something to do nobody waits
                // for bells, and they would pile up.
                while try session.waitForNotification(timeoutMilliseconds: 0) != nil {}
                return try StepAgenda(set.number, worker, shard: number, of: shards, session)
            }
        }
    }

    /// Reads what the agenda asks for and folds the patients it belongs to.
    private func project(_ agenda: StepAgenda) async throws(LogError) -> ProjectionWrite {
        let news = try await read { reader, session throws(LogError) in
            try reader.events(of: agenda.slices.map(\.stretch), session)
        }
        var touched = TouchedPatients(news, agenda)
        for slice in agenda.slices {
            let isKnown = memories[slice.number].map { $0.position == slice.position && $0.epoch == slice.epoch }
            if isKnown != true || slice.isWhole {
                memories[slice.number] = SliceMemory(position: slice.position, epoch: slice.epoch)
            }
        }
        let unknown = touched.patients.filter { memories[$0.slice]?.holds($0.patient) != true }
        let subjects = try await read { reader, session throws(LogError) in
            try reader.subjects(of: unknown, session)
        }
        for (patient, subject) in zip(unknown, subjects) {
            if subject.isEmpty {
                touched.note(nameless: patient)
            } else {
                memories[patient.slice]?.begin(patient.patient, subject: subject)
            }
        }
        let cold = unknown.filter { !agenda.isWhole($0.slice) && memories[$0.slice]?.holds($0.patient) == true }
        let histories = try await read { reader, session throws(LogError) in try reader.events(of: cold, session) }
        let fromLog = Set(cold)
        touched.note(faultsOf: histories)
        for (index, place) in histories.places.enumerated() { memories[place.slice]?.add(index, of: histories) }
        for (index, place) in news.places.enumerated() {
            guard let patient = touched.story(place), !fromLog.contains(patient) else { continue }
            memories[place.slice]?.add(index, of: news)
        }
        metrics.events.increment(by: agenda.newEvents)
        return try await folded(touched)
    }

    private func folded(_ touched: TouchedPatients) async throws(LogError) -> ProjectionWrite {
        var write = ProjectionWrite()
        var parked: [(patient: LiveReader.Story, reason: String)] = []
        for patient in touched.patients {
            if let fault = touched.faults[patient] {
                parked.append((patient, fault))
                continue
            }
            guard var memory = memories.removeValue(forKey: patient.slice) else { continue }
            do throws(DetailError) {
                let isThere = try fold.add(
                    patient.patient, of: patient.slice, in: &memory, sources: reader.sources, to: &write)
                // One who was parked, and is to be tried again: who asked is answered.
                if !isThere { parked.append((patient, "there are no events of the patient any more")) }
            } catch {
                parked.append((patient, error.message))
            }
            memories[patient.slice] = memory
        }
        metrics.patients.increment(by: touched.patients.count)
        if parked.isEmpty { return write }
        let stories = parked.map(\.patient)
        let subjects = try await read { reader, session throws(LogError) in
            try reader.subjects(of: stories, session)
        }
        for ((patient, reason), subject) in zip(parked, subjects) {
            write.parkings.append(
                .init(slice: patient.slice, patient: patient.patient, subject: subject, reason: reason))
        }
        for parking in write.parkings { note(parking) }
        return write
    }

    /// Forgets a patient who is parked, and says so.
    private func note(_ parking: ProjectionWrite.Parking) {
        memories[parking.slice]?.forget(parking.patient)
        metrics.parked.increment()
        let subject = String(decoding: parking.subject, as: UTF8.self)
        let who = subject.isEmpty ? "a patient" : "subject \"\(subject)\""
        logger.warning("worker: \(who) is parked: \(parking.reason)")
    }

    private func read<R: Sendable>(
        _ body: @Sendable (inout LiveReader, Session) throws(LogError) -> R
    ) async throws(LogError) -> R {
        let reader = reader
        let (value, changed) = try await connection.perform { session throws(LogError) -> (R, LiveReader) in
            var reader = reader
            return (try body(&reader, session), reader)
        }
        self.reader = changed
        return value
    }

    private func put(_ write: ProjectionWrite, _ agenda: StepAgenda, by worker: Int64) async throws(LogError) {
        let set = set
        let written: ProjectionWrite.Written
        do throws(PostgresError) {
            written = try await connection.perform { session throws(PostgresError) in
                let written = try write.run(set.number, by: worker, session)
                // After the commit and on its own: what sends a notification waits for all others that do.
                if written.changedOutcomes > 0 {
                    try session.notify(OutcomeBell.channel, payload: String(set.number))
                }
                return written
            }
        } catch {
            memories = [:]
            guard error.sqlState == "TR001" else { throw .database(error) }
            // Another worker has the slice, or had it in between. Nothing was written, and the next look tells what
            // is still held.
            metrics.refused.increment()
            logger.info("worker: \(error.message)")
            return
        }
        for parking in written.refused { note(parking) }
        metrics.steps.increment()
        metrics.outcomes.increment(by: written.changedOutcomes)
        if let delay = written.delay { metrics.delay.recordNanoseconds(Int64(delay * 1e9)) }
        for slice in agenda.slices {
            memories[slice.number]?.advance(to: slice.through, share: rememberedEvents / max(1, agenda.held.count))
        }
        remembered.record(memories.values.reduce(0) { $0 + $1.events })
    }
}

/// How those who watch outcomes are woken.
package enum OutcomeBell {
    /// The channel on which the number of a set is sent when outcomes of it have changed.
    package static let channel = "trough_outcomes"
}
