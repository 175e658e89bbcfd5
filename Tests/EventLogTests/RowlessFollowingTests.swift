import EventLog
import Postgres
import TestData
import TestLog
import Testing
import Trial

/// Following a study whose first positions have no rows.
@Suite("Following a log without rows", .serialized, .timeLimit(.minutes(12)))
struct RowlessFollowingTests {
    private static func collect(_ follower: LogFollower, _ count: Int) async throws -> [String] {
        var all: [String] = []
        while all.count < count { all += try TestLog.lines(of: await follower.next()) }
        return all
    }

    /// Each slice's lines in the order in which they were seen.
    private static func bySlice(_ lines: [String], slices: Int) -> [[String]] {
        var parts = [[String]](repeating: [], count: slices)
        for line in lines {
            guard let found = line.firstMatch(of: /"sequence":"(\d+)-/), let slice = Int(found.1) else { continue }
            parts[slice].append(line)
        }
        return parts
    }

    @Test(
        "A follower goes across the seam, from any place, and on with what is appended",
        arguments: [621, 622] as [UInt64])
    func acrossTheSeam(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let lines = try RowlessReadingTests.lines(&random)
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 3)
            try await RowlessReadingTests.append(lines, to: study, sealing: 3, log, &random)
            _ = try await log.append((0..<50).map { EventLines.assay("Q-\($0 % 60)", "b-\($0)") }, to: study)
            let before = try await log.lines(of: study)
            try await log.removeSealedRows(study)
            for turn in 0..<6 {
                let positions = before.map { Int64(turn == 0 ? 0 : random.below($0.count + 1)) }
                let follower = try await LogFollowerTests.follower(log, study, from: positions)
                let wanted = zip(before, positions).map { Array($0[Int($1)...]) }
                let seen = try await Self.collect(follower, wanted.joined().count)
                #expect(Self.bySlice(seen, slices: 3) == wanted, "seed \(seed), from \(positions)")
                #expect(try await follower.next(within: .milliseconds(20)) == nil)
                await follower.close()
            }
            let follower = try await LogFollowerTests.follower(log, study)
            _ = try await Self.collect(follower, before.joined().count)
            _ = try await log.append((0..<70).map { EventLines.assay("N-\($0)", "c", source: "/new/\($0)") }, to: study)
            let seen = try await Self.collect(follower, 70)
            let after = try await log.lines(of: study)
            let new = zip(after, before).map { Array($0[$1.count...]) }
            #expect(Self.bySlice(seen, slices: 3) == new, "seed \(seed)")
            await follower.close()
        }
    }

    @Test(
        "Segments and sources that come while a follower stands are read when it goes on, of one patient too",
        arguments: [false, true])
    func newSegments(areRemovedByProgram: Bool) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append((0..<40).map { EventLines.assay("P-\($0)", "a") }, to: study)
            let follower = try await LogFollowerTests.follower(log, study)
            let one = try await LogFollowerTests.follower(log, study, subject: "P-7")
            _ = try await Self.collect(follower, 40)
            _ = try await Self.collect(one, 1)
            for turn in 0..<3 {
                let lines = (0..<40).map { EventLines.assay("P-\($0)", "\(turn)", source: "/s/\(turn)/\($0)") }
                _ = try await log.append(lines, to: study)
                let before = try await log.lines(of: study)
                if areRemovedByProgram {
                    try await log.sealAndRemove(study)
                } else {
                    try await log.sealWithoutRows(study)
                }
                let seen = try await Self.collect(follower, 40)
                let known = before.map { slice in slice.filter { $0.contains("/s/\(turn)/") } }
                #expect(Self.bySlice(seen, slices: 2) == known)
                let found = try await Self.collect(one, 1)
                #expect(found.count == 1 && found[0].contains("\"id\":\"\(turn)\"") && found[0].contains("P-7"))
                #expect(try await one.next(within: .milliseconds(20)) == nil)
            }
            await follower.close()
            await one.close()
        }
    }

    @Test("A study that is born while it is followed is read whole, once")
    func born() async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 2)
            _ = try await log.append((0..<300).map { EventLines.assay("P-\($0 % 50)", "\($0)") }, to: study)
            let before = try await log.lines(of: study)
            try await log.sealWithoutRows(study)
            let birth = try await log.unbear(study)
            let follower = try await LogFollowerTests.follower(log, study, polling: .milliseconds(5))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let seen = try await Self.collect(follower, 300)
                    #expect(Self.bySlice(seen, slices: 2) == before)
                }
                try await log.execute("BEGIN; \(birth); COMMIT")
                try await group.waitForAll()
            }
            #expect(try await follower.next(within: .milliseconds(20)) == nil)
            await follower.close()
        }
    }
}
