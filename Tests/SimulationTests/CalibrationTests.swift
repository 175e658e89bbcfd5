import Simulation
import Testing
import VirtualCohort

/// Fitting the calibrated parameters again.
@Suite("Calibration", .timeLimit(.minutes(5)))
struct CalibrationTests {
    private static let seed: UInt64 = 71

    /// The default scenario with every calibrated parameter a fifth too great or too small, in turn.
    private static var disturbed: Scenario {
        var scenario = Scenario()
        for (number, parameter) in CalibratedParameter.all.enumerated() {
            guard let place = Parameter.all.first(where: { $0.name == parameter.name })?.place else { continue }
            scenario[keyPath: place] *= number.isMultiple(of: 2) ? 1.2 : 1 / 1.2
        }
        return scenario
    }

    @Test("fits the parameters that scenarios call calibrated: all of them and no others, each once")
    func names() {
        let fitted = CalibratedParameter.all.map(\.name)
        let called = Parameter.all.filter { $0.status == .calibrated }.map(\.name)
        #expect(Set(fitted).count == fitted.count)
        #expect(fitted.sorted() == called.sorted())
        for parameter in CalibratedParameter.all {
            let description = Parameter.all.first { $0.name == parameter.name }
            #expect(description?.range.contains(parameter.prior) == true, "\(parameter.name)")
            #expect(parameter.priorLogSD > 0 && !parameter.source.isEmpty, "\(parameter.name)")
        }
    }

    @Test("aims at the published figures")
    func targets() {
        for (endpoint, published) in PublishedResult.all.enumerated() {
            for (azathioprine, survival) in [(false, published.monotherapy), (true, published.combination)] {
                let target = CalibrationTarget.all.filter {
                    $0.endpoint == endpoint && $0.azathioprine == azathioprine && $0.patients == .all && $0.day == 730
                }
                #expect(target.map(\.survival) == [survival])
                // No other figure counts more.
                #expect(target.first?.tolerance == CalibrationTarget.all.map(\.tolerance).min())
            }
        }
    }

    @Test("from a disturbed start the cost falls at each step and the published figures come closer")
    func fit() async throws {
        let patients = 1_000
        let progress = Total()
        let start = Self.disturbed
        let calibration = Calibration(start, seed: Self.seed, patients: patients, workers: 2)
        let fit = try await calibration.fit { progress.add($0) }
        #expect(fit.costs.count >= 2, "seed \(Self.seed): \(fit.costs)")
        #expect(zip(fit.costs, fit.costs.dropFirst()).allSatisfy { $0 > $1 }, "seed \(Self.seed): \(fit.costs)")
        #expect(fit.costs[fit.costs.count - 1] < fit.costs[0] / 4, "seed \(Self.seed): \(fit.costs)")

        #expect(fit.survival.count == CalibrationTarget.all.count)
        var distances = (start: 0.0, fitted: 0.0)
        for (target, survival) in zip(CalibrationTarget.all, fit.survival) where target.source == "Roblin 2020" {
            distances.start += abs(survival.start - target.survival)
            distances.fitted += abs(survival.fitted - target.survival)
        }
        #expect(distances.fitted < distances.start / 3, "seed \(Self.seed): \(distances)")
        // Four figures, each within what a reader of the publication would call the same.
        #expect(distances.fitted < 0.04, "seed \(Self.seed): \(distances)")

        // The progress bar's total is an upper bound of the work.
        #expect(progress.value <= 2 * patients * Calibration.greatestEvaluations)
        #expect(progress.value.isMultiple(of: 2 * patients))
        // Only what is calibrated was changed, and to what the fit says.
        #expect(fit.values.count == CalibratedParameter.all.count)
        for parameter in Parameter.all {
            let (before, after) = (start[keyPath: parameter.place], fit.scenario[keyPath: parameter.place])
            if let number = CalibratedParameter.all.firstIndex(where: { $0.name == parameter.name }) {
                #expect(fit.values[number].start == before, "\(parameter.name)")
                #expect(fit.values[number].fitted == after, "\(parameter.name)")
                #expect(parameter.range.contains(after), "\(parameter.name) is \(after)")
            } else {
                #expect(after == before, "\(parameter.name)")
            }
        }
        #expect(fit.scenario.arms == start.arms)
    }

    @Test("a calibration that is cancelled stops with CancellationError")
    func cancelled() async throws {
        let progress = Total()
        let running = Task {
            try await Calibration(Scenario(), seed: 1, patients: 100_000, workers: 2).fit { progress.add($0) }
        }
        while progress.value == 0 { try await Task.sleep(for: .milliseconds(5)) }
        running.cancel()
        await #expect(throws: CancellationError.self) { _ = try await running.value }
    }
}
