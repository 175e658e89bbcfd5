import Foundation

/// What R's `survival` makes of the same data; `Reference/make-reference.R` tells how.
struct Reference: Decodable, Sendable {
    static let shared: Result<Reference, any Error> = Result { try load("reference") }

    let samples: [Sample]
    let regressions: [Regression]
    let special: SpecialFunctions

    struct Sample: Decodable, Sendable {
        let name: String
        let times: [Double]
        let status: [Bool]
        let groups: [Int]
        let groupCount: Int
        let all: Curve
        let curves: [Curve]
        let logRank: LogRankValues
    }

    struct Curve: Decodable, Sendable {
        let group: Int?
        let count: Int
        let events: Int
        let steps: Steps
        let limits: [Limits]
    }

    struct Steps: Decodable, Sendable {
        let time: [Double]
        let atRisk: [Int]
        let events: [Int]
        let censored: [Int]
        let survival: [Double]
        let logError: [Number]
    }

    struct Limits: Decodable, Sendable {
        let scale: String
        let level: Double
        let lower: [Number]
        let upper: [Number]
        let estimates: Estimates
        let beyond: [Double]
        let quantiles: Quantiles
    }

    struct Estimates: Decodable, Sendable {
        let time: [Double]
        let atRisk: [Int]
        let survival: [Double]
        let standardError: [Number]
        let lower: [Number]
        let upper: [Number]
    }

    struct Quantiles: Decodable, Sendable {
        let probability: [Double]
        let time: [Number]
        let lower: [Number]
        let upper: [Number]
    }

    struct LogRankValues: Decodable, Sendable {
        let estimable: Bool
        let groups: [Int]?
        let observed: [Double]?
        let expected: [Double]?
        let variance: [Double]?
        let chiSquared: Double?
        let degreesOfFreedom: Int?
        let p: Double?
    }

    struct Regression: Decodable, Sendable {
        let name: String
        let times: [Double]
        let status: [Bool]
        let covariates: [[Double]]
        let level: Double
        let warnings: [String]
        let coefficients: [Number]
        let iterations: Int
        let standardErrors: [Double]?
        let z: [Double]?
        let p: [Double]?
        let hazardRatios: [Double]?
        let lower: [Number]?
        let upper: [Number]?
        let covariance: [Double]?
        let logLikelihood: [Double]?
        let scoreTest: Double?
        let scoreP: Double?
        let likelihoodRatioTest: Double?
        let likelihoodRatioP: Double?
        let waldTest: Double?
        let waldP: Double?
    }
}

/// Values of the distributions, from R or, with more digits, from `Reference/make-special-functions.py`.
struct SpecialFunctions: Decodable, Sendable {
    static let precise: Result<SpecialFunctions, any Error> = Result { try load("special-functions") }

    let normal: Normal
    let quantile: NormalQuantile
    let chiSquared: ChiSquaredTail

    struct Normal: Decodable, Sendable {
        let x: [Double]
        let lower: [Double]
    }

    struct NormalQuantile: Decodable, Sendable {
        let p: [Double]
        let x: [Double]
    }

    struct ChiSquaredTail: Decodable, Sendable {
        let x: [Double]
        let df: [Int]
        let p: [Double]
    }
}

/// A number of R: NA is `nil`, infinities are spelled out.
struct Number: Decodable, Sendable {
    let value: Double?

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = nil
        } else if let text = try? container.decode(String.self) {
            value = text == "inf" ? .infinity : -.infinity
        } else {
            value = try container.decode(Double.self)
        }
    }
}

private struct MissingFixture: Error {
    let name: String
}

private func load<Value: Decodable>(_ name: String) throws -> Value {
    guard let url = Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Reference") else {
        throw MissingFixture(name: name)
    }
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
}
