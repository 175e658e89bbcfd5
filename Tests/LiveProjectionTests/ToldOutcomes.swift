import EventLog
import Postgres
import TestLog
import Testing

@testable import LiveProjection

extension OutcomeCursor {
    /// Stands before everything that a set ever held.
    init(beforeAllOf set: ProjectionSet, of study: Study) {
        let places = (0..<study.slices).map { _ in Place(behind: 0, position: 0) }
        self.init(set, of: study, at: places)
    }
}

/// What somebody who follows outcomes was told, and so believes.
struct ToldOutcomes: Sendable {
    struct Key: Hashable, Sendable {
        var subject: String
        var endpoint: String

        init(_ outcome: OutcomeReading.Outcome) { (subject, endpoint) = (outcome.subject, outcome.endpoint) }
    }

    /// What stands of an outcome, without when it came.
    struct Value: Equatable, Sendable {
        var status: OutcomeReading.Status
        var day: Int?
        var cause: String
        var evidence: String

        init(_ outcome: OutcomeReading.Outcome) {
            (status, day, cause, evidence) = (outcome.status, outcome.day, outcome.cause, outcome.evidence)
        }
    }

    private(set) var cursor: OutcomeCursor
    private(set) var believed: [Key: Value] = [:]
    /// How many changes were told.
    private(set) var changes = 0
    /// How many of them told that a patient has no outcome any more.
    private(set) var withdrawn = 0
    /// What was told though it was believed already.
    private(set) var repeated: [String] = []
    /// Whose changes were told since the last time that this was emptied.
    var subjects: Set<String> = []
    /// How many outcomes the pages had.
    private(set) var sizes: [Int] = []

    init(_ cursor: OutcomeCursor) { self.cursor = cursor }

    /// Reads a page; tells whether there was anything.
    mutating func look(limit: Int = 5_000, over connection: Connection) async throws -> Bool {
        let before = cursor
        let (moved, page) = try await connection.perform { session throws(LogError) in
            var cursor = before
            let page = try cursor.next(limit: limit, session)
            return (cursor, page)
        }
        cursor = moved
        sizes.append(page.count)
        for outcome in page {
            let isWithdrawn = outcome.status == .withdrawn
            let before = believed[Key(outcome)]
            if isWithdrawn ? before == nil : before == Value(outcome) { repeated.append("\(outcome)") }
            if isWithdrawn { withdrawn += 1 }
            believed[Key(outcome)] = isWithdrawn ? nil : Value(outcome)
            subjects.insert(outcome.subject)
            changes += 1
        }
        return !page.isEmpty
    }

    /// Reads until nothing more is told.
    mutating func lookAtAll(limit: Int = 5_000, over connection: Connection) async throws {
        // A page of slices that only moved is empty, and the next one need not be.
        var empty = 0
        while empty < 3 { empty = try await look(limit: limit, over: connection) ? 0 : empty + 1 }
    }

    /// All outcomes of a set as they are.
    static func all(_ set: ProjectionSet, over connection: Connection) async throws -> [Key: Value] {
        var all: [Key: Value] = [:]
        try await OutcomeReading.eachOutcome(of: set, over: connection) { page in
            for one in page { all[Key(one)] = Value(one) }
        }
        return all
    }
}
