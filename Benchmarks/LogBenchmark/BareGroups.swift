import EventLog
import Trial

/// What a group of single appends asks of the server, as a script for pgbench: the same rows in the same two round trips,
/// without callers, lines, numbering and digests.
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
        let slices = counts.keys.sorted().map { "\(study.firstSlice + Int32($0))" }.joined(separator: ",")
        let grown = counts.sorted { $0.key < $1.key }.map { "(\(study.firstSlice + Int32($0.key)),\($0.value))" }
            .joined(separator: ",")
        return """
            \\startpipeline
            BEGIN;
            LOCK TABLE ONLY trough.event, trough.batch, trough.head IN ROW EXCLUSIVE MODE;
            WITH locked AS MATERIALIZED (
                SELECT slice, position, patients, digest, recorded_at FROM trough.head
                WHERE slice = ANY (ARRAY[\(slices)]) ORDER BY slice FOR UPDATE)
            SELECT slice, position, patients, digest, greatest(clock_timestamp(), recorded_at) FROM locked;
            \\endpipeline
            \\startpipeline
            INSERT INTO trough.event
            SELECT slice, n, position + n, now(), now(), 2.4, 1, 4, 1, 10, 0, 0, :id || '-' || n, NULL, NULL
            FROM (VALUES \(events)) AS e (slice, n) JOIN trough.head USING (slice);
            INSERT INTO trough.batch
            SELECT slice, position + 1, position + n, now(), 'benchmark', NULL, 'benchmark', digest
            FROM (VALUES \(grown)) AS g (slice, n) JOIN trough.head USING (slice);
            UPDATE trough.head h SET position = position + g.n, patients = 1000, recorded_at = now(), digest = h.digest
            FROM (VALUES \(grown)) AS g (slice, n) WHERE h.slice = g.slice;
            COMMIT;
            \\endpipeline
            """
    }
}
