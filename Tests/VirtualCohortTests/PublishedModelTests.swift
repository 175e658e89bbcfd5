import Foundation
import Testing

@testable import VirtualCohort

/// A published two-compartment model of infliximab for a patient of 70 kg with 40 g/L of albumin, and its troughs.
struct InfliximabModel: Sendable, CustomTestStringConvertible {
    let name: String
    let clearance: Double
    let central: Double
    let peripheral: Double
    let exchange: Double
    /// Troughs in ug/mL before the doses of weeks 2, 6, 14, 22 and 54.
    let troughs: [Double]
    /// The factor of antibodies on clearance, and the trough of week 54 with it from the first day on.
    let withAntibodies: (factor: Double, trough: Double)

    var testDescription: String { name }

    /// Fasanmade and others 2009; the sex changes clearance and central volume.
    private static func fasanmade(_ name: String, _ factors: (Double, Double), _ troughs: [Double], _ trough: Double)
        -> Self
    {
        Self(
            name: name, clearance: 0.407 * pow(40.0 / 41, -1.54) * factors.0,
            central: 3.29 * pow(70.0 / 77, 0.538) * factors.1, peripheral: 4.13, exchange: 7.14, troughs: troughs,
            withAntibodies: (1.471, trough))
    }

    static let all: [Self] = [
        fasanmade("Fasanmade 2009, man", (1, 1), [20.85, 13.57, 2.44, 1.99, 1.97], 0.43),
        fasanmade("Fasanmade 2009, woman", (1 - 0.236, 1 - 0.137), [25.85, 20.50, 5.18, 4.04, 3.95], 1.11),
        // All covariates are at their references.
        Self(
            name: "Xu 2012", clearance: 0.294, central: 3.33, peripheral: 1.14, exchange: 0.0719,
            troughs: [26.45, 13.86, 3.32, 2.58, 2.50], withAntibodies: (1.257, 1.29)),
        Self(
            name: "Hanzel 2021", clearance: 0.355 * pow(40.0 / 44, -0.826), central: 3.10, peripheral: 1.93,
            exchange: 0.598, troughs: [21.26, 11.19, 1.42, 1.21, 1.21], withAntibodies: (1.39, 0.30)),
        Self(
            name: "Berends 2019, linear part", clearance: 0.404 * pow(40.0 / 38, -1.13), central: 3.18,
            peripheral: 1.64, exchange: 0.344, troughs: [20.28, 10.68, 1.38, 1.18, 1.17], withAntibodies: (2.15, 0.04)),
        Self(
            name: "Dotan 2014", clearance: 0.381, central: 2.37, peripheral: 1.37, exchange: 0.122,
            troughs: [14.72, 6.78, 1.12, 0.92, 0.92], withAntibodies: (3.59, 0.02)),
    ]
}

/// A published one-compartment model of adalimumab with absorption from a depot, and its troughs.
struct AdalimumabModel: Sendable, CustomTestStringConvertible {
    let name: String
    /// Apparent clearance in L/h, volume in L and absorption in 1/h, as the models are published.
    ///
    /// Rounded to days, Sharma's clearance and absorption give 14.13, 7.59 and 7.11.
    let perHour: (clearance: Double, volume: Double, absorption: Double)
    /// Troughs in ug/mL before the doses of weeks 4 and 12, and at steady state.
    let troughs: [Double]
    /// The factor of antibodies on clearance, and the steady trough with it, with as many digits as are given.
    let withAntibodies: (factor: Double, trough: Double, digits: Int)?

    var testDescription: String { name }

    static let all: [Self] = [
        // The volume has its value at 72 kg: the sign of its slope with weight is not clear in the source.
        Self(
            name: "FDA 2008", perHour: (0.0127, 9.39, 0.027), troughs: [12.92, 8.63, 7.79],
            withAntibodies: nil),
        Self(
            name: "Ternant 2015", perHour: (0.0175, 13.5, 0.00625), troughs: [9.95, 7.07, 6.33],
            withAntibodies: (5.5, 0.8, 1)),
        Self(
            name: "Sharma 2015 at 70 kg",
            perHour: (0.0117 * pow(70 / 45.2, 0.48), 4.75 * pow(70 / 45.2, 0.904), 0.00833),
            troughs: [14.14, 7.60, 7.12], withAntibodies: (2.08, 2.9, 1)),
        Self(
            name: "Berends 2018", perHour: (0.0133, 4.07, 0.00833), troughs: [15.78, 7.17, 7.05],
            withAntibodies: (4.14, 0.85, 2)),
        Self(
            name: "Vande Casteele 2019", perHour: (0.01375, 7.8, 0.0143), troughs: [13.53, 7.79, 7.19],
            withAntibodies: (2.59, 2.0, 1)),
        Self(
            name: "Sanchez-Hernandez 2020", perHour: (0.0157, 11.2, 0.00625), troughs: [11.53, 7.81, 7.01],
            withAntibodies: (2.20, 2.9, 1)),
    ]
}

@Suite("Published pharmacokinetic models keep their troughs")
struct PublishedModelTests {
    /// Whether a number is printed like this one with so many digits after the point.
    private func isPrinted(_ value: Double, as expected: Double, digits: Int) -> Bool {
        abs(value - expected) <= 0.5 * pow(10, -Double(digits)) + 1e-12
    }

    /// Troughs of infliximab in weeks from 0 on: 5 mg/kg for 70 kg at once in weeks 0, 2 and 6, then every eight weeks.
    private func troughs(_ model: InfliximabModel, factor: Double) -> [Int: Double] {
        let kinetics = LinearKinetics(
            k10: Lanes(repeating: model.clearance * factor / model.central),
            k12: Lanes(repeating: model.exchange / model.central),
            k21: Lanes(repeating: model.exchange / model.peripheral))
        var (x, y) = (Lanes.zero, Lanes.zero)
        var last = 0
        var troughs: [Int: Double] = [:]
        for week in [0, 2, 6] + Array(stride(from: 14, through: 54, by: 8)) {
            let change = kinetics.propagator(days: Double((week - last) * 7))
            (x, y) = (change.xx * x + change.xy * y, change.yx * x + change.yy * y)
            troughs[week] = x[0] / model.central
            x += 350
            last = week
        }
        return troughs
    }

    @Test("of infliximab, with and without antibodies", arguments: InfliximabModel.all)
    func infliximab(_ model: InfliximabModel) {
        let plain = troughs(model, factor: 1)
        for (week, expected) in zip([2, 6, 14, 22, 54], model.troughs) {
            let trough = plain[week] ?? .nan
            #expect(isPrinted(trough, as: expected, digits: 2), "week \(week): \(trough), not \(expected)")
        }
        let trough = troughs(model, factor: model.withAntibodies.factor)[54] ?? .nan
        #expect(isPrinted(trough, as: model.withAntibodies.trough, digits: 2), "with antibodies: \(trough)")
    }

    /// Troughs of adalimumab before each dose: 160 mg, 80 mg two weeks later, then 40 mg every two weeks.
    private func troughs(_ model: AdalimumabModel, factor: Double) -> [Double] {
        let perDay = (clearance: model.perHour.clearance * 24 * factor, absorption: model.perHour.absorption * 24)
        let kinetics = LinearKinetics(
            k10: Lanes(repeating: perDay.clearance / model.perHour.volume), k12: .zero,
            k21: Lanes(repeating: perDay.absorption))
        let change = kinetics.propagator(days: 14)
        var (x, y) = (Lanes.zero, Lanes.zero)
        return (0..<80).map { number in
            let trough = x[0] / model.perHour.volume
            y += number == 0 ? 160 : number == 1 ? 80 : 40
            (x, y) = (change.xx * x + change.xy * y, change.yx * x + change.yy * y)
            return trough
        }
    }

    @Test("of adalimumab, with and without antibodies", arguments: AdalimumabModel.all)
    func adalimumab(_ model: AdalimumabModel) {
        let plain = troughs(model, factor: 1)
        for (number, expected) in zip([2, 6, 79], model.troughs) {
            #expect(
                isPrinted(plain[number], as: expected, digits: 2),
                "week \(number * 2): \(plain[number]), not \(expected)")
        }
        guard let (factor, expected, digits) = model.withAntibodies else { return }
        let trough = troughs(model, factor: factor)[79]
        #expect(isPrinted(trough, as: expected, digits: digits), "with antibodies: \(trough), not \(expected)")
    }

    @Test("also where the default scenario's patients are the models' typical ones")
    func defaultScenario() {
        // Without variability, with median weight and mean albumin, a patient of the scenario is that of the models,
        // but for the infusion, which ends two hours later than a dose at once and leaves a little more.
        var scenario = Scenario()
        scenario.infliximab.clearanceCV = 0
        scenario.infliximab.centralVolumeCV = 0
        scenario.adalimumab.clearanceCV = 0
        scenario.adalimumab.volumeCV = 0
        scenario.adalimumab.absorptionCV = 0
        scenario.population.weightLogSD = 0
        scenario.population.albuminSDGPerL = 0
        scenario.immunogenicity.susceptibleShare = 0
        var trajectory = Trajectory(scenario)
        var seen: [String: Int] = [:]
        for first in stride(from: 0, to: 40, by: 8) as StrideTo<UInt64> {
            let group = PatientGroup(
                scenario, seed: 5, indices: SIMD8(0, 1, 2, 3, 4, 5, 6, 7) &+ first, arms: .zero)
            trajectory.run(group, stopDay: Lanes(repeating: .infinity))
            for lane in 0..<Lanes.width {
                let troughs: [Int: Double]
                switch (group.infliximab[lane], group.female[lane]) {
                case (true, false): troughs = [2: 20.85, 6: 13.57, 14: 2.44, 22: 1.99, 54: 1.97]
                case (true, true): troughs = [2: 25.85, 6: 20.50, 14: 5.18, 22: 4.04, 54: 3.95]
                default: troughs = [4: 13.53, 12: 7.79, 104: 7.19]
                }
                seen["\(group.infliximab[lane]) \(group.female[lane])", default: 0] += 1
                for (week, trough) in troughs {
                    let level = trajectory.levelUgPerML[week * 7][lane]
                    let error = group.infliximab[lane] ? 0.006 : 0.001
                    #expect(abs(level - trough) <= error * trough + 0.005, "week \(week): \(level), not \(trough)")
                }
            }
        }
        #expect(seen.count == 4)
    }
}
