import Foundation
import Survival

@testable import VirtualCohort

/// One virtual patient by itself, in plain numbers: who it is and what happens in it, day by day.
///
/// Written from what the model is meant to be, not from how it is computed: only the random numbers are the same.
struct NaivePatient {
    let infliximab: Bool
    let crohn: Bool
    let female: Bool
    let hlaCarrier: Bool
    let azathioprine: Bool
    let weight: Double
    let albumin: Double
    let clearance: Double
    let volume: Double
    let rates: ReferenceKinetics
    let onsetDay: Double
    let plateau: Double
    let doublingTitre: Double
    let halfEffect: Double
    private let scenario: Scenario

    /// A patient of a scenario, seed and index who is in this arm.
    init(_ scenario: Scenario, seed: UInt64, index: UInt64, arm: Int) {
        let streams = PatientStreams(seed: seed, patient: index)
        func uniforms(_ purpose: Purpose) -> (Double, Double) { streams.uniformPair(purpose, 0, lane: 0) }
        func normals(_ purpose: Purpose) -> (Double, Double) {
            let pair = uniforms(purpose)
            return (NormalDistribution.quantile(pair.0), NormalDistribution.quantile(pair.1))
        }
        self.scenario = scenario
        let (population, immunogenicity) = (scenario.population, scenario.immunogenicity)
        azathioprine = scenario.arms[arm].azathioprine
        infliximab = uniforms(.drugAndDisease).0 < scenario.arms[arm].infliximabShare ?? population.infliximabShare
        crohn = uniforms(.drugAndDisease).1 < population.crohnShare
        female = uniforms(.sexAndAllele).0 < population.femaleShare
        hlaCarrier = uniforms(.sexAndAllele).1 < population.hlaCarrierShare
        let body = normals(.weightAndAlbumin)
        weight = min(max(population.weightMedianKg * exp(population.weightLogSD * body.0), 42), 125)
        albumin = min(max(population.albuminMeanGPerL + population.albuminSDGPerL * body.1, 28), 50)

        let individual = normals(.clearanceAndVolume)
        let (absorptionZ, plateauZ) = normals(.absorptionAndPeakTitre)
        func factor(_ variation: Double, _ z: Double) -> Double {
            exp((log(1 + variation * variation)).squareRoot() * z)
        }
        let typicalClearance: Double
        if infliximab {
            let drug = scenario.infliximab
            var clearance = drug.clearanceLPerDay * factor(drug.clearanceCV, individual.0)
            clearance *= pow(albumin / drug.albuminReferenceGPerL, drug.albuminExponent)
            if female { clearance *= drug.femaleClearanceFactor }
            if crohn && azathioprine { clearance *= drug.azathioprineCrohnClearanceFactor }
            var volume = drug.centralVolumeL * factor(drug.centralVolumeCV, individual.1)
            volume *= pow(weight / drug.weightReferenceKg, drug.weightVolumeExponent)
            if female { volume *= drug.femaleVolumeFactor }
            rates = ReferenceKinetics(
                k10: clearance / volume, k12: drug.exchangeLPerDay / volume,
                k21: drug.exchangeLPerDay / drug.peripheralVolumeL)
            (self.clearance, self.volume) = (clearance, volume)
            typicalClearance = immunogenicity.typicalInfliximabClearanceLPerDay
            doublingTitre = immunogenicity.doublingTitreInfliximabNgPerML
        } else {
            let drug = scenario.adalimumab
            clearance =
                drug.clearanceLPerDay * factor(drug.clearanceCV, individual.0)
                * pow(weight / drug.weightReferenceKg, drug.weightExponent)
                * pow(albumin / drug.albuminReferenceGPerL, drug.albuminExponent)
            volume = drug.volumeL * factor(drug.volumeCV, individual.1)
            rates = ReferenceKinetics(
                k10: clearance / volume, k12: 0,
                k21: drug.absorptionPerDay * factor(drug.absorptionCV, absorptionZ))
            typicalClearance = immunogenicity.typicalAdalimumabClearanceLPerDay
            doublingTitre = immunogenicity.doublingTitreAdalimumabNgPerML
        }
        plateau = max(
            immunogenicity.plateauMedianNgPerML * exp(immunogenicity.plateauLogSD * plateauZ),
            immunogenicity.firstTitreNgPerML * 1.001)
        let inflammation = scenario.inflammation
        halfEffect =
            (infliximab ? inflammation.halfEffectInfliximabUgPerML : inflammation.halfEffectAdalimumabUgPerML)
            * exp(inflammation.halfEffectLogSD * normals(.sensitivityAndCalprotectin).0)

        let excess = min(max(clearance / typicalClearance - 1, -0.6), 1.2)
        // The allele's factors are such that their mean is 1 with 40 % carriers.
        var hazard = exp(immunogenicity.exposureSlope * excess) / (1 + 0.4 * (immunogenicity.hlaHazardRatio - 1))
        if hlaCarrier { hazard *= immunogenicity.hlaHazardRatio }
        if azathioprine { hazard *= immunogenicity.azathioprineHazardRatio }
        let (chance, susceptibility) = uniforms(.antibodyOnset)
        let share = azathioprine ? immunogenicity.azathioprineSusceptibleShare : immunogenicity.susceptibleShare
        let time =
            immunogenicity.lagDays
            + immunogenicity.onsetScaleDays * pow(-log(chance) / hazard, 1 / immunogenicity.onsetShape)
        onsetDay = susceptibility < share ? time.rounded(.up) : .infinity
    }

    /// The antibodies on a day: none before their onset, the first titre on it, then logistic growth to the plateau.
    func titre(day: Int) -> Double {
        let days = Double(day) - onsetDay
        guard days >= 0 else { return 0 }
        let parameters = scenario.immunogenicity
        return plateau / (1 + (plateau / parameters.firstTitreNgPerML - 1) * exp(-parameters.growthPerDay * days))
    }

    /// The titre by whose clearance what is in the body is eliminated on a day.
    ///
    /// It no longer grows from the day on after that on which all but a millionth of the plateau is reached.
    private func clearingTitre(day: Int) -> Double {
        guard onsetDay <= Double(day) else { return 0 }
        let parameters = scenario.immunogenicity
        let growth = max(0, log(1e6 * (plateau / parameters.firstTitreNgPerML - 1)) / parameters.growthPerDay)
        return titre(day: min(day, Int(onsetDay) + Int(min(growth, 1e6)) + 1))
    }

    private func rates(titre: Double) -> ReferenceKinetics {
        var rates = rates
        if titre > 0 { rates.k10 *= 1 + pow(titre / doublingTitre, scenario.immunogenicity.clearanceExponent) }
        return rates
    }

    /// What is infused or injected on a day, in mg.
    private func dose(day: Int) -> Double {
        if infliximab {
            let every = Int(scenario.infliximab.intervalDays)
            let isDay = [0, 14, 42].contains(day) || (day > 42 && (day - 42) % every == 0)
            return isDay ? scenario.infliximab.doseMgPerKg * weight : 0
        }
        let every = Int(scenario.adalimumab.intervalDays)
        guard day % every == 0 else { return 0 }
        let number = day / every
        return number == 0
            ? scenario.adalimumab.firstDoseMg
            : number == 1 ? scenario.adalimumab.secondDoseMg : scenario.adalimumab.doseMg
    }

    /// Level and inflammation at the beginning of each day from 0 to 730, with no dose from a day on.
    func course(stopDay: Double) -> (levels: [Double], inflammation: [Double]) {
        let (parameters, hours) = (scenario.inflammation, scenario.infliximab.infusionHours)
        var (central, second, disease) = (0.0, 0.0, 1.0)
        var (levels, inflammation) = ([0.0], [1.0])
        var (lastTitre, change) = (-1.0, ReferenceMatrix(size: 2))
        for day in 0..<730 {
            let titre = clearingTitre(day: day)
            if titre != lastTitre { (lastTitre, change) = (titre, rates(titre: titre).dailyChange) }
            let dose = Double(day) < stopDay ? dose(day: day) : 0
            if !infliximab { second += dose }
            let before = central
            central = change[0, 0] * before + change[0, 1] * second
            second = change[1, 0] * before + change[1, 1] * second
            if infliximab && dose > 0 {
                let share = rates(titre: self.titre(day: day)).afterInfusion(duration: hours / 24, days: 1)
                central += dose * share.x
                second += dose * share.y
            }
            let level = central / volume
            let untreated = azathioprine ? parameters.azathioprineFactor : 1
            let target = untreated * (1 - parameters.greatestEffect * level / (halfEffect + level))
            let rate = target < disease ? parameters.healingPerDay : parameters.returnPerDay
            disease = target + (disease - target) * exp(-rate)
            levels.append(level)
            inflammation.append(disease)
        }
        return (levels, inflammation)
    }
}

extension ReferenceKinetics {
    /// What becomes of amounts over a day.
    fileprivate var dailyChange: ReferenceMatrix {
        var rates = ReferenceMatrix(size: 2)
        rates[0, 0] = -k10 - k12
        rates[0, 1] = k21
        rates[1, 0] = k12
        rates[1, 1] = -k21
        return rates.exponential(1)
    }
}
