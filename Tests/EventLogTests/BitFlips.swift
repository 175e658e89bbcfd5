import EventLog
import Postgres
import TestData
import TestLog
import Trial

/// Single bits of stored rows that change, as a fault of a disk or an intruder would change them.
///
/// Everything that the database itself would hold against it is taken away first: triggers, keys, checks, and that columns
/// must have a value.
struct BitFlips {
    /// A bit that was changed.
    struct Flip: CustomStringConvertible, Sendable {
        let table: String
        let slice: Int
        let column: Int
        /// The bit of the value, or `nil` where a value became NULL or NULL the empty value.
        let bit: Int?
        /// The slice that the row came into, or whose source has the number now, where that is another one.
        var other: Int?

        var description: String {
            "\(table) of slice \(slice), column \(column + 1), " + (bit.map { "bit \($0)" } ?? "NULL or not")
        }
    }

    /// A row as the database has it: where it is, and the bytes of its columns.
    private struct Row {
        let place: [UInt8]
        var values: [[UInt8]?]
    }

    static let tables = ["event", "batch", "head", "patient", "source"]

    private let log: TestLog
    private let firstSlice: Int32
    /// For each table the rows, by slice within the study.
    private var rows: [String: [[Row]]] = [:]

    /// Keeps a copy of the log, and takes away what protects it.
    init(_ log: TestLog, _ study: Study) async throws {
        self.log = log
        firstSlice = study.firstSlice
        try await log.execute(Self.unprotect)
        for table in Self.tables {
            try await log.execute("CREATE TABLE public.\(table) AS SELECT * FROM trough.\(table)")
        }
        // From here on every row has the place in its table that it has again whenever all are put back.
        try await undo()
        for table in Self.tables {
            // A source belongs to the slice whose events are of it.
            let slice =
                table == "source"
                ? "(SELECT min(e.slice) FROM trough.event e WHERE e.source = t.source)" : "t.slice"
            let query =
                "COPY (SELECT t.ctid::text, \(slice), t.* FROM trough.\(table) t) TO STDOUT (FORMAT binary)"
            rows[table] = try await log.connection.perform { session throws(PostgresError) -> [[Row]] in
                var rows = [[Row]](repeating: [], count: study.slices)
                _ = try session.copyOut(query) { bytes throws(PostgresError) in
                    var decoder = RowDecoder(bytes)
                    var place: [UInt8] = []
                    _ = try decoder.nextBytes(appendingTo: &place)
                    let index = Int(try decoder.nextInt32() - study.firstSlice)
                    var values: [[UInt8]?] = []
                    while !decoder.isAtEnd {
                        var value: [UInt8] = []
                        let count = try decoder.nextBytes(appendingTo: &value)
                        values.append(count == nil ? nil : value)
                    }
                    rows[index].append(Row(place: place, values: values))
                }
                return rows
            }
        }
    }

    /// Changes one bit in about every second slice, of a row of a random table.
    func apply(_ random: inout SeededRandom) async throws -> [Flip] {
        let seed = random.next()
        let (rows, firstSlice) = (rows, firstSlice)
        return try await log.connection.perform { session throws(PostgresError) in
            var random = SeededRandom(seed: seed)
            return try session.transaction { () throws(PostgresError) in
                var flips: [Flip] = []
                for slice in (rows["head"] ?? []).indices where random.chance(2) {
                    while true {
                        let table = random.pick(Self.tables + ["event", "event", "batch"])
                        let candidates = rows[table]?[slice] ?? []
                        var row = random.pick(candidates)
                        let (column, bit) = Self.flip(&row, &random)
                        var flip = Flip(table: table, slice: slice, column: column, bit: bit)
                        if column == 0, let key = row.values[0], key.count == 4 {
                            flip.other =
                                table == "source"
                                ? rows[table]?.firstIndex { $0.contains { $0.values[0] == key } }
                                : Int(key.reduce(0) { $0 << 8 | Int32($1) } &- firstSlice)
                        }
                        // What the database cannot even hold, such as a byte that is no UTF-8, is not there to be found.
                        if try Self.replace(row, in: table, session) {
                            flips.append(flip)
                            break
                        }
                    }
                }
                return flips
            }
        }
    }

    /// Puts everything back as it was.
    func undo() async throws(PostgresError) {
        for table in Self.tables {
            try await log.execute(
                "TRUNCATE trough.\(table) CASCADE; INSERT INTO trough.\(table) SELECT * FROM public.\(table)")
        }
    }

    private static func flip(_ row: inout Row, _ random: inout SeededRandom) -> (column: Int, bit: Int?) {
        let column = random.below(row.values.count)
        guard let value = row.values[column], !value.isEmpty, !random.chance(40) else {
            row.values[column] = row.values[column] == nil ? [] : nil
            return (column, nil)
        }
        let bit = random.below(value.count * 8)
        var changed = value
        changed[bit / 8] ^= 0x80 >> UInt8(bit % 8)
        row.values[column] = changed
        return (column, bit)
    }

    /// Writes a row in the place of the one that it was; `false` where the database cannot hold it.
    private static func replace(_ row: Row, in table: String, _ session: Session) throws(PostgresError) -> Bool {
        try session.execute("SAVEPOINT flip")
        do throws(PostgresError) {
            let place = String(decoding: row.place, as: UTF8.self)
            let deleted = try session.query("DELETE FROM trough.\(table) WHERE ctid = '\(place)'").affectedRows
            guard deleted == 1 else { throw PostgresError(.misuse, "\(deleted) rows of \(table) stand at \(place).") }
            let columns = row.values
            _ = try session.copyIn("COPY trough.\(table) FROM STDIN (FORMAT binary)") { writer in
                writer.row(fields: Int16(columns.count))
                for value in columns { if let value { writer.bytes(value) } else { writer.null() } }
            }
            try session.execute("RELEASE flip")
            return true
        } catch {
            guard error.kind == .server, error.sqlState?.hasPrefix("22") == true else { throw error }
            try session.execute("ROLLBACK TO flip; RELEASE flip")
            return false
        }
    }

    private static let unprotect = """
        DO $$
        DECLARE
            r record;
        BEGIN
            ALTER TABLE trough.source ALTER COLUMN source DROP IDENTITY;
            FOR r IN SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
                WHERE c.relnamespace = 'trough'::regnamespace
                AND c.relname IN ('event', 'batch', 'head', 'patient', 'source') LOOP
                EXECUTE format('ALTER TABLE trough.%I DROP CONSTRAINT IF EXISTS %I CASCADE', r.relname, r.conname);
            END LOOP;
            FOR r IN SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relnamespace = 'trough'::regnamespace AND a.attnum > 0 AND a.attnotnull
                AND c.relname IN ('event', 'batch', 'head', 'patient', 'source') LOOP
                EXECUTE format('ALTER TABLE trough.%I ALTER COLUMN %I DROP NOT NULL', r.relname, r.attname);
            END LOOP;
        END
        $$;
        ALTER TABLE trough.event DISABLE TRIGGER ALL;
        ALTER TABLE trough.event_1 DISABLE TRIGGER ALL;
        ALTER TABLE trough.event DETACH PARTITION trough.event_1;
        ALTER TABLE trough.event ATTACH PARTITION trough.event_1 DEFAULT;
        ALTER TABLE trough.batch DISABLE TRIGGER ALL;
        ALTER TABLE trough.head DISABLE TRIGGER ALL;
        ALTER TABLE trough.patient DISABLE TRIGGER ALL;
        ALTER TABLE trough.source DISABLE TRIGGER ALL;
        CREATE INDEX ON trough.event (slice, position);
        CREATE INDEX ON trough.batch (slice, first_position);
        CREATE INDEX ON trough.head (slice);
        CREATE INDEX ON trough.patient (slice, patient);
        CREATE INDEX ON trough.source (source);
        """
}
