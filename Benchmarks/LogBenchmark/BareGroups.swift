import EventLog
import Trial

/// What a group of single appends asks of the server, as a script for pgbench: the same rows and as many hashed bytes in the
/// same round trip, without callers, lines, numbering and comparisons.
///
/// It shows where the server itself ends. Two clients stand for the two lanes, each with the slices of its half of the
/// callers' patients.
struct BareGroups {
    private let study: Study
    private let callers: Int

    init(_ study: Study, callers: Int) {
        self.study = study
        self.callers = callers
    }

    /// The events of one run of the script, the mean of the two clients.
    var eventsPerTransaction: Double { Double(callers) / 2 }

    /// The script; which half a client has depends on its number.
    var script: String {
        let places = (0..<callers).map { caller in
            SliceHash.slice(of: Array("S-\(caller)".utf8)[...], among: study.slices)
        }
        return """
            \\set id random(1, 1000000000000000)
            \\if :client_id = 0
            \(Self.group(places.filter { $0 < study.slices / 2 }, study))
            \\else
            \(Self.group(places.filter { $0 >= study.slices / 2 }, study))
            \\endif

            """
    }

    /// One transaction that adds an event for each of these slices.
    private static func group(_ places: [Int], _ study: Study) -> String {
        var counts: [Int: Int] = [:]
        let events = places.map { place in
            counts[place, default: 0] += 1
            return "(\(study.firstSlice + Int32(place)),\(counts[place, default: 0]))"
        }.joined(separator: ",")
        let grown = counts.sorted { $0.key < $1.key }.map { "(\(study.firstSlice + Int32($0.key)),\($0.value))" }
            .joined(separator: ",")
        return """
            \\startpipeline
            BEGIN;
            WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS time),
            moved AS (
                UPDATE trough.head h SET position = position + g.n, recorded_at = c.time,
                    digest = sha256(h.digest || convert_to(repeat('e', 150 * g.n), 'UTF8'))
                FROM clock c, (VALUES \(grown)) AS g (slice, n) WHERE h.slice = g.slice
                RETURNING h.slice, h.position - g.n AS before, h.position AS last, h.digest),
            chained AS (
                INSERT INTO trough.batch
                SELECT m.slice, m.before + 1, m.last, c.time, 'benchmark', NULL, 'benchmark', m.digest
                FROM clock c, moved m)
            INSERT INTO trough.event
            SELECT slice, e.n, m.before + e.n, c.time, c.time, 2.4, 1, 4, 1, 10, 0, 0, :id || '-' || e.n, NULL, NULL
            FROM clock c, moved m JOIN (VALUES \(events)) AS e (slice, n) USING (slice);
            COMMIT;
            SELECT pg_notify('trough_log', '0') FROM set_config('synchronous_commit', 'off', true);
            \\endpipeline
            """
    }
}
