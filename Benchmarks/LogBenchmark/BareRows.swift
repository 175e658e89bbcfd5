import Measuring

/// The rows of a log as ready-made binary COPYs, one for each commit.
struct BareRows: Sendable {
    /// One commit: so many rows, header and trailer included.
    struct Commit: Sendable {
        var rows: Int
        var bytes: [UInt8]
    }

    let commits: [Commit]

    /// The columns of the table of events, in the order in which they are sent.
    static let columns = """
        slice, patient, position, occurred_at, recorded_at, value, source, kind, code, unit, qualifier, level, id, detail, \
        attributes
        """

    /// Takes the rows of some slices from a log, in the order in which they were written.
    init(from url: String, slices: ClosedRange<Int>, rowsPerCommit: Int) throws {
        var commits: [Commit] = []
        var header: [UInt8] = []
        var commit = Commit(rows: 0, bytes: [])
        let query = """
            COPY (SELECT \(Self.columns) FROM trough.event WHERE slice BETWEEN \(slices.lowerBound) AND \(slices.upperBound)
            ORDER BY recorded_at, slice, position) TO STDOUT (FORMAT binary)
            """
        let trailer: [UInt8] = [0xFF, 0xFF]
        _ = try BareConnection(url).copyOut(query) { message in
            if header.isEmpty {
                // Signature, flags and the length of an extension that no version of PostgreSQL writes.
                header = Array(message.prefix(Self.headerBytes))
                commit.bytes = message
                commit.rows = message.count > Self.headerBytes ? 1 : 0
                return
            }
            if message.count == 2 { return }
            if commit.rows == rowsPerCommit {
                commits.append(Commit(rows: commit.rows, bytes: commit.bytes + trailer))
                commit = Commit(rows: 0, bytes: header)
            }
            commit.bytes.append(contentsOf: message)
            commit.rows += 1
        }
        if commit.rows > 0 { commits.append(Commit(rows: commit.rows, bytes: commit.bytes + trailer)) }
        self.commits = commits
    }

    private static let headerBytes = 19

    /// How many rows there are.
    var count: Int { commits.reduce(0) { $0 + $1.rows } }

    /// Writes all rows to a table of the same columns, commit by commit.
    func write(to table: String, at url: String) throws {
        let connection = try BareConnection(url)
        for commit in commits {
            try connection.execute("BEGIN")
            let taken = try connection.copyIn(
                "COPY \(table) (\(Self.columns)) FROM STDIN (FORMAT binary)", commit.bytes)
            guard taken == commit.rows else { throw Failure("\(taken) of \(commit.rows) rows were taken.") }
            try connection.execute("COMMIT")
        }
    }
}
