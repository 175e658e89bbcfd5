import Foundation
import Report
import Testing
import VirtualCohort

@Suite("What a scenario says of itself")
struct ScenarioDescriptionTests {
    private static let builtIn = Scenario.builtInNames

    @Test("every value is in the table, and each that is assumed is called so", arguments: builtIn)
    func assumed(_ name: String) throws {
        let scenario = try #require(Scenario.builtIn(name))
        let lines = ScenarioDescription(scenario).table().lines
        var rows: [String: String] = [:]
        var group = ""
        for line in lines {
            if !line.hasPrefix(" ") { group = String(line) }
            let words = line.split(separator: " ")
            guard line.hasPrefix("  "), !line.hasPrefix("    "), let key = words.first else { continue }
            rows["\(group).\(key)"] = String(line)
        }
        for parameter in Parameter.all {
            guard let row = rows[parameter.name] else {
                Issue.record("\(parameter.name) has no row, or none with the name as a word of its own")
                continue
            }
            #expect(row.hasSuffix(parameter.status.rawValue), "\(row)")
            let words = row.split(separator: " ")
            // The table rounds to six digits.
            let value = scenario[keyPath: parameter.place]
            #expect(words.contains { isClose(Double($0), value, within: 1e-5) || Double($0) == value }, "\(row)")
            if !parameter.unit.isEmpty { #expect(words.contains { $0 == parameter.unit }, "\(row)") }
        }
        // Sentences may be wrapped.
        let table = lines.joined(separator: " ").split(separator: " ").joined(separator: " ")
        #expect(table.contains("after randomisation (assumed)"))
        #expect(table.contains("after failure (assumed)"))
        let count = Parameter.all.count { $0.status == .assumed }
        #expect(table.contains("\(count) of these \(Parameter.all.count) values are assumptions"))
    }

    @Test("every source is in the table")
    func sources() {
        let words = ScenarioDescription(Scenario()).table().split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        for parameter in Parameter.all {
            #expect(words.contains(parameter.source), "\(parameter.name)")
        }
    }

    @Test("no line is longer than 80 columns, changed values and long names included", arguments: builtIn)
    func width(_ name: String) throws {
        var scenario = try #require(Scenario.builtIn(name))
        #expect(ScenarioDescription(scenario).table().lines.filter { $0.count > 80 } == [])
        for parameter in Parameter.all where !parameter.isWhole {
            scenario[keyPath: parameter.place] *= 1.000123
        }
        scenario.visits.days = (1...64).map { $0 * 11 }
        #expect(ScenarioDescription(scenario).table().lines.filter { $0.count > 80 } == [])
    }

    @Test("arms with the longest names fit into 80 columns")
    func longNames() {
        var scenario = Scenario()
        scenario.arms[0].name = String(repeating: "a", count: 64)
        #expect(ScenarioDescription(scenario).table().lines.filter { $0.count > 80 } == [])
    }

    @Test("a value that was changed is shown with what it was")
    func changed() throws {
        var scenario = Scenario()
        try scenario.set("immunogenicity.azathioprineHazardRatio=0.5")
        let lines = ScenarioDescription(scenario).table().lines
        let changed = lines.indices.filter { lines[$0].contains("changed; the default") }
        #expect(changed.count == 1)
        let line = try #require(changed.first)
        #expect(lines[line - 1].contains("azathioprineHazardRatio") && lines[line - 1].contains("0.5"))
        #expect(lines[line].contains("changed; the default 0.137: "))
        #expect(lines.first?.contains("roblin-2020~") == true)
    }

    @Test("the JSON has each value with unit, status, source and default")
    func json() throws {
        var scenario = Scenario()
        scenario.retention.stopAfterFailure = true
        scenario.visits.windowDays = 3
        let text = ScenarioDescription(scenario).json()
        #expect(text.lines.count == 1)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["scenario", "arms", "visitDays", "stopAfterFailure", "parameters"])
        #expect(object["scenario"] as? String == scenario.identifier)
        #expect(object["stopAfterFailure"] as? Bool == true)
        #expect(object["visitDays"] as? [Int] == scenario.visits.days)
        let arms = try #require(object["arms"] as? [[String: Any]])
        #expect(arms.map { $0["name"] as? String } == ["monotherapy", "combination"])
        #expect(arms.map { $0["azathioprine"] as? Bool } == [false, true])
        #expect(arms.map { $0["share"] as? Double } == [0.5, 0.5])
        #expect(arms.map { $0["size"] as? Int } == [45, 45])
        let parameters = try #require(object["parameters"] as? [[String: Any]])
        try expect(parameters, scenario)
        let lines = try ScenarioDescription(scenario).ndjson().lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
        try expect(lines, scenario)
    }

    private func expect(_ objects: [[String: Any]], _ scenario: Scenario) throws {
        #expect(objects.count == Parameter.all.count)
        for (object, parameter) in zip(objects, Parameter.all) {
            #expect(Set(object.keys) == ["name", "value", "unit", "status", "source", "default"])
            #expect(object["name"] as? String == parameter.name)
            // A parser may differ in the last digit.
            let (value, usual) = (object["value"] as? Double, object["default"] as? Double)
            #expect(isClose(value, scenario[keyPath: parameter.place], within: 1e-14) || value == 0)
            #expect(isClose(usual, Scenario()[keyPath: parameter.place], within: 1e-14) || usual == 0)
            #expect(object["unit"] as? String == parameter.unit)
            #expect(object["status"] as? String == parameter.status.rawValue)
            #expect(object["source"] as? String == parameter.source)
        }
    }
}
