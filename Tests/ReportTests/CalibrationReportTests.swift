import Foundation
import Report
import Testing
import VirtualCohort

@testable import Simulation

@Suite("What a calibration says")
struct CalibrationReportTests {
    private static let fit = Calibration.Fit(
        scenario: Scenario(),
        values: CalibratedParameter.all.indices.map { (start: 12_345.678 / Double($0 + 1), fitted: 0.000123456) },
        survival: CalibrationTarget.all.indices.map { (start: 0.5, fitted: Double($0) / 100) },
        costs: [123_456.789, 1_234.5678, 12.345678, 9.87654, 9.8, 9.75, 9.7])

    @Test("the table has each parameter and each target before and after, in 80 columns")
    func table() throws {
        let lines = CalibrationReport(Self.fit).table().lines
        for line in lines { #expect(line.count <= 80, "\(line)") }
        for parameter in CalibratedParameter.all {
            let row = try #require(lines.first { $0.hasPrefix("  " + parameter.name + " ") }, "\(parameter.name)")
            #expect(row.hasSuffix("  0.00012346"), "\(row)")
        }
        #expect(lines.count { $0.contains(" 730 ") } == CalibrationTarget.all.count { $0.day == 730 })
        let first = try #require(lines.first { $0.contains("clinical, monotherapy ") })
        #expect(first.split(separator: " ").suffix(4) == ["730", "22.0", "50.0", "0.0"])
        #expect(lines.contains { $0.contains("cost") })
    }

    @Test("the JSON has the same with the sources, and the costs")
    func json() throws {
        let text = CalibrationReport(Self.fit).json()
        #expect(text.lines.count == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["parameters", "targets", "costs"])
        #expect(object["costs"] as? [Double] == Self.fit.costs)
        let parameters = try #require(object["parameters"] as? [[String: Any]])
        #expect(parameters.map { $0["name"] as? String } == CalibratedParameter.all.map(\.name))
        #expect(parameters.allSatisfy { Set($0.keys) == ["name", "prior", "start", "fitted", "source"] })
        // A parser may differ in the last digit.
        #expect(zip(parameters, Self.fit.values).allSatisfy { isClose($0["start"] as? Double, $1.start) })
        let targets = try #require(object["targets"] as? [[String: Any]])
        #expect(targets.map { $0["day"] as? Int } == CalibrationTarget.all.map(\.day))
        #expect(targets.map { $0["target"] as? Double } == CalibrationTarget.all.map(\.survival))
        #expect(targets.map { $0["fitted"] as? Double } == Self.fit.survival.map(\.fitted))
        #expect(targets.allSatisfy { Set($0.keys) == ["name", "day", "target", "start", "fitted", "source"] })
    }
}
