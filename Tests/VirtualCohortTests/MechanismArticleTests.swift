import Foundation
import Testing
import VirtualCohort

/// The article that pharmacometricians check against the papers, held against the code.
@Suite("The article on the mechanism")
struct MechanismArticleTests {
    @Test("its table has every parameter with the value, unit, status and source that the code has, in the same order")
    func parameters() throws {
        let scenario = Scenario()
        let expected = Parameter.all.map { parameter in
            let value = scenario[keyPath: parameter.place]
            let spelled = value == value.rounded() ? String(Int(value)) : String(value)
            return ["`\(parameter.name)`", spelled, parameter.unit, parameter.status.rawValue, parameter.source]
        }
        let rows = try Self.lines().filter { $0.hasPrefix("| `") && $0.contains(".") }.map { line in
            line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
                $0.trimmingCharacters(in: .whitespaces)
            }
        }
        #expect(rows == expected)
    }

    private static func lines() throws -> [String] {
        let article = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Sources/VirtualCohort/VirtualCohort.docc/Mechanism.md")
        return try String(contentsOf: article, encoding: .utf8).split(separator: "\n").map(String.init)
    }
}
