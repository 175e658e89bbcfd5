import LoadTest
import Trial

/// A log and a projection that answer as slowly as a test says, and remember what came.
actor FakeLog {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    /// One event that came.
    struct Line: Sendable, Equatable {
        let subject: [UInt8]
        let source: [UInt8]
        let id: [UInt8]
        let detail: [UInt8]
        let time: Int64
        let kind: EventKind
        let value: Double
    }

    /// When something follows a moment, both in nanoseconds after the first append: an append is durable after it came,
    /// visible and answered after it was durable; `nil` for never.
    typealias Delay = @Sendable (_ time: Int64) -> Int64?

    private let clock: LoadClock
    private let slices: Int
    private let durable: Delay
    private let visible: Delay
    private let answer: Delay
    private let refuse: @Sendable (_ batch: Int) throws -> [Int]
    private let keepsLines: Bool

    private var heads: [Int64]
    /// For each slice the positions that will be visible, and when.
    private var coming: [[(time: Int64, position: Int64)]]
    private var checkpoints: [Int64]
    private var start: Int64?
    private(set) var batches: [Int] = []
    private(set) var lines: [Line] = []
    private(set) var mostInFlight = 0
    private(set) var mostUnseen = 0
    private var inFlight = 0

    init(
        _ clock: LoadClock, slices: Int = 8, durable: @escaping Delay = { $0 }, visible: @escaping Delay = { $0 },
        answer: @escaping Delay = { $0 }, keepsLines: Bool = false,
        refuse: @escaping @Sendable (_ batch: Int) throws -> [Int] = { _ in [] }
    ) {
        self.clock = clock
        self.slices = slices
        self.durable = durable
        self.visible = visible
        self.answer = answer
        self.keepsLines = keepsLines
        self.refuse = refuse
        heads = Array(repeating: 0, count: slices)
        checkpoints = heads
        coming = Array(repeating: [], count: slices)
    }

    nonisolated var target: LoadTarget {
        let slices = slices
        return LoadTarget(
            slices: slices, slice: { Self.slice(of: $0, slices) }, append: { try await self.append($0) },
            checkpoints: { await self.look() }, waitForProjection: { try await self.pause() })
    }

    static func slice(of subject: ArraySlice<UInt8>, _ slices: Int) -> Int {
        subject.reduce(0) { ($0 * 31 + Int($1)) % 1_000_003 } % slices
    }

    private func pause() async throws { try await clock.sleep(clock.now() + 1_000_000) }

    private func append(_ batch: EventBatch) async throws -> Acknowledgement {
        let now = clock.now()
        let start = start ?? now
        self.start = start
        let number = batches.count
        batches.append(batch.records.count)
        inFlight += 1
        mostInFlight = max(mostInFlight, inFlight)
        defer { inFlight -= 1 }
        let refused = try refuse(number)
        if keepsLines { lines += batch.records.map { Line($0, batch) } }
        guard let done = durable(now - start) else {
            try await clock.sleep(.max)
            throw CancellationError()
        }
        try await clock.sleep(start + done)
        var touched: Set<Int> = []
        for (place, record) in batch.records.enumerated() where !refused.contains(place) {
            let slice = Self.slice(of: batch.subjects[Int(record.patient)], slices)
            heads[slice] += 1
            touched.insert(slice)
        }
        if let seen = visible(done) {
            for slice in touched { coming[slice].append((start + seen, heads[slice])) }
        }
        let reached = touched.sorted().map { Acknowledgement.Head(slice: $0, position: heads[$0]) }
        if let answered = answer(done), answered > done { try await clock.sleep(start + answered) }
        return Acknowledgement(heads: reached, refused: refused)
    }

    private func look() -> [Int64] {
        let now = clock.now()
        for slice in coming.indices {
            while let first = coming[slice].first, first.time <= now {
                checkpoints[slice] = max(checkpoints[slice], first.position)
                coming[slice].removeFirst()
            }
        }
        mostUnseen = max(mostUnseen, Int(zip(heads, checkpoints).reduce(0) { $0 + $1.0 - $1.1 }))
        return checkpoints
    }
}

extension FakeLog.Line {
    init(_ record: EventRecord, _ batch: EventBatch) {
        self.init(
            subject: Array(batch.subjects[Int(record.patient)]), source: Array(batch.sources[Int(record.source)]),
            id: Array(batch.bytes(record.id)), detail: Array(batch.bytes(record.detail)), time: record.time,
            kind: record.kind, value: record.value)
    }
}

/// Milliseconds as nanoseconds.
func ms(_ value: Double) -> Int64 { Int64(value * 1e6) }

/// A stop that never comes.
let never: @Sendable () async -> Void = {
    try? await Task.sleep(for: .seconds(3_600))
}
