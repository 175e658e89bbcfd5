/// The hidden course of eight patients, day by day: drug in the blood and inflammation.
///
/// The memory is kept from group to group.
package struct Trajectory: Sendable {
    /// For each day the concentration in ug/mL at its beginning, before a dose.
    package private(set) var levelUgPerML: [Lanes]
    /// For each day the inflammation at its beginning.
    package private(set) var inflammation: [Lanes]
    private var changes = ClearanceChanges()
    /// What of a unit infused is where a day later, without antibodies.
    private var untouchedShare = (x: Lanes.zero, y: Lanes.zero)
    private let parameters: Parameters

    /// What a scenario says that is the same for all patients.
    private struct Parameters: Sendable {
        let schedule: DosingSchedule
        let immunogenicity: ImmunogenicityParameters
        let infusionDays: Double
        let healing: Double
        let returning: Double
        let greatestEffect: Double
        let azathioprineFactor: Double

        init(_ scenario: Scenario) {
            schedule = DosingSchedule(scenario)
            immunogenicity = scenario.immunogenicity
            infusionDays = scenario.infliximab.infusionHours / 24
            healing = Lanes.exp(Lanes(repeating: -scenario.inflammation.healingPerDay))[0]
            returning = Lanes.exp(Lanes(repeating: -scenario.inflammation.returnPerDay))[0]
            greatestEffect = scenario.inflammation.greatestEffect
            azathioprineFactor = scenario.inflammation.azathioprineFactor
        }
    }

    /// Memory for trajectories under a scenario.
    package init(_ scenario: Scenario) {
        parameters = Parameters(scenario)
        levelUgPerML = [Lanes](repeating: .zero, count: VisitParameters.lastDay + 1)
        inflammation = levelUgPerML
    }

    /// Follows patients from randomisation to the last day.
    ///
    /// Each day: the day's dose, then the exact change of the amounts at the clearance of the day's titre, then
    /// inflammation drawn by the concentration at the day's end.
    ///
    /// - Parameters:
    ///   - group: the patients.
    ///   - stopDay: for each patient the day from which on the drug is no longer given; infinite where it is.
    package mutating func run(_ group: PatientGroup, stopDay: Lanes) {
        changes.prepare(group, parameters.immunogenicity)
        untouchedShare = group.kinetics.afterInfusion(duration: parameters.infusionDays, days: 1)
        var step = group.kinetics.propagator(days: 1)
        var central = Lanes.zero
        var second = Lanes.zero
        var disease = Lanes(repeating: 1)
        let perVolume = 1 / group.volumeL
        let untreated =
            Lanes(repeating: parameters.azathioprineFactor).where(group.azathioprine, else: Lanes(repeating: 1))
        let effect = untreated * parameters.greatestEffect
        let healing = Lanes(repeating: parameters.healing)
        let returning = Lanes(repeating: parameters.returning)
        levelUgPerML[0] = .zero
        inflammation[0] = disease
        for day in 0..<VisitParameters.lastDay {
            if changes.contains(day) { changes.apply(on: day, to: &step) }
            var infused: (x: Lanes, y: Lanes)?
            dose(group, on: day, stopDay, depot: &second, infused: &infused)
            var newCentral = step.xx * central + step.xy * second
            second = step.yx * central + step.yy * second
            if let infused {
                newCentral += infused.x
                second += infused.y
            }
            central = newCentral
            let level = central * perVolume
            let target = untreated - effect * level / (group.halfEffectUgPerML + level)
            let distance = disease - target
            disease = target + distance * healing.where(distance .> 0, else: returning)
            levelUgPerML[day + 1] = level
            inflammation[day + 1] = disease
        }
    }

    /// Gives the doses of a day: adalimumab at once into the depot, infliximab as what of its infusion is where at the
    /// day's end.
    @inline(__always)
    private func dose(
        _ group: PatientGroup, on day: Int, _ stopDay: Lanes, depot: inout Lanes, infused: inout (x: Lanes, y: Lanes)?
    ) {
        let schedule = parameters.schedule
        let injection = schedule.adalimumab.doseOfDay[day]
        let infusion = schedule.infliximab.doseOfDay[day]
        guard injection >= 0 || infusion >= 0 else { return }
        let isTreated = stopDay .> Double(day)
        if injection >= 0 {
            let amount = Lanes(repeating: schedule.adalimumab.amounts[injection])
            depot += amount.where(isTreated .& .!group.infliximab, else: .zero)
        }
        if infusion >= 0, any(group.infliximab) {
            let amount = (group.weightKg * schedule.infliximab.amounts[infusion])
                .where(isTreated .& group.infliximab, else: .zero)
            let share = infusionShare(group, on: day)
            infused = (amount * share.x, amount * share.y)
        }
    }

    /// What of a unit infused on a day is where at the day's end; it changes only with antibodies.
    @inline(__always)
    private func infusionShare(_ group: PatientGroup, on day: Int) -> (x: Lanes, y: Lanes) {
        guard any(group.onsetDay .<= Double(day)) else { return untouchedShare }
        let titre = group.titre(parameters.immunogenicity, onDay: Lanes(repeating: Double(day)))
        var kinetics = group.kinetics
        kinetics.k10 *= group.clearanceFactor(parameters.immunogenicity, titre: titre)
        return kinetics.afterInfusion(duration: parameters.infusionDays, days: 1)
    }
}
