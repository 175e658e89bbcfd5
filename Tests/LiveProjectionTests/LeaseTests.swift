import EventLog
import Postgres
import Synchronization
import TestData
import TestLog
import Testing
import Trial

@testable import LiveProjection

extension HoldingAndReading {
    @Suite("Slices are shared, and pass from hand to hand", .timeLimit(.minutes(12)))
    struct LeaseTests {
        /// Notes each change of a checkpoint, so that what happened between two looks is seen too.
        private static let audit = """
            CREATE TABLE public.audit (n bigserial, slice integer, old_worker bigint, new_worker bigint, old_epoch bigint,
                new_epoch bigint);
            GRANT ALL ON public.audit, public.audit_n_seq TO PUBLIC;
            CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO public.audit (slice, old_worker, new_worker, old_epoch, new_epoch)
                VALUES (OLD.slice, OLD.worker, NEW.worker, OLD.epoch, NEW.epoch);
                RETURN NULL;
            END $$;
            CREATE TRIGGER note AFTER UPDATE ON trough.checkpoint FOR EACH ROW EXECUTE FUNCTION public.note();
            """

        private static func withSet(slices: Int, _ body: (TestLog, ProjectionSet) async throws -> Void) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: slices)
                try await log.execute(audit)
                let set = try await log.connection.perform { session throws(LogError) in
                    try ProjectionSet.open(study, .roblin2020, session)
                }
                try await body(log, set)
                // Every hand-over raises the epoch, by one; nothing else changes it.
                let unlike = """
                    SELECT a::text FROM public.audit a WHERE new_epoch - old_epoch <> (
                        CASE WHEN old_worker IS DISTINCT FROM new_worker THEN 1 ELSE 0 END) LIMIT 5
                    """
                #expect(try await log.texts(unlike) == [])
                // Changes follow one another: each begins where the one before ended.
                let torn = """
                    SELECT a::text FROM (SELECT *, lag(new_epoch) OVER w AS before, lag(new_worker) OVER w AS owner
                        FROM public.audit WINDOW w AS (PARTITION BY slice ORDER BY new_epoch, n)) a
                    WHERE before IS NOT NULL AND (before <> old_epoch OR owner IS DISTINCT FROM old_worker) LIMIT 5
                    """
                #expect(try await log.texts(torn) == [])
            }
        }

        private static func join(_ set: ProjectionSet, lease: Duration = .seconds(600), _ session: Session)
            throws(PostgresError) -> Int64
        {
            try LeaseKeeper.join(set, name: "test", lease: lease, session)
        }

        /// One beat; how many slices are held afterwards.
        @discardableResult
        private static func beat(_ worker: Int64, _ session: Session) throws(PostgresError) -> Int {
            try session.query("SELECT slice FROM trough.hold_slices($1)", [.int64(worker)]).count
        }

        private static func leave(_ worker: Int64, _ session: Session) throws(PostgresError) {
            _ = try session.query("SELECT FROM trough.leave_projection($1)", [.int64(worker)])
        }

        /// Makes a worker one that was last heard of long ago.
        private static func die(_ worker: Int64, _ session: Session) throws(PostgresError) {
            try session.execute(
                "UPDATE trough.worker SET heartbeat_at = heartbeat_at - lease * 1.01 WHERE worker = \(worker)")
        }

        @Test(
            "Workers come one by one, and within two beats of each all have fair shares; they go, and the rest takes over"
        )
        func shares() async throws {
            try await Self.withSet(slices: 64) { log, set in
                try await log.connection.perform { session throws(PostgresError) in
                    var workers: [Int64] = []
                    for count in 1...20 {
                        workers.append(try Self.join(set, session))
                        // The first beat of the others gives, the second of the new one takes.
                        for _ in 0..<2 { for worker in workers { try Self.beat(worker, session) } }
                        var held: [Int] = []
                        for worker in workers { held.append(try Self.beat(worker, session)) }
                        #expect(held.reduce(0, +) == 64, "\(count) workers")
                        #expect(held.max() == (64 + count - 1) / count, "\(count) workers: \(held)")
                        #expect(held.min() == 64 / count, "\(count) workers: \(held)")
                    }
                    while workers.count > 1 {
                        let gone = workers.removeFirst()
                        if workers.count % 2 == 0 { try Self.leave(gone, session) } else { try Self.die(gone, session) }
                        // One beat each is enough: what is nobody's is taken at once.
                        var held: [Int] = []
                        for worker in workers { held.append(try Self.beat(worker, session)) }
                        #expect(held.reduce(0, +) == 64, "\(workers.count) left: \(held)")
                        #expect(held.max() == (64 + workers.count - 1) / workers.count, "\(held)")
                        #expect(held.min() == 64 / workers.count, "\(held)")
                    }
                }
            }
        }

        @Test(
            "The slices of one who lives are not taken, those of one who left or is dead are; he must join again in the end"
        )
        func death() async throws {
            try await Self.withSet(slices: 8) { log, set in
                try await log.connection.perform { session throws(PostgresError) in
                    let first = try Self.join(set, session)
                    let second = try Self.join(set, session)
                    #expect(try Self.beat(second, session) == 0)
                    #expect(try Self.beat(second, session) == 0)
                    #expect(try Self.beat(first, session) == 4)
                    #expect(try Self.beat(second, session) == 4)
                    try Self.die(first, session)
                    #expect(try Self.beat(second, session) == 8)
                    // He comes back, and is given a share.
                    #expect(try Self.beat(first, session) == 0)
                    #expect(try Self.beat(second, session) == 4)
                    #expect(try Self.beat(first, session) == 4)
                    try Self.leave(first, session)
                    #expect(try Self.beat(second, session) == 8)
                    let error = #expect(throws: PostgresError.self) { try Self.beat(first, session) }
                    #expect(error?.sqlState == "TR002")
                    // Who was not heard of for hours is forgotten by the others.
                    let third = try Self.join(set, session)
                    try session.execute(
                        "UPDATE trough.worker SET heartbeat_at = heartbeat_at - interval '2 days' WHERE worker = \(third)"
                    )
                    try Self.beat(second, session)
                    #expect(throws: PostgresError.self) { try Self.beat(third, session) }
                }
            }
        }

        @Test("Who gives back does not wait for a slice that is being written, and gives it at the next beat")
        func lockedSlices() async throws {
            try await Self.withSet(slices: 4) { log, set in
                let workers = try await log.connection.perform { session throws(PostgresError) in
                    [try Self.join(set, session), try Self.join(set, session)]
                }
                let write = "SELECT FROM trough.checkpoint WHERE slice >= 2 FOR UPDATE"
                try await log.holding(write) {
                    let held = try await log.connection.perform { session throws(PostgresError) in
                        // Who waits for the write, which ends after this, is refused.
                        try session.execute("SET lock_timeout = '5s'")
                        return try Self.beat(workers[0], session)
                    }
                    #expect(held < 4)
                }
                let held = try await log.connection.perform { session throws(PostgresError) in
                    [try Self.beat(workers[0], session), try Self.beat(workers[1], session)]
                }
                #expect(held == [2, 2])
            }
        }

        /// Who was told to hold what, over all sessions of a test.
        private final class Told: Sendable {
            private let owners = Mutex<[String: Int64]>([:])
            private let clashes = Mutex<[String]>([])

            func note(_ worker: Int64, holds slice: Int32, under epoch: Int64) {
                let before = owners.withLock { $0.updateValue(worker, forKey: "\(slice) \(epoch)") }
                if let before, before != worker {
                    clashes.withLock { $0.append("\(slice) under \(epoch): \(before) and \(worker)") }
                }
            }
            var found: [String] { clashes.withLock { $0 } }
            var count: Int { owners.withLock { $0.count } }
        }

        @Test(
            "Whatever comes and goes at once, a slice has one owner at each epoch", arguments: [81, 82, 83] as [UInt64])
        func oneOwner(seed: UInt64) async throws {
            try await Self.withSet(slices: 32) { log, set in
                let told = Told()
                let configuration = log.configuration
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<4 as Range<UInt64> {
                        group.addTask {
                            let connection = try await Connection.open(configuration)
                            try await connection.perform { session throws(PostgresError) in
                                try Self.comeAndGo(SeededRandom(seed: seed * 100 + number), set, told, session)
                            }
                            await connection.close()
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(told.found == [], "seed \(seed)")
                #expect(told.count > 200, "seed \(seed)")
                // Those who are left share everything once they are alone with each other.
                let held = try await log.connection.perform { session throws(PostgresError) in
                    let rows = try session.query(
                        "SELECT worker FROM trough.worker WHERE heartbeat_at > clock_timestamp() - lease")
                    var living: [Int64] = []
                    for row in 0..<rows.count { living.append(try rows.int64(row, 0)) }
                    if living.isEmpty { living = [try Self.join(set, session)] }
                    var held: [Int] = []
                    for _ in 0..<3 {
                        held = []
                        for worker in living { held.append(try Self.beat(worker, session)) }
                    }
                    return held
                }
                #expect(held.reduce(0, +) == 32, "seed \(seed): \(held)")
                #expect(held.max() == (32 + held.count - 1) / held.count, "seed \(seed): \(held)")
            }
        }

        private static func comeAndGo(
            _ seeded: SeededRandom, _ set: ProjectionSet, _ told: Told, _ session: Session
        ) throws(PostgresError) {
            var random = seeded
            var workers: [Int64] = []
            for _ in 0..<150 {
                if workers.isEmpty || random.chance(8) && workers.count < 4 { workers.append(try join(set, session)) }
                let place = random.below(workers.count)
                switch random.below(12) {
                case 0: try leave(workers.remove(at: place), session)
                case 1: try die(workers.remove(at: place), session)
                // Dead for a moment, and back while others help themselves.
                case 2: try die(workers[place], session)
                default:
                    let rows = try session.query(
                        "SELECT slice, epoch FROM trough.hold_slices($1)", [.int64(workers[place])])
                    for row in 0..<rows.count {
                        told.note(workers[place], holds: try rows.int32(row, 0), under: try rows.int64(row, 1))
                    }
                }
            }
        }
    }
}
