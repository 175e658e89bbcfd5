import Glibc
import Testing

/// What is said of a private server that is another user's.
@Suite(.enabled(if: geteuid() == 0), .timeLimit(.minutes(1)))
struct LocalCommandTests {
    /// Runs the program as a user to whom nothing belongs, with a home of the private server in this folder.
    private func run(_ arguments: String, home: String, in folder: TestFolder) async throws -> Finished {
        try await TroughProgram().shell(
            """
            cd '\(folder.path)' && chmod 755 . && TROUGH_HOME="$PWD/\(home)" exec \\
                setpriv --reuid=nobody --regid=nogroup --clear-groups -- "$TROUGH" local \(arguments)
            """)
    }

    @Test("Whether a server runs in a folder that cannot be looked into is said not to be known")
    func hidden() async throws {
        let folder = try TestFolder()
        let made = try await TroughProgram().shell(
            "cd '\(folder.path)' && mkdir -p home/data outer/home && chmod 711 home && chmod 700 home/data outer")
        #expect(made.status == 0)
        for (home, command) in [
            ("home", "status"), ("home", "status -o json"), ("outer/home", "status"), ("outer/home", "stop"),
            ("outer/home", "destroy --yes"),
        ] {
            let ended = try await run(command, home: home, in: folder)
            #expect(ended.status == 3 && ended.output == "", "\(home) \(command)")
            #expect(
                ended.errors == """
                    trough: Whether the private PostgreSQL runs cannot be told: \(folder.path)/\(home)/data/postmaster.pid \
                    cannot be read: Permission denied; expected the user to whom it belongs, or root.

                    """, "\(home) \(command)")
        }
    }

    @Test("Where there is no folder, no server runs")
    func none() async throws {
        let folder = try TestFolder()
        let ended = try await run("status", home: "none", in: folder)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.hasPrefix("running     no\n"), "\(ended.output)")
        #expect(try await run("stop", home: "none", in: folder).status == 0)
    }
}
