import Foundation
import TestData
import Testing

@testable import VirtualCohort

@Suite("Patients followed eight at a time are those followed one by one")
struct TrajectoryTests {
    /// Groups of eight patients of a scenario with random indices and arms.
    private func group(
        _ scenario: Scenario, seed: UInt64, _ random: inout SeededRandom
    ) -> (group: PatientGroup, patients: [NaivePatient]) {
        var (indices, arms) = (SIMD8<UInt64>.zero, SIMD8<Int>.zero)
        for lane in 0..<Lanes.width {
            indices[lane] = random.chance(4) ? random.next() : UInt64(random.below(1_000_000))
            arms[lane] = random.below(scenario.arms.count)
        }
        let patients = (0..<Lanes.width).map {
            NaivePatient(scenario, seed: seed, index: indices[$0], arm: arms[$0])
        }
        return (PatientGroup(scenario, seed: seed, indices: indices, arms: arms), patients)
    }

    @Test("in who they are", arguments: Scenario.builtInNames, [51] as [UInt64])
    func identity(name: String, seed: UInt64) throws {
        let scenario = try #require(Scenario.builtIn(name))
        var random = SeededRandom(seed: seed)
        var greatest = GreatestError()
        for _ in 0..<250 {
            let (group, patients) = group(scenario, seed: seed, &random)
            for (lane, patient) in patients.enumerated() {
                let label = "\(name), seed \(seed), index \(group.indices[lane])"
                #expect(group.infliximab[lane] == patient.infliximab, "\(label)")
                #expect(group.crohn[lane] == patient.crohn, "\(label)")
                #expect(group.female[lane] == patient.female, "\(label)")
                #expect(group.hlaCarrier[lane] == patient.hlaCarrier, "\(label)")
                #expect(group.azathioprine[lane] == patient.azathioprine, "\(label)")
                #expect(group.onsetDay[lane] == patient.onsetDay, "\(label)")
                for (found, expected) in [
                    (group.weightKg[lane], patient.weight), (group.albuminGPerL[lane], patient.albumin),
                    (group.clearanceLPerDay[lane], patient.clearance), (group.volumeL[lane], patient.volume),
                    (group.kinetics.k10[lane], patient.rates.k10), (group.kinetics.k12[lane], patient.rates.k12),
                    (group.kinetics.k21[lane], patient.rates.k21), (group.plateauNgPerML[lane], patient.plateau),
                    (group.doublingTitreNgPerML[lane], patient.doublingTitre),
                    (group.halfEffectUgPerML[lane], patient.halfEffect),
                ] {
                    greatest.note(relativeError(found, expected), "\(label): \(found), not \(expected)")
                }
            }
        }
        #expect(greatest.error <= 1e-13, "\(greatest)")
    }

    @Test("in their levels and inflammation, day by day", arguments: [52, 53] as [UInt64])
    func courses(seed: UInt64) {
        compare(Scenario(), groups: 20, seed: seed)
    }

    @Test("also where antibodies come early and grow slowly, or doses are others", arguments: [54] as [UInt64])
    func otherScenarios(seed: UInt64) throws {
        compare(try #require(Scenario.builtIn("early-antibodies")), groups: 5, seed: seed)
        var scenario = Scenario()
        scenario.infliximab.intervalDays = 28
        scenario.infliximab.infusionHours = 24
        scenario.adalimumab.intervalDays = 7
        scenario.immunogenicity.onsetScaleDays = 60
        scenario.immunogenicity.plateauMedianNgPerML = 12
        scenario.arms[1].infliximabShare = 0.9
        compare(scenario, groups: 5, seed: seed + 100)
    }

    /// Expects the same course of groups of which half the patients stop their drug on some day.
    private func compare(_ scenario: Scenario, groups: Int, seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var trajectory = Trajectory(scenario)
        var (levelError, inflammationError) = (GreatestError(), GreatestError())
        var (withAntibodies, stopped) = (0, 0)
        for _ in 0..<groups {
            let (group, patients) = group(scenario, seed: seed, &random)
            var stopDay = Lanes(repeating: .infinity)
            for lane in 0..<Lanes.width where random.chance(2) { stopDay[lane] = Double(1 + random.below(730)) }
            trajectory.run(group, stopDay: stopDay)
            for (lane, patient) in patients.enumerated() {
                let course = patient.course(stopDay: stopDay[lane])
                withAntibodies += patient.onsetDay < 700 ? 1 : 0
                stopped += stopDay[lane] < 700 ? 1 : 0
                for day in 0...730 {
                    let (level, expected) = (trajectory.levelUgPerML[day][lane], course.levels[day])
                    let place = "index \(group.indices[lane]), day \(day), onset \(patient.onsetDay)"
                    levelError.note(abs(level - expected) / (1e-8 * expected + 1e-9), place)
                    let inflammation = trajectory.inflammation[day][lane]
                    inflammationError.note(abs(inflammation - course.inflammation[day]), place)
                }
            }
        }
        // In units of a hundred-millionth of the level and a billionth of a ug/mL.
        #expect(levelError.error <= 1, "seed \(seed): \(levelError)")
        #expect(inflammationError.error <= 1e-8, "seed \(seed): \(inflammationError)")
        #expect(withAntibodies > groups && stopped > groups, "seed \(seed): \(withAntibodies), \(stopped)")
    }
}
