import Trial
package import VirtualCohort

/// Fits the calibrated parameters of a scenario to the trial's figures.
///
/// Gauss-Newton steps on the logarithms of the parameters, with the priors as further residuals. Every evaluation uses
/// the same random numbers, so that differences are those of the parameters and not of chance.
package struct Calibration: Sendable {
    /// What a fit found.
    package struct Fit: Sendable {
        /// The scenario with the fitted values.
        package let scenario: Scenario
        /// For each parameter of ``CalibratedParameter/all`` the value at the start and the fitted one.
        package let values: [(start: Double, fitted: Double)]
        /// For each target of ``CalibrationTarget/all`` what the model gives at the start and fitted.
        package let survival: [(start: Double, fitted: Double)]
        /// Half of the sum of squared residuals, priors included, after each step, the start first.
        package let costs: [Double]
    }

    private let scenario: Scenario
    private let seed: UInt64
    private let patients: Int
    private let workers: Int
    private let infliximabShare: Double

    /// The relative change of a parameter from which derivatives are taken.
    private static let step = 0.05
    /// The greatest change of a parameter's logarithm in one step.
    private static let greatestStep = 0.3
    /// How often a step is halved.
    private static let halvings = 5
    /// The steps after which a fit ends.
    private static let steps = 6
    /// The evaluations of a fit that takes all steps.
    package static let greatestEvaluations = 1 + steps * (CalibratedParameter.all.count + halvings)
    /// The relative fall of the cost below which a fit has arrived.
    private static let tolerance = 0.01

    /// A calibration.
    ///
    /// - Parameters:
    ///   - scenario: where it starts; its first arm without and its first arm with azathioprine are fitted.
    ///   - patients: how many patients one evaluation has, of each drug.
    package init(_ scenario: Scenario, seed: UInt64, patients: Int, workers: Int) {
        self.scenario = scenario
        self.seed = seed
        self.patients = patients
        self.workers = workers
        infliximabShare = scenario.population.infliximabShare
    }

    /// Fits the parameters.
    ///
    /// - Parameter progress: told after each evaluation how many patients it had.
    /// - Throws: CancellationError where the task was cancelled.
    package func fit(progress: @escaping Simulation.Progress = { _ in }) async throws -> Fit {
        let start = CalibratedParameter.all.map { parameter in
            parameter.place.map { scenario[keyPath: $0] } ?? parameter.prior
        }
        var point = start.map(Self.log)
        var survival = try await self.survival(at: point, progress)
        let first = survival
        var costs = [cost(survival, point)]
        for _ in 0..<Self.steps {
            let step = try await gaussNewtonStep(from: point, survival, progress)
            guard let next = try await descend(along: step, from: point, cost: costs[costs.count - 1], progress) else {
                break
            }
            let fall = costs[costs.count - 1] - next.cost
            (point, survival) = (next.point, next.survival)
            costs.append(next.cost)
            if fall < Self.tolerance * next.cost { break }
        }
        let fitted = changed(point)
        return Fit(
            scenario: fitted, values: Array(zip(start, point.map(Self.exp))),
            survival: Array(zip(first, survival)), costs: costs)
    }

    /// The first point along a step, halved again and again, that costs less; `nil` where none does.
    private func descend(
        along step: [Double], from point: [Double], cost: Double, _ progress: @escaping Simulation.Progress
    ) async throws -> (point: [Double], survival: [Double], cost: Double)? {
        var length = min(1, Self.greatestStep / (step.map(abs).max() ?? 1))
        for _ in 0..<Self.halvings {
            let next = zip(point, step).map { $0 + length * $1 }
            let survival = try await survival(at: next, progress)
            let nextCost = self.cost(survival, next)
            if nextCost < cost { return (next, survival, nextCost) }
            length /= 2
        }
        return nil
    }

    private static func log(_ value: Double) -> Double { Lanes.log(Lanes(repeating: value))[0] }
    private static func exp(_ value: Double) -> Double { Lanes.exp(Lanes(repeating: value))[0] }

    private func changed(_ point: [Double]) -> Scenario {
        var scenario = scenario
        for (parameter, value) in zip(CalibratedParameter.all, point) {
            if let place = parameter.place { scenario[keyPath: place] = Self.exp(value) }
        }
        return scenario
    }

    /// What the model gives for each target.
    private func survival(at point: [Double], _ progress: @escaping Simulation.Progress) async throws -> [Double] {
        var byDrug: [[Double]] = []
        for share in [1.0, 0.0] {
            var drug = changed(point)
            drug.population.infliximabShare = share
            for arm in drug.arms.indices { drug.arms[arm].infliximabShare = nil }
            let setup = SimulationSetup(drug, seed: seed, .roblin2020, .patients(patients))
            let result = try await Simulation(setup, workers: workers).run(0..<patients, progress: progress)
            guard case .cohort(let tally) = result.content else { continue }
            byDrug.append(
                CalibrationTarget.all.map { target in
                    let arm = scenario.arms.firstIndex { $0.azathioprine == target.azathioprine } ?? 0
                    return tally.survival(arm: arm, endpoint: target.endpoint, day: target.day)
                })
        }
        return CalibrationTarget.all.indices.map { number in
            switch CalibrationTarget.all[number].patients {
            case .infliximab: byDrug[0][number]
            case .adalimumab: byDrug[1][number]
            case .all: infliximabShare * byDrug[0][number] + (1 - infliximabShare) * byDrug[1][number]
            }
        }
    }

    /// The residuals: of each target, then of each prior.
    private func residuals(_ survival: [Double], _ point: [Double]) -> [Double] {
        zip(survival, CalibrationTarget.all).map { ($0 - $1.survival) / $1.tolerance }
            + zip(point, CalibratedParameter.all).map { ($0 - Self.log($1.prior)) / $1.priorLogSD }
    }

    private func cost(_ survival: [Double], _ point: [Double]) -> Double {
        residuals(survival, point).reduce(0) { $0 + $1 * $1 } / 2
    }

    /// The step that would end at the least squares if the model were linear.
    private func gaussNewtonStep(
        from point: [Double], _ survival: [Double], _ progress: @escaping Simulation.Progress
    ) async throws -> [Double] {
        let here = residuals(survival, point)
        var slopes: [[Double]] = []
        for parameter in point.indices {
            var aside = point
            aside[parameter] += Self.step
            let there = residuals(try await self.survival(at: aside, progress), aside)
            slopes.append(zip(there, here).map { ($0 - $1) / Self.step })
        }
        let matrix = slopes.map { row in slopes.map { column in zip(row, column).reduce(0) { $0 + $1.0 * $1.1 } } }
        let gradient = slopes.map { row in -zip(row, here).reduce(0) { $0 + $1.0 * $1.1 } }
        return Self.solution(of: matrix, gradient)
    }

    /// Solves a system of linear equations whose matrix is positive definite, by Gaussian elimination.
    private static func solution(of matrix: [[Double]], _ right: [Double]) -> [Double] {
        var rows = zip(matrix, right).map { $0 + [$1] }
        for pivot in rows.indices {
            for row in rows.indices where row > pivot {
                let factor = rows[row][pivot] / rows[pivot][pivot]
                for column in pivot...rows.count { rows[row][column] -= factor * rows[pivot][column] }
            }
        }
        var solution = right
        for row in rows.indices.reversed() {
            let known = (row + 1..<rows.count).reduce(0.0) { $0 + rows[row][$1] * solution[$1] }
            solution[row] = (rows[row][rows.count] - known) / rows[row][row]
        }
        return solution
    }
}

extension CohortTally {
    /// The Kaplan-Meier estimate of an arm at the end of a day.
    package func survival(arm: Int, endpoint: Int, day: Int) -> Double {
        let failures = failures(arm: arm, endpoint: endpoint)
        let censored = censored(arm: arm, endpoint: endpoint)
        var atRisk = failures.reduce(0, +) + censored.reduce(0, +)
        var survival = 1.0
        for day in 0...min(day, days - 1) where atRisk > 0 {
            survival *= 1 - Double(failures[day]) / Double(atRisk)
            atRisk -= failures[day] + censored[day]
        }
        return survival
    }
}
