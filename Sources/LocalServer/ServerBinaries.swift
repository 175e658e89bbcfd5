import Foundation

/// An installed PostgreSQL server.
struct ServerBinaries: Sendable, Hashable {
    /// The folder with `postgres` and `initdb`.
    var folder: String
    /// The version as the server prints it, such as `15.18`.
    var version: String

    /// The first part of ``version``.
    var major: Int { version.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0 }
    var initdb: String { folder + "/initdb" }
    var postgres: String { folder + "/postgres" }

    /// The major versions this program is tested with.
    static let preferred = 15...18

    /// The version in what `postgres --version` prints: `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
    static func version(in text: String) -> String? {
        guard let end = text.range(of: "(PostgreSQL) ")?.upperBound else { return nil }
        let version = text[end...].prefix { !$0.isWhitespace }
        return version.first?.isNumber == true ? String(version) : nil
    }

    /// Picks a server for the data, or for new ones.
    ///
    /// For data that exist it is the one of their version, else the first of a preferred version, else the first that
    /// is newer. The candidates come in the order in which they were looked for.
    static func choose(
        among candidates: [ServerBinaries],
        dataMajor: Int?,
        dataFolder: String
    ) throws(LocalServerError) -> ServerBinaries {
        let usable = candidates.filter { $0.major >= preferred.lowerBound }
        if let dataMajor, !usable.isEmpty {
            guard let match = usable.first(where: { $0.major == dataMajor }) else {
                let installed = Set(usable.map(\.major)).sorted()
                throw .versionNotInstalled(data: dataMajor, folder: dataFolder, installed: installed)
            }
            return match
        }
        guard let best = usable.first(where: { preferred.contains($0.major) }) ?? usable.first else {
            throw .noServerInstalled(found: candidates.map(\.version))
        }
        return best
    }

    /// Looks for servers: the folders of `PATH`, the one `pg_config` names, then Debian's and Red Hat's, newest first.
    static func installed(environmentPath: String) async throws(LocalServerError) -> [ServerBinaries] {
        var folders = environmentPath.split(separator: ":").map(String.init)
        let search = folders
        if let config = search.map({ $0 + "/pg_config" }).first(where: isProgram) {
            let answer = try await Launch.output(of: config, ["--bindir"], environmentPath: environmentPath)
            folders.append(answer.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        folders += versioned("/usr/lib/postgresql", prefix: "", suffix: "/bin")
        folders += versioned("/usr", prefix: "pgsql-", suffix: "/bin")
        var seen: Set<String> = []
        var found: [ServerBinaries] = []
        for folder in folders where isProgram(folder + "/postgres") {
            // A link in /usr/local/bin leads to the real folder, where initdb finds the server beside itself.
            let real = String(Syscalls.canonical(folder + "/postgres").dropLast("/postgres".count))
            guard seen.insert(real).inserted, isBinary(real + "/postgres"), isBinary(real + "/initdb") else { continue }
            let program = real + "/postgres"
            let answer = try await Launch.output(of: program, ["--version"], environmentPath: environmentPath)
            if let version = version(in: answer) { found.append(ServerBinaries(folder: real, version: version)) }
        }
        return found
    }

    private static func isProgram(_ path: String) -> Bool {
        path.hasPrefix("/") && FileManager.default.isExecutableFile(atPath: path)
    }

    /// Whether a program is machine code, and not a script that may do something else under the same name.
    private static func isBinary(_ path: String) -> Bool {
        guard isProgram(path), let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return (try? file.read(upToCount: 4)) == Data([0x7F, 0x45, 0x4C, 0x46])
    }

    /// The folders of installed versions, such as `/usr/lib/postgresql/15/bin`, newest first.
    private static func versioned(_ parent: String, prefix: String, suffix: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        let majors = names.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }
        return majors.sorted(by: >).map { "\(parent)/\(prefix)\($0)\(suffix)" }
    }
}
