import Foundation
import LocalServer
import Postgres
import TestPostgres

/// Plays the faults of a schedule, and tells which of them really hit.
struct ChaosFaultPlay: Sendable {
    let schedule: ChaosSchedule
    let server: ChaosServer
    let address: ConnectionConfiguration
    let proxy: CuttingProxy
    let processes: ChaosProcesses
    let began: ContinuousClock.Instant
    /// The mounted folder of a server whose file system may be filled.
    let place: String?

    /// How long a fault waits for something that it can hit.
    private static let patience = 8.0
    private static let commit = Array("COMMIT\0".utf8)

    /// Plays one fault at its time; `nil` where it hit nothing, else what it hit.
    func play(_ fault: ChaosSchedule.PlannedFault) async throws -> String? {
        defer { processes.faultEnded() }
        try await Task.sleep(until: began.advanced(by: .seconds(fault.time)))
        switch fault.kind {
        case .killAppender: return try await kill(.appender, fault)
        case .killWorker: return try await kill(.worker, fault)
        case .endAppender:
            return try await eventually {
                processes.running(.appender).first.flatMap { processes.ask($0) ? "process \($0.identifier)" : nil }
            }
        case .pauseWorker: return try await pauseWorker()
        case .staleWrite: return try await writeUnderOldEpoch()
        case .killServer: return try await killServer(fault)
        case .cutTowardsServer: return try await cut(.towardsServer, fault)
        case .cutTowardsClient: return try await cut(.towardsClient, fault)
        case .loseAnswer:
            let order = proxy.order(.loseAnswer(to: Self.commit))
            return try await met(order).map { "the answer to a COMMIT of process \($0.process)" }
        case .stall:
            let before = proxy.delayed
            return try await eventually {
                proxy.stall(for: .seconds(fault.length))
                try await Task.sleep(for: .seconds(fault.length))
                return proxy.delayed > before ? String(format: "for %.2f s", fault.length) : nil
            }
        case .fullDisk: return try await fillDisk(fault)
        case .fullFileSystem: return try await fillFileSystem(fault)
        }
    }

    // MARK: - Waiting

    private func eventually(
        seconds: Double = patience, _ body: () async throws -> String?
    ) async throws -> String? {
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        while ContinuousClock.now < deadline {
            if let found = try await body() { return found }
            try await Task.sleep(for: .milliseconds(3))
        }
        return try await body()
    }

    /// Waits until a connection meets an order; takes it back otherwise.
    private func met(_ order: CuttingProxy.Order) async throws -> CuttingProxy.Order.Hit? {
        let isMet = try await eventually { order.hit == nil ? nil : "" } != nil
        if !isMet { proxy.withdraw(order) }
        return order.hit
    }

    // MARK: - Processes

    private func kill(_ role: ChaosProcesses.Role, _ fault: ChaosSchedule.PlannedFault) async throws -> String? {
        let processes = processes
        let order: CuttingProxy.Order? =
            switch fault.moment {
            case .any: nil
            case .beforeCommit: proxy.order(.hold(before: Self.commit)) { processes.isRunning($0, role) }
            case .afterCommit: proxy.order(.loseAnswer(to: Self.commit)) { processes.isRunning($0, role) }
            }
        if let order, let hit = try await met(order) {
            let victim = processes.running(role).first { $0.identifier == hit.process }
            let isKilled = victim.map(processes.kill) ?? false
            order.release(.cut)
            if isKilled { return "process \(hit.process) \(fault.moment)" }
        }
        return try await eventually {
            let candidates = processes.running(role)
            guard !candidates.isEmpty else { return nil }
            let victim = candidates[fault.bytes % candidates.count]
            return processes.kill(victim) ? "process \(victim.identifier)" : nil
        }
    }

    /// Stops a worker that holds slices until others have taken them.
    private func pauseWorker() async throws -> String? {
        var found: (process: Running, worker: Int64)?
        _ = try await eventually {
            for process in processes.running(.worker) {
                guard let worker = Self.number(of: process), try await slices(of: worker) > 0 else { continue }
                found = (process, worker)
                return ""
            }
            return nil
        }
        guard let (process, worker) = found else { return nil }
        process.send(SIGSTOP)
        defer { process.send(SIGCONT) }
        return try await takenOver(from: worker)
    }

    /// Stops a worker that is about to write, and lets it write when others have taken its slices.
    private func writeUnderOldEpoch() async throws -> String? {
        let processes = processes
        // One that has joined: joining is a transaction, too, and holds nothing yet that others could take over.
        let order = proxy.order(.hold(before: Array("BEGIN ISOLATION LEVEL".utf8))) { identifier in
            processes.running(.worker).contains { $0.identifier == identifier && Self.number(of: $0) != nil }
        }
        defer { order.release(.pass) }
        guard let hit = try await met(order),
            let process = processes.running(.worker).first(where: { $0.identifier == hit.process }),
            let worker = Self.number(of: process)
        else { return nil }
        process.send(SIGSTOP)
        let taken = try await takenOver(from: worker)
        // Meanwhile whoever has them now goes on, so that the old write would do harm.
        if taken != nil { try await Task.sleep(for: .milliseconds(300)) }
        order.release(.pass)
        process.send(SIGCONT)
        guard let taken else { return nil }
        let isRefused = try await eventually(seconds: 4) { process.errors.contains("holds only") ? "" : nil } != nil
        if isRefused { return taken + ", refused" }
        // A lost connection or a killed process is another fault's doing.
        let others: Set<ChaosFault> = [.staleWrite, .pauseWorker, .killAppender, .endAppender]
        if schedule.faults.allSatisfy({ others.contains($0.kind) }) {
            processes.fail("worker \(worker) could write although others hold its slices: \(process.errors)")
        }
        return nil
    }

    private func takenOver(from worker: Int64) async throws -> String? {
        let before = try await slices(of: worker)
        guard before > 0 else { return nil }
        return try await eventually {
            let rest = try await slices(of: worker)
            return rest == 0 ? "\(before) slices of worker \(worker) taken over" : nil
        }
    }

    /// How many slices a worker holds.
    private func slices(of worker: Int64) async throws -> Int64 {
        try await ChaosServer.patientQuery(address) { session throws(PostgresError) in
            try session.query("SELECT count(*) FROM trough.checkpoint WHERE worker = $1", [.int64(worker)]).int64(0, 0)
        }
    }

    private static func number(of process: Running) -> Int64? {
        process.errors.firstMatch(of: /worker ([0-9]+) projects/).flatMap { Int64($0.1) }
    }

    // MARK: - Connections

    private func cut(
        _ direction: CuttingProxy.Direction, _ fault: ChaosSchedule.PlannedFault
    ) async throws -> String? {
        var order = proxy.order(.cut(direction, after: fault.bytes))
        var hit = try await eventually(seconds: 2) { order.hit == nil ? nil : "" }.flatMap { _ in order.hit }
        if hit == nil {
            // So many bytes do not come by any more.
            proxy.withdraw(order)
            order = proxy.order(.cut(direction, after: fault.bytes % 100))
            hit = try await met(order)
        }
        return hit.map { "after \($0.passed) bytes of process \($0.process), \($0.dropped) lost" }
    }

    // MARK: - The server

    private func killServer(_ fault: ChaosSchedule.PlannedFault) async throws -> String? {
        let began = ContinuousClock.now
        let count = try await server.own.killAll()
        try await Task.sleep(for: .seconds(fault.length / 2))
        _ = try await server.own.server.start()
        let away = String(format: "%.1f s", began.duration(to: .now) / .seconds(1))
        return count > 1 ? "\(count) processes, away for \(away)" : nil
    }

    /// A trigger refuses new rows with the server's own error for a full disk.
    private func fillDisk(_ fault: ChaosSchedule.PlannedFault) async throws -> String? {
        try await set(isFull: true)
        let what = try await eventually { try await refusals() }
        try await Task.sleep(for: .seconds(fault.length))
        try await set(isFull: false)
        return what
    }

    private func set(isFull: Bool) async throws {
        try await ChaosServer.patientQuery(address) { session throws(PostgresError) in
            try session.execute("UPDATE public.chaos_disk SET is_full = \(isFull)")
        }
    }

    private func refusals() async throws -> String? {
        let isRefused = try await ChaosServer.patientQuery(address) { session throws(PostgresError) in
            try session.query("SELECT is_called FROM public.chaos_refusals").bool(0, 0)
        }
        return isRefused ? "rows refused" : nil
    }

    /// What ``fillDisk(_:)`` needs in a database.
    static let disk = """
        CREATE TABLE public.chaos_disk (is_full boolean NOT NULL);
        INSERT INTO public.chaos_disk VALUES (false);
        CREATE SEQUENCE public.chaos_refusals;
        CREATE FUNCTION public.chaos_fill() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
        BEGIN
            IF (SELECT d.is_full FROM public.chaos_disk d) THEN
                PERFORM nextval('public.chaos_refusals');
                RAISE EXCEPTION 'could not extend file "base/1": No space left on device' USING ERRCODE = 'disk_full';
            END IF;
            RETURN NULL;
        END $$;
        CREATE TRIGGER chaos_fill AFTER INSERT OR UPDATE ON trough.event
            FOR EACH STATEMENT EXECUTE FUNCTION public.chaos_fill();
        CREATE TRIGGER chaos_fill AFTER INSERT OR UPDATE ON trough.patient_state
            FOR EACH STATEMENT EXECUTE FUNCTION public.chaos_fill();
        """

    /// A file takes what is left of the server's file system.
    private func fillFileSystem(_ fault: ChaosSchedule.PlannedFault) async throws -> String? {
        guard let place else { return nil }
        let system = TroughProgram(environment: ["PLACE": place], limit: 30)
        let filled = try await system.shell(
            "dd if=/dev/zero of=$PLACE/ballast bs=16384 2>/dev/null; truncate -s -16384 $PLACE/ballast")
        let log = place + "/home/server.log"
        let words = try await eventually {
            TestFile.read(log).contains("No space left on device") ? "the server met it" : nil
        }
        try await Task.sleep(for: .seconds(fault.length))
        try FileManager.default.removeItem(atPath: place + "/ballast")
        // A server that could not write its log has ended.
        _ = try await server.own.server.start()
        return filled.status == 0 ? words : nil
    }
}
