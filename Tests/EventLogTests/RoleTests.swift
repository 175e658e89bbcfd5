import EventLog
import Postgres
import TestLog
import Testing
import Trial

@Suite("Who may do what", .timeLimit(.minutes(12)))
struct RoleTests {
    @Test("A login granted trough_writer makes a study and appends to it")
    func writer() async throws {
        try await TestLog.withLog { log in
            try await log.withLogin(grants: "GRANT trough_writer TO {}") { _, address in
                let connection = try await Connection.open(address)
                let study = try await connection.perform { session throws(LogError) in
                    try LogSchema.check(session)
                    return try Studies.openOrCreate("written", slices: 8, session)
                }
                await connection.close()
                let appender = try await log.appender(to: study, as: address)
                let batch = try EventLines.batch(EventLines.everyType("P-1"))
                #expect(try await appender.append(batch).decisions.allSatisfy { $0 == .stored })
                #expect(try await appender.append(batch).decisions.allSatisfy { $0 == .duplicate })
                await appender.close()
            }
            #expect(try await log.faults() == [])
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 12)
        }
    }

    @Test("A login granted trough_reader reads everything and writes nothing")
    func reader() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 4)
            _ = try await log.append(EventLines.everyType("P-1"), to: study)
            try await log.withLogin(grants: "GRANT trough_reader TO {}") { _, address in
                let connection = try await Connection.open(address)
                try await connection.perform { session throws in
                    try LogSchema.check(session)
                    let reader = try LogReader(Studies.open("main", session), session)
                    var events = 0
                    for head in reader.heads {
                        var batch = reader.emptyBatch()
                        try reader.readSlice(head, into: &batch, session)
                        events += batch.records.count
                    }
                    #expect(events == 12)
                    for view in ["timeline", "dose", "assay", "score", "adverse_event", "correction"] {
                        #expect(try session.query("SELECT count(*) FROM trough.\(view)").int64(0, 0) > 0, "\(view)")
                    }
                    let error = #expect(throws: LogError.self) { try Studies.openOrCreate("mine", session) }
                    guard case .database(let inner) = error, inner.sqlState == "42501" else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                }
                await connection.close()
                let appender = try await log.appender(to: study, as: address)
                let batch = try EventLines.batch([EventLines.assay("P-1", "new")])
                let error = await #expect(throws: LogError.self) { try await appender.append(batch) }
                guard case .database(let inner) = error, inner.sqlState == "42501" else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                await appender.close()
            }
            #expect(try await log.number("SELECT count(*) FROM trough.event") == 12)
        }
    }

    @Test("A login without a grant sees nothing")
    func stranger() async throws {
        try await TestLog.withLog { log in
            try await log.withLogin(grants: "") { _, address in
                let connection = try await Connection.open(address)
                try await connection.perform { session throws in
                    let error = #expect(throws: PostgresError.self) { try session.query("SELECT * FROM trough.event") }
                    #expect(error?.sqlState == "42501")
                    #expect(throws: LogError.self) { try LogSchema.check(session) }
                }
                await connection.close()
            }
        }
    }
}
