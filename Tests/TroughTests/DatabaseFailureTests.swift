import Foundation
import Testing

/// Databases that cannot be reached, are no log, or do not let one in.
@Suite(.serialized, .emptyLog, .timeLimit(.minutes(6)))
struct DatabaseFailureTests {
    /// A line for `append`, which all commands are given on standard input.
    private static let line = EventLine.assay("P-1", "x1")

    /// Commands that need the database.
    private static let commands = [["append"], ["replay"], ["report"], ["tail"], ["status"], ["schema", "install"]]

    private func expectFailure(
        _ program: TroughProgram, _ arguments: [String], says words: String...,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let ended = try await program.run(arguments, input: Self.line)
        #expect(ended.status == 3, "\(arguments): \(ended.errors)", sourceLocation: location)
        #expect(ended.output == "", sourceLocation: location)
        #expect(ended.errors.hasPrefix("trough: "), sourceLocation: location)
        for word in words {
            #expect(ended.errors.contains(word), "\(arguments): \(ended.errors)", sourceLocation: location)
        }
    }

    @Test("A port that refuses, a socket that is not there and a URL that is none are told with the reason")
    func unreachable() async throws {
        for arguments in Self.commands {
            try await expectFailure(TroughProgram(url: "postgresql://127.0.0.1:1/none"), arguments, says: "refused")
        }
        try await expectFailure(
            TroughProgram(url: "postgresql:///none?host=/nonexistent"), ["replay"], says: "/nonexistent")
        try await expectFailure(TroughProgram(url: "postgresql://[half"), ["replay"])
        // libpq would take these for names of databases on whatever server it finds.
        try await expectFailure(
            TroughProgram(url: "mysql://localhost/trial"), ["replay"], says: "DATABASE_URL", "\"mysql\"")
        try await expectFailure(TroughProgram(), ["replay", "--database", ""], says: "--database is empty")
        try await expectFailure(TroughProgram(url: "host=/nonexistent dbname=none"), ["replay"], says: "/nonexistent")
        try await expectFailure(TroughProgram(url: "postgresql:///none?colour=blue"), ["replay"], says: "colour")
        try await expectFailure(
            TroughProgram(environment: ["PGHOST": "/nonexistent"]), ["replay"], says: "/nonexistent")
    }

    @Test("--database wins over DATABASE_URL, which wins over PGHOST")
    func precedence() async throws {
        let log = try CommandLog.shared
        let wrong = TroughProgram(url: "postgresql://127.0.0.1:1/none")
        #expect(try await wrong("status", "--database", log.url).status == 0)
        let environment = TroughProgram(url: log.url, environment: ["PGHOST": "/nonexistent"])
        #expect(try await environment("status").status == 0)
        try await expectFailure(log.trough, ["status", "--database", "postgresql://127.0.0.1:1/none"], says: "refused")
    }

    @Test("A database that is not there, and a login that is not there")
    func unknownNames() async throws {
        let log = try CommandLog.shared
        let database = log.url.replacing("///test_", with: "///none_")
        #expect(database != log.url)
        try await expectFailure(TroughProgram(url: database), ["replay"], says: "does not exist")
        try await expectFailure(TroughProgram(url: log.url(user: "nobody_here")), ["replay"], says: "nobody_here")
    }

    @Test("A wrong password is refused, the right one is taken, and neither is ever shown")
    func password() async throws {
        let log = try CommandLog.shared
        try await log.withLogin(password: "right horse", roles: "trough_reader, trough_writer") { user in
            for password in ["wrong-horse", nil] {
                let program = TroughProgram(url: log.url(user: user, password: password))
                let ended = try await program("replay")
                #expect(ended.status == 3)
                #expect(ended.errors.contains("password"), "\(ended.errors)")
                #expect(!ended.errors.contains("wrong-horse"))
            }
            let right = TroughProgram(url: log.url(user: user, password: "right%20horse"))
            #expect(try await right("append", "--study", "password", input: Self.line).status == 0)
            #expect(try await right("replay", "--study", "password").status == 0)
        }
    }

    @Test("A database without the schema says how to make it")
    func noSchema() async throws {
        try await CommandLog.with(schema: false) { log in
            for arguments in [["append"], ["replay"], ["report"], ["patients"], ["tail"], ["export"], ["status"]] {
                try await expectFailure(log.trough, arguments, says: "trough schema install")
            }
        }
    }

    @Test("A schema of a newer version is left alone")
    func newerSchema() async throws {
        try await CommandLog.with { log in
            _ = try await log.trough("append", input: Self.line)
            try await log.execute("INSERT INTO trough.schema_version (version, name) VALUES (999, 'future')")
            for arguments in [["append"], ["replay"], ["status"], ["schema", "install"]] {
                try await expectFailure(log.trough, arguments, says: "999", "newer")
            }
            let status = try await log.trough("schema", "status", "-o", "json")
            #expect(status.status == 3)
            #expect(status.output.hasPrefix(#"{"installed":999,"#))
            #expect(try await log.events() == 1)
        }
    }

    @Test("A schema of an older version says how to upgrade it")
    func olderSchema() async throws {
        try await CommandLog.with { log in
            try await log.execute("DELETE FROM trough.schema_version WHERE version > 1")
            try await expectFailure(log.trough, ["replay"], says: "trough schema install")
        }
    }

    @Test("A login that may only read replays and reports; what it tries to write is refused with a sentence")
    func reader() async throws {
        let log = try CommandLog.shared
        _ = try await log.trough("append", "--study", "read", input: EventLine.assays(10).joined(separator: "\n"))
        try await log.withLogin(roles: "trough_reader") { user in
            let reader = TroughProgram(url: log.url(user: user))
            for arguments in [
                ["replay"], ["report"], ["patients"], ["patient", "P-1"], ["tail"], ["export"], ["status"],
            ] {
                let ended = try await reader.run(arguments + ["--study", "read"])
                #expect(ended.status == 0, "\(arguments): \(ended.errors)")
            }
            try await expectFailure(reader, ["append", "--study", "read"], says: "trough_writer")
            try await expectFailure(reader, ["append", "--study", "not-yet"], says: "trough_writer")
            try await expectFailure(reader, ["schema", "install", "--database", log.url(user: "nobody_here")])
        }
        #expect(try await log.events("read") == 10)
        #expect(try await log.sql("SELECT name FROM trough.study WHERE name = 'not-yet'") == [])
    }

    @Test("What rights are missing is said in a sentence of its own")
    func missingRights() async throws {
        let log = try CommandLog.shared
        try await log.withLogin(roles: nil) { user in
            let ended = try await TroughProgram(url: log.url(user: user))("replay")
            let advice = "(SQLSTATE 42501). Writing needs the role trough_writer, reading the role trough_reader.\n"
            #expect(ended.errors.hasPrefix("trough: PostgreSQL refused the statement: "), "\(ended.errors)")
            #expect(ended.errors.hasSuffix(advice), "\(ended.errors)")
        }
    }

    @Test("Who may not install the schema is told what that needs, the first time and later")
    func installer() async throws {
        for isFirst in [true, false] {
            try await CommandLog.with(schema: !isFirst) { log in
                if !isFirst { try await log.execute("DELETE FROM trough.schema_version WHERE version > 1") }
                try await log.withLogin(roles: isFirst ? nil : "trough_reader") { user in
                    let ended = try await TroughProgram(url: log.url(user: user))("schema", "install")
                    #expect(ended.status == 3 && ended.output == "")
                    #expect(
                        ended.errors.hasSuffix(
                            "(SQLSTATE 42501). A first installation needs a login with CREATEROLE and with the right CREATE "
                                + "on the database; an upgrade needs a member of the role trough_owner.\n"),
                        "\(ended.errors)")
                }
            }
        }
    }

    @Test("A login that may write appends, also to a new study, and can change nothing that stands")
    func writer() async throws {
        let log = try CommandLog.shared
        try await log.withLogin(roles: "trough_writer") { user in
            let writer = TroughProgram(url: log.url(user: user))
            let lines = EventLine.assays(10)
            let first = try await writer(
                "append", "--study", "written", "-o", "json", input: lines.joined(separator: "\n"))
            #expect(first.status == 0, "\(first.errors)")
            let again = try await writer(
                "append", "--study", "written", "-o", "json", input: lines.joined(separator: "\n"))
            #expect(again.output.hasPrefix(#"{"lines":10,"ok":0,"duplicates":10,"#), "\(again.errors)")
            #expect(try await writer("replay", "--study", "written").status == 0)
            for statement in ["DELETE FROM trough.event", "UPDATE trough.event SET value = 0", "TRUNCATE trough.batch"]
            {
                await #expect(throws: (any Error).self) { try await log.execute("SET ROLE \(user); \(statement)") }
            }
        }
        #expect(try await log.events("written") == 10)
    }

    @Test("A login without any right to the log is refused with a sentence")
    func stranger() async throws {
        let log = try CommandLog.shared
        try await log.withLogin(roles: nil) { user in
            try await expectFailure(TroughProgram(url: log.url(user: user)), ["replay"], says: "trough_reader")
        }
    }
}
