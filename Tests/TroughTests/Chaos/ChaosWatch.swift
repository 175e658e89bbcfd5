import Foundation
import Postgres

/// Looks at the checkpoints over and over while a schedule runs: epochs never go back, nothing is ahead of the log.
struct ChaosWatch: Sendable {
    let address: ConnectionConfiguration
    let processes: ChaosProcesses
    /// Whether the server loses what was not flushed, so that checkpoints may go back; they are made good again.
    let mayLoseSteps: Bool

    /// What was seen.
    struct Seen: Sendable {
        var looks = 0
        var takeovers = 0
    }

    private struct Slice: Sendable {
        var key: String
        var epoch: Int64
        var position: Int64
        var head: Int64
        var worker: Int64?
    }

    /// Looks until the schedule is over.
    func run() async throws -> Seen {
        var seen = Seen()
        var last: [String: Slice] = [:]
        var connection: Connection?
        while !processes.isOver {
            do throws(PostgresError) {
                if connection == nil { connection = try await Connection.open(address) }
                if let slices = try await connection?.perform(Self.look) { judge(slices, &last, &seen) }
            } catch {
                // The server is away, or its disk is full.
                await connection?.close()
                connection = nil
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        await connection?.close()
        return seen
    }

    @Sendable private static func look(_ session: Session) throws(PostgresError) -> [Slice] {
        let rows = try session.query(
            """
            SELECT c.projection || '/' || c.slice, c.epoch, c.position, h.position, c.worker
            FROM trough.checkpoint c JOIN trough.head h ON h.slice = c.slice
            """)
        var slices: [Slice] = []
        for row in 0..<rows.count {
            slices.append(
                Slice(
                    key: try rows.string(row, 0), epoch: try rows.int64(row, 1), position: try rows.int64(row, 2),
                    head: try rows.int64(row, 3), worker: try rows.isNull(row, 4) ? nil : rows.int64(row, 4)))
        }
        return slices
    }

    private func judge(_ slices: [Slice], _ last: inout [String: Slice], _ seen: inout Seen) {
        seen.looks += 1
        for slice in slices {
            if slice.position > slice.head {
                processes.fail("slice \(slice.key) is projected to \(slice.position), its head is \(slice.head)")
            }
            if let before = last[slice.key] {
                if slice.epoch < before.epoch {
                    processes.fail("the epoch of slice \(slice.key) went from \(before.epoch) to \(slice.epoch)")
                }
                if slice.head < before.head {
                    processes.fail("the head of slice \(slice.key) went from \(before.head) to \(slice.head)")
                }
                if slice.position < before.position, !mayLoseSteps {
                    processes.fail("slice \(slice.key) went from \(before.position) back to \(slice.position)")
                }
                if let one = before.worker, let other = slice.worker, one != other { seen.takeovers += 1 }
                if slice.epoch == before.epoch, slice.worker != before.worker {
                    processes.fail("slice \(slice.key) changed hands under the epoch \(slice.epoch)")
                }
            }
            last[slice.key] = slice
        }
    }
}
