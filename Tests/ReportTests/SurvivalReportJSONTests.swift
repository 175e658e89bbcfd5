import Foundation
import Report
import Survival
import TestData
import Testing

@Suite("Reports for programs")
struct SurvivalReportJSONTests {
    /// The small trial; every figure agrees with R's to 15 digits.
    static let small =
        #"{"protocol":"roblin-2020","events":4500,"patients":8,"endpoints":[{"name":"clinical-failure","groups":["#
        + #"{"name":"monotherapy","n":4,"events":4,"censored":0,"median":250,"medianLower":100,"medianUpper":null,"#
        + #""at":[{"month":12,"day":365,"atRisk":1,"survival":0.25,"standardError":0.21650635094610965,"#
        + #""lower":0.008947824416603172,"upper":0.6653253427888653},"#
        + #"{"month":24,"day":730,"atRisk":0,"survival":null,"standardError":null,"lower":null,"upper":null}]},"#
        + #"{"name":"combination","n":4,"events":1,"censored":3,"median":null,"medianLower":250,"medianUpper":null,"#
        + #""at":[{"month":12,"day":365,"atRisk":3,"survival":0.75,"standardError":0.21650635094610965,"#
        + #""lower":0.12794691759514587,"upper":0.9605486422850784},"#
        + #"{"month":24,"day":730,"atRisk":2,"survival":0.75,"standardError":0.21650635094610965,"#
        + #""lower":0.12794691759514587,"upper":0.9605486422850784}]}],"#
        + #""logRank":{"chiSquared":3.8092476388111578,"degreesOfFreedom":1,"p":0.05097034051435687},"#
        + #""cox":{"ties":"efron","terms":[{"name":"combination","coefficient":-1.9249131150968357,"#
        + #""hazardRatio":0.14588843180785885,"lower":0.015887428687445516,"upper":1.3396399728405868,"#
        + #""standardError":1.1313034491780372,"z":-1.7015002619283144,"p":0.08884908868000442}]}}]}"#

    /// Spells every number of a JSON text with eleven digits.
    private func rounded(_ json: String) -> String {
        json.replacing(/-?[0-9]+\.[0-9]+(e[-+][0-9]+)?/) { number in
            Double(number.output.0).map { String(format: "%.11g", $0) } ?? "?"
        }
    }

    @Test("a small trial is spelled as the contract says")
    func bytes() throws {
        let json = try Cohort.small.report(SurvivalReport.Options(months: [12, 24])).json()
        // The last digits of a logarithm may differ from one C library to the next.
        #expect(rounded(json) == rounded(Self.small + "\n"))
        #expect(json.contains(#""survival":0.25,"standardError":0.21650635094610965,"#))
    }

    @Test("without groups or a comparison there are empty arrays and nulls")
    func nothing() throws {
        let none = Cohort(protocolName: "p \"q\"", arms: ["a"], endpoints: ["e/f"])
        #expect(
            try none.report().json() == #"{"protocol":"p \"q\"","events":4500,"patients":0,"endpoints":[{"name":"e/f","#
                + #""groups":[],"logRank":null,"cox":null}]}"# + "\n")
        let flat = try Cohort(["a": ([], [9]), "b": ([], [9])]).report(SurvivalReport.Options(months: [])).json()
        #expect(flat.contains(#""at":[]"#))
        #expect(
            flat.hasSuffix(
                #""logRank":null,"cox":{"ties":"efron","terms":[{"name":"b","coefficient":null,"hazardRatio":null,"#
                    + #""lower":null,"upper":null,"standardError":null,"z":null,"p":null}]}}]}"# + "\n"))
    }

    @Test("NDJSON has the endpoints of the JSON, one on a line")
    func ndjson() throws {
        var generator = SeededRandom(seed: 11)
        let report = try Cohort.random(arms: ["a", "b"], using: &generator).report()
        let lines = report.ndjson().lines
        #expect(lines.count == 2)
        #expect(report.json().hasSuffix(#""endpoints":["# + lines.joined(separator: ",") + "]}\n"))
    }

    @Test("JSON reads back as exactly the model", arguments: UInt64(1)...60)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed)
        let arms = ["mono \"α\"", "b\\\n", "c", "日本"].prefix(Int.random(in: 1...4, using: &generator))
        let grouping = try #require(Grouping.allCases.randomElement(using: &generator))
        let cohort = Cohort.random(arms: Array(arms), using: &generator)
        let report = try cohort.report(SurvivalReport.Options(grouping: grouping))
        let value = try JSONSerialization.jsonObject(with: Data(report.json().utf8))
        let isEqual = isSame(value, report.value)
        #expect(isEqual, "seed \(seed)")
    }

    /// Whether JSON as Foundation reads it is what was expected; numbers must be equal to the last bit.
    private func isSame(_ value: Any, _ expected: Any) -> Bool {
        switch expected {
        case let object as [String: Any]:
            guard let value = value as? [String: Any], value.count == object.count else { return false }
            return object.allSatisfy { key, expected in value[key].map { isSame($0, expected) } ?? false }
        case let array as [Any]:
            guard let value = value as? [Any], value.count == array.count else { return false }
            return zip(value, array).allSatisfy { isSame($0, $1) }
        case let text as String: return value as? String == text
        case let number as Int: return value as? Int == number
        case let number as Double:
            // Foundation reads long numbers as decimals, whose `doubleValue` is off by some bits; their text is not.
            return (value as? NSNumber).flatMap { Double($0.stringValue) } == number
        default: return value is NSNull && expected is NSNull
        }
    }
}

extension SurvivalReport {
    /// What a JSON parser should find, built from the model.
    fileprivate var value: [String: Any] {
        ["protocol": protocolName, "events": events, "patients": patients, "endpoints": endpoints.map(\.value)]
    }
}

extension EndpointSurvival {
    fileprivate var value: [String: Any] {
        ["name": name, "groups": groups.map(\.value), "logRank": logRankValue, "cox": coxValue]
    }

    private var logRankValue: Any {
        guard let logRank else { return NSNull() }
        return ["chiSquared": logRank.statistic, "degreesOfFreedom": logRank.degreesOfFreedom, "p": logRank.p]
            as [String: Any]
    }

    private var coxValue: Any {
        guard let cox else { return NSNull() }
        return ["ties": "efron", "terms": cox.terms.map(\.value)] as [String: Any]
    }
}

extension GroupSurvival {
    fileprivate var value: [String: Any] {
        [
            "name": name, "n": count, "events": events, "censored": censored, "median": orNull(median.time),
            "medianLower": orNull(median.lower), "medianUpper": orNull(median.upper), "at": months.map(\.value),
        ]
    }
}

extension GroupSurvival.AtMonth {
    fileprivate var value: [String: Any] {
        [
            "month": month, "day": day, "atRisk": estimate.atRisk, "survival": orNull(estimate.survival),
            "standardError": orNull(estimate.standardError), "lower": orNull(estimate.lower),
            "upper": orNull(estimate.upper),
        ]
    }
}

extension CoxComparison.Term {
    fileprivate var value: [String: Any] {
        [
            "name": name, "coefficient": orNull(estimate?.coefficient), "hazardRatio": orNull(estimate?.hazardRatio),
            "lower": orNull(estimate?.lower), "upper": orNull(estimate?.upper),
            "standardError": orNull(estimate?.standardError), "z": orNull(estimate?.z), "p": orNull(estimate?.p),
        ]
    }
}

private func orNull(_ number: Double?) -> Any {
    number.map { $0.isFinite ? $0 as Any : NSNull() } ?? NSNull()
}
