import EventLog
import Foundation
import Postgres
import TestLog
import TestPostgres

/// Runs a schedule on a server and checks what it leaves behind.
struct ChaosRun: Sendable {
    /// What came of a schedule.
    struct Report: Sendable {
        var seed: UInt64
        var lines = 0
        var events = 0
        var oddities: [String: Int] = [:]
        var planned: [ChaosFault] = []
        /// The faults that really hit, each with what.
        var hits: [(kind: ChaosFault, what: String)] = []
        var takeovers = 0
        var looks = 0
        var refusedWrites = 0
        var appenders = 0
        var workers = 0
        var seconds = 0.0
        /// What must not happen and did.
        var failures: [String] = []

        /// One line for people.
        var line: String {
            let hit = hits.map { "\($0.kind.rawValue) (\($0.what))" }.joined(separator: ", ")
            var missed = planned
            for (kind, _) in hits { if let place = missed.firstIndex(of: kind) { missed.remove(at: place) } }
            let misses = missed.map(\.rawValue).joined(separator: ", ")
            return "chaos \(seed): \(lines) lines, \(events) events, \(appenders) appenders, \(workers) workers, "
                + "\(takeovers) takeovers, \(refusedWrites) old writes refused, \(looks) looks, "
                + String(format: "%.1f s", seconds) + "; hit: \(hit.isEmpty ? "nothing" : hit)"
                + (misses.isEmpty ? "" : "; missed: \(misses)") + (failures.isEmpty ? "" : "; FAILED: \(failures)")
        }
    }

    let schedule: ChaosSchedule
    let server: ChaosServer
    /// The mounted folder of a server whose file system may be filled.
    var place: String?

    private static let study = "shaken"

    /// Runs the schedule in a database of its own.
    func run() async throws -> Report {
        let began = ContinuousClock.now
        var report = try await server.withDatabase("chaos_\(schedule.seed)") { database in
            let folder = try TestFolder()
            let proxy = try CuttingProxy(in: folder.path, before: server.socketFolder)
            defer { proxy.close() }
            let address = server.address(of: database)
            try await prepare(address)
            var report = try await shake(address, database, proxy)
            let direct = TroughProgram(url: ChaosServer.url(of: database, through: server.socketFolder))
            let checks = ChaosChecks(schedule: schedule, address: address, program: direct, study: Self.study)
            report.failures += try await checks.failures()
            return report
        }
        report.seconds = began.duration(to: .now) / .seconds(1)
        return report
    }

    /// Makes the study, which workers want to find, and what some faults need.
    private func prepare(_ address: ConnectionConfiguration) async throws {
        let connection = try await Connection.open(address)
        let slices = schedule.slices
        _ = try await connection.perform { session throws(LogError) in
            try Studies.openOrCreate(Self.study, slices: slices, session)
        }
        if schedule.faults.contains(where: { $0.kind == .fullDisk }) {
            try await connection.perform { session throws(PostgresError) in
                try session.execute(ChaosFaultPlay.disk)
            }
        }
        await connection.close()
    }

    private enum Part: Sendable {
        case appender(ChaosAppender.Told)
        case worker(Int)
        case watch(ChaosWatch.Seen)
        case fault(ChaosFault, String?)
    }

    /// Appends, projects and disturbs, until all input is in the log and projected.
    private func shake(
        _ address: ConnectionConfiguration, _ database: String, _ proxy: CuttingProxy
    ) async throws -> Report {
        let processes = ChaosProcesses()
        processes.pendingFaults = schedule.faults.count
        defer { processes.killRest() }
        let program = TroughProgram(url: ChaosServer.url(of: database, through: proxy.folder))
        let play = ChaosFaultPlay(
            schedule: schedule, server: server, address: address, proxy: proxy, processes: processes, began: .now,
            place: place)
        let parts = try await withThrowingTaskGroup(of: Part.self) { group in
            for plan in schedule.workers {
                let worker = ChaosWorker(
                    plan: plan, schedule: schedule, program: program, study: Self.study, processes: processes)
                group.addTask { .worker(try await worker.run()) }
            }
            for fault in schedule.faults { group.addTask { .fault(fault.kind, try await play.play(fault)) } }
            let watch = ChaosWatch(
                address: address, processes: processes,
                mayLoseSteps: schedule.faults.contains { [.killServer, .fullFileSystem].contains($0.kind) })
            group.addTask { .watch(try await watch.run()) }
            group.addTask {
                // Whatever fails, the workers end.
                defer { processes.isOver = true }
                return try await append(program, address, database, processes, play.began)
            }
            defer { processes.isOver = true }
            return try await group.reduce(into: [Part]()) { $0.append($1) }
        }
        return report(parts, processes)
    }

    /// Runs all appenders to their end, and then a worker that catches up.
    private func append(
        _ program: TroughProgram, _ address: ConnectionConfiguration, _ database: String, _ processes: ChaosProcesses,
        _ began: ContinuousClock.Instant
    ) async throws -> Part {
        let total = try await withThrowingTaskGroup(of: ChaosAppender.Told.self) { group in
            for runs in schedule.appenders {
                let appender = ChaosAppender(
                    schedule: schedule, runs: runs, program: program, study: Self.study, processes: processes,
                    began: began)
                group.addTask { try await appender.run() }
            }
            return try await group.reduce(into: ChaosAppender.Told()) { total, told in
                total.stored += told.stored
                total.isComplete = total.isComplete && told.isComplete
                total.processes += told.processes
            }
        }
        if schedule.endsWorkers { processes.isOver = true }
        let direct = TroughProgram(url: ChaosServer.url(of: database, through: server.socketFolder))
        let caughtUp = try await direct.run(
            ChaosWorker.arguments(schedule.workers[0], Self.study) + ["--until-caught-up"])
        if caughtUp.status != 0 {
            processes.fail("the last worker ended with \(caughtUp.status): \(caughtUp.errors.suffix(2000))")
        }
        return .appender(total)
    }

    private func report(_ parts: [Part], _ processes: ChaosProcesses) -> Report {
        let accepted = schedule.accepted.count
        var report = Report(
            seed: schedule.seed, lines: schedule.input.streams.reduce(0) { $0 + $1.count }, events: accepted,
            oddities: schedule.input.oddities, planned: schedule.faults.map(\.kind))
        report.failures = processes.failures
        // Everybody locks in one order.
        report.failures += processes.logs.filter { $0.contains("deadlock") }.map { "a deadlock: \($0.suffix(500))" }
        for part in parts {
            switch part {
            case .appender(let told):
                report.appenders = told.processes
                if told.isComplete ? told.stored != accepted : told.stored > accepted {
                    report.failures.append("append told of \(told.stored) stored events; there are \(accepted)")
                }
            case .worker(let count): report.workers += count
            case .watch(let seen): (report.looks, report.takeovers) = (seen.looks, seen.takeovers)
            case .fault(let kind, let what): if let what { report.hits.append((kind, what)) }
            }
        }
        report.refusedWrites = processes.logs.reduce(0) { $0 + $1.matches(of: /holds only/).count }
        return report
    }
}
