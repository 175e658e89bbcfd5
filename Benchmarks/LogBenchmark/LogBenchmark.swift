import ArgumentParser
import CMalloc
import Foundation
import Measuring

/// Measures the log against the database beneath it, in one run, as ratios.
@main
struct LogBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures append, replay and parser against their bare peers, variants interleaved.",
        discussion: """
            Starts a PostgreSQL of its own in a temporary folder and removes it at the end. Every row is the median of
            the rounds with the least and the greatest; ratios are taken round by round. A target that is missed is
            marked with !, and makes the program end with 1.
            """)

    /// What can be measured on its own.
    enum Part: String, ExpressibleByArgument, CaseIterable {
        case append, replay, parser, segments, live, single, peers

        /// What is measured where nothing is chosen: all that needs no Python.
        static var usual: [Part] { allCases.filter { $0 != .peers } }
    }

    @Option(help: "How many events the workload has.")
    var events = 2_000_000
    @Option(help: "How many times each variant is measured.")
    var rounds = 5
    @Option(help: "The seed of the workload.")
    var seed: UInt64 = 1
    @Option(parsing: .upToNextOption, help: "Only these parts: append, replay, parser, segments, live, single, peers.")
    var only: [Part] = Part.usual
    @Option(help: "How many virtual patients the packed history has, some 106 events each.")
    var patients = 475_000
    @Flag(help: "Also peak memory, for the events and for five times as many; takes minutes.")
    var memory = false
    @Option(help: ArgumentHelp("The trough program; the one beside this program without it.", valueName: "file"))
    var trough: String?
    @Option(help: ArgumentHelp("For the part peers, a Python that has eventsourcing.", valueName: "program"))
    var python = "python3"
    @Option(help: ArgumentHelp("The same trial with eventsourcing.", valueName: "file"))
    var peer = "Benchmarks/peer_eventsourcing.py"
    @OptionGroup var files: OutputFiles
    @Option(help: ArgumentHelp("Only writes the workload's event lines.", valueName: "file"))
    var lines: String?

    func validate() throws {
        guard events >= 20_000 else { throw ValidationError("--events takes 20000 or more.") }
        guard (100...10_000_000).contains(patients) else {
            throw ValidationError("--patients takes 100 to 10000000.")
        }
        guard (1...99).contains(rounds) else { throw ValidationError("--rounds takes 1 to 99.") }
    }

    func run() async throws {
        // As the program has it, since rows are replayed in this process.
        mallopt(M_MMAP_THRESHOLD, 32 << 20)
        mallopt(M_TRIM_THRESHOLD, 256 << 20)
        if let lines { return try LineFile.write(Workload(events: events, seed: seed), to: lines) }
        let program = try TroughProgram(trough)
        let peer = only.contains(.peers) ? try await EventSourcingPeer(python, script: self.peer) : nil
        let folder = NSTemporaryDirectory() + "trough-benchmark-\(ProcessInfo.processInfo.processIdentifier)"
        let server = BenchmarkServer(folder: folder)
        let result: Result<Report, any Error>
        do {
            result = .success(try await Interruption.stopping { try await measure(server, program, peer) })
        } catch {
            result = .failure(error)
        }
        try await server.destroy()
        let report = try result.get()
        print(report.table, terminator: "")
        try files.write(report)
        if !report.isWithinBounds { throw ExitCode(1) }
    }

    private func measure(
        _ server: BenchmarkServer, _ program: TroughProgram, _ peer: EventSourcingPeer?
    ) async throws -> Report {
        try FileManager.default.createDirectory(atPath: server.folder, withIntermediateDirectories: true)
        try await server.start()
        let circumstances = Circumstances.lines(
            ["PostgreSQL \(try await server.version()), shared_buffers 2 GB, max_wal_size 8 GB, durable, Unix socket"]
                + (peer.map { [$0.description] } ?? []))
        let workload = Workload(events: events, seed: seed)
        let file = server.folder + "/events.ndjson"
        try LineFile.write(workload, to: file)
        var report = Report(
            circumstances: circumstances,
            workload: "\(events) events of \(workload.patients) patients, seed \(seed); \(rounds) rounds")
        if only.contains(.parser) {
            report.add(try await ParserMeasurement(file: file, atMost: 200_000).run(rounds: rounds))
        }
        if only.contains(.append) || only.contains(.replay) {
            try await server.makeLog("reference")
            _ = try await AppendMeasurement.append(file, to: "reference", connections: 1, events, server, program)
        }
        if only.contains(.append) {
            let append = try await AppendMeasurement(
                server, program, lines: file, events: events, reference: "reference")
            try await append.run(rounds: rounds, into: &report)
        }
        if only.contains(.replay) {
            let replay = ReplayMeasurement(server: server, program: program, database: "reference", events: events)
            try await replay.run(rounds: rounds, into: &report)
        }
        if only.contains(.segments) {
            let segments = SegmentMeasurement(server: server, program: program, patients: patients)
            try await segments.run(rounds: rounds, into: &report)
        }
        var workerPeak: Double?
        if only.contains(.live) {
            let live = LiveMeasurement(server: server, program: program, lines: file, events: events)
            workerPeak = try await live.run(rounds: rounds, into: &report)
        }
        if only.contains(.single) {
            report.add(try await SingleAppendMeasurement(server: server).run(rounds: rounds))
            try await WakeUpMeasurement(server: server, workerPeak: workerPeak).run(into: &report)
        }
        if let peer {
            let peers = PeerMeasurement(server: server, program: program, peer: peer, lines: file, events: events)
            try await peers.run(rounds: rounds, into: &report)
        }
        if memory {
            let memory = MemoryMeasurement(server: server, program: program, seed: seed)
            report.add(try await memory.run(sizes: [events, 5 * events]))
        }
        return report
    }
}
