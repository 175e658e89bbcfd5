import Foundation
import TestData

/// What happens to a schedule's processes, connections and server.
enum ChaosFault: String, Sendable, CaseIterable {
    case killAppender = "kill-appender"
    case endAppender = "end-appender"
    case killWorker = "kill-worker"
    case pauseWorker = "pause-worker"
    case staleWrite = "stale-write"
    case killServer = "kill-server"
    case cutTowardsServer = "cut-towards-server"
    case cutTowardsClient = "cut-towards-client"
    case loseAnswer = "lose-answer"
    case stall = "stall"
    case fullDisk = "full-disk"
    case fullFileSystem = "full-file-system"

    /// Those that can be tried here.
    static let possible = allCases.filter { $0 != .fullFileSystem || FullDiskTests.Way.possible.contains(.fileSystem) }

    /// Whether another worker has to take over.
    var needsSeveralWorkers: Bool { self == .pauseWorker || self == .staleWrite }
    /// Whether an appender may end with "the database cannot be used" through it.
    var maySpoilConnections: Bool {
        switch self {
        case .killServer, .cutTowardsServer, .cutTowardsClient, .loseAnswer, .stall, .fullDisk, .fullFileSystem: true
        case .killAppender, .endAppender, .killWorker, .pauseWorker, .staleWrite: false
        }
    }
}

/// What one schedule does, as a function of its seed.
struct ChaosSchedule: Sendable {
    /// A fault with its time and the numbers it needs.
    struct PlannedFault: Sendable {
        var kind: ChaosFault
        /// Seconds after the beginning.
        var time: Double
        /// How many bytes pass before a cut.
        var bytes: Int
        /// How long a stall, a full disk or the absence of a server lasts, in seconds.
        var length: Double
        /// At which moment a process is killed.
        var moment: Moment
    }

    /// At which moment a process is killed.
    enum Moment: Sendable, CaseIterable {
        /// As it is found.
        case any
        /// When it has sent COMMIT and the server has not got it.
        case beforeCommit
        /// When the server has got COMMIT.
        case afterCommit
    }

    /// One worker's arguments.
    struct WorkerPlan: Sendable {
        var shards: Int
        var lease: Double
        var remember: Int
        /// Whether a new one comes where it was killed.
        var isReplaced: Bool
    }

    /// Lines that one process appends.
    struct AppenderRun: Sendable {
        var lines: [String]
        /// Into how many pieces they are cut, with pauses in between; 1 where they come from a file.
        var pieces: Int
        /// Seconds between pieces.
        var pause: Double
        var connections: Int
    }

    let seed: UInt64
    let input: ChaosInput
    /// The lines that must be stored, each once.
    let accepted: [String]
    /// The lines that must be refused.
    let refused: Set<String>
    let slices: Int
    let workers: [WorkerPlan]
    let appenders: [[AppenderRun]]
    let faults: [PlannedFault]
    /// Whether the workers are asked to end before the last catching up, or go on beside it.
    let endsWorkers: Bool

    init(seed: UInt64) throws {
        var random = SeededRandom(seed: seed &* 0x9E37_79B9_7F4A_7C15)
        self.seed = seed
        input = try ChaosInput(streams: Int.random(in: 1...2, using: &random), &random)
        accepted = input.accepted()
        refused = Set(input.streams.flatMap(\.self)).subtracting(accepted)
        slices = random.pick([1, 2, 4, 8, 64])
        // Successive seeds go through all kinds; further faults come by chance.
        let possible = ChaosFault.possible
        var kinds = [possible[Int(seed % UInt64(possible.count))]]
        let further = possible.filter { $0 != .fullFileSystem }
        for _ in 0..<random.below(4) {
            let kind = random.pick(further)
            // One disk, one server.
            if ![.killServer, .fullDisk].contains(kind) || !kinds.contains(kind) { kinds.append(kind) }
        }
        if kinds.contains(.fullFileSystem) { kinds.removeAll { $0 == .killServer } }
        faults = kinds.map { kind in
            PlannedFault(
                kind: kind, time: Double.random(in: 0.1...1.0, using: &random),
                bytes: random.chance(2) ? random.below(400) : random.below(40_000),
                length: Double.random(in: 0.1...0.6, using: &random), moment: random.pick(Moment.allCases))
        }
        let fewest = kinds.contains(where: \.needsSeveralWorkers) ? 2 : 1
        workers = (0..<Int.random(in: fewest...3, using: &random)).map { number in
            WorkerPlan(
                shards: Int.random(in: 1...2, using: &random), lease: Double.random(in: 0.5...1, using: &random),
                remember: random.pick([200, 2000, 4_000_000]), isReplaced: random.chance(2) || number == 0 || fewest > 1
            )
        }
        appenders = input.streams.map { stream in
            random.cut(stream, into: 40...max(80, stream.count / 2)).map { lines in
                AppenderRun(
                    lines: lines, pieces: random.chance(2) ? 1 : Int.random(in: 2...5, using: &random),
                    pause: Double.random(in: 0.02...0.2, using: &random),
                    connections: Int.random(in: 1...3, using: &random))
            }
        }
        endsWorkers = random.chance(2)
    }

    /// When the last fault begins, in seconds after the beginning.
    var lastFault: Double { faults.map(\.time).max() ?? 0 }
}
