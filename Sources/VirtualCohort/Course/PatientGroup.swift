/// Eight virtual patients side by side: all that is drawn once for each of them.
///
/// A pure function of scenario, seed and indices; a patient is the same whichever others are in the group.
package struct PatientGroup: Sendable {
    /// The indices of the patients, counted from 0.
    package let indices: SIMD8<UInt64>
    /// For each patient the number of the arm.
    package let arms: SIMD8<Int>
    /// 1 with azathioprine, else 0.
    package let azathioprine: LaneMask
    /// Whether the second anti-TNF is infliximab; else it is adalimumab.
    package let infliximab: LaneMask
    /// Whether the disease is Crohn's; else it is ulcerative colitis.
    package let crohn: LaneMask
    /// Who is a woman.
    package let female: LaneMask
    /// Who carries HLA-DQA1*05.
    package let hlaCarrier: LaneMask
    /// Body weight in kg.
    package let weightKg: Lanes
    /// Serum albumin in g/L.
    package let albuminGPerL: Lanes
    /// Clearance without antibodies in L/d; apparent for adalimumab.
    package let clearanceLPerDay: Lanes
    /// Central volume in L; apparent for adalimumab.
    package let volumeL: Lanes
    /// Kinetics without antibodies.
    package let kinetics: LinearKinetics
    /// The day of the first antibodies, counted from the first dose: a whole number, infinite where there are none.
    package let onsetDay: Lanes
    /// The titre's plateau in ng/mL.
    package let plateauNgPerML: Lanes
    /// The titre in ng/mL that doubles the clearance.
    package let doublingTitreNgPerML: Lanes
    /// The concentration in ug/mL with half of the greatest effect.
    package let halfEffectUgPerML: Lanes
    /// What ln calprotectin has more than the median patient's.
    package let calprotectinDeviation: Lanes
    /// What severity has more than the median patient's.
    package let severityDeviation: Lanes
    /// What ln C-reactive protein has more than the median patient's.
    package let crpDeviation: Lanes

    let streams: PatientStreams

    /// Draws patients.
    ///
    /// - Parameters:
    ///   - scenario: what they are drawn from.
    ///   - seed: the seed of the simulation.
    ///   - indices: which patients, counted from 0.
    ///   - arms: for each of them the number of the arm.
    package init(_ scenario: Scenario, seed: UInt64, indices: SIMD8<UInt64>, arms: SIMD8<Int>) {
        let streams = PatientStreams(seed: seed, patients: indices)
        self.streams = streams
        self.indices = indices
        self.arms = arms
        let population = scenario.population
        var takes = LaneMask(repeating: false)
        var infliximabShare = Lanes.zero
        for lane in 0..<Lanes.width {
            let arm = scenario.arms[arms[lane]]
            takes[lane] = arm.azathioprine
            infliximabShare[lane] = arm.infliximabShare ?? population.infliximabShare
        }
        azathioprine = takes

        let (drug, disease) = streams.uniforms(.drugAndDisease)
        infliximab = drug .< infliximabShare
        crohn = disease .< population.crohnShare
        let (sex, allele) = streams.uniforms(.sexAndAllele)
        female = sex .< population.femaleShare
        hlaCarrier = allele .< population.hlaCarrierShare
        let (weight, albumin) = streams.normals(.weightAndAlbumin)
        weightKg = (Lanes.exp(weight * population.weightLogSD) * population.weightMedianKg)
            .limited(PopulationParameters.weightKg.lower, PopulationParameters.weightKg.upper)
        albuminGPerL = (albumin * population.albuminSDGPerL + population.albuminMeanGPerL)
            .limited(PopulationParameters.albuminGPerL.lower, PopulationParameters.albuminGPerL.upper)

        let individual = Self.individualKinetics(
            scenario, streams, infliximab: infliximab, female: female, crohnWithAzathioprine: crohn .& takes,
            weightKg: weightKg, albuminGPerL: albuminGPerL)
        (clearanceLPerDay, volumeL, kinetics) = individual.values
        let (sensitivity, calprotectin) = streams.normals(.sensitivityAndCalprotectin)
        let inflammation = scenario.inflammation
        halfEffectUgPerML =
            Self.choose(
                infliximab, inflammation.halfEffectInfliximabUgPerML, inflammation.halfEffectAdalimumabUgPerML)
            * Lanes.exp(sensitivity * inflammation.halfEffectLogSD)
        calprotectinDeviation = calprotectin * scenario.markers.calprotectinPatientLogSD
        let (severity, crp) = streams.normals(.scoreAndCRP)
        severityDeviation = severity * scenario.markers.severityPatientSD
        crpDeviation = crp * scenario.markers.crpPatientLogSD

        let immunogenicity = scenario.immunogenicity
        plateauNgPerML =
            (Lanes.exp(individual.peak * immunogenicity.plateauLogSD) * immunogenicity.plateauMedianNgPerML)
            .limited(immunogenicity.firstTitreNgPerML * 1.001, .greatestFiniteMagnitude)
        doublingTitreNgPerML = Self.choose(
            infliximab, immunogenicity.doublingTitreInfliximabNgPerML, immunogenicity.doublingTitreAdalimumabNgPerML)
        onsetDay = Self.onsetDay(
            immunogenicity, streams, clearanceLPerDay: clearanceLPerDay, infliximab: infliximab,
            hlaCarrier: hlaCarrier, azathioprine: takes)
    }

    /// The first number where the mask holds, else the second.
    private static func choose(_ mask: LaneMask, _ one: Double, _ other: Double) -> Lanes {
        Lanes(repeating: one).where(mask, else: Lanes(repeating: other))
    }

    /// The standard deviation of the logarithm of a log-normal variable with this coefficient of variation.
    static func logSD(ofCV variation: Double) -> Double {
        Lanes.log(Lanes(repeating: 1 + variation * variation))[0].squareRoot()
    }

    /// Clearance, volume and kinetics without antibodies, and the normal number left for the titre's plateau.
    private static func individualKinetics(
        _ scenario: Scenario, _ streams: PatientStreams, infliximab: LaneMask, female: LaneMask,
        crohnWithAzathioprine: LaneMask, weightKg: Lanes, albuminGPerL: Lanes
    ) -> (values: (Lanes, Lanes, LinearKinetics), peak: Lanes) {
        let (first, second) = (scenario.infliximab, scenario.adalimumab)
        let (clearanceZ, volumeZ) = streams.normals(.clearanceAndVolume)
        let (absorptionZ, peak) = streams.normals(.absorptionAndPeakTitre)

        let infliximabClearance =
            Lanes.exp(clearanceZ * logSD(ofCV: first.clearanceCV)) * first.clearanceLPerDay
            * Lanes.pow(albuminGPerL / first.albuminReferenceGPerL, Lanes(repeating: first.albuminExponent))
            * choose(female, first.femaleClearanceFactor, 1)
            * choose(crohnWithAzathioprine, first.azathioprineCrohnClearanceFactor, 1)
        let infliximabVolume =
            Lanes.exp(volumeZ * logSD(ofCV: first.centralVolumeCV)) * first.centralVolumeL
            * Lanes.pow(weightKg / first.weightReferenceKg, Lanes(repeating: first.weightVolumeExponent))
            * choose(female, first.femaleVolumeFactor, 1)

        let adalimumabClearance =
            Lanes.exp(clearanceZ * logSD(ofCV: second.clearanceCV)) * second.clearanceLPerDay
            * Lanes.pow(weightKg / second.weightReferenceKg, Lanes(repeating: second.weightExponent))
            * Lanes.pow(albuminGPerL / second.albuminReferenceGPerL, Lanes(repeating: second.albuminExponent))
        let adalimumabVolume = Lanes.exp(volumeZ * logSD(ofCV: second.volumeCV)) * second.volumeL
        let absorption = Lanes.exp(absorptionZ * logSD(ofCV: second.absorptionCV)) * second.absorptionPerDay

        let clearance = infliximabClearance.where(infliximab, else: adalimumabClearance)
        let volume = infliximabVolume.where(infliximab, else: adalimumabVolume)
        let kinetics = LinearKinetics(
            k10: clearance / volume,
            k12: (first.exchangeLPerDay / infliximabVolume).where(infliximab, else: .zero),
            k21: Lanes(repeating: first.exchangeLPerDay / first.peripheralVolumeL)
                .where(infliximab, else: absorption))
        return ((clearance, volume, kinetics), peak)
    }

    /// The day on which antibodies appear: the lag and then a Weibull time, in whole days.
    ///
    /// The hazard is higher in carriers of the allele, in those who clear the drug fast, and lower with azathioprine.
    private static func onsetDay(
        _ parameters: ImmunogenicityParameters, _ streams: PatientStreams, clearanceLPerDay: Lanes,
        infliximab: LaneMask, hlaCarrier: LaneMask, azathioprine: LaneMask
    ) -> Lanes {
        let (chance, susceptibility) = streams.uniforms(.antibodyOnset)
        let typical = choose(
            infliximab, parameters.typicalInfliximabClearanceLPerDay, parameters.typicalAdalimumabClearanceLPerDay)
        let excess = (clearanceLPerDay / typical - 1)
            .limited(ImmunogenicityParameters.exposureBounds.lower, ImmunogenicityParameters.exposureBounds.upper)
        let meanFactor = 1 + ImmunogenicityParameters.referenceCarrierShare * (parameters.hlaHazardRatio - 1)
        let hazard =
            Lanes.exp(excess * parameters.exposureSlope)
            * choose(hlaCarrier, parameters.hlaHazardRatio / meanFactor, 1 / meanFactor)
            * choose(azathioprine, parameters.azathioprineHazardRatio, 1)
        let time =
            Lanes.pow(-Lanes.log(chance) / hazard, Lanes(repeating: 1 / parameters.onsetShape))
            * parameters.onsetScaleDays + parameters.lagDays
        let isSusceptible =
            susceptibility .< choose(azathioprine, parameters.azathioprineSusceptibleShare, parameters.susceptibleShare)
        return time.limited(0, 1e9).ceilings.where(isSusceptible, else: Lanes(repeating: .infinity))
    }

    /// The antibodies in ng/mL on whole days, one a lane.
    ///
    /// Logistic growth from the first titre to the plateau: A = K / (1 + (K/A0 - 1) e^(-g t)).
    package func titre(_ parameters: ImmunogenicityParameters, onDay day: Lanes) -> Lanes {
        Titre(parameters, plateauNgPerML: plateauNgPerML).value(daysSinceOnset: day - onsetDay)
    }
}
