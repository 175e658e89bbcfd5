import Postgres
import Trial

/// A slice that is to be verified.
struct ChainTask: Sendable {
    /// The number of its study among those that are verified.
    let study: Int
    /// Where its history is stored.
    let source: SliceStretches
    /// Where its chain must have which digest.
    let anchor: Anchor.Head?

    /// The slice as it stands now, where rows of it have been removed since; `nil` where none have.
    ///
    /// What was read of the slice meanwhile may have been looked for in the wrong place.
    func renewed(_ session: Session) throws(LogError) -> Renewed? {
        let known = source.head
        let removed = try translating { () throws(PostgresError) in
            try session.query(
                "SELECT coalesce(max(removed), 0) FROM trough.head WHERE slice = $1", [.int32(known.slice)]
            ).int64(0, 0)
        }
        guard removed > known.removed else { return nil }
        let chain = try session.snapshot { () throws(LogError) in
            do throws(PostgresError) { return try StudyChain(source.rows.study, session) } catch {
                throw reading(error)
            }
        }
        guard let head = chain.heads.first(where: { $0.slice == known.slice }) else { return nil }
        if let fault = chain.fault(of: head) { return .fault(fault) }
        let stretches = chain.stretches(of: head, positionsPerStretch: source.positionsPerStretch)
        return .task(ChainTask(study: study, source: stretches, anchor: anchor))
    }

    /// What has become of a slice.
    enum Renewed: Sendable {
        case task(ChainTask)
        case fault(ChainFault.Place)
    }

    var head: ChainHead { source.head }
}

/// What was found of one slice.
struct ChainFinding: Sendable {
    /// The number of its study among those that are verified.
    var study: Int
    /// How many events were read.
    var events: Int64 = 0
    /// How many batches fit.
    var batches = 0
    /// The first thing that does not fit.
    var fault: ChainFault?
}

/// An actor that checks its share of slices over a connection of its own.
///
/// While one stretch is hashed on the pool, the next is read on the connection's thread; two stretches are in memory at a
/// time, whatever the slice holds.
actor ChainShard {
    /// What is to be read of a slice: a stretch of its history, or after all of them one of those segments whose events were
    /// read as rows.
    private struct Step {
        var task: Int
        /// Which pass over the history it is.
        var pass = 0
        /// After which position the stretch begins.
        var after: Int64 = 0
        /// The number of the segment.
        var segment: Int?
    }

    /// What was read.
    private enum Piece: Sendable {
        /// A stretch, at the beginning of a slice together with its patients.
        case stretch(SliceStretches.Stretch, ChainPatients?)
        /// A segment, the digest before it, and whether it has rows.
        case segment(SealedStretch, before: [UInt8], hasRows: Bool)
    }

    private let connection: Connection
    private var tasks: [ChainTask]
    private let rememberedNames: Int64

    init(
        _ tasks: [ChainTask], rememberedNames: Int64, at configuration: ConnectionConfiguration
    ) async throws(LogError) {
        self.tasks = tasks
        self.rememberedNames = rememberedNames
        do throws(PostgresError) {
            connection = try await Connection.open(configuration)
        } catch {
            throw .database(error)
        }
    }

    /// Checks all slices, and reports the events of each stretch when it is done.
    func run(_ progress: @Sendable (Int) -> Void) async throws(LogError) -> [ChainFinding] {
        var findings: [ChainFinding] = []
        var step = tasks.isEmpty ? nil : Step(task: 0)
        var piece = try await read(step)
        var check: SliceCheck?
        while let current = step, let read = piece {
            let task = tasks[current.task]
            let following = self.following(current, read)
            async let ahead = Self.read(following, of: tasks, connection)
            var found: SliceCheck.Found?
            switch read {
            case .stretch(let stretch, let patients):
                let events = stretch.events.positions.count
                if let patients {
                    check = SliceCheck(task, patients)
                    findings.append(ChainFinding(study: task.study))
                }
                found = check?.take(stretch, pass: current.pass, rememberedNames)
                if current.pass == 0 {
                    progress(events)
                    findings[current.task].events += Int64(events)
                    findings[current.task].batches = check?.chain.batches ?? 0
                }
            case .segment(let sealed, let before, let hasRows):
                found = check?.take(sealed, after: before, hasRows: hasRows)
            }
            (step, piece) = (following, try await ahead.get())
            guard var place = try await first(found, of: task) else { continue }
            switch try await renewed(task) {
            case .task(let renewed)?:
                tasks[current.task] = renewed
                findings.removeLast()
                step = self.step(toTask: current.task)
                piece = try await self.read(step)
                continue
            case .fault(let fault)?: place = fault
            case nil: break
            }
            findings[current.task].fault = ChainFault(
                place, study: task.source.rows.study.name,
                slice: Int(task.head.slice - task.source.rows.study.firstSlice))
            // What was read ahead is of the slice that is given up, unless that one was at its end.
            if following?.task == current.task {
                step = self.step(toTask: current.task + 1)
                piece = try await self.read(step)
            }
        }
        await connection.close()
        return findings
    }

    private func renewed(_ task: ChainTask) async throws(LogError) -> ChainTask.Renewed? {
        try await connection.perform { session throws(LogError) in try task.renewed(session) }
    }

    // MARK: - Steps

    private func step(toTask task: Int) -> Step? { task < tasks.count ? Step(task: task) : nil }

    /// What is read after a piece where that one fits.
    private func following(_ step: Step, _ piece: Piece) -> Step? {
        let task = tasks[step.task]
        if case .stretch(let stretch, _) = piece {
            let through = stretch.events.through
            if through < task.head.position { return Step(task: step.task, pass: step.pass, after: through) }
            if step.pass + 1 < EventNames.passes(over: task.head.lastReadable, limit: rememberedNames) {
                return Step(task: step.task, pass: step.pass + 1)
            }
        }
        let segments = task.source.segments
        if let next = segments[(step.segment.map { $0 + 1 } ?? 0)...].firstIndex(where: \.hasRows) {
            return Step(task: step.task, segment: next)
        }
        return self.step(toTask: step.task + 1)
    }

    private func read(_ step: Step?) async throws(LogError) -> Piece? {
        try await Self.read(step, of: tasks, connection).get()
    }

    private static func read(
        _ step: Step?, of tasks: [ChainTask], _ connection: Connection
    ) async -> Result<Piece?, LogError> {
        guard let step else { return .success(nil) }
        let source = tasks[step.task].source
        do throws(PostgresError) {
            return .success(
                try await connection.perform { session throws(PostgresError) in
                    if let segment = step.segment { return try Self.read(source.segments[segment], source, session) }
                    let isFirst = step.pass == 0 && step.after == 0
                    let patients = isFirst ? try source.rows.patients(session) : nil
                    return .stretch(try source.stretch(after: step.after, session), patients)
                })
        } catch {
            return .failure(reading(error))
        }
    }

    private static func read(
        _ place: SegmentPlace, _ source: SliceStretches, _ session: Session
    ) throws(PostgresError) -> Piece {
        .segment(
            try SealedStretch(place, source.rows, session),
            // Without a batch there the chain does not lead through the segment, whatever it is said to begin with.
            before: try source.rows.digest(upTo: place.firstPosition - 1, session) ?? [],
            hasRows: try source.rows.hasRows(in: place.positions, session))
    }

    /// The first of what was found in a stretch: events that have a name for the second time, where that is so, come
    /// before the fault of the chain, which none of them lies behind.
    private func first(_ found: SliceCheck.Found?, of task: ChainTask) async throws(LogError) -> ChainFault.Place? {
        guard let found else { return nil }
        let source = task.source
        for position in found.suspects {
            let isTwice: Bool
            do throws(PostgresError) {
                isTwice = try await connection.perform { session throws(PostgresError) in
                    try source.isNamedTwice(at: position, session)
                }
            } catch {
                throw reading(error)
            }
            if isTwice {
                return .init(
                    .name, at: position,
                    "position \(position) has the subject, source and id of an event before it")
            }
        }
        return found.fault
    }
}

/// The check of one slice under way: of its chain, of the names of its events in one or several passes, and of its
/// segments.
private struct SliceCheck {
    /// What was found in a stretch.
    struct Found {
        /// The first thing that does not fit.
        var fault: ChainFault.Place?
        /// Positions before it of events that seem to have the name of an earlier one.
        var suspects: [Int64]
    }

    private(set) var chain: ChainCheck
    private let segments: SegmentCheck
    private let head: Int64
    private let events: Int64
    private var names: EventNames?
    private var pass = -1
    /// The first thing that does not fit of a segment without rows; told once chain and names are through.
    private var faultOfSegment: ChainFault.Place?

    init(_ task: ChainTask, _ patients: ChainPatients) {
        chain = ChainCheck(task.head, patients, anchor: task.anchor)
        segments = SegmentCheck(slice: task.head.slice, patients: patients)
        head = task.head.position
        events = task.head.lastReadable
    }

    mutating func take(_ read: SliceStretches.Stretch, pass: Int, _ limit: Int64) -> Found {
        let stretch = read.events
        if pass > self.pass {
            names = EventNames(of: events, pass: pass, limit: limit)
            self.pass = pass
        }
        let fault = pass == 0 ? chain.take(stretch) : nil
        let suspects = names?.suspects(in: stretch) ?? []
        if let position = fault?.positions?.lowerBound {
            return Found(fault: fault, suspects: suspects.filter { $0 < position })
        }
        if pass == 0, faultOfSegment == nil, case .sealed(let sealed, let hasRows) = read {
            // The chain has been led through it, so that no digest before it is asked for.
            faultOfSegment = segments.fault(of: sealed, after: [], hasRows: hasRows)
        }
        let isLast = stretch.through == head && pass + 1 == EventNames.passes(over: events, limit: limit)
        return Found(fault: fault ?? (isLast ? faultOfSegment : nil), suspects: suspects)
    }

    func take(_ sealed: SealedStretch, after before: [UInt8], hasRows: Bool) -> Found? {
        segments.fault(of: sealed, after: before, hasRows: hasRows).map { Found(fault: $0, suspects: []) }
    }
}
