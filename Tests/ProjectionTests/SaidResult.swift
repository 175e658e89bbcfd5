import Projection
import Trial

/// All that a result says but the number of shards, for comparison.
struct SaidResult: Equatable {
    var name: String
    var lines: [String] = []
    var digest: String
    var counts: [Int]
    var findings: [Finding.Code: Int]
    var subjects: [String] = []

    init(_ result: ReplayResult) async throws {
        name = result.trial.name
        digest = try await result.digest()
        counts = [result.events, result.patients, result.randomised, result.findings]
        findings = result.findingCounts
        try await result.eachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
        subjects = try await Self.subjects(result)
    }

    /// What statistics see.
    static func subjects(_ result: ReplayResult) async throws -> [String] {
        var subjects: [String] = []
        try await result.eachSubject {
            let times = $0.times.map { "\($0.day) \($0.isEvent)" }
            subjects.append("\(Array($0.name)) \($0.arm) \(String(describing: $0.disease)) \($0.drug) \(times)")
        }
        return subjects
    }

    /// What each of several results says.
    static func all(_ results: [ReplayResult]) async throws -> [SaidResult] {
        var all: [SaidResult] = []
        for result in results { all.append(try await SaidResult(result)) }
        return all
    }
}
