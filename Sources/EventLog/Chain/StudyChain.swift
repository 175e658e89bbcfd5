import Postgres
import Trial

/// A study that is to be verified: its slices' heads, and what its small tables say, all as of one moment.
struct StudyChain: Sendable {
    /// The study.
    let study: Study
    /// Whether the study may be removed while it is being verified.
    let isDisposable: Bool
    /// The sources, by the numbers under which rows refer to them.
    private(set) var sources = StoredSources()
    /// The heads of the slices that have one.
    private(set) var heads: [ChainHead] = []
    /// By slice its segments, ascending by position.
    private(set) var segments: [Int32: [SegmentPlace]] = [:]
    /// By slice a segment whose row cannot be read, or that stands elsewhere.
    private(set) var segmentFaults: [Int32: ChainFault.Place] = [:]
    /// What does not fit before any event is read.
    private(set) var faults: [ChainFault] = []

    /// Reads a study's heads and sources.
    ///
    /// - Parameter session: In a transaction whose statements all see the same snapshot.
    init(_ study: Study, _ session: Session) throws(PostgresError) {
        self.study = study
        isDisposable = try session.query(
            "SELECT coalesce(bool_or(is_disposable), false) FROM trough.study WHERE study = $1", [.int32(study.number)]
        ).bool(0, 0)
        guard (1...Limits.greatestSlices).contains(study.slices), study.firstSlice >= 0,
            study.firstSlice <= Int32.max - Int32(study.slices)
        else {
            add(.init(.study, "it has \(study.slices) slices from number \(study.firstSlice) on"))
            return
        }
        try readHeads(session)
        try readSources(session)
        try readSegments(session)
    }

    /// What does not fit of a slice before any of its events is read.
    func fault(of head: ChainHead) -> ChainFault.Place? {
        head.fault(in: study) ?? segmentFaults[head.slice] ?? SegmentPlace.fault(of: segments[head.slice] ?? [], head)
    }

    /// Where the history of a slice is stored.
    func stretches(of head: ChainHead, positionsPerStretch: Int64) -> SliceStretches {
        SliceStretches(
            rows: RowStretches(study: study, sources: sources, head: head), segments: segments[head.slice] ?? [],
            positionsPerStretch: positionsPerStretch)
    }

    private mutating func add(_ place: ChainFault.Place, slice: Int32? = nil) {
        faults.append(ChainFault(place, study: study.name, slice: slice.map { Int($0 - study.firstSlice) }))
    }

    private mutating func readHeads(_ session: Session) throws(PostgresError) {
        let last = study.firstSlice + Int32(study.slices) - 1
        let others = try session.query(
            """
            SELECT name FROM trough.study
            WHERE study <> $1 AND first_slice::bigint <= $3 AND first_slice::bigint + slices > $2 ORDER BY study
            """, [.int32(study.number), .int64(Int64(study.firstSlice)), .int64(Int64(last))])
        if others.count > 0 {
            add(.init(.study, "it shares slices with the study \"\(try others.string(0, 0))\""))
        }
        let strays = try session.query(
            "SELECT slice FROM trough.head WHERE study = $1 AND NOT slice BETWEEN $2 AND $3 ORDER BY slice",
            [.int32(study.number), .int32(study.firstSlice), .int32(last)])
        if strays.count > 0 {
            let slice = try strays.int32(0, 0)
            add(
                .init(.study, "a head of the slice number \(slice) says that it belongs to it, which has no such slice")
            )
        }
        var previous: Int32?
        for (slice, head) in try ChainHead.all(of: study, session) {
            if slice == previous {
                add(.init(.head, "it has two heads"), slice: slice)
            } else if let head {
                heads.append(head)
            } else {
                add(.init(.head, "it has no head, or none that can be read"), slice: slice)
            }
            previous = slice
        }
    }

    private mutating func readSegments(_ session: Session) throws(PostgresError) {
        let rows = try SegmentPlace.rows(of: study.sliceNumbers, session)
        for row in 0..<rows.count {
            let slice = try rows.int32(row, 0)
            do throws(PostgresError) {
                segments[slice, default: []].append(try SegmentPlace(rows, row))
            } catch  where error.kind == .misuse {
                // Only a value that the schema allows nowhere, such as NULL, comes here.
                segmentFaults[slice] = .init(.segment, "the row of a segment cannot be read: \(error.message)")
            }
        }
        // A segment that came to a slice of nobody is missed by the one that its bytes name.
        let strays = try session.query(
            """
            SELECT s.slice, s.first_position, substr(s.data, 13, 4) FROM trough.segment s
            WHERE s.data IS NOT NULL AND NOT EXISTS (SELECT FROM trough.head h WHERE h.slice = s.slice)
            ORDER BY s.slice, s.first_position
            """)
        for row in 0..<strays.count {
            let named = try strays.bytes(row, 2).reversed().reduce(Int32(0)) { $0 << 8 | Int32($1) }
            guard study.sliceNumbers.contains(named) else { continue }
            let place = try strays.isNull(row, 0) ? "no slice" : "the slice number \(strays.int32(row, 0))"
            segmentFaults[named] = .init(
                .segment, "a segment that holds events of it stands in \(place), which is no study's")
        }
    }

    private mutating func readSources(_ session: Session) throws(PostgresError) {
        let rows = try session.query(
            """
            SELECT source, uri FROM trough.source
            WHERE study = $1 AND source IS NOT NULL AND uri IS NOT NULL ORDER BY source
            """, [.int32(study.number)])
        var fault: ChainFault.Place?
        for row in 0..<rows.count {
            let (stored, uri) = (try rows.int32(row, 0), try rows.bytes(row, 1))
            let (known, isUsed) = (sources.names.count, sources[stored] != nil)
            sources.insert(stored, uri.span)
            if isUsed {
                fault = fault ?? .init(.source, "it has two sources of the number \(stored)")
            } else if sources.names.count == known {
                fault =
                    fault ?? .init(.source, "it has the source \"\(String(decoding: uri, as: UTF8.self))\" twice")
            }
        }
        if let fault { add(fault) }
    }
}

extension Session {
    /// Runs a body all of whose statements see the same snapshot.
    func snapshot<R>(_ body: () throws(LogError) -> R) throws(LogError) -> R {
        var outcome: Result<R, LogError>?
        do throws(PostgresError) {
            return try transaction(.repeatableReadReadOnly) { () throws(PostgresError) in
                do throws(LogError) {
                    return try body()
                } catch {
                    outcome = .failure(error)
                    throw PostgresError(.misuse, error.description)
                }
            }
        } catch {
            if case .failure(let cause) = outcome { throw cause }
            throw .database(error)
        }
    }
}
