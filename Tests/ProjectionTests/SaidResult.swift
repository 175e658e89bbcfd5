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

    init(_ result: ReplayResult) async {
        name = result.trial.name
        digest = await result.digest()
        counts = [result.events, result.patients, result.randomised, result.findings]
        findings = result.findingCounts
        result.eachLine { lines.append(String(decoding: $0, as: UTF8.self)) }
        result.eachSubject {
            let times = $0.times.map { "\($0.day) \($0.isEvent)" }
            subjects.append("\(Array($0.name)) \($0.arm) \(String(describing: $0.disease)) \($0.drug) \(times)")
        }
    }

    /// What each of several results says.
    static func all(_ results: [ReplayResult]) async -> [SaidResult] {
        var all: [SaidResult] = []
        for result in results { all.append(await SaidResult(result)) }
        return all
    }
}
