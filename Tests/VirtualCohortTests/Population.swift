import Trial

@testable import VirtualCohort

/// What many patients of the default scenario are and become, by arm and drug.
struct Population {
    /// One patient.
    struct Member {
        let monotherapy: Bool
        let infliximab: Bool
        let crohn: Bool
        let female: Bool
        let hlaCarrier: Bool
        let weight: Double
        let albumin: Double
        let clearance: Double
        let onsetDay: Double
        /// By the number of the week in ``Population/weeks``: the trough before the most recent dose.
        let troughs: [Double]
        /// The titre, likewise.
        let titres: [Double]
        /// The inflammation, likewise.
        let inflammation: [Double]
    }

    /// The weeks at which patients are looked at; 26, 52, 78 and 104 are months 6, 12, 18 and 24.
    static let weeks = [14, 26, 52, 54, 78, 104]
    static let seed: UInt64 = 81
    /// 24,000 patients, half of them in each arm, on their drug to the end.
    static let shared = Self(Scenario(), count: 24_000)

    let members: [Member]

    init(_ scenario: Scenario, count: UInt64) {
        let allocation = Allocation.cohort(shares: scenario.arms.map(\.share))
        let schedule = DosingSchedule(scenario)
        let doseDays = [schedule.infliximab.days, schedule.adalimumab.days].map { days in
            Self.weeks.map { week in days.last { $0 <= week * 7 } ?? 0 }
        }
        var trajectory = Trajectory(scenario)
        var members: [Member] = []
        for first in stride(from: 0, to: count, by: Lanes.width) {
            let indices = SIMD8<UInt64>(0, 1, 2, 3, 4, 5, 6, 7) &+ first
            var arms = SIMD8<Int>.zero
            for lane in 0..<Lanes.width { arms[lane] = allocation.arm(of: indices[lane]) }
            let group = PatientGroup(scenario, seed: Self.seed, indices: indices, arms: arms)
            trajectory.run(group, stopDay: Lanes(repeating: .infinity))
            let titres = Self.weeks.map {
                group.titre(scenario.immunogenicity, onDay: Lanes(repeating: Double($0 * 7)))
            }
            for lane in 0..<Lanes.width {
                let days = doseDays[group.infliximab[lane] ? 0 : 1]
                members.append(
                    Member(
                        monotherapy: arms[lane] == 0, infliximab: group.infliximab[lane], crohn: group.crohn[lane],
                        female: group.female[lane], hlaCarrier: group.hlaCarrier[lane], weight: group.weightKg[lane],
                        albumin: group.albuminGPerL[lane], clearance: group.clearanceLPerDay[lane],
                        onsetDay: group.onsetDay[lane],
                        troughs: days.map { trajectory.levelUgPerML[$0][lane] }, titres: titres.map { $0[lane] },
                        inflammation: Self.weeks.map { trajectory.inflammation[$0 * 7][lane] }))
            }
        }
        self.members = members
    }
}

extension Collection<Double> {
    /// The number below which half of these lie.
    var median: Double { quantile(0.5) }

    /// The number below which this share of these lies.
    func quantile(_ share: Double) -> Double {
        let ordered = sorted()
        return ordered.isEmpty ? .nan : ordered[Swift.min(ordered.count - 1, Int(share * Double(ordered.count)))]
    }

    var mean: Double { reduce(0, +) / Double(count) }

    /// The standard deviation.
    var spread: Double {
        let mean = mean
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    }
}
