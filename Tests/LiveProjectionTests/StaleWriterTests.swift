import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

@testable import LiveProjection

extension HoldingAndReading {
    @Suite("Who does not hold a slice writes nothing", .timeLimit(.minutes(12)))
    struct StaleWriterTests {
        /// Everything in the tables of projections, as one digest.
        static let everything = """
            SELECT md5(concat_ws('|',
                (SELECT string_agg(t::text, ',' ORDER BY projection) FROM trough.projection t),
                (SELECT string_agg(t::text, ',' ORDER BY projection, slice) FROM trough.checkpoint t),
                (SELECT string_agg(t::text, ',' ORDER BY projection, slice, patient) FROM trough.patient_state t),
                (SELECT string_agg(t::text, ',' ORDER BY projection, slice, patient, endpoint) FROM trough.outcome t),
                (SELECT string_agg(t::text, ',' ORDER BY projection, slice, patient) FROM trough.parked t)))
            """

        /// What a slice's holder would have to say to write.
        private struct Truth: Sendable {
            var slice: Int32
            var epoch: Int64
            var position: Int64
            var head: Int64
        }

        private static func truths(_ set: ProjectionSet, _ session: Session) throws(PostgresError) -> [Truth] {
            let rows = try session.query(
                """
                SELECT c.slice, c.epoch, c.position, h.position FROM trough.checkpoint c JOIN trough.head h USING (slice)
                WHERE c.projection = $1 ORDER BY c.slice
                """, [.int32(set.number)])
            var truths: [Truth] = []
            for row in 0..<rows.count {
                truths.append(
                    Truth(
                        slice: try rows.int32(row, 0), epoch: try rows.int64(row, 1), position: try rows.int64(row, 2),
                        head: try rows.int64(row, 3)))
            }
            return truths
        }

        /// The arguments of a write of one patient, after those that name the slices.
        private static func rows(state: Int32?, outcome: Int32?, parked: Int32?) -> String {
            func array(_ slice: Int32?, _ value: String, _ type: String) -> String {
                slice == nil ? "'{}'::\(type)[]" : "ARRAY[\(value)]::\(type)[]"
            }
            let states = [
                (state.map(String.init) ?? "", "integer"), ("1", "integer"), ("'forged'", "text"),
                ("'enrolled'", "text"),
                ("''", "text"), ("''", "text"), ("''", "text"), ("0", "integer"), ("0", "integer"),
                ("1", "double precision"), ("1", "double precision"), ("1", "integer"), ("1", "integer"),
                ("'forged'", "text"), ("now()", "timestamptz"),
            ].map { array(state, $0.0, $0.1) }
            let outcomes = [
                (outcome.map(String.init) ?? "", "integer"), ("1", "integer"), ("'forged'", "text"),
                ("true", "boolean"),
                ("1", "integer"), ("'forged'", "text"), ("'[]'", "text"), ("now()", "timestamptz"),
            ].map { array(outcome, $0.0, $0.1) }
            let parkings = [
                (parked.map(String.init) ?? "", "integer"), ("1", "integer"), ("'forged'", "text"),
                ("'forged'", "text"),
            ].map { array(parked, $0.0, $0.1) }
            return (states + outcomes + parkings).joined(separator: ", ")
        }

        /// A call that must be refused.
        private static func attack(
            _ truths: [Truth], _ set: ProjectionSet, holder: Int64, other: Int64, _ random: inout SeededRandom
        ) -> String {
            let one = truths[random.below(truths.count)]
            let second = truths.first { $0.slice != one.slice }?.slice ?? -1
            var (slices, epochs) = ("ARRAY[\(one.slice)]", "ARRAY[\(one.epoch)]")
            var (from, through, worker) = (one.position, one.head, "\(holder)")
            var (state, outcome, parked): (Int32?, Int32?, Int32?) = (one.slice, one.slice, nil)
            if random.chance(3) { (state, outcome, parked) = (nil, nil, one.slice) }
            switch random.below(11) {
            case 0: epochs = "ARRAY[\(one.epoch - 1 - Int64(random.below(3)))]"
            case 1: epochs = "ARRAY[\(one.epoch + 1)]"
            case 2: worker = "\(other)"
            case 3: worker = "NULL"
            case 4: from += random.chance(2) ? 1 : -1
            case 5: through = one.head + 1 + Int64(random.below(5))
            case 6: through = one.position - 1
            case 7: (slices, epochs) = (random.chance(2) ? "NULL" : "'{}'", "'{}'")
            case 8: (slices, epochs) = ("ARRAY[\(one.slice), \(one.slice)]", "ARRAY[\(one.epoch), \(one.epoch)]")
            case 9: if random.chance(2) { state = second } else { outcome = second }
            default: parked = second
            }
            if state == nil, outcome == nil, parked == nil { parked = one.slice }
            let count = slices.contains(", ") ? 2 : 1
            func repeated(_ value: Int64) -> String {
                "ARRAY[\([String](repeating: "\(value)", count: count).joined(separator: ","))]"
            }
            return """
                SELECT trough.project(\(set.number), \(worker), \(slices)::integer[], \(epochs)::bigint[],
                    \(repeated(from))::bigint[], \(repeated(through))::bigint[],
                    \(rows(state: state, outcome: outcome, parked: parked)))
                """
        }

        private struct Scene: Sendable {
            var set: ProjectionSet
            var truths: [Truth]
            var holder: Int64
            var other: Int64
        }

        /// A study that is projected, has news, and passed from hand to hand.
        private static func withScene(_ body: (TestLog, Scene) async throws -> Void) async throws {
            try await TestLog.withLog { log in
                let study = try await log.study(slices: 4)
                let lines = (1...12).flatMap { EventLines.everyType("P-\($0)") }
                _ = try await log.append(lines, to: study)
                try await log.projectAll(study, .roblin2020)
                _ = try await log.append((1...40).map { EventLines.assay("P-\($0)", "news") }, to: study)
                let set = try await log.currentSet(study)
                let scene = try await log.connection.perform { session throws(PostgresError) in
                    let other = try LeaseKeeper.join(set, name: "other", lease: .seconds(600), session)
                    _ = try session.query("SELECT FROM trough.leave_projection($1)", [.int64(other)])
                    let holder = try LeaseKeeper.join(set, name: "holder", lease: .seconds(600), session)
                    return Scene(set: set, truths: try truths(set, session), holder: holder, other: other)
                }
                try await body(log, scene)
            }
        }

        @Test("1,500 forged calls are refused, and change nothing", arguments: [71, 72, 73] as [UInt64])
        func forged(seed: UInt64) async throws {
            try await Self.withScene { log, scene in
                let before = try await log.texts(Self.everything)
                let refused = try await log.connection.perform { session throws(PostgresError) in
                    var random = SeededRandom(seed: seed)
                    var refused = 0
                    for _ in 0..<500 {
                        let sql = Self.attack(
                            scene.truths, scene.set, holder: scene.holder, other: scene.other, &random)
                        do throws(PostgresError) {
                            try session.execute(sql)
                            Issue.record("seed \(seed), accepted: \(sql)")
                        } catch {
                            #expect(error.sqlState == "TR001", "seed \(seed): \(error): \(sql)")
                            refused += 1
                        }
                    }
                    return refused
                }
                #expect(refused == 500)
                #expect(try await log.texts(Self.everything) == before, "seed \(seed)")
                #expect(before != [])
            }
        }

        @Test("A step that was begun under an older epoch, or by another worker, is refused as a whole")
        func stale() async throws {
            try await Self.withScene { log, scene in
                let before = try await log.texts(Self.everything)
                for kind in 0..<4 {
                    for bad in scene.truths.indices {
                        var write = ProjectionWrite()
                        for (index, truth) in scene.truths.enumerated() {
                            var move = ProjectionWrite.Move(
                                slice: truth.slice, epoch: truth.epoch, from: truth.position, through: truth.head)
                            // One of four slices passed on: the other three must not be written either.
                            if index == bad {
                                if kind == 0 { move.epoch -= 1 }
                                if kind == 1 { move.from -= 1 }
                                if kind == 2 { move.through += 1 }
                            }
                            write.moves.append(move)
                            write.parkings.append(
                                .init(slice: truth.slice, patient: 1, subject: Array("P".utf8), reason: "forged"))
                        }
                        let worker = kind == 3 ? scene.other : scene.holder
                        let error = await #expect(throws: PostgresError.self) {
                            try await log.connection.perform { [write] session throws(PostgresError) in
                                _ = try write.run(scene.set.number, by: worker, session)
                            }
                        }
                        #expect(error?.sqlState == "TR001", "kind \(kind), slice \(bad)")
                    }
                }
                #expect(try await log.texts(Self.everything) == before)
                // The same by the holder is taken, so that nothing but the lie was refused.
                try await log.connection.perform { session throws(PostgresError) in
                    var write = ProjectionWrite()
                    write.moves = scene.truths.map {
                        .init(slice: $0.slice, epoch: $0.epoch, from: $0.position, through: $0.head)
                    }
                    _ = try write.run(scene.set.number, by: scene.holder, session)
                }
                #expect(try await log.texts(Self.everything) != before)
            }
        }

        @Test("A step that was begun before a hand-over is refused after it, also where the slice came back")
        func handedOver() async throws {
            try await Self.withScene { log, scene in
                try await log.connection.perform { session throws(PostgresError) in
                    // Away for longer than the lease: another takes the slices, leaves, and they come back.
                    try session.execute("UPDATE trough.worker SET heartbeat_at = heartbeat_at - lease * 1.01")
                    let rival = try LeaseKeeper.join(scene.set, name: "rival", lease: .seconds(600), session)
                    let taken = try session.query("SELECT slice FROM trough.hold_slices($1)", [.int64(rival)]).count
                    #expect(taken == scene.truths.count)
                    _ = try session.query("SELECT FROM trough.leave_projection($1)", [.int64(rival)])
                    let back = try session.query("SELECT slice FROM trough.hold_slices($1)", [.int64(scene.holder)])
                        .count
                    #expect(back == scene.truths.count)
                    var write = ProjectionWrite()
                    write.moves = scene.truths.map {
                        .init(slice: $0.slice, epoch: $0.epoch, from: $0.position, through: $0.head)
                    }
                    let error = #expect(throws: PostgresError.self) {
                        try write.run(scene.set.number, by: scene.holder, session)
                    }
                    #expect(error?.sqlState == "TR001")
                }
            }
        }
    }
}
