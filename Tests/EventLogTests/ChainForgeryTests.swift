import EventLog
import Postgres
import TestLog
import Testing

/// What a superuser with the triggers off does to a log, and who finds it: the chain itself where he leaves it, the anchor
/// where he makes it anew.
struct ChainForgeryTests {
    /// One thing that may be done to a slice.
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What the plain check says where the chain is left as it was; `nil` where the log is one that once was.
        let plain: ChainFault.Kind?
        let run: @Sendable (LogForgery) async throws -> Void
    }

    private static let attacks = [
        Attack(testDescription: "a changed value", plain: .digest) { try await $0.change(9) },
        Attack(testDescription: "a removed event", plain: .digest) { try await $0.remove(9) },
        Attack(testDescription: "an inserted event", plain: .digest) { try await $0.insert(before: 9) },
        Attack(testDescription: "two swapped events", plain: .digest) { try await $0.swap(3, 4) },
        Attack(testDescription: "a truncated tail", plain: nil) { forgery in
            for _ in 0..<4 { try await forgery.truncate() }
        },
    ]

    /// A slice with seven batches, after five of which the anchor was taken; positions 1 to 5 are the first.
    private static func withAnchor(_ body: (TestLog, Anchor, LogForgery) async throws -> Void) async throws {
        try await TestLog.withLog { log in
            let study = try await log.study(slices: 1)
            var anchor: Anchor?
            for round in 0..<7 {
                // Positions 1 to 5 are of one patient, so that no order of patients tells of two that were swapped.
                let lines = (0..<5).map { EventLines.assay("P-\(round)", "\(round)-\($0)", value: $0) }
                _ = try await log.append(lines, to: study)
                if round == 4 { anchor = try await log.anchor() }
            }
            let taken = try #require(anchor)
            #expect(taken.study("main")?.heads.map(\.position) == [25])
            #expect(try await log.verify(against: taken).found == [])
            try await body(log, taken, LogForgery(log, slice: study.firstSlice))
        }
    }

    @Test("What is done to the past is found", arguments: attacks)
    func found(attack: Attack) async throws {
        try await Self.withAnchor { log, anchor, forgery in
            try await attack.run(forgery)
            let plain = try await log.verify().faults
            #expect(plain.map(\.kind) == (attack.plain.map { [$0] } ?? []), "\(plain)")
            #expect(try await log.faults().isEmpty == (attack.plain == nil), "the independent check agrees")
            let anchored = try await log.verify(against: anchor).faults
            #expect(anchored.map(\.kind) == [attack.plain ?? .anchor], "\(anchored)")
        }
    }

    @Test("With the chain computed again only the anchor finds it", arguments: attacks)
    func foundByAnchor(attack: Attack) async throws {
        try await Self.withAnchor { log, anchor, forgery in
            try await attack.run(forgery)
            try await forgery.recompute()
            #expect(try await log.faults() == [], "the forged chain is a sound one")
            #expect(try await log.verify().found == [])
            let found = try await log.verify(against: anchor).faults
            #expect(found.map(\.kind) == [.anchor], "\(found)")
            #expect(found.first?.slice == 0)
        }
    }

    @Test("A rewritten tail with a new chain behind the anchor is a log that extends it, before it is none")
    func rewrittenTail() async throws {
        try await Self.withAnchor { log, anchor, forgery in
            try await forgery.change(26)
            #expect(try await log.verify(against: anchor).faults.map(\.kind) == [.digest])
            try await forgery.recompute()
            #expect(try await log.verify(against: anchor).found == [], "the anchor says nothing of what came later")
            try await forgery.change(25)
            try await forgery.recompute()
            let found = try await log.verify(against: anchor).faults
            #expect(found.map(\.kind) == [.anchor])
            #expect(found.first?.positions == 1...25)
        }
    }

    @Test("A tail that was cut off and written again does not end its batches where the anchor says, or not so")
    func writtenAgain() async throws {
        try await Self.withAnchor { log, anchor, forgery in
            for _ in 0..<3 { try await forgery.truncate() }
            let study = try await log.study()
            _ = try await log.append((0..<8).map { EventLines.assay("P-0", "again-\($0)") }, to: study)
            let found = try await log.verify(against: anchor).faults
            #expect(found.map(\.positions) == [21...28])
            #expect(found.map(\.kind) == [.anchor])
        }
    }

    @Test("A name that is used twice is found where the key of names is gone and the chain is new")
    func nameTwice() async throws {
        try await Self.withAnchor { log, _, forgery in
            try await log.execute("ALTER TABLE trough.event DROP CONSTRAINT event_name")
            try await forgery.insert(before: 9, id: "1-3")
            try await forgery.recompute()
            for names in [1, 3, 1_000] {
                let found = try await log.verify(names: Int64(names), stretch: 4).faults
                #expect(found.map(\.kind) == [.name])
                #expect(found.first?.positions == 10...10)
            }
        }
    }

    @Test("A study that the anchor names and that is gone, renamed or of another size does not extend it")
    func otherStudy() async throws {
        try await Self.withAnchor { log, anchor, _ in
            try await log.execute("UPDATE trough.study SET name = 'renamed'")
            #expect(try await log.verify(against: anchor).faults.map(\.kind) == [.anchor])
            #expect(try await log.verify(nil, against: anchor).faults.map(\.kind) == [.anchor])
            #expect(try await log.verify(nil).found == [])
            try await log.execute(
                """
                UPDATE trough.study SET name = 'main', slices = 2;
                INSERT INTO trough.head (slice, study) SELECT 1, study FROM trough.study;
                """)
            let found = try await log.verify(against: anchor).faults
            #expect(found.contains { $0.kind == .anchor && $0.slice == nil }, "\(found)")
        }
    }

    @Test("A subject that was altered does not break the line of its finding")
    func oneLine() async throws {
        try await Self.withAnchor { log, _, _ in
            try await log.execute(
                "UPDATE trough.patient SET subject = E'P\\n\\x1b[31m' WHERE patient = 1; UPDATE trough.study SET slices = 2"
            )
            let found = try await log.verify().found
            #expect(!found.isEmpty && found.allSatisfy { !$0.contains("\n") && !$0.contains("\u{1B}") }, "\(found)")
        }
    }

    @Test("A finding names study, slice, positions, time and both digests in one line")
    func words() async throws {
        try await Self.withAnchor { log, _, forgery in
            try await forgery.change(9)
            let found = try await log.verify()
            #expect(found.faults.first?.positions == 6...10)
            let line = try #require(found.found.first)
            let expected =
                /slice 0 of study "main": positions 6 to 10 \(recorded 20\S+Z\) do not fit the batch: the events say digest [0-9a-f]{16}…, the batch says [0-9a-f]{16}…/
            #expect(line.wholeMatch(of: expected) != nil, "\(line)")
        }
    }
}
