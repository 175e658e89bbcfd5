import Foundation

/// Keeps a worker process running, as whatever runs services would.
struct ChaosWorker: Sendable {
    let plan: ChaosSchedule.WorkerPlan
    let schedule: ChaosSchedule
    let program: TroughProgram
    let study: String
    let processes: ChaosProcesses

    /// What a worker is started with.
    static func arguments(_ plan: ChaosSchedule.WorkerPlan, _ study: String) -> [String] {
        [
            "worker", "-v", "--study", study, "--lease", String(plan.lease), "--shards", String(plan.shards),
            "--remember", String(plan.remember),
        ]
    }

    private var mayFailAtStart: Bool { schedule.faults.contains { $0.kind.maySpoilConnections } }

    /// Starts a worker, and another one whenever it ends, until the schedule is over; tells how many there were.
    func run() async throws -> Int {
        var count = 0
        while !processes.isOver {
            let process = try program.start(Self.arguments(plan, study), input: "")
            processes.began(process, as: .worker)
            count += 1
            while !process.isOver, !processes.isOver { try await Task.sleep(for: .milliseconds(10)) }
            // Whoever is over before the end had a reason.
            let isEnd = !process.isOver && processes.ask(process)
            let finished = try await process.wait()
            let (wasKilled, wasAsked) = processes.ended(process)
            switch finished.status {
            case 128 + SIGKILL where wasKilled: if !plan.isReplaced { return count }
            case 0 where wasAsked, 128 + SIGTERM where wasAsked: break
            // At its start a worker does not wait for a database that is away; once it runs, it does.
            case 3 where mayFailAtStart && !finished.errors.contains("projects study"): break
            default: processes.fail("a worker ended with \(finished.status): \(finished.errors.suffix(2000))")
            }
            if !isEnd { try await Task.sleep(for: .milliseconds(finished.status == 3 ? 200 : 20)) }
        }
        return count
    }
}
