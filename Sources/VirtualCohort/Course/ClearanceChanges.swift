/// How antibodies change the kinetics of eight patients, prepared for each day on which they do.
///
/// Clearance is constant before the first antibodies and again at the plateau; in between it changes daily. These days
/// fall differently in each patient, so they are computed eight days of one patient at a time, and not for eight
/// patients of whom most do not change.
struct ClearanceChanges: Sendable {
    /// The days on which each patient's kinetics change, empty where they never do.
    private var days = [Range<Int>](repeating: 0..<0, count: Lanes.width)
    /// For each patient, the propagators of these days in eights.
    private var steps = [[LinearKinetics.Propagator]](repeating: [], count: Lanes.width)
    /// The first and the last change of anybody.
    private var all = 0..<0

    /// Prepares the changes of a group.
    mutating func prepare(_ group: PatientGroup, _ parameters: ImmunogenicityParameters) {
        all = 0..<0
        let plateauDays = Titre(parameters, plateauNgPerML: group.plateauNgPerML).daysToPlateau
        for lane in 0..<Lanes.width {
            steps[lane].removeAll(keepingCapacity: true)
            days[lane] = 0..<0
            guard group.onsetDay[lane] < Double(VisitParameters.lastDay) else { continue }
            let first = Int(group.onsetDay[lane])
            let last = min(first + Int(min(plateauDays[lane], 1e6)) + 1, VisitParameters.lastDay - 1)
            days[lane] = first..<last + 1
            all = all.isEmpty ? days[lane] : min(all.lowerBound, first)..<max(all.upperBound, last + 1)
            prepare(lane, group, parameters, plateauDays[lane])
        }
    }

    private mutating func prepare(
        _ lane: Int, _ group: PatientGroup, _ parameters: ImmunogenicityParameters, _ plateauDays: Double
    ) {
        let titre = Titre(parameters, plateauNgPerML: Lanes(repeating: group.plateauNgPerML[lane]))
        let doubling = Lanes(repeating: group.doublingTitreNgPerML[lane])
        var kinetics = LinearKinetics(
            k10: .zero, k12: Lanes(repeating: group.kinetics.k12[lane]),
            k21: Lanes(repeating: group.kinetics.k21[lane]))
        let untouched = group.kinetics.k10[lane]
        let ahead = Lanes(0, 1, 2, 3, 4, 5, 6, 7)
        for start in stride(from: 0, to: days[lane].count, by: Lanes.width) {
            let value = titre.value(daysSinceOnset: ahead + Double(start))
            kinetics.k10 = clearanceFactor(parameters, titre: value, doubling: doubling) * untouched
            steps[lane].append(kinetics.propagator(days: 1))
        }
    }

    /// Whether anybody's kinetics may change on a day.
    @inline(__always)
    func contains(_ day: Int) -> Bool { all.contains(day) }

    /// Puts the kinetics of a day in the place of those of the day before.
    ///
    /// Not inlined: it needs the propagators in memory, and the loop over days should keep its own numbers in registers.
    @inline(never)
    func apply(on day: Int, to step: inout LinearKinetics.Propagator) {
        for lane in 0..<Lanes.width where days[lane].contains(day) {
            let number = day - days[lane].lowerBound
            let eight = steps[lane][number / Lanes.width]
            let place = number % Lanes.width
            step.xx[lane] = eight.xx[place]
            step.xy[lane] = eight.xy[place]
            step.yx[lane] = eight.yx[place]
            step.yy[lane] = eight.yy[place]
        }
    }
}

/// The factor of antibodies on clearance: 1 + (A / A50)^p, 1 where there are none.
func clearanceFactor(_ parameters: ImmunogenicityParameters, titre: Lanes, doubling: Lanes) -> Lanes {
    let hasAntibodies = titre .> 0
    let ratio = (titre / doubling).where(hasAntibodies, else: Lanes(repeating: 1))
    let factor = 1 + Lanes.pow(ratio, Lanes(repeating: parameters.clearanceExponent))
    return factor.where(hasAntibodies, else: Lanes(repeating: 1))
}

extension PatientGroup {
    /// The factor of antibodies on each patient's clearance.
    func clearanceFactor(_ parameters: ImmunogenicityParameters, titre: Lanes) -> Lanes {
        VirtualCohort.clearanceFactor(parameters, titre: titre, doubling: doublingTitreNgPerML)
    }
}
