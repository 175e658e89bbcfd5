import Foundation
import Synchronization
import TestData
import Testing

/// Schedules of faults, each drawn from its seed: input, processes, and what happens to them.
///
/// `TROUGH_CHAOS` says how many schedules run, `TROUGH_CHAOS_SEED` the first seed; `make chaos` sets both.
@Suite("Chaos", .serialized, .timeLimit(.minutes(60)))
struct ChaosTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let schedules = environment["TROUGH_CHAOS"].flatMap { Int($0) } ?? ChaosFault.possible.count * 2
    private static let firstSeed = environment["TROUGH_CHAOS_SEED"].flatMap { UInt64($0) } ?? 1

    @Test("Nothing is lost, nothing is there twice, and live outcomes are those of a replay, whatever happened")
    func schedules() async throws {
        let seeds = Seeds(first: Self.firstSeed, count: Self.schedules)
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(2, Self.schedules) {
                group.addTask {
                    try await ChaosServer.with { server in
                        while let seed = seeds.next() { seeds.finish(await Self.report(seed, on: server)) }
                    }
                }
            }
            try await group.waitForAll()
        }
        let reports = seeds.reports
        print(Self.totals(reports, began.duration(to: .now)))
        #expect(reports.count == Self.schedules)
        #expect(reports.reduce(0) { $0 + $1.looks } > 0, "nobody looked at the checkpoints")
        // A few schedules cannot hold every kind.
        guard reports.count >= ChaosFault.possible.count else { return }
        for kind in ChaosFault.possible {
            #expect(reports.contains { $0.hits.contains { $0.kind == kind } }, "\(kind.rawValue) never hit")
        }
        for oddity in ["late", "corrections", "duplicates", "conflicts", "refused"] {
            #expect(reports.contains { $0.oddities[oddity] ?? 0 > 0 }, "no input had \(oddity)")
        }
    }

    /// Runs a schedule and tells what failed; a schedule that fails does not keep the others from running.
    private static func report(_ seed: UInt64, on server: ChaosServer) async -> ChaosRun.Report {
        var report = ChaosRun.Report(seed: seed)
        do {
            let schedule = try ChaosSchedule(seed: seed)
            report =
                schedule.faults.contains { $0.kind == .fullFileSystem }
                ? try await onSmallFileSystem(schedule) : try await ChaosRun(schedule: schedule, server: server).run()
        } catch {
            report.failures.append("\(error)")
        }
        print(report.line)
        if !report.failures.isEmpty {
            Issue.record("seed \(seed) (again: make chaos SEED=\(seed) SCHEDULES=1): \(report.failures)")
        }
        return report
    }

    /// Runs a schedule on a server of its own in a small file system in memory.
    private static func onSmallFileSystem(_ schedule: ChaosSchedule) async throws -> ChaosRun.Report {
        let folder = try TestFolder()
        let system = TroughProgram(environment: ["PLACE": folder.path], limit: 100)
        let mounted = try await system.shell("chmod 755 $PLACE && mount -t tmpfs -o size=200m,mode=755 trough $PLACE")
        try #require(mounted.status == 0, "\(mounted.errors)")
        let result: Result<ChaosRun.Report, any Error>
        do {
            result = .success(
                try await ChaosServer.with(home: folder.path + "/home") { server in
                    try await ChaosRun(schedule: schedule, server: server, place: folder.path).run()
                })
        } catch {
            result = .failure(error)
        }
        let unmounted = try await system.shell("umount $PLACE || umount -l $PLACE")
        #expect(unmounted.status == 0, "\(unmounted.errors)")
        return try result.get()
    }

    private static func totals(_ reports: [ChaosRun.Report], _ duration: Duration) -> String {
        let seconds = String(format: "%.0f", duration / .seconds(1))
        var text = "chaos: \(reports.count) schedules from seed \(firstSeed) in \(seconds) s, "
        text += "\(reports.count { !$0.failures.isEmpty }) failed; \(reports.reduce(0) { $0 + $1.lines }) lines, "
        text += "\(reports.reduce(0) { $0 + $1.events }) events, \(reports.reduce(0) { $0 + $1.appenders }) appenders, "
        text +=
            "\(reports.reduce(0) { $0 + $1.workers }) workers, \(reports.reduce(0) { $0 + $1.takeovers }) takeovers, "
        text += "\(reports.reduce(0) { $0 + $1.refusedWrites }) writes under an old epoch refused\n"
        for kind in ChaosFault.possible {
            let planned = reports.reduce(0) { $0 + $1.planned.count { $0 == kind } }
            let hit = reports.reduce(0) { $0 + $1.hits.count { $0.kind == kind } }
            text += "chaos: \(kind.rawValue): \(hit) of \(planned) hit\n"
        }
        return text
    }
}

/// Hands out seeds to whoever runs schedules, and gathers the reports.
private final class Seeds: Sendable {
    private let state: Mutex<(next: UInt64, left: Int, reports: [ChaosRun.Report])>

    init(first: UInt64, count: Int) { state = Mutex((first, count, [])) }

    func next() -> UInt64? {
        state.withLock { state in
            guard state.left > 0 else { return nil }
            state.left -= 1
            defer { state.next += 1 }
            return state.next
        }
    }

    func finish(_ report: ChaosRun.Report) { state.withLock { $0.reports.append(report) } }

    var reports: [ChaosRun.Report] { state.withLock { $0.reports } }
}
