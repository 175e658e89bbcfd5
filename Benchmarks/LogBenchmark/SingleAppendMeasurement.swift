import EventLog
import Foundation
import Logging
import Measuring
import Postgres
import Subprocess
import SystemPackage
import Trial

/// Commits of one event each by many callers of one appender, against pgbench's single inserts with as many clients.
///
/// pgbench inserts into a table with the columns and keys of the log's; it neither numbers patients, nor chains, nor
/// tells duplicates. For many callers a third measurement tells what the server takes when the rows of whole groups are
/// sent to it by nobody in particular.
struct SingleAppendMeasurement {
    let server: BenchmarkServer
    private let callers = [1, 8, 64, 512]
    private let seconds = 3
    /// A group touches fewer slices where there are few: so many callers append to a study of so many slices, too.
    private let few = (callers: 64, slices: 4)

    /// The numbers of callers that are committed in groups.
    private static func isMany(_ callers: Int) -> Bool { callers >= 64 }

    /// Runs every number of callers on all sides once in each round.
    func run(rounds: Int) async throws -> Section {
        try await server.makeLog("measured")
        try await server.execute(
            ["CREATE TABLE bare (LIKE trough.event INCLUDING ALL)", "CHECKPOINT"], in: "measured")
        let script = server.folder + "/insert.sql"
        try Data(Self.insert.utf8).write(to: URL(fileURLWithPath: script))
        let study = try await study("single")
        let bareStudy = try await self.study("bare")
        let fewStudy = try await self.study("few", slices: few.slices)
        var ours = callers.map { Series(name: "single appends, \($0) callers", unit: "events/s") }
        var theirs = callers.map { Series(name: "pgbench, \($0) clients", unit: "events/s") }
        var bare = callers.map { Series(name: "the same groups, bare, \($0)", unit: "events/s") }
        var fewer = Series(name: "\(few.callers) callers, study of \(few.slices) slices", unit: "events/s")
        for round in 0..<rounds {
            fewer.samples.append(try await appends(to: fewStudy, callers: few.callers, round: round))
            for (index, count) in callers.enumerated() {
                for turn in 0..<3 {
                    switch (round + turn) % 3 {
                    case 0: ours[index].samples.append(try await appends(to: study, callers: count, round: round))
                    case 1: theirs[index].samples.append(try await pgbench(clients: count, script))
                    default:
                        guard Self.isMany(count) else { continue }
                        bare[index].samples.append(try await groups(BareGroups(bareStudy, callers: count)))
                    }
                }
            }
        }
        try await server.drop("measured")
        var lines: [Line] = []
        for (index, count) in callers.enumerated() {
            let ratio = ours[index].ratio(to: theirs[index], named: "appends / pgbench, \(count)")
            lines += [Line(ours[index]), Line(theirs[index]), Line(ratio, Self.isMany(count) ? .atLeast(5) : nil)]
            guard Self.isMany(count) else { continue }
            if count == few.callers {
                let name = "appends / pgbench, \(count), \(few.slices) slices"
                lines += [Line(fewer), Line(fewer.ratio(to: theirs[index], named: name))]
            }
            lines += [
                Line(bare[index]), Line(ours[index].ratio(to: bare[index], named: "appends / bare groups, \(count)")),
            ]
        }
        return Section(title: "single appends through one appender", lines: lines)
    }

    private func study(_ name: String, slices: Int = 64) async throws -> Study {
        let connection = try await Connection.open(server.configuration("measured"))
        let study = try await connection.perform { session throws(LogError) in
            try Studies.openOrCreate(name, slices: slices, session)
        }
        await connection.close()
        return study
    }

    /// Events in a second that pgbench adds in groups.
    private func groups(_ groups: BareGroups) async throws -> Double {
        let script = server.folder + "/groups.sql"
        try Data(groups.script.utf8).write(to: URL(fileURLWithPath: script))
        return try await pgbench(clients: 2, script) * groups.eventsPerTransaction
    }

    /// Events stored in a second, each appended and awaited on its own.
    private func appends(to study: Study, callers: Int, round: Int) async throws -> Double {
        let appender = try await Appender(
            to: study, at: server.configuration("measured"),
            by: Attribution(author: "benchmark", reason: nil, client: "benchmark"),
            lanes: 2, logger: Logger(label: "benchmark", factory: { _ in SwiftLogNoOpLogHandler() }))
        let deadline = ContinuousClock.now.advanced(by: .seconds(seconds))
        let stored = try await withThrowingTaskGroup(of: Int.self) { group in
            for caller in 0..<callers {
                group.addTask {
                    var count = 0
                    var parser = LineParser()
                    while ContinuousClock.now < deadline {
                        let id = "\(callers)-\(round)-\(caller)-\(count)"
                        let batch = try Self.event(id, of: caller, with: &parser)
                        guard try await appender.append(batch).decisions == [.stored] else {
                            throw Failure("An event was not stored.")
                        }
                        count += 1
                    }
                    return count
                }
            }
            var stored = 0
            for try await count in group { stored += count }
            return stored
        }
        await appender.close()
        return Double(stored) / Double(seconds)
    }

    /// An assay as a batch of its own.
    static func event(_ id: String, of patient: Int, with parser: inout LineParser) throws -> EventBatch {
        var batch = EventBatch()
        let line = Array(
            (#"{"specversion":"1.0","id":"\#(id)","source":"/labs/cic-1408","type":"trough.assay.v1","subject":"S-\#(patient)","#
                + #""time":"2016-03-08T09:30:00Z","data":{"analyte":"infliximab","value":2.4,"unit":"ug/mL"}}"#).utf8)
        try parser.parse(line.span, receivedAt: 1_700_000_000_000_000, into: &batch)
        return batch
    }

    /// Transactions in a second, as pgbench counts them.
    private func pgbench(clients: Int, _ script: String) async throws -> Double {
        let result = try await Subprocess.run(
            .path(FilePath(try Self.pgbenchPath())),
            arguments: [
                "-n", "-M", "prepared", "-c", "\(clients)", "-j", "2", "-T", "\(seconds)", "-f", script,
                server.url("measured"),
            ], input: .none, output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        guard result.terminationStatus.isSuccess,
            let rate = result.standardOutput.firstMatch(of: /tps = ([0-9.]+)/).flatMap({ Double($0.1) })
        else { throw Failure("pgbench failed: \(result.standardError)") }
        return rate
    }

    /// Where PostgreSQL's programs lie, on the path or where Debian puts them, newest first.
    private static func pgbenchPath() throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        let debian = (15...18).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        let places = (path.split(separator: ":").map(String.init) + debian).map { $0 + "/pgbench" }
        guard let found = places.first(where: FileManager.default.isExecutableFile) else {
            throw Failure("pgbench, which comes with PostgreSQL, was not found.")
        }
        return found
    }

    private static let insert = """
        \\set slice random(0, 63)
        \\set patient random(1, 1000)
        \\set position random(1, 1000000000000000)
        INSERT INTO bare (slice, patient, position, occurred_at, recorded_at, value, source, kind, code, unit, qualifier,
            level, id)
        VALUES (:slice, :patient, :position, now(), now(), 2.4, 1, 4, 1, 10, 0, 0, :position::text);
        """
}
