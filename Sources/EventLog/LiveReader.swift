package import Postgres
package import Trial

/// Reads what is new in slices, and the histories of single patients.
///
/// Unlike ``LogReader`` it is not bound to heads taken once, and goes on past an event that it cannot decode; but where
/// events have no rows, their segments must be whole. It works in sessions opened with ``settings``.
package struct LiveReader: Sendable {
    /// A stretch of a slice's positions.
    package struct Stretch: Sendable, Equatable {
        /// The slice's number in the database.
        package var slice: Int32
        /// The last position before the stretch.
        package var after: Int64
        /// The last position of the stretch.
        package var through: Int64

        /// A stretch from its bounds.
        package init(slice: Int32, after: Int64, through: Int64) {
            self.slice = slice
            self.after = after
            self.through = through
        }
    }

    /// One patient's events up to a position.
    package struct Story: Sendable, Hashable {
        /// The slice's number in the database.
        package var slice: Int32
        /// The patient's number within the slice.
        package var patient: Int32
        /// The last position that is read.
        package var through: Int64

        /// A story from its parts.
        package init(slice: Int32, patient: Int32, through: Int64) {
            self.slice = slice
            self.patient = patient
            self.through = through
        }
    }

    /// Settings for a session that reads by keys alone.
    package static let settings = LogReader.settings.merging(["enable_hashjoin": "off", "enable_mergejoin": "off"]) {
        $1
    }

    /// The study that is read.
    package let study: Study
    /// The names of the sources met so far; a number once given stays.
    package private(set) var sources = NameTable()
    private var numberOf: [Int32: Int32] = [:]
    private var rowless = RowlessSegments()
    private var opened = RecentlyOpened<LogSegment>(limit: Limits.segmentsOfLiveReader)

    /// A reader of a study that knows no source yet.
    package init(_ study: Study) { self.study = study }

    /// Takes in the study's sources, those that are new since the last time included.
    package mutating func refreshSources(_ session: Session) throws(LogError) {
        do throws(PostgresError) { try learnSources(session) } catch { throw reading(error) }
    }

    private mutating func learnSources(_ session: Session) throws(PostgresError) {
        let rows = try session.query(
            "SELECT source, uri FROM trough.source WHERE study = $1 ORDER BY source", [.int32(study.number)])
        for row in 0..<rows.count {
            let uri = try rows.bytes(row, 1)
            numberOf[try rows.int32(row, 0)] = sources.intern(uri.span)
        }
    }

    /// Reads stretches of slices, each in order.
    package mutating func events(of stretches: [Stretch], _ session: Session) throws(LogError) -> LiveEvents {
        let ends = stretches.map { (slice: $0.slice, position: $0.through) }
        let isNew = stretches.contains { !rowless.isKnown($0.slice, through: $0.after) }
        if isNew { _ = try learn(ends, session) }
        var events = try read(stretches, session)
        // Positions are dense: what is not among the rows stands in segments that came, or lost their rows, after the last
        // look.
        let count = stretches.reduce(0) { $0 + Int(max(0, $1.through - $1.after)) }
        while events.places.count < count {
            guard try learn(ends, session) else { throw .damaged(missing(in: stretches, events)) }
            events = try read(stretches, session)
        }
        for end in ends { rowless.noteRows(end.slice, through: end.position) }
        return events
    }

    /// The first position of the stretches that is not among the events, in words.
    private func missing(in stretches: [Stretch], _ events: LiveEvents) -> String {
        for stretch in stretches where stretch.through > stretch.after {
            let found = Set(events.places.filter { $0.slice == stretch.slice }.map(\.position))
            for position in stretch.after + 1...stretch.through where !found.contains(position) {
                return "Position \(position) of slice \(stretch.slice - study.firstSlice) is missing."
            }
        }
        return "There are fewer events than positions."
    }

    /// Reads everything of single patients, in no particular order.
    package mutating func events(of stories: [Story], _ session: Session) throws(LogError) -> LiveEvents {
        if stories.isEmpty { return LiveEvents() }
        let ends = stories.map { (slice: $0.slice, position: $0.through) }
        let unknown = ends.filter { !rowless.isKnown($0.slice, through: $0.position) }
        if !unknown.isEmpty { _ = try learn(unknown, session) }
        var events = try read(stories, session)
        // Whether one patient's rows are all of his events, they do not tell themselves: rows may have gone since.
        while try learn(ends, session) { events = try read(stories, session) }
        if rowless.isEmpty { return events }
        for (slice, stories) in Dictionary(grouping: stories, by: \.slice) {
            for place in rowless[slice] {
                let held = stories.filter { place.mayHold($0.patient) && $0.through >= place.firstPosition }
                if held.isEmpty { continue }
                let segment = try open(place, session)
                for story in held {
                    let positions = segment.positions(of: story.patient)
                    for position in positions where position <= story.through {
                        events.add(segment, position, of: slice)
                    }
                }
            }
        }
        events.batch.sources = sources
        return events
    }

    /// The subjects of patients, in the order asked for; no bytes for one of whom there is no row.
    package func subjects(of stories: [Story], _ session: Session) throws(LogError) -> [[UInt8]] {
        if stories.isEmpty { return [] }
        do throws(PostgresError) {
            let rows = try session.query(
                """
                SELECT k.n, p.subject FROM unnest($1::integer[], $2::integer[]) WITH ORDINALITY AS k (slice, patient, n)
                JOIN trough.patient p ON p.slice = k.slice AND p.patient = k.patient
                """, [.int32Array(stories.map(\.slice)), .int32Array(stories.map(\.patient))])
            var subjects = [[UInt8]](repeating: [], count: stories.count)
            for row in 0..<rows.count { subjects[Int(try rows.int64(row, 0)) - 1] = try rows.bytes(row, 1) }
            return subjects
        } catch {
            throw reading(error)
        }
    }

    // MARK: - From segments

    private mutating func learn(
        _ heads: [(slice: Int32, position: Int64)], _ session: Session
    ) throws(LogError) -> Bool {
        // One line for each slice, however many stories it has.
        let last = Dictionary(heads.map { ($0.slice, $0.position) }, uniquingKeysWith: max)
        do throws(PostgresError) {
            return try rowless.learn(last.map { (slice: $0.key, position: $0.value) }, session)
        } catch {
            throw reading(error)
        }
    }

    private mutating func open(_ place: SegmentPlace, _ session: Session) throws(LogError) -> LogSegment {
        do throws(PostgresError) {
            do throws(PostgresError) { return try openKnown(place, session) } catch  where error.kind == .misuse {
                // A source that came after the last look; whoever wrote the segment had committed its sources before.
                let known = numberOf.count
                try learnSources(session)
                guard numberOf.count > known else { throw error }
                return try openKnown(place, session)
            }
        } catch {
            throw reading(error)
        }
    }

    private mutating func openKnown(
        _ place: SegmentPlace, _ session: Session
    ) throws(PostgresError) -> LogSegment {
        let (sources, numberOf) = (sources, numberOf)
        return try opened.value(of: place) { () throws(PostgresError) in
            try LogSegment(place, sources: sources, number: { numberOf[$0] }, session)
        }
    }

    // MARK: - From rows

    // Each stretch and story is looked up by itself, in the order of the key that it needs: of a plain join the planner
    // may take another key, when its statistics are of a time when the table was empty, and read all of it.

    private mutating func read(_ stretches: [Stretch], _ session: Session) throws(LogError) -> LiveEvents {
        var events = LiveEvents()
        var rows: [Stretch] = []
        for stretch in stretches {
            let runs = StoredRun.runs(after: stretch.after, through: stretch.through, rowless[stretch.slice])
            for run in runs {
                guard let place = run.segment else {
                    rows.append(Stretch(slice: stretch.slice, after: run.after, through: run.through))
                    continue
                }
                events.add(try readRows(of: rows, session))
                rows = []
                let segment = try open(place, session)
                for position in run.after + 1...run.through { events.add(segment, position, of: stretch.slice) }
            }
        }
        events.add(try readRows(of: rows, session))
        events.batch.sources = sources
        return events
    }

    private mutating func readRows(of stretches: [Stretch], _ session: Session) throws(LogError) -> LiveEvents {
        if stretches.isEmpty { return LiveEvents() }
        let rows = stretches.map { "(\($0.slice),\($0.after)::bigint,\($0.through)::bigint)" }.joined(separator: ",")
        return try read(
            """
            FROM (VALUES \(rows)) AS k (slice, after, through) CROSS JOIN LATERAL (
                SELECT * FROM trough.event WHERE slice = k.slice AND \(study.isSlice) AND position > k.after AND position <= k.through
                ORDER BY position) AS e
            """, session)
    }

    private mutating func read(_ stories: [Story], _ session: Session) throws(LogError) -> LiveEvents {
        let rows = stories.map { "(\($0.slice),\($0.patient),\($0.through)::bigint)" }.joined(separator: ",")
        return try read(
            """
            FROM (VALUES \(rows)) AS k (slice, patient, through) CROSS JOIN LATERAL (
                SELECT * FROM trough.event WHERE slice = k.slice AND \(study.isSlice) AND patient = k.patient AND position <= k.through
                ORDER BY source, id) AS e
            """, session)
    }

    private mutating func read(_ from: String, _ session: Session) throws(LogError) -> LiveEvents {
        let statement = """
            COPY (SELECT e.slice, e.patient, e.position, e.recorded_at, e.occurred_at, e.value, e.source, e.kind,
                e.code, e.unit, e.qualifier, e.level, e.id, e.detail \(from)) TO STDOUT (FORMAT binary)
            """
        let (events, isComplete) = try attempt(statement, session)
        if isComplete { return events }
        // A source that came after the last look; whoever wrote the event had committed its source before.
        try refreshSources(session)
        return try attempt(statement, session).events
    }

    /// Reads once, and tells whether the sources of all events are known.
    private func attempt(
        _ statement: String, _ session: Session
    ) throws(LogError) -> (events: LiveEvents, isComplete: Bool) {
        var events = LiveEvents()
        events.batch.sources = sources
        var isComplete = true
        do throws(PostgresError) {
            _ = try session.copyOut(statement) { row throws(PostgresError) in
                var decoder = try RowDecoder(row, fields: 14)
                let place = LiveEvents.Place(
                    slice: try decoder.nextInt32(), patient: try decoder.nextInt32(),
                    position: try decoder.nextInt64(), recordedAt: try decoder.nextNearestTimestamp())
                do throws(PostgresError) {
                    // An infinite time, which is none that an event can have, must not keep others from being read.
                    let time = try decoder.nextNearestTimestamp()
                    var record = EventRecord(
                        time: time, patient: place.patient, source: 0, id: .none, kind: .completion)
                    record.value = try decoder.nextDouble()
                    let source = numberOf[try decoder.nextInt32()]
                    if source == nil { isComplete = false }
                    record.source = source ?? 0
                    let code = try decoder.nextInt16()
                    let kind = EventKind(rawValue: code)
                    record.kind = kind ?? .completion
                    record.code = try decoder.nextInt16()
                    record.unit = try decoder.nextInt16()
                    record.qualifier = try decoder.nextInt16()
                    record.level = try decoder.nextInt16()
                    record.id = try LogReader.bytes(&decoder, &events.batch.arena)
                    record.detail = try LogReader.bytes(&decoder, &events.batch.arena)
                    if source == nil {
                        events.faults[events.places.count] =
                            "position \(place.position) is of a source that the study does not have"
                    } else if kind == nil {
                        events.faults[events.places.count] = "position \(place.position) is of the unknown kind \(code)"
                    } else if place.recordedAt == .min || place.recordedAt == .max {
                        events.faults[events.places.count] =
                            "position \(place.position) was recorded at no point in time"
                    } else if let fault = record.fault {
                        events.faults[events.places.count] = "position \(place.position): \(fault)"
                    }
                    events.places.append(place)
                    events.batch.records.append(record)
                } catch {
                    throw LogPlace(slice: Int(place.slice - study.firstSlice), position: place.position).unreadable(
                        error)
                }
            }
        } catch {
            throw reading(error)
        }
        return (events, isComplete)
    }
}
